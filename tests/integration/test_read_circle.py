"""GET /api/circles/{id}: members see the circle, who is in it and who was asked; for all others there is none."""

from __future__ import annotations

import json

from django.test import Client
from pytest_django import DjangoAssertNumQueries
from uuid_utils.compat import uuid7

from audit.selectors import events_about
from circles import selectors
from circles.services import end_membership
from tests import factories
from tests.cast import Browser
from tests.factories import Colleague


def answer(client: Client, circle_id: object) -> tuple[int, dict[str, object]]:
    response = client.get(f"/api/circles/{circle_id}")
    return response.status_code, response.json()


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
    assert answer(browser(nobody), circle.id)[0] == 401
    absent = answer(browser(stranger), uuid7())
    assert absent == (404, {"code": "not_found", "detail": ""})
    for outside in (stranger, coordinator, officer):
        assert answer(browser(outside), circle.id) == absent
    coordinator_may = ["read", "send", "invite", "remove", "erase", "grant_history"]
    abilities = {social_worker: ["read"], nurse: ["read", "send"], gp: coordinator_may}
    for inside, expected in abilities.items():
        status, detail = answer(browser(inside), circle.id)
        assert (status, detail["abilities"]) == (200, expected)


def test_members_are_shown_with_profession_structure_sector_and_ground(
    gp: Colleague, social_worker: Colleague, browser: Browser
) -> None:
    circle = factories.a_circle(gp, social_worker)
    _, detail = answer(browser(gp), circle.id)
    members = detail["members"]
    assert isinstance(members, list)
    assert [member["user"] for member in members] == [str(gp.id), str(social_worker.id)]
    shown = members[1]
    assert shown.pop("since").endswith("Z")
    assert shown.pop("organisation")["city"] == "GRENOBLE"
    assert shown == {
        "user": str(social_worker.id),
        "practitioner": str(social_worker.practitioner_id),
        "name": "Dr Tunde OYELARAN",
        "family_name": "Oyelaran",
        "given_name": "Tunde",
        "civility": "Dr",
        "profession": {"code": "41", "label": "Assistant de service social"},
        "sector": "social",
        "role": "member",
        "ground": "formal_team",
        "not_after": None,
        "absence": None,
        "consent": None,
        "delegate_of": None,
        "lent_until": None,
    }


def test_who_was_asked_is_shown_until_they_answer(gp: Colleague, nurse: Colleague, browser: Browser) -> None:
    circle = factories.a_circle(gp)
    invitation = factories.an_invitation(circle, nurse, by=gp)
    _, detail = answer(browser(gp), circle.id)
    assert isinstance(detail["invitations"], list)
    (pending,) = detail["invitations"]
    assert (pending["id"], pending["user"], pending["role"]) == (str(invitation.id), str(nurse.id), "member")
    assert pending["expires"] > pending["created"]
    said = {"because": "unavailable", "text": ""}
    browser(nurse).post(f"/api/invitations/{invitation.id}/decline", said, content_type="application/json")
    assert answer(browser(gp), circle.id)[1]["invitations"] == []


def test_state_by_events_equals_state_by_fetch(gp: Colleague, nurse: Colleague, browser: Browser) -> None:
    """The row in the list and the row in the detail are the same row."""
    circle = factories.a_circle(gp, nurse)
    client = browser(nurse)
    (row,) = client.get("/api/circles").json()["circles"]
    detail = client.get(f"/api/circles/{circle.id}").json()
    assert {name: detail[name] for name in row} == row
    assert row["member_count"] == len(detail["members"])


def test_a_large_circle_costs_as_many_queries_as_a_small_one(
    gp: Colleague, nurse: Colleague, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    circle = factories.a_circle(gp)
    with django_assert_num_queries(8):
        selectors.circle_detail(gp.id, circle.id)
    for _ in range(3):
        factories.a_member(circle, factories.a_colleague(), by=gp)
        factories.an_invitation(circle, factories.a_colleague(), by=gp)
    with django_assert_num_queries(9):  # one more while somebody is waited for
        selectors.circle_detail(gp.id, circle.id)


def test_reading_and_being_refused_are_in_the_trail(gp: Colleague, stranger: Colleague, browser: Browser) -> None:
    circle = factories.a_circle(gp)
    answer(browser(gp), circle.id)
    answer(browser(stranger), circle.id)
    read, refused = events_about(circle_id=circle.id).filter(act="circle.read")
    assert (read.out, read.pat is not None) == (0, True)
    assert (refused.out, refused.err, refused.who != read.who) == (8, "not_found", True)


def test_no_trait_of_the_patient_is_in_the_trail(gp: Colleague, browser: Browser) -> None:
    circle = factories.a_circle(gp, patient=factories.a_patient(birth_name="CANARIPATIENT"))
    answer(browser(gp), circle.id)
    leaves = json.dumps([event.leaf for event in events_about(circle_id=circle.id)])
    assert "CANARI" not in leaves.upper()


def test_what_is_no_id_is_bad_input(gp: Colleague, browser: Browser) -> None:
    assert answer(browser(gp), "1%20OR%201")[0] == 422
    assert answer(browser(gp), "1%20OR%201")[1]["code"] == "bad_input"


def test_who_is_gone_keeps_a_name_for_what_stays(
    gp: Colleague, nurse: Colleague, social_worker: Colleague, browser: Browser
) -> None:
    circle = factories.a_circle(gp, nurse)
    factories.an_invitation(circle, social_worker, by=gp)
    _, before = answer(browser(gp), circle.id)
    for gone, code in ((nurse, "removed"), (social_worker, "declined")):
        end_membership(actor=gp.actor, circle_id=circle.id, user_id=gone.id, code=code, reason="")
    _, after = answer(browser(gp), circle.id)
    assert before["former"] == []
    assert isinstance(after["former"], list)
    assert {each["user"]: each["family_name"] for each in after["former"]} == {
        str(nurse.id): nurse.family_name,
        str(social_worker.id): social_worker.family_name,
    }
