"""Offering a place: by whom, to whom, on what ground, until when. The commit around it is tested with chat."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from audit.events import SYSTEM, Actor
from audit.selectors import events_about
from circles import access
from circles.errors import CircleError
from circles.models import Circle, Consent, Invitation
from circles.services import ConsentRecord, invite
from tests import factories
from tests.cast import Clock
from tests.factories import Colleague


@pytest.fixture
def circle(gp: Colleague) -> Circle:
    return factories.a_circle(gp)


def invited(circle: Circle, invitee: Colleague, *, by: Colleague, **how: Any) -> str:
    """`invited`, or the code of the refusal."""
    try:
        factories.an_invitation(circle, invitee, by=by, **how)
    except CircleError as error:
        return error.code
    return "invited"


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
    factories.a_member(circle, coordinator, by=gp, role="coordinator")
    asked, wanted = factories.a_colleague(), factories.a_colleague()
    factories.an_invitation(circle, asked, by=gp)
    for refused in (stranger, asked, social_worker, nurse, officer):
        assert invited(circle, wanted, by=refused) == "not_found"
    assert invited(circle, wanted, by=coordinator) == "invited"


@pytest.mark.parametrize("nobodys", [SYSTEM, Actor(user_id=None)])
def test_nobody_invites(circle: Circle, nurse: Colleague, nobodys: Actor) -> None:
    with pytest.raises(CircleError, match="not_found"):
        invite(
            actor=nobodys,
            circle_id=circle.id,
            user_id=nurse.id,
            role_id=nurse.role_id,
            role="member",
            ground="formal_team",
            not_after=None,
            signed=b"",
            expires=factories.in_days(1),
        )


def test_an_invitee_may_enter_and_nothing_else(circle: Circle, gp: Colleague, nurse: Colleague) -> None:
    assert invited(circle, nurse, by=gp) == "invited"
    assert access.abilities(nurse.id, circle.id) == {"join"}


@pytest.mark.parametrize(
    ("how", "answer"),
    [
        ({}, "invited"),
        ({"role": "coordinator"}, "invited"),
        ({"role": "guest"}, "guest_without_end"),
        ({"role": "guest", "not_after": datetime(2096, 1, 1, tzinfo=UTC)}, "invited"),
        ({"role": "guest", "not_after": datetime(2020, 1, 1, tzinfo=UTC)}, "end_in_the_past"),
        ({"role": "delegate"}, "delegate_of_nobody"),
        ({"role": "owner"}, "role_not_allowed"),
        ({"ground": "same_structure"}, "invited"),
        ({"ground": "chosen_by_patient"}, "invited"),
        ({"ground": "outside_team"}, "consent_required"),
        ({"ground": "none"}, "bad_ground"),
        ({"expires": datetime(2020, 1, 1, tzinfo=UTC)}, "end_in_the_past"),
    ],
)
def test_role_ground_and_dates(
    circle: Circle, gp: Colleague, nurse: Colleague, how: dict[str, Any], answer: str
) -> None:
    assert invited(circle, nurse, by=gp, **how) == answer
    assert Invitation.objects.filter(circle=circle).exists() == (answer == "invited")


def test_nobody_is_invited_who_may_not_be_told(circle: Circle, gp: Colleague, officer: Colleague) -> None:
    assert invited(circle, officer, by=gp) == "profession_not_allowed"


def test_only_in_a_role_of_ones_own(circle: Circle, gp: Colleague, nurse: Colleague, stranger: Colleague) -> None:
    other = Colleague(nurse.user, nurse.practitioner_id, stranger.role_id, nurse.family_name)
    assert invited(circle, other, by=gp) == "not_found"
    unknown = Colleague(nurse.user, nurse.practitioner_id, uuid7(), nurse.family_name)
    assert invited(circle, unknown, by=gp) == "not_found"


def test_somebody_who_is_gone_cannot_be_invited(circle: Circle, gp: Colleague, nurse: Colleague) -> None:
    nurse.user.is_active = False
    nurse.user.save()
    assert invited(circle, nurse, by=gp) == "inactive"
    plain = factories.a_user()
    assert invited(circle, Colleague(plain, uuid7(), uuid7(), ""), by=gp) == "not_registered"


def test_nobody_is_asked_twice(circle: Circle, gp: Colleague, nurse: Colleague, clock: Clock) -> None:
    assert invited(circle, gp, by=gp) == "already_member"
    first = factories.an_invitation(circle, nurse, by=gp)
    assert invited(circle, nurse, by=gp) == "already_invited"
    clock(first.expires)
    assert invited(circle, nurse, by=gp, expires=first.expires + timedelta(days=1)) == "invited"
    first.refresh_from_db()
    assert first.state == Invitation.State.EXPIRED


def test_outside_the_team_only_with_a_consent_that_is_kept(
    circle: Circle, gp: Colleague, nurse: Colleague, stranger: Colleague
) -> None:
    def consent(**changes: Any) -> ConsentRecord:
        return replace(ConsentRecord(given_on=date(2026, 11, 3), how="spoken", recorded_by=gp.id), **changes)

    refused = {
        "date_in_future": consent(given_on=factories.in_days(2).date()),
        "bad_consent": consent(how="guessed"),
    }
    for code, bad in refused.items():
        assert invited(circle, nurse, by=gp, ground="outside_team", consent=bad) == code
    assert (
        invited(circle, nurse, by=gp, ground="outside_team", consent=consent(recorded_by=stranger.id)) == "bad_consent"
    )
    assert invited(circle, nurse, by=gp, ground="outside_team", consent=consent()) == "invited"
    kept = Consent.objects.get(circle=circle)
    assert (kept.user_id, kept.recorded_by_id, kept.how) == (nurse.id, gp.id, "spoken")
    assert Invitation.objects.get(circle=circle).consent == kept
    assert events_about(obj=("Consent", kept.id)).get().act == "consent.record"


def test_inviting_is_in_the_trail(circle: Circle, gp: Colleague, nurse: Colleague) -> None:
    invitation = factories.an_invitation(circle, nurse, by=gp)
    event = events_about(obj=("Invitation", invitation.id)).get()
    assert (event.act, event.out) == ("member.invite", 0)
    assert bytes(invitation.signed) == b"as it came from the inviting device"
