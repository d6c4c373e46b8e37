"""GET /api/invitations and POST /api/invitations/{id}/decline: what I am asked, and saying no."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from uuid_utils.compat import uuid7

from audit.models import Event
from circles import access
from circles.models import Circle, Invitation
from circles.services import end_membership, join
from tests import factories
from tests.cast import Browser, Clock
from tests.factories import Colleague


@pytest.fixture
def circle(gp: Colleague) -> Circle:
    return factories.a_circle(gp)


@pytest.fixture
def invitation(circle: Circle, gp: Colleague, coordinator: Colleague) -> Invitation:
    return factories.an_invitation(circle, coordinator, by=gp, role="coordinator")


def decline(client: Client, invitation_id: object, **said: object) -> tuple[int, str | None]:
    body = {"because": "unavailable", "text": ""} | said
    response = client.post(f"/api/invitations/{invitation_id}/decline", body, content_type="application/json")
    return response.status_code, response.json().get("code")


def test_the_ladder(
    circle: Circle,
    invitation: Invitation,
    gp: Colleague,
    nurse: Colleague,
    social_worker: Colleague,
    coordinator: Colleague,
    stranger: Colleague,
    officer: Colleague,
    nobody: None,
    browser: Browser,
) -> None:
    factories.a_member(circle, nurse, by=gp)
    factories.a_member(circle, social_worker, by=gp, role="guest", not_after=factories.in_days(7))
    assert decline(browser(nobody), invitation.id) == (401, "signed_out")
    for somebody_else in (stranger, officer, social_worker, nurse, gp):
        assert decline(browser(somebody_else), invitation.id) == (404, "not_found")
        assert decline(browser(somebody_else), uuid7()) == (404, "not_found")
    assert decline(browser(coordinator), invitation.id) == (200, None)


def test_an_invitation_says_whom_it_is_about_who_asks_and_until_when(
    circle: Circle, invitation: Invitation, gp: Colleague, coordinator: Colleague, browser: Browser
) -> None:
    (mine,) = browser(coordinator).get("/api/invitations").json()["invitations"]
    assert mine["inviter"].pop("organisation")["city"] == "GRENOBLE"
    assert mine.pop("created") < mine.pop("expires")
    patient = mine.pop("patient")
    assert (patient["given"], patient["birth_date"]) == ("Jeanne", "1941-03-12")
    assert patient["matricule"] is None  # not before one is a member
    assert mine == {
        "id": str(invitation.id),
        "circle": str(circle.id),
        "kind": "care",
        **dict.fromkeys(("parent", "name", "organisation", "peer")),
        "colour": circle.colour,
        "weave": circle.weave,
        "initials": "AJ",
        "inviter": {"name": "Dr Hélène ROUSSELOT", "profession": {"code": "10", "label": "Médecin"}},
        "ground": "formal_team",
        "role": "coordinator",
        "not_after": None,
        "admission": "not_needed",
    }
    assert browser(gp).get("/api/invitations").json() == {"invitations": []}


def test_declining_takes_the_right_to_enter(
    circle: Circle, invitation: Invitation, coordinator: Colleague, browser: Browser
) -> None:
    client = browser(coordinator)
    assert access.abilities(coordinator.id, circle.id) == {"join"}
    assert decline(client, invitation.id) == (200, None)
    assert access.abilities(coordinator.id, circle.id) == frozenset()
    assert client.get("/api/invitations").json() == {"invitations": []}
    assert decline(client, invitation.id) == (409, "invitation_not_open")


def test_it_is_too_late_once_the_time_is_over(
    circle: Circle, gp: Colleague, coordinator: Colleague, browser: Browser, clock: Clock
) -> None:
    client = browser(coordinator)
    invitation = factories.an_invitation(circle, coordinator, by=gp, expires=factories.in_days(1 / 24))
    clock(invitation.expires - timedelta(seconds=1))
    assert len(client.get("/api/invitations").json()["invitations"]) == 1
    clock(invitation.expires)
    assert client.get("/api/invitations").json() == {"invitations": []}
    assert decline(client, invitation.id) == (409, "invitation_expired")


def test_an_answered_or_revoked_invitation_is_not_open(
    circle: Circle, gp: Colleague, nurse: Colleague, invitation: Invitation, coordinator: Colleague, browser: Browser
) -> None:
    accepted = factories.an_invitation(circle, nurse, by=gp)
    join(actor=nurse.actor, circle_id=circle.id)
    assert decline(browser(nurse), accepted.id) == (409, "invitation_not_open")
    end_membership(actor=gp.actor, circle_id=circle.id, user_id=coordinator.id, code="removed", reason="")
    assert decline(browser(coordinator), invitation.id) == (409, "invitation_not_open")


def test_declining_and_being_refused_are_in_the_trail(
    invitation: Invitation, gp: Colleague, coordinator: Colleague, browser: Browser
) -> None:
    decline(browser(gp), invitation.id)
    decline(browser(coordinator), invitation.id)
    refused, declined = Event.objects.filter(act="invitation.decline").order_by("id")
    assert (refused.out, refused.err) == (8, "not_found")
    assert (declined.out, declined.obj) == (0, f"Invitation/{invitation.id}")


def test_the_reason_is_kept_and_what_was_said_of_it_is_in_the_trail_alone(
    invitation: Invitation, coordinator: Colleague, browser: Browser
) -> None:
    assert decline(browser(coordinator), invitation.id, because="not_known", text="Jamais vue ici") == (200, None)
    invitation.refresh_from_db()
    assert (invitation.state, invitation.declined_because) == (Invitation.State.DECLINED, "not_known")
    assert '"rsn"' in Event.objects.get(act="invitation.decline").leaf
    assert "Jamais" not in str(list(Invitation.objects.values()))


@pytest.mark.parametrize(
    "said", [{"why": "no time"}, {"because": "because"}, {"because": None}, {"text": "x" * 501}, {"text": None}]
)
def test_what_is_no_reason_is_refused_and_changes_nothing(
    invitation: Invitation, coordinator: Colleague, browser: Browser, said: dict[str, object]
) -> None:
    assert decline(browser(coordinator), invitation.id, **said) == (422, "bad_input")
    invitation.refresh_from_db()
    assert invitation.state == Invitation.State.PENDING
