"""A closed circle is read and not written in; a coordinator reopens it within 30 days; compartments follow."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone
from uuid_utils.compat import uuid7

from audit.selectors import events_about
from circles import access
from circles.errors import CircleError
from circles.models import Circle, Closure, Member, Notice, Opposition
from circles.rules import REOPENED_WITHIN
from circles.services import close, lift_opposition, oppose, reopen
from tests import factories
from tests.cast import Browser, Clock
from tests.chat_people import Scene, a_care_circle
from tests.chat_socket import told
from tests.factories import Colleague


@pytest.fixture
def circle(gp: Colleague) -> Circle:
    return factories.a_circle(gp)


def done(act: object, circle: Circle, *, by: Colleague, reason: str = "fin de prise en charge") -> str:
    try:
        act(actor=by.actor, circle_id=circle.id, reason=reason)  # type: ignore[operator]
    except CircleError as error:
        return error.code
    return "done"


def test_the_ladder(
    circle: Circle, gp: Colleague, nurse: Colleague, social_worker: Colleague, stranger: Colleague
) -> None:
    factories.a_member(circle, nurse, by=gp)
    factories.a_member(circle, social_worker, by=gp, role="guest", not_after=factories.in_days(7))
    for act in (close, reopen):
        for refused in (stranger, nurse, social_worker):
            assert done(act, circle, by=refused) == "not_found"
        assert done(act, circle, by=gp, reason="é" * 501) == "bad_input"
        assert done(act, circle, by=gp) == "done"


def test_members_go_on_reading_and_nobody_comes_in(circle: Circle, gp: Colleague, nurse: Colleague) -> None:
    factories.an_invitation(circle, nurse, by=gp)
    assert done(close, circle, by=gp) == "done"
    assert access.abilities(gp.id, circle.id) == {"read"}
    assert access.abilities(nurse.id, circle.id) == frozenset()
    assert done(close, circle, by=gp) == "not_found"
    with pytest.raises(CircleError, match="not_found"):
        factories.an_invitation(circle, factories.a_colleague(), by=gp)
    assert done(reopen, circle, by=gp) == "done"
    assert "invite" in access.abilities(gp.id, circle.id)
    assert done(reopen, circle, by=gp) == "circle_open"


def test_everybody_is_told_and_the_act_is_traced(circle: Circle, gp: Colleague, nurse: Colleague) -> None:
    factories.a_member(circle, nurse, by=gp)
    done(close, circle, by=gp)
    done(reopen, circle, by=gp)
    told = Notice.objects.filter(user=nurse.user, what__in=("closed", "reopened")).order_by("created")
    assert list(told.values_list("what", flat=True)) == ["closed", "reopened"]
    acts = events_about(circle_id=circle.id).filter(act__in=("circle.close", "circle.reopen")).order_by("id")
    assert list(acts.values_list("act", flat=True)) == ["circle.close", "circle.reopen"]


def test_after_thirty_days_it_stays_closed(circle: Circle, gp: Colleague, clock: Clock) -> None:
    done(close, circle, by=gp)
    closed = Closure.objects.get(circle=circle).closed
    clock(closed + REOPENED_WITHIN)
    assert done(reopen, circle, by=gp) == "closed_too_long"
    clock(closed + REOPENED_WITHIN - timedelta(seconds=1))
    assert done(reopen, circle, by=gp) == "done"


def test_a_patient_who_has_another_circle_by_now_keeps_that_one(gp: Colleague, nurse: Colleague) -> None:
    jeanne = factories.a_patient()
    first = factories.a_circle(gp, patient=jeanne)
    done(close, first, by=gp)
    second = factories.a_circle(nurse, patient=jeanne)
    assert done(reopen, first, by=gp) == "circle_exists_elsewhere"
    done(close, second, by=nurse)
    assert done(reopen, first, by=gp) == "done"


def test_what_the_patient_closed_opens_only_when_that_is_lifted(circle: Circle, gp: Colleague) -> None:
    said = timezone.now().date() - timedelta(days=1)
    oppose(actor=gp.actor, circle_id=circle.id, user_id=None, told_on=said, how="written", reason="")
    assert done(reopen, circle, by=gp) == "patient_opposes"
    opposition = Opposition.objects.get(circle=circle)
    lift_opposition(actor=gp.actor, circle_id=circle.id, opposition_id=opposition.id, reason="a changé d'avis")
    circle.refresh_from_db()
    assert circle.state == Circle.State.CLOSED
    assert done(reopen, circle, by=gp) == "done"


def test_compartments_close_and_open_with_their_circle(circle: Circle, gp: Colleague) -> None:
    open_one, closed_before = (factories.a_circle(gp) for _ in range(2))
    for each in (open_one, closed_before):
        Circle.objects.filter(id=each.id).update(parent=circle, name="Volet")
    done(close, closed_before, by=gp)
    done(close, circle, by=gp)
    assert set(Circle.objects.filter(state="closed")) == {circle, open_one, closed_before}
    assert done(reopen, open_one, by=gp) == "parent_closed"
    done(reopen, circle, by=gp)
    assert set(Circle.objects.filter(state="closed")) == {closed_before}


def test_the_detail_says_who_closed_it_and_until_when_it_may_open_again(
    circle: Circle, gp: Colleague, browser: Browser
) -> None:
    path = f"/api/circles/{circle.id}"
    assert browser(gp).get(path).json()["closure"] is None
    answer = browser(gp).post(f"{path}/close", {"reason": "guérie"}, content_type="application/json")
    assert (answer.status_code, answer.json()) == (200, {})
    shown = browser(gp).get(path).json()
    assert (shown["state"], shown["closure"]["by"], shown["closure"]["code"]) == ("closed", str(gp.id), "decided")
    assert browser(gp).post(f"{path}/reopen", {"reason": ""}, content_type="application/json").status_code == 200
    assert browser(gp).get(path).json()["closure"] is None


def test_a_message_on_the_same_open_socket_finds_the_circle_closed(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    with scene.nurse.socket(scene.server) as nurse:
        nurse.listen(circle.id)
        assert told(nurse.post(scene.nurse.device.send(circle.id, circle.epoch))) == "ack"
        assert scene.gp.post(f"circles/{circle.id}/close", {"reason": ""}) == (200, {})
        assert told(nurse.post(scene.nurse.device.send(circle.id, circle.epoch))) == "not_found"
        assert scene.gp.post(f"circles/{circle.id}/reopen", {"reason": ""}) == (200, {})
        nurse.listen(circle.id)
        assert told(nurse.post(scene.nurse.device.send(circle.id, circle.epoch))) == "ack"


def test_the_database_refuses_a_closure_without_an_event(committed_db: str, gp: Colleague) -> None:
    circle = factories.a_circle(gp)
    with pytest.raises(DatabaseError, match="without an event"):
        Closure.objects.create(id=uuid7(), circle=circle, code="decided", closed_by_id=gp.id)
    assert Member.objects.filter(circle=circle).count() == 1
