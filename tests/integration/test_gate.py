"""The gate: what it answers, to whom, until when, and in how many queries."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.auth.models import Group, Permission
from guardian.shortcuts import get_perms
from pytest_django import DjangoAssertNumQueries
from uuid_utils.compat import uuid7

from circles import access
from circles.errors import NotFound
from circles.models import Circle, CircleGroupObjectPermission, CircleUserObjectPermission
from circles.roles import ROLE_ABILITIES, Ability
from tests import factories
from tests.cast import Clock
from tests.factories import Colleague

COORDINATOR = ROLE_ABILITIES["coordinator"]


@pytest.fixture
def circle(gp: Colleague) -> Circle:
    return factories.a_circle(gp)


def refused(user_id: UUID, circle_id: UUID, *any_of: Ability) -> bool:
    try:
        access.circle_for(user_id, circle_id, *any_of)
    except NotFound:
        return True
    return False


def test_each_rung_of_the_ladder_may_what_its_role_says(
    circle: Circle, gp: Colleague, nurse: Colleague, social_worker: Colleague, stranger: Colleague, officer: Colleague
) -> None:
    factories.a_member(circle, nurse, by=gp)
    factories.a_member(circle, social_worker, by=gp, role="guest", not_after=factories.in_days(7))
    invitee = factories.a_colleague()
    factories.an_invitation(circle, invitee, by=gp)
    expected = {
        stranger.id: frozenset(),
        officer.id: frozenset(),
        invitee.id: {"join"},
        social_worker.id: {"read"},
        nurse.id: {"read", "send"},
        gp.id: {"read", "send", "invite", "remove", "erase", "grant_history"},
    }
    for user_id, abilities in expected.items():
        assert access.abilities(user_id, circle.id) == abilities
        for ability in (*COORDINATOR, "join"):
            assert refused(user_id, circle.id, ability) == (ability not in abilities)


def test_a_question_is_one_query(
    circle: Circle, gp: Colleague, stranger: Colleague, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert access.circle_for(gp.id, circle.id, "send") == circle
    with django_assert_num_queries(1):
        assert refused(stranger.id, circle.id, "send")
    with django_assert_num_queries(1):
        assert access.abilities(gp.id, circle.id) == COORDINATOR
    for _ in range(3):
        factories.a_circle(gp)
    with django_assert_num_queries(1):
        found = access.circles_for(gp.id, "invite")
        assert len({circle.patient.sealed for circle in found if circle.patient}) == 4


def test_absent_and_forbidden_answer_alike(circle: Circle, stranger: Colleague) -> None:
    with pytest.raises(NotFound) as absent:
        access.circle_for(stranger.id, uuid7(), "read")
    with pytest.raises(NotFound) as forbidden:
        access.circle_for(stranger.id, circle.id, "read")
    assert vars(absent.value) == vars(forbidden.value)


def test_a_question_without_an_ability_is_refused(circle: Circle, gp: Colleague) -> None:
    assert refused(gp.id, circle.id)


def test_any_one_of_the_abilities_asked_for_is_enough(circle: Circle, gp: Colleague, nurse: Colleague) -> None:
    factories.an_invitation(circle, nurse, by=gp)
    assert not refused(nurse.id, circle.id, "read", "join")
    assert not refused(gp.id, circle.id, "read", "join")


def test_a_right_ends_at_its_minute_whatever_the_jobs_do(
    circle: Circle, gp: Colleague, nurse: Colleague, clock: Clock
) -> None:
    end = factories.in_days(2)
    factories.a_member(circle, nurse, by=gp, not_after=end)
    for moment, abilities in ((end - timedelta(seconds=1), {"read", "send"}), (end, set())):
        clock(moment)
        assert access.abilities(nurse.id, circle.id) == abilities
        assert bool(access.circles_for(nurse.id, "read")) == bool(abilities)


def test_a_closed_circle_can_only_be_read(circle: Circle, gp: Colleague) -> None:
    Circle.objects.filter(id=circle.id).update(state=Circle.State.CLOSED)
    assert access.abilities(gp.id, circle.id) == {"read"}
    assert refused(gp.id, circle.id, "send")


def test_somebody_whose_account_is_closed_has_no_rights(circle: Circle, gp: Colleague) -> None:
    gp.user.is_active = False
    gp.user.save()
    assert access.abilities(gp.id, circle.id) == frozenset()
    assert access.circles_for(gp.id, "read") == {}


def test_giving_rights_takes_those_held_before(circle: Circle, gp: Colleague) -> None:
    access.grant(user_id=gp.id, circle=circle, abilities={"read"}, until=None)
    assert access.abilities(gp.id, circle.id) == {"read"}
    access.revoke(user_id=gp.id, circle=circle)
    assert access.abilities(gp.id, circle.id) == frozenset()


def test_guardian_itself_reads_the_same_rights(circle: Circle, gp: Colleague, stranger: Colleague) -> None:
    assert set(get_perms(gp.user, circle)) == COORDINATOR
    assert get_perms(stranger.user, circle) == []


def test_rights_are_rows_with_real_foreign_keys(circle: Circle, gp: Colleague) -> None:
    assert CircleUserObjectPermission.objects.filter(user=gp.user, content_object=circle).count() == len(COORDINATOR)
    assert not CircleUserObjectPermission.objects.is_generic()
    assert not CircleGroupObjectPermission.objects.is_generic()


def test_nobody_comes_in_through_a_group(circle: Circle, stranger: Colleague) -> None:
    group = Group.objects.create(name="everybody of the structure")
    stranger.user.groups.add(group)
    CircleGroupObjectPermission.objects.create(
        group=group, content_object=circle, permission=Permission.objects.get(codename="read")
    )
    assert access.abilities(stranger.id, circle.id) == frozenset()
