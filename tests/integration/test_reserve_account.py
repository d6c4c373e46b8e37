"""POST /api/circles/{id}/reservations: an account waits for somebody of the directory who is invited."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from django.test import Client
from uuid_utils.compat import uuid7

from accounts.models import User
from audit.models import Event
from circles.models import Circle, Professional, Reservation
from circles.registrars import people_of
from circles.services import reserve
from directory.models import PractitionerRole
from tests import factories
from tests.cast import Browser
from tests.factories import Colleague


@pytest.fixture
def circle(gp: Colleague) -> Circle:
    return factories.a_circle(gp)


@pytest.fixture
def newcomer(cast_database: None) -> PractitionerRole:
    return factories.a_practitioner(factories.NURSE, family="Bientot", given="Ana")


def ask(client: Client, circle: Circle, role_id: object, **changes: object) -> tuple[int, str | None]:
    body = {"role": role_id, "to": "ana@cordee.example", "language": "fr"} | changes
    path = f"/api/circles/{circle.id}/reservations"
    response = client.post(path, body, content_type="application/json")
    return response.status_code, response.json().get("code")


def test_the_ladder(
    circle: Circle,
    newcomer: PractitionerRole,
    gp: Colleague,
    nurse: Colleague,
    social_worker: Colleague,
    stranger: Colleague,
    officer: Colleague,
    nobody: None,
    browser: Browser,
) -> None:
    factories.a_member(circle, nurse, by=gp)
    factories.an_invitation(circle, social_worker, by=gp, role="coordinator")
    assert ask(browser(nobody), circle, newcomer.id) == (401, "signed_out")
    for refused in (stranger, officer, social_worker, nurse):
        assert ask(browser(refused), circle, newcomer.id) == (404, "not_found")
    assert not Reservation.objects.exists()
    assert ask(browser(gp), circle, newcomer.id) == (200, None)


def test_it_is_the_same_person_each_time_and_the_latest_address(
    circle: Circle, newcomer: PractitionerRole, gp: Colleague, nurse: Colleague
) -> None:
    elsewhere = factories.a_circle(nurse)

    def ask_for(by: Colleague, where: Circle, to: str) -> UUID:
        return reserve(actor=by.actor, circle_id=where.id, role_id=newcomer.id, to=to, language="fr")

    first = ask_for(gp, circle, "one@cordee.example")
    assert first == ask_for(gp, circle, "two@cordee.example")
    assert first == ask_for(nurse, elsewhere, "three@cordee.example")
    assert Professional.objects.get(user=first).practitioner_id == newcomer.practitioner_id
    assert Reservation.objects.count() == 2
    assert "cordee.example" not in str(list(Reservation.objects.values()))


def test_nobody_can_sign_in_to_it(circle: Circle, newcomer: PractitionerRole, gp: Colleague) -> None:
    user_id = reserve(actor=gp.actor, circle_id=circle.id, role_id=newcomer.id, to="ana@cordee.example", language="fr")
    user = User.objects.get(id=user_id)
    assert (user.email, user.has_usable_password()) == (None, False)
    for email in ("", "ana@cordee.example"):
        for password in ("", user.password):
            assert authenticate(None, email=email, password=password) is None
    assert newcomer.organization_id is not None
    assert people_of(newcomer.organization_id) == []


def test_two_who_ask_at_once_find_one_account(committed_db: str, gp: Colleague) -> None:
    newcomer = factories.a_practitioner(factories.NURSE, family="Bientot")
    circles = [factories.a_circle(gp) for _ in range(4)]

    def ask_for(circle: Circle) -> UUID:
        try:
            return reserve(actor=gp.actor, circle_id=circle.id, role_id=newcomer.id, to="a@b.example", language="fr")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as inviters:
        users = set(inviters.map(ask_for, circles))
    assert len(users) == 1
    assert User.objects.filter(email=None).count() == 1


@pytest.mark.parametrize("to", ["", "ana", "ana@", "ana@b.example, other@b.example", "a\n@b.example"])
def test_an_address_that_is_none_is_refused(
    circle: Circle, newcomer: PractitionerRole, gp: Colleague, browser: Browser, to: str
) -> None:
    refused = (422, "bad_address") if to else (422, "address_missing")
    assert ask(browser(gp), circle, newcomer.id, to=to) == refused
    assert not User.objects.filter(email=None).exists()


def test_without_an_address_the_directory_s_mailbox_is_taken(
    circle: Circle, newcomer: PractitionerRole, gp: Colleague, browser: Browser
) -> None:
    client = browser(gp)
    assert ask(client, circle, newcomer.id, to=None) == (422, "address_missing")
    newcomer.mssante = "ana.bientot@structure.mssante.example"
    newcomer.save()
    assert ask(client, circle, newcomer.id, to=None) == (200, None)


def test_who_cannot_be_in_a_circle_gets_no_account(circle: Circle, gp: Colleague, browser: Browser) -> None:
    client = browser(gp)
    quality = factories.a_practitioner(factories.QUALITY)
    assert ask(client, circle, quality.id) == (403, "profession_not_allowed")
    gone = factories.a_practitioner(factories.NURSE, active=False)
    assert ask(client, circle, gone.id) == (409, "inactive")
    assert ask(client, circle, uuid7()) == (404, "not_found")
    assert not User.objects.filter(email=None).exists()


def test_who_has_an_account_needs_no_letter(circle: Circle, gp: Colleague, nurse: Colleague, browser: Browser) -> None:
    assert ask(browser(gp), circle, nurse.role_id) == (409, "account_open")
    nurse.user.is_active = False
    nurse.user.save()
    assert ask(browser(gp), circle, nurse.role_id) == (409, "inactive")


def test_it_is_in_the_trail(circle: Circle, newcomer: PractitionerRole, gp: Colleague, browser: Browser) -> None:
    ask(browser(gp), circle, newcomer.id)
    ask(browser(gp), circle, uuid7())
    kept, refused = Event.objects.filter(act="account.reserve").order_by("id")
    assert (kept.out, refused.out, refused.err) == (0, 8, "not_found")
    assert Event.objects.filter(act="account.link", out=0).count() >= 1
