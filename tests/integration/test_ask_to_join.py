"""Is this patient known, and may I come in: what somebody outside a circle learns, and what its coordinators do."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from audit.selectors import events_about
from circles.ins import PatientTraits
from circles.models import Circle, JoinRequest, Notice
from circles.rules import SEARCHES_AN_HOUR, count_search
from circles.services import end_membership, lift_opposition, oppose
from circles.services.asking import A_DAY
from tests import factories
from tests.cast import Browser, Clock
from tests.factories import Colleague
from tests.integration.test_change_patient import fields


@pytest.fixture
def jeanne() -> PatientTraits:
    return factories.a_patient(birth_name="BÉRARD")


@pytest.fixture
def circle(gp: Colleague, nurse: Colleague, jeanne: PatientTraits) -> Circle:
    return factories.a_circle(gp, nurse, patient=jeanne)


def post(browser: Browser, person: Colleague | None, path: str, body: object) -> tuple[int, Any]:
    response = browser(person).post(f"/api/{path}", json.dumps(body), content_type="application/json")
    return response.status_code, response.json()


def search(browser: Browser, person: Colleague | None, patient: PatientTraits) -> tuple[int, Any]:
    return post(browser, person, "patients/search", {"patient": fields(patient)})


def ask(browser: Browser, person: Colleague | None, patient: PatientTraits, why: str = "in_charge") -> tuple[int, Any]:
    return post(browser, person, "patients/ask", {"patient": fields(patient), "why": why})


def waiting(browser: Browser, person: Colleague, circle: Circle) -> list[Any]:
    rows: list[Any] = browser(person).get(f"/api/circles/{circle.id}/join-requests").json()["requests"]
    return rows


def test_a_member_is_led_to_the_circle_and_a_stranger_learns_that_there_is_one(
    circle: Circle, browser: Browser, jeanne: PatientTraits, nurse: Colleague, stranger: Colleague, officer: Colleague
) -> None:
    assert search(browser, nurse, jeanne) == (200, {"circle": str(circle.id), "exists": True})
    assert search(browser, stranger, jeanne) == (200, {"circle": None, "exists": True})
    assert search(browser, stranger, factories.a_patient()) == (200, {"circle": None, "exists": False})
    assert search(browser, officer, jeanne)[1]["code"] == "profession_not_allowed"
    assert search(browser, None, jeanne)[1]["code"] == "signed_out"


def test_a_patient_is_found_by_number_or_by_traits_however_they_are_written(
    circle: Circle, browser: Browser, jeanne: PatientTraits, stranger: Colleague
) -> None:
    unnumbered = replace(jeanne, identity_status="provisional", matricule=None, oid=None)
    found = [
        replace(jeanne, birth_name="OBERTIN"),
        replace(unnumbered, birth_name="Berard"),
        replace(unnumbered, given_names="JEANNE"),
    ]
    others = [
        replace(unnumbered, birth_name="OBERTIN"),
        replace(unnumbered, birthplace="38186"),
        replace(unnumbered, attributes=("homonym",)),
    ]
    assert [search(browser, stranger, each)[1]["exists"] for each in found] == [True] * 3
    assert [search(browser, stranger, each)[1]["exists"] for each in others] == [False] * 3


def test_searching_is_in_the_trail_and_has_a_limit(
    circle: Circle, browser: Browser, jeanne: PatientTraits, nurse: Colleague, stranger: Colleague
) -> None:
    assert search(browser, nurse, jeanne)[0] == 200
    assert events_about(circle_id=circle.id).filter(act="patient.search", out=0).count() == 1
    answers = [search(browser, stranger, jeanne)[0] for _ in range(SEARCHES_AN_HOUR + 1)]
    assert answers == [200] * SEARCHES_AN_HOUR + [429]
    assert search(browser, nurse, jeanne)[0] == 200


def test_a_list_of_names_is_not_tried_by_asking_breaking_the_glass_or_changing_ones_own_circle(
    circle: Circle, browser: Browser, jeanne: PatientTraits, stranger: Colleague
) -> None:
    tried = replace(jeanne, identity_status="provisional", matricule=None, oid=None)
    own = factories.a_circle(stranger, patient=replace(tried, birth_name="MAREUIL"))
    for _ in range(SEARCHES_AN_HOUR - 1):
        count_search(stranger.id)
    assert ask(browser, stranger, factories.a_patient())[1]["code"] == "not_found"
    assert ask(browser, stranger, jeanne)[0] == 429
    glass = {"patient": fields(jeanne), "reason": "Trouvée au sol, sans famille"}
    assert post(browser, stranger, "breakglass", glass)[0] == 429
    changed = {"patient": fields(tried), "keep_number": False}
    answer = browser(stranger).put(
        f"/api/circles/{own.id}/patient", json.dumps(changed), content_type="application/json"
    )
    assert answer.status_code == 429


def test_to_whom_the_patient_has_opposed_the_circle_is_not_there(
    circle: Circle, browser: Browser, jeanne: PatientTraits, gp: Colleague, stranger: Colleague
) -> None:
    opposition = oppose(
        actor=gp.actor,
        circle_id=circle.id,
        user_id=stranger.id,
        told_on=factories.INFORMED_ON,
        how="spoken",
        reason="",
    )
    glass = {"patient": fields(jeanne), "reason": "Trouvée au sol, sans famille"}
    for path, body in (("breakglass", glass), ("patients/ask", {"patient": fields(jeanne), "why": "in_charge"})):
        status, answer = post(browser, stranger, path, body)
        assert (status, answer["code"]) == (404, "not_found")
    lift_opposition(actor=gp.actor, circle_id=circle.id, opposition_id=opposition.id, reason="")
    assert post(browser, stranger, "breakglass", glass)[0] == 200


def test_who_asks_is_shown_to_the_coordinators_alone(
    circle: Circle, browser: Browser, jeanne: PatientTraits, gp: Colleague, nurse: Colleague, stranger: Colleague
) -> None:
    assert ask(browser, stranger, jeanne) == (200, {})
    [row] = waiting(browser, gp, circle)
    assert (row["family_name"], row["why"], row["user"]) == ("Lointain", "in_charge", str(stranger.id))
    assert row["role"] == str(stranger.role_id)
    for person in (nurse, stranger):
        path = f"/api/circles/{circle.id}/join-requests"
        assert browser(person).get(path).json()["code"] == "not_found"
    told = Notice.objects.filter(what="join_asked")
    assert list(told.values_list("user_id", "by_id")) == [(gp.id, stranger.id)]


def test_inviting_answers_the_request(
    circle: Circle, browser: Browser, jeanne: PatientTraits, gp: Colleague, stranger: Colleague
) -> None:
    ask(browser, stranger, jeanne)
    factories.an_invitation(circle, stranger, by=gp)
    assert waiting(browser, gp, circle) == []
    assert JoinRequest.objects.get().answer == "invited"
    assert ask(browser, stranger, jeanne)[1]["code"] == "already_invited"


def test_a_coordinator_puts_it_aside_and_nobody_else(
    circle: Circle, browser: Browser, jeanne: PatientTraits, gp: Colleague, nurse: Colleague, stranger: Colleague
) -> None:
    ask(browser, stranger, jeanne)
    [row] = waiting(browser, gp, circle)
    path = f"join-requests/{row['id']}/dismiss"
    for person in (nurse, stranger):
        assert post(browser, person, path, {})[1]["code"] == "not_found"
    assert post(browser, gp, path, {}) == (200, {})
    assert post(browser, gp, path, {}) == (200, {})
    assert waiting(browser, gp, circle) == []
    assert ask(browser, stranger, jeanne)[0] == 200


def test_asking_twice_and_asking_as_a_member(
    circle: Circle, browser: Browser, jeanne: PatientTraits, gp: Colleague, nurse: Colleague, stranger: Colleague
) -> None:
    assert ask(browser, nurse, jeanne)[1] == {"code": "circle_exists", "detail": str(circle.id)}
    assert ask(browser, stranger, jeanne)[0] == 200
    assert ask(browser, stranger, jeanne)[1]["code"] == "request_waits"
    end_membership(actor=gp.actor, circle_id=circle.id, user_id=nurse.id, code="removed", reason="")
    assert ask(browser, nurse, jeanne)[0] == 200


def test_nothing_is_asked_of_a_circle_that_is_not_there(
    circle: Circle, browser: Browser, officer: Colleague, stranger: Colleague, jeanne: PatientTraits
) -> None:
    assert ask(browser, stranger, factories.a_patient())[1]["code"] == "not_found"
    assert ask(browser, officer, jeanne)[1]["code"] == "profession_not_allowed"
    assert ask(browser, stranger, jeanne, why="curious")[1]["code"] == "bad_input"
    assert ask(browser, None, jeanne)[1]["code"] == "signed_out"
    assert JoinRequest.objects.count() == 0


def test_a_day_has_its_limit(browser: Browser, gp: Colleague, stranger: Colleague, clock: Clock) -> None:
    patients = [factories.a_patient() for _ in range(A_DAY + 1)]
    for patient in patients:
        factories.a_circle(gp, patient=patient)
    answers = [ask(browser, stranger, patient) for patient in patients]
    assert [status for status, _ in answers] == [200] * A_DAY + [429]
    clock(factories.in_days(0) + timedelta(days=1, minutes=1))
    assert ask(browser, stranger, patients[-1])[0] == 200
