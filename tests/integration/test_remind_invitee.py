"""POST /api/invitations/{id}/remind and /resend: a coordinator follows up; not too often, and the old link ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.letters import send_due
from accounts.models import Letter
from audit.events import SYSTEM, Actor
from circles.models import Circle, Invitation, Notice, Reservation
from circles.services import accept, claim, decline, forget_addresses, reserve
from circles.services.reminding import BETWEEN_REMINDERS, MOST_REMINDERS
from circles.services.welcoming import KEPT_FOR, MOST_LINKS
from directory.models import PractitionerRole
from tests import factories, letters
from tests.cast import Browser, Clock
from tests.factories import Colleague
from tests.integration.test_welcome import ADDRESS, PASSWORD, invited, look


@pytest.fixture(autouse=True)
def _nobody_has_asked_yet(cast_database: None) -> None:
    cache.clear()


@pytest.fixture
def circle(gp: Colleague) -> Circle:
    return factories.a_circle(gp)


@pytest.fixture
def held(cast_database: None) -> PractitionerRole:
    return factories.a_practitioner(factories.NURSE, family="Bientot", given="Ana")


@pytest.fixture
def invitation(circle: Circle, held: PractitionerRole, gp: Colleague) -> Invitation:
    return invited(circle, held, gp)


def remind(client: Client, invitation_id: object) -> tuple[int, str | None]:
    response = client.post(f"/api/invitations/{invitation_id}/remind", {}, content_type="application/json")
    return response.status_code, response.json().get("code")


def resend(client: Client, invitation_id: object, to: str | None = ADDRESS) -> tuple[int, str | None]:
    body = {"to": to, "language": "en"}
    response = client.post(f"/api/invitations/{invitation_id}/resend", body, content_type="application/json")
    return response.status_code, response.json().get("code")


def shown(client: Client, circle: Circle) -> dict[str, Any]:
    (pending,) = client.get(f"/api/circles/{circle.id}").json()["invitations"]
    return dict(pending)


def test_the_ladder(
    circle: Circle,
    invitation: Invitation,
    gp: Colleague,
    nurse: Colleague,
    stranger: Colleague,
    officer: Colleague,
    nobody: None,
    browser: Browser,
    clock: Clock,
) -> None:
    factories.a_member(circle, nurse, by=gp)
    clock(timezone.now() + BETWEEN_REMINDERS)
    clients = [browser(each) for each in (stranger, officer, nurse)]
    coordinator = browser(gp)
    for follow_up in (remind, resend):
        assert follow_up(browser(nobody), invitation.id) == (401, "signed_out")
        for refused in clients:
            assert follow_up(refused, invitation.id) == (404, "not_found")
        assert follow_up(coordinator, uuid7()) == (404, "not_found")
        assert follow_up(coordinator, invitation.id) == (200, None)


def test_reminders_are_a_day_apart_and_three(
    circle: Circle, invitation: Invitation, gp: Colleague, browser: Browser, clock: Clock
) -> None:
    now = invitation.created
    for count in range(1, MOST_REMINDERS + 1):
        clock(now + BETWEEN_REMINDERS - timedelta(seconds=1))
        client = browser(gp)  # nobody stays signed in for a day
        assert remind(client, invitation.id) == (409, "too_soon")
        now += BETWEEN_REMINDERS
        clock(now)
        assert remind(client, invitation.id) == (200, None)
        assert shown(client, circle)["reminders"] == count
    clock(now + 2 * BETWEEN_REMINDERS)
    assert remind(browser(gp), invitation.id) == (409, "too_many_reminders")


def test_a_reminder_brings_a_new_link_and_ends_the_old_one(
    invitation: Invitation, gp: Colleague, browser: Browser, clock: Clock
) -> None:
    clock(invitation.created + BETWEEN_REMINDERS)
    client = browser(gp)
    remind(client, invitation.id)
    first, reminder = letters.waiting()
    assert reminder.subject.startswith("Rappel")
    assert look(first.token) == (409, "link_replaced")
    assert look(reminder.token) == (200, None)


def test_who_has_an_account_is_reminded_without_a_letter(
    circle: Circle, gp: Colleague, nurse: Colleague, browser: Browser, clock: Clock
) -> None:
    invitation = factories.an_invitation(circle, nurse, by=gp)
    clock(invitation.created + BETWEEN_REMINDERS)
    client = browser(gp)
    assert remind(client, invitation.id) == (200, None)
    assert Notice.objects.filter(user=nurse.user, what="reminded", circle=circle).count() == 1
    assert not Letter.objects.exists()
    assert resend(client, invitation.id) == (409, "account_open")


def test_resending_goes_to_the_new_address_in_its_language(
    invitation: Invitation, gp: Colleague, browser: Browser
) -> None:
    assert resend(browser(gp), invitation.id, to="new@cordee.example") == (200, None)
    first, second = letters.waiting()
    assert (second.to, second.subject) == ("new@cordee.example", "An invitation is waiting for you on Cordée")
    assert look(first.token) == (409, "link_replaced")
    assert look(second.token) == (200, None)


def test_letters_are_counted(invitation: Invitation, gp: Colleague, browser: Browser) -> None:
    client = browser(gp)
    for _ in range(MOST_LINKS - 1):
        assert resend(client, invitation.id) == (200, None)
    assert resend(client, invitation.id) == (409, "too_many_letters")
    assert look(letters.waiting()[-1].token) == (200, None)


@pytest.mark.parametrize("to", ["nobody", None])
def test_a_bad_address_leaves_the_old_link(
    invitation: Invitation, gp: Colleague, browser: Browser, to: str | None
) -> None:
    assert resend(browser(gp), invitation.id, to=to)[0] == 422
    (letter,) = letters.waiting()
    assert look(letter.token) == (200, None)


def test_who_has_answered_is_not_asked_again(
    circle: Circle, gp: Colleague, nurse: Colleague, browser: Browser, clock: Clock
) -> None:
    invitation = factories.an_invitation(circle, nurse, by=gp)
    decline(actor=nurse.actor, invitation_id=invitation.id)
    clock(invitation.created + BETWEEN_REMINDERS)
    client = browser(gp)
    assert remind(client, invitation.id) == (409, "invitation_not_open")
    assert resend(client, invitation.id) == (409, "invitation_not_open")


def test_coordinators_see_how_far_it_has_come(
    circle: Circle, invitation: Invitation, gp: Colleague, browser: Browser, clock: Clock
) -> None:
    client = browser(gp)

    def progress() -> object:
        return shown(client, circle)["progress"]

    assert progress() == "letter_waiting"
    (letter,) = letters.waiting()
    send_due()
    assert progress() == "letter_sent"
    Letter.objects.update(state="refused")
    assert progress() == "letter_refused"
    look(letter.token)
    assert progress() == "link_opened"
    claim(actor=SYSTEM, secret=letter.token, email=ADDRESS, password=PASSWORD)
    assert progress() == "account_open"
    factories.an_identity(invitation.user_id)
    accept(actor=Actor(user_id=invitation.user_id), invitation_id=invitation.id)
    assert progress() == "asked"


def test_an_address_is_forgotten_once_nobody_is_waited_for(
    circle: Circle, invitation: Invitation, gp: Colleague, clock: Clock
) -> None:
    other = factories.a_practitioner(factories.NURSE)
    reserve(actor=gp.actor, circle_id=circle.id, role_id=other.id, to="never@cordee.example", language="fr")
    assert forget_addresses() == 0
    clock(timezone.now() + KEPT_FOR)
    assert forget_addresses() == 1
    assert [each.user_id for each in Reservation.objects.all()] == [invitation.user_id]
    clock(factories.in_days(1))
    Invitation.objects.filter(id=invitation.id).update(state="expired")
    assert forget_addresses() == 1
