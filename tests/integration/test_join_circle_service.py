"""Taking the place that was offered: once, in time, by whom it was offered to. Chat tests the commit around it."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
from django.db import connection
from uuid_utils.compat import uuid7

from audit.events import SYSTEM
from audit.selectors import events_about
from circles import access
from circles.errors import CircleError
from circles.models import Circle, Invitation, Member
from circles.roles import ROLE_ABILITIES
from circles.services import decline, end_membership, expire_invitations, join
from circles.signals import membership_started
from directory.models import PractitionerRole
from tests import factories
from tests.cast import Clock
from tests.factories import Colleague


@pytest.fixture
def circle(gp: Colleague) -> Circle:
    return factories.a_circle(gp)


def joined(circle: Circle, person: Colleague) -> str:
    """`first`, `again`, or the code of the refusal."""
    try:
        return "first" if join(actor=person.actor, circle_id=circle.id).first else "again"
    except CircleError as error:
        return error.code


def test_the_ladder(
    circle: Circle,
    gp: Colleague,
    nurse: Colleague,
    social_worker: Colleague,
    coordinator: Colleague,
    stranger: Colleague,
    officer: Colleague,
) -> None:
    factories.a_member(circle, nurse, by=gp)
    factories.a_member(circle, social_worker, by=gp, role="guest", not_after=factories.in_days(7))
    factories.an_invitation(circle, coordinator, by=gp, role="coordinator")
    with pytest.raises(CircleError, match="not_found"):
        join(actor=SYSTEM, circle_id=circle.id)
    for outside in (stranger, officer):
        assert joined(circle, outside) == "not_found"
    assert joined(circle, coordinator) == "first"
    for inside in (coordinator, social_worker, nurse, gp):
        assert joined(circle, inside) == "again"


def test_there_is_nothing_to_join_where_there_is_no_circle(gp: Colleague) -> None:
    with pytest.raises(CircleError, match="not_found"):
        join(actor=gp.actor, circle_id=uuid7())


@pytest.mark.parametrize("role", ["coordinator", "member", "guest"])
def test_one_gets_what_was_offered(circle: Circle, gp: Colleague, nurse: Colleague, role: str) -> None:
    end = factories.in_days(7)
    offered = factories.an_invitation(circle, nurse, by=gp, role=role, not_after=end, ground="chosen_by_patient")
    member = join(actor=nurse.actor, circle_id=circle.id).member
    assert (member.role, member.ground, member.not_after) == (role, "chosen_by_patient", end)
    assert member.practitioner_role_id == nurse.role_id
    assert access.abilities(nurse.id, circle.id) == ROLE_ABILITIES[role]
    offered.refresh_from_db()
    assert offered.state == Invitation.State.ACCEPTED


def test_a_second_device_changes_nothing(circle: Circle, gp: Colleague, nurse: Colleague) -> None:
    first = factories.a_member(circle, nurse, by=gp)
    again = join(actor=nurse.actor, circle_id=circle.id)
    assert (again.first, again.member) == (False, first)
    assert events_about(circle_id=circle.id).filter(act="member.join").count() == 2  # the opener's and the nurse's


def test_an_invitation_that_ended_lets_nobody_in(
    circle: Circle, gp: Colleague, nurse: Colleague, social_worker: Colleague, coordinator: Colleague, clock: Clock
) -> None:
    declined = factories.an_invitation(circle, nurse, by=gp)
    decline(actor=nurse.actor, invitation_id=declined.id)
    assert joined(circle, nurse) == "invitation_not_open"
    factories.an_invitation(circle, social_worker, by=gp)
    end_membership(actor=gp.actor, circle_id=circle.id, user_id=social_worker.id, code="removed", reason="")
    assert joined(circle, social_worker) == "invitation_not_open"
    late = factories.an_invitation(circle, coordinator, by=gp)
    clock(late.expires)
    assert joined(circle, coordinator) == "invitation_expired"
    assert expire_invitations() == 1
    assert joined(circle, coordinator) == "invitation_expired"
    assert expire_invitations() == 0


def test_a_place_that_would_be_over_is_not_taken(circle: Circle, gp: Colleague, nurse: Colleague, clock: Clock) -> None:
    end = factories.in_days(3)
    factories.an_invitation(circle, nurse, by=gp, role="guest", not_after=end)
    clock(end)
    assert joined(circle, nurse) == "not_found"
    clock(end - timedelta(seconds=1))
    assert joined(circle, nurse) == "first"


def test_who_was_removed_does_not_come_back_on_the_old_invitation(
    circle: Circle, gp: Colleague, nurse: Colleague
) -> None:
    factories.a_member(circle, nurse, by=gp)
    end_membership(actor=gp.actor, circle_id=circle.id, user_id=nurse.id, code="removed", reason="")
    assert joined(circle, nurse) == "not_found"
    factories.an_invitation(circle, nurse, by=gp)
    assert joined(circle, nurse) == "first"
    assert Member.objects.filter(circle=circle, user=nurse.user).count() == 2


def test_who_no_longer_practises_does_not_come_in(circle: Circle, gp: Colleague, nurse: Colleague) -> None:
    factories.an_invitation(circle, nurse, by=gp)
    PractitionerRole.objects.filter(id=nurse.role_id).update(active=False)
    assert joined(circle, nurse) == "inactive"


def test_a_closed_circle_takes_nobody(circle: Circle, gp: Colleague, nurse: Colleague) -> None:
    factories.an_invitation(circle, nurse, by=gp)
    Circle.objects.filter(id=circle.id).update(state=Circle.State.CLOSED)
    assert joined(circle, nurse) == "not_found"


def test_joining_is_announced_inside_its_transaction(circle: Circle, gp: Colleague, nurse: Colleague) -> None:
    heard: list[object] = []

    def listen(*, circle_id: UUID, user_id: UUID, **_: object) -> None:
        heard.append((circle_id, user_id, connection.in_atomic_block, "read" in access.abilities(user_id, circle_id)))

    membership_started.connect(listen)
    try:
        factories.a_member(circle, nurse, by=gp)
        join(actor=nurse.actor, circle_id=circle.id)
    finally:
        membership_started.disconnect(listen)
    assert heard == [(circle.id, nurse.id, True, True)]


def test_two_devices_at_once_make_one_member(committed_db: str, gp: Colleague, nurse: Colleague) -> None:
    circle = factories.a_circle(gp)
    factories.an_invitation(circle, nurse, by=gp)
    start, answers = Barrier(2), []

    def enter() -> None:
        start.wait()
        answers.append(joined(circle, nurse))
        connection.close()

    threads = [Thread(target=enter) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["again", "first"]
    assert Member.objects.filter(circle=circle, user=nurse.user).count() == 1
