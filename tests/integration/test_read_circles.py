"""GET /api/circles: my circles and nobody else's, each recognisable at a glance; and GET /api/me."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from audit.models import Event
from circles import access, selectors
from circles.services import end_membership
from tests import factories
from tests.cast import Browser, Clock
from tests.factories import Colleague


def listed(client: Client) -> list[str]:
    response = client.get("/api/circles")
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["circles"]]


def test_the_ladder(
    gp: Colleague,
    nurse: Colleague,
    social_worker: Colleague,
    coordinator: Colleague,
    stranger: Colleague,
    officer: Colleague,
    nobody: None,
    browser: Browser,
) -> None:
    circle = factories.a_circle(gp, nurse)
    factories.a_member(circle, social_worker, by=gp, role="guest", not_after=factories.in_days(7))
    factories.an_invitation(circle, coordinator, by=gp, role="coordinator")
    refused = browser(nobody).get("/api/circles")
    assert (refused.status_code, refused.json()["code"]) == (401, "signed_out")
    for outside in (stranger, coordinator, officer):
        assert listed(browser(outside)) == []
    for inside in (social_worker, nurse, gp):
        assert listed(browser(inside)) == [str(circle.id)]


def test_a_row_says_which_patient_and_what_i_may_do(gp: Colleague, nurse: Colleague, browser: Browser) -> None:
    jeanne = factories.a_patient(birth_name="AUBERTIN", used_name="DUPLAN")
    circle = factories.a_circle(gp, nurse, patient=jeanne)
    (row,) = browser(nurse).get("/api/circles").json()["circles"]
    opened = row.pop("opened")
    assert opened.endswith("Z")
    assert row == {
        "id": str(circle.id),
        "kind": "care",
        "state": "open",
        "patient": {
            "family": "AUBERTIN",
            "given": "Jeanne",
            "used_name": "DUPLAN",
            "sex": "F",
            "birth_date": "1941-03-12",
            "identity_status": "qualified",
            "attributes": [],
            "matricule": jeanne.matricule,
        },
        "parent": None,
        "name": None,
        "organisation": None,
        "peer": None,
        "colour": circle.colour,
        "weave": circle.weave,
        "initials": "AJ",
        "role": "member",
        "member_count": 2,
        "abilities": ["read", "send"],
    }


@pytest.mark.parametrize("status", ["provisional", "retrieved", "validated"])
def test_the_number_of_an_identity_that_is_not_qualified_stays_inside(
    gp: Colleague, browser: Browser, status: str
) -> None:
    jeanne = factories.a_patient(identity_status=status)
    factories.a_circle(gp, patient=jeanne)
    response = browser(gp).get("/api/circles")
    assert response.json()["circles"][0]["patient"]["matricule"] is None
    assert str(jeanne.matricule) not in response.content.decode()


def test_the_newest_comes_first_and_ended_ones_are_gone(
    gp: Colleague, nurse: Colleague, browser: Browser, clock: Clock
) -> None:
    circles = [factories.a_circle(gp, nurse) for _ in range(3)]
    end_membership(actor=gp.actor, circle_id=circles[1].id, user_id=nurse.id, code="removed", reason="")
    assert listed(browser(nurse)) == [str(circles[2].id), str(circles[0].id)]
    assert len(listed(browser(gp))) == 3


def test_many_circles_cost_as_many_queries_as_one(
    gp: Colleague, nurse: Colleague, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for expected in (1, 4):
        while len(selectors.circles_of(gp.id)) < expected:
            factories.a_circle(gp, nurse)
        with django_assert_num_queries(2):
            assert len(selectors.circles_of(gp.id)) == expected


def test_a_right_without_a_membership_shows_nothing(gp: Colleague, stranger: Colleague, browser: Browser) -> None:
    """What a membership that ends between two queries looks like."""
    circle = factories.a_circle(gp)
    access.grant(user_id=stranger.id, circle=circle, abilities={"read"}, until=None)
    client = browser(stranger)
    assert listed(client) == []
    assert client.get(f"/api/circles/{circle.id}").status_code == 404


def test_looking_is_in_the_trail(gp: Colleague, browser: Browser) -> None:
    factories.a_circle(gp)
    browser(gp).get("/api/circles")
    assert Event.objects.filter(act="circle.list", out=0).count() == 1


def test_a_session_without_its_second_factor_sees_nothing(gp: Colleague) -> None:
    client = Client(SERVER_NAME="localhost")
    client.force_login(gp.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    for path in ("/api/circles", "/api/me", "/api/invitations"):
        response = client.get(path)
        assert (response.status_code, response.json()["code"]) == (401, "mfa_required")


def test_me(gp: Colleague, officer: Colleague, browser: Browser) -> None:
    me = browser(gp).get("/api/me").json()
    assert me["name"] == "Dr Hélène ROUSSELOT"
    assert (me["id"], me["email"], me["sector"]) == (str(gp.id), gp.user.email, "health")
    assert me["profession"] == {"code": "10", "label": "Médecin"}
    assert me["organisation"]["city"] == "GRENOBLE"
    assert me["vault"] is True
    assert len(me["identity_key"]) == len(me["history_key"]) == 44
    assert me["abilities"] == ["open_circle"]
    assert browser(officer).get("/api/me").json()["abilities"] == []


def test_an_account_without_a_profession_is_told_so(cast_database: None) -> None:
    response = factories.signed_in(factories.a_user()).get("/api/me")
    assert (response.status_code, response.json()["code"]) == (403, "not_registered")
