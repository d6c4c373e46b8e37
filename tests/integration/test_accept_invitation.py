"""POST /api/invitations/{id}/accept: who had no keys when invited asks to be admitted once they have some."""

from __future__ import annotations

import pytest
from django.test import Client

from audit.events import SYSTEM
from circles.models import Circle, Invitation
from circles.selectors import admissions
from circles.services import admit, decline, link_professional
from tests import factories
from tests.cast import Browser, Clock
from tests.factories import Colleague


@pytest.fixture
def newcomer(cast_database: None) -> Colleague:
    """Somebody with an account who has never brought a device."""
    user, held = factories.a_user(), factories.a_practitioner(factories.NURSE)
    link_professional(actor=SYSTEM, user_id=user.id, role_id=held.id)
    return Colleague(user, held.practitioner_id, held.id, held.practitioner.family_name)


@pytest.fixture
def circle(gp: Colleague) -> Circle:
    return factories.a_circle(gp)


@pytest.fixture
def invitation(circle: Circle, gp: Colleague, newcomer: Colleague) -> Invitation:
    return factories.an_invitation(circle, newcomer, by=gp)


def accept(client: Client, invitation: Invitation) -> tuple[int, str | None]:
    response = client.post(f"/api/invitations/{invitation.id}/accept", {}, content_type="application/json")
    return response.status_code, response.json().get("code")


def shown(client: Client) -> list[str]:
    return [each["admission"] for each in client.get("/api/invitations").json()["invitations"]]


def test_the_invitee_asks_and_nobody_else(
    invitation: Invitation,
    gp: Colleague,
    nurse: Colleague,
    stranger: Colleague,
    officer: Colleague,
    nobody: None,
    newcomer: Colleague,
    browser: Browser,
) -> None:
    factories.an_identity(newcomer.id)
    assert accept(browser(nobody), invitation) == (401, "signed_out")
    for other in (gp, nurse, stranger, officer):
        assert accept(browser(other), invitation) == (404, "not_found")
    assert admissions(invitation.circle_id) == {}
    assert accept(browser(newcomer), invitation) == (200, None)
    assert list(admissions(invitation.circle_id)) == [newcomer.id]


def test_the_patient_is_named_once_a_coordinator_has_made_sure_of_the_invitee(
    invitation: Invitation, gp: Colleague, newcomer: Colleague, browser: Browser
) -> None:
    factories.an_identity(newcomer.id)
    client = browser(newcomer)

    def named() -> tuple[object, object]:
        answer = client.get("/api/invitations")
        (mine,) = answer.json()["invitations"]
        assert (b"AUBERTIN" in answer.content) == (mine["patient"] is not None)
        return mine["patient"] and mine["patient"]["given"], mine["name"]

    assert named() == (None, "A. J.")
    accept(client, invitation)
    assert named() == (None, "A. J.")
    admit(actor=gp.actor, circle_id=invitation.circle_id, user_id=newcomer.id)
    assert named() == ("Jeanne", None)


def test_without_keys_there_is_nothing_to_admit(invitation: Invitation, newcomer: Colleague, browser: Browser) -> None:
    client = browser(newcomer)
    assert accept(client, invitation) == (409, "identity_missing")
    assert shown(client) == ["to_ask"]
    factories.an_identity(newcomer.id)
    assert accept(client, invitation) == (200, None)
    assert shown(client) == ["asked"]


def test_asking_twice_is_asking_once(invitation: Invitation, newcomer: Colleague, browser: Browser) -> None:
    factories.an_identity(newcomer.id)
    client = browser(newcomer)
    accept(client, invitation)
    before = admissions(invitation.circle_id)
    assert accept(client, invitation) == (200, None)
    assert admissions(invitation.circle_id) == before


def test_who_had_keys_when_invited_need_not_ask(
    circle: Circle, gp: Colleague, stranger: Colleague, browser: Browser
) -> None:
    offered = factories.an_invitation(circle, stranger, by=gp)
    client = browser(stranger)
    assert shown(client) == ["not_needed"]
    assert accept(client, offered) == (409, "admission_not_needed")


def test_an_invitation_that_is_over_is_not_asked_for(
    invitation: Invitation, newcomer: Colleague, browser: Browser
) -> None:
    factories.an_identity(newcomer.id)
    decline(actor=newcomer.actor, invitation_id=invitation.id)
    assert accept(browser(newcomer), invitation) == (409, "invitation_not_open")
    assert admissions(invitation.circle_id) == {}


def test_an_invitation_that_expired_is_not_asked_for(
    invitation: Invitation, newcomer: Colleague, browser: Browser, clock: Clock
) -> None:
    factories.an_identity(newcomer.id)
    clock(factories.in_days(15))
    assert accept(browser(newcomer), invitation) == (409, "invitation_expired")
    assert admissions(invitation.circle_id) == {}


def test_once_admitted_nothing_waits_any_more(
    invitation: Invitation, gp: Colleague, newcomer: Colleague, browser: Browser
) -> None:
    factories.an_identity(newcomer.id)
    client = browser(newcomer)
    accept(client, invitation)
    admit(actor=gp.actor, circle_id=invitation.circle_id, user_id=newcomer.id)
    assert admissions(invitation.circle_id) == {}
    assert shown(client) == ["not_needed"]
