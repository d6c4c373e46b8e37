"""GET /api/circles/{id}/candidates: whom a coordinator could invite, and why somebody cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from audit.events import SYSTEM
from audit.selectors import events_about
from circles import candidates
from circles.models import Circle
from circles.services import decline, link_professional, reserve
from directory.identifiers import RPPS
from directory.models import Practitioner
from tests import factories
from tests.cast import Browser, Clock
from tests.factories import Colleague


@pytest.fixture
def circle(gp: Colleague) -> Circle:
    return factories.a_circle(gp)


def search(client: Client, circle: Circle, q: str) -> list[dict[str, Any]]:
    response = client.get(f"/api/circles/{circle.id}/candidates", {"q": q})
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["candidates"]
    return found


def why(client: Client, circle: Circle, q: str) -> object:
    (found,) = search(client, circle, q)
    assert found["invitable"] == (found["why"] is None)
    return found["why"]


def test_the_ladder(
    circle: Circle,
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
    invitee = factories.a_colleague()
    factories.an_invitation(circle, invitee, by=gp)
    factories.a_member(circle, coordinator, by=gp, role="coordinator")
    path = f"/api/circles/{circle.id}/candidates?q=lointain"
    assert browser(nobody).get(path).status_code == 401
    for refused in (stranger, officer, invitee, social_worker, nurse):
        response = browser(refused).get(path)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    for allowed in (gp, coordinator):
        assert [found["user"] for found in search(browser(allowed), circle, "lointain")] == [str(stranger.id)]


def stranger_number(stranger: Colleague) -> str:
    return Practitioner.objects.get(id=stranger.practitioner_id).identifier_value


def test_a_candidate_comes_with_everything_an_invitation_needs(
    circle: Circle, gp: Colleague, stranger: Colleague, browser: Browser
) -> None:
    (found,) = search(browser(gp), circle, "lointain ivo")
    assert found.pop("organisation")["city"] == "GRENOBLE"
    for key, length in (("identity_key", 44), ("history_key", 44), ("history_sig", 88)):
        assert len(found.pop(key)) == length
    assert found.pop("rpps") == found.pop("number") == stranger_number(stranger)
    assert found == {
        "practitioner": str(stranger.practitioner_id),
        "role": str(stranger.role_id),
        "name": "Dr Ivo LOINTAIN",
        "family_name": "Lointain",
        "given_name": "Ivo",
        "civility": "Dr",
        "profession": {"code": "60", "label": "Infirmier"},
        "speciality": None,
        "sector": "health",
        "system": RPPS,
        "user": str(stranger.id),
        "account": "open",
        "mssante": None,
        "invitable": True,
        "why": None,
    }


def test_why_somebody_cannot_be_invited(
    circle: Circle,
    gp: Colleague,
    nurse: Colleague,
    social_worker: Colleague,
    officer: Colleague,
    browser: Browser,
    clock: Clock,
) -> None:
    client = browser(gp)
    assert why(client, circle, "landrieux") is None
    invitation = factories.an_invitation(circle, nurse, by=gp, expires=factories.in_days(1 / 24))
    assert why(client, circle, "landrieux") == "already_invited"
    clock(invitation.expires)
    assert why(client, circle, "landrieux") is None
    clock(factories.in_days(0))
    decline(actor=nurse.actor, invitation_id=invitation.id)
    assert why(client, circle, "landrieux") is None
    factories.a_member(circle, nurse, by=gp)
    assert why(client, circle, "landrieux") == "already_member"
    assert why(client, circle, "vigier") == "profession_not_allowed"
    assert why(client, circle, "rousselot") == "already_member"
    factories.a_practitioner(factories.GP, family="Retraitier", active=False)
    assert why(client, circle, "retraitier") == "inactive"


def test_somebody_who_does_not_sign_in_yet_can_be_invited(circle: Circle, gp: Colleague, browser: Browser) -> None:
    held = factories.a_practitioner(factories.NURSE, family="Bientot")
    client = browser(gp)
    (unknown,) = search(client, circle, "bientot")
    assert (unknown["user"], unknown["account"], unknown["invitable"]) == (None, "none", True)
    reserved = reserve(actor=gp.actor, circle_id=circle.id, role_id=held.id, to="bientot@cordee.example", language="fr")
    (kept,) = search(client, circle, "bientot")
    assert (kept["user"], kept["account"], kept["invitable"]) == (str(reserved), "reserved", True)


def test_somebody_with_an_account_and_no_keys_is_invited_as_pending(
    circle: Circle, gp: Colleague, browser: Browser
) -> None:
    held = factories.a_practitioner(factories.NURSE, family="Bientot")
    client = browser(gp)
    user = factories.a_user()
    link_professional(actor=SYSTEM, user_id=user.id, role_id=held.id)
    assert why(client, circle, "bientot") is None  # no device yet: invited as pending
    (pending,) = search(client, circle, "bientot")
    assert (pending["user"], pending["identity_key"], pending["history_key"]) == (str(user.id), None, None)
    factories.an_identity(user.id)
    assert why(client, circle, "bientot") is None
    user.is_active = False
    user.save()
    assert why(client, circle, "bientot") == "inactive"


def test_twenty_are_shown_and_the_rest_is_said(
    circle: Circle,
    gp: Colleague,
    browser: Browser,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(21):
        factories.a_practitioner(factories.NURSE, family="Nombreux")
    response = browser(gp).get(f"/api/circles/{circle.id}/candidates?q=nombreux").json()
    assert (len(response["candidates"]), response["truncated"]) == (20, True)
    assert browser(gp).get(f"/api/circles/{circle.id}/candidates?q=rousselot").json()["truncated"] is False
    with django_assert_max_num_queries(6):
        candidates.candidates(gp.id, circle.id, "nombreux")


@pytest.mark.parametrize("q", ["", "  ", "%", "'; DROP TABLE circles_member; --"])
def test_a_question_that_asks_for_nobody_finds_nobody(circle: Circle, gp: Colleague, browser: Browser, q: str) -> None:
    assert search(browser(gp), circle, q) == []


def test_a_question_that_is_missing_or_endless_is_refused(circle: Circle, gp: Colleague, browser: Browser) -> None:
    path = f"/api/circles/{circle.id}/candidates"
    assert browser(gp).get(path).json()["code"] == "bad_input"
    assert browser(gp).get(path, {"q": "a" * 500}).status_code == 422


def test_searching_is_in_the_trail(circle: Circle, gp: Colleague, browser: Browser) -> None:
    search(browser(gp), circle, "nombreux")
    assert events_about(circle_id=circle.id).filter(act="candidate.search", out=0).count() == 1
