"""The timeline of a circle: who came in on what ground, until when, and why somebody left; for its members."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from audit.selectors import events_about
from circles.errors import NotFound
from circles.models import Circle
from circles.services import (
    ConsentRecord,
    break_glass,
    close,
    decline,
    end_membership,
    hand_over,
    oppose,
    reopen,
    withdraw_consent,
)
from circles.timeline import Timeline, timeline_for
from tests import factories
from tests.cast import Browser
from tests.factories import INFORMED_ON, Colleague


@pytest.fixture
def circle(gp: Colleague, nurse: Colleague) -> Circle:
    return factories.a_circle(gp, nurse)


def test_who_declines_says_why(circle: Circle, gp: Colleague, stranger: Colleague) -> None:
    invitation = factories.an_invitation(circle, stranger, by=gp)
    decline(actor=stranger.actor, invitation_id=invitation.id, because="unavailable")
    [row] = [row for row in timeline_for(gp.id, circle.id).rows if row.user == stranger.id]
    assert (row.what, row.code, row.because) == ("invited", "declined", "unavailable")


def told(timeline: Timeline) -> list[str]:
    return [row.what for row in timeline.rows]


def test_it_tells_what_happened_in_order(
    circle: Circle, gp: Colleague, nurse: Colleague, social_worker: Colleague, stranger: Colleague
) -> None:
    consent = ConsentRecord(given_on=INFORMED_ON, how="spoken", recorded_by=gp.id)
    factories.a_member(circle, social_worker, by=gp, ground="outside_team", consent=consent)
    withdraw_consent(actor=gp.actor, circle_id=circle.id, consent_id=circle.consents.get().id, reason="")
    oppose(actor=gp.actor, circle_id=circle.id, user_id=stranger.id, told_on=INFORMED_ON, how="written", reason="")
    hand_over(actor=gp.actor, circle_id=circle.id, taker_id=nurse.id, until=None, steps_down_to="member")
    close(actor=nurse.actor, circle_id=circle.id, reason="")
    reopen(actor=nurse.actor, circle_id=circle.id, reason="")
    end_membership(actor=gp.actor, circle_id=circle.id, user_id=gp.id, code="left", reason="")
    timeline = timeline_for(nurse.id, circle.id)
    rows = [row for row in timeline.rows if row.user in (None, social_worker.id, stranger.id)]
    assert [(row.what, row.code) for row in rows] == [
        ("opened", None),
        ("consent", None),
        ("invited", "accepted"),
        ("joined", None),
        ("consent_withdrawn", None),
        ("ended", "withdrawn"),
        ("opposition", None),
        ("closed", "decided"),
        ("reopened", None),
    ]
    joined = next(row for row in rows if row.what == "joined")
    assert (joined.ground, joined.role, joined.until) == ("outside_team", "member", None)
    [given] = [row for row in timeline.rows if row.what == "handed_over"]
    assert (given.by, given.user, given.until) == (gp.id, nurse.id, None)
    assert {each.user for each in timeline.people} == {gp.id, nurse.id, social_worker.id, stranger.id}


def test_it_names_who_looked_in_an_emergency_until_when(gp: Colleague, nurse: Colleague, stranger: Colleague) -> None:
    patient = factories.a_patient()
    circle = factories.a_circle(gp, nurse, patient=patient)
    break_glass(actor=stranger.actor, patient=patient, reason="Trouvée inconsciente à domicile")
    timeline = timeline_for(nurse.id, circle.id)
    [row] = [row for row in timeline.rows if row.what == "break_glass"]
    begun = circle.break_glasses.get()
    assert (row.at, row.by, row.until, row.user) == (begun.started, stranger.id, begun.until, None)
    assert stranger.id in {each.user for each in timeline.people}


def test_members_read_it_and_nobody_else(
    circle: Circle, gp: Colleague, nurse: Colleague, stranger: Colleague, officer: Colleague, browser: Browser
) -> None:
    path = f"/api/circles/{circle.id}/timeline"
    assert browser(None).get(path).status_code == 401
    for refused in (stranger, officer):
        assert browser(refused).get(path).json()["code"] == "not_found"
    end_membership(actor=gp.actor, circle_id=circle.id, user_id=nurse.id, code="removed", reason="")
    assert browser(nurse).get(path).status_code == 404
    answer = browser(gp).get(path)
    assert answer.json()["rows"][0]["what"] == "opened"
    assert events_about(circle_id=circle.id).latest("id").act == "circle.read"
    with pytest.raises(NotFound):
        timeline_for(nurse.id, circle.id)


def test_a_long_one_costs_as_many_queries_as_a_short_one(
    circle: Circle, gp: Colleague, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(4):
        factories.a_member(circle, factories.a_colleague(), by=gp)
    with django_assert_num_queries(9):
        assert told(timeline_for(gp.id, circle.id)).count("joined") == 5
