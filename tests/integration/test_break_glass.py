"""Break-glass: an eligible professional outside a circle sees for a while who is in it, everybody knows, an officer
looks at it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from audit.details import open_detail
from audit.events import SYSTEM
from audit.selectors import events_about
from circles.errors import CircleError
from circles.ins import PatientTraits
from circles.models import BreakGlass, Circle, Notice
from circles.services import appoint, break_glass, end_break_glasses
from circles.services.break_glass import A_DAY
from directory.models import Organization, PractitionerRole
from tests import factories
from tests.cast import Browser, Clock
from tests.factories import Colleague
from tests.integration.test_change_patient import fields

REASON = "Trouvée inconsciente à domicile, j'appelle la coordination"


@pytest.fixture
def jeanne() -> PatientTraits:
    return factories.a_patient()


@pytest.fixture
def circle(gp: Colleague, nurse: Colleague, jeanne: PatientTraits) -> Circle:
    return factories.a_circle(gp, nurse, patient=jeanne)


@pytest.fixture
def organisation(gp: Colleague, circle: Circle) -> Organization:
    organization = PractitionerRole.objects.select_related("organization").get(id=gp.role_id).organization
    assert organization is not None
    return organization


@pytest.fixture
def reviewer(officer: Colleague, organisation: Organization) -> Colleague:
    appoint(actor=SYSTEM, user_id=officer.id, organization_id=organisation.id, role="compliance_officer")
    return officer


def start(browser: Browser, person: Colleague | None, patient: PatientTraits, reason: str = REASON) -> tuple[int, Any]:
    body = json.dumps({"patient": fields(patient), "reason": reason})
    response = browser(person).post("/api/breakglass", body, content_type="application/json")
    return response.status_code, response.json()


def look(browser: Browser, person: Colleague, begun: str) -> tuple[int, Any]:
    response = browser(person).get(f"/api/breakglass/{begun}")
    return response.status_code, response.json()


def post(browser: Browser, person: Colleague, path: str, body: object) -> tuple[int, Any]:
    response = browser(person).post(f"/api/{path}", json.dumps(body), content_type="application/json")
    return response.status_code, response.json()


def test_who_may(
    circle: Circle,
    browser: Browser,
    jeanne: PatientTraits,
    gp: Colleague,
    nurse: Colleague,
    stranger: Colleague,
    officer: Colleague,
) -> None:
    assert start(browser, None, jeanne)[1]["code"] == "signed_out"
    assert start(browser, officer, jeanne)[1]["code"] == "profession_not_allowed"
    for member in (gp, nurse):
        assert start(browser, member, jeanne)[1] == {"code": "circle_exists", "detail": str(circle.id)}
    assert BreakGlass.objects.count() == 0
    assert start(browser, stranger, jeanne)[0] == 200


def test_it_shows_who_is_in_and_how_to_reach_the_coordinators_and_no_more(
    circle: Circle, browser: Browser, jeanne: PatientTraits, gp: Colleague, stranger: Colleague
) -> None:
    begun = start(browser, stranger, jeanne)[1]
    status, shown = look(browser, stranger, begun["id"])
    assert status == 200
    assert shown.keys() == {"id", "started", "until", "members", "coordinators"}
    assert [(each["family_name"], each["role"]) for each in shown["members"]] == [
        ("Rousselot", "coordinator"),
        ("Landrieux", "member"),
    ]
    [coordinator] = shown["coordinators"]
    assert (coordinator["family_name"], coordinator["email"]) == ("Rousselot", gp.user.email)
    assert jeanne.birth_name not in json.dumps(shown)
    # Neither the circle nor its conversation opens.
    for path in ("", "/items", "/group", "/patient"):
        assert browser(stranger).get(f"/api/circles/{circle.id}{path}").json()["code"] == "not_found"


def test_it_is_ones_own_and_ends_after_thirty_minutes(
    circle: Circle,
    browser: Browser,
    jeanne: PatientTraits,
    stranger: Colleague,
    social_worker: Colleague,
    clock: Clock,
) -> None:
    begun = start(browser, stranger, jeanne)[1]["id"]
    assert look(browser, social_worker, begun)[1]["code"] == "not_found"
    row = BreakGlass.objects.get()
    assert row.until - row.started <= timedelta(minutes=30, seconds=1)
    clock(row.until - timedelta(seconds=1))
    assert look(browser, stranger, begun)[0] == 200
    clock(row.until)
    assert look(browser, stranger, begun)[1]["code"] == "not_found"
    assert end_break_glasses() == 1
    assert end_break_glasses() == 0
    row.refresh_from_db()
    assert row.ended == row.until
    ended = events_about(circle_id=circle.id).get(act="breakglass.end")
    assert ended.who is None
    # Another day, another reason.
    clock(row.until + timedelta(days=2))
    assert start(browser, stranger, jeanne)[1]["id"] != begun


def test_who_needs_it_no_longer_ends_it(
    circle: Circle, browser: Browser, jeanne: PatientTraits, stranger: Colleague, nurse: Colleague
) -> None:
    begun = start(browser, stranger, jeanne)[1]["id"]
    assert post(browser, nurse, f"breakglass/{begun}/end", {})[1]["code"] == "not_found"
    assert post(browser, stranger, f"breakglass/{begun}/end", {}) == (200, {})
    assert look(browser, stranger, begun)[1]["code"] == "not_found"


def test_every_member_and_every_officer_is_told(
    circle: Circle,
    browser: Browser,
    jeanne: PatientTraits,
    gp: Colleague,
    nurse: Colleague,
    stranger: Colleague,
    reviewer: Colleague,
) -> None:
    begun = start(browser, stranger, jeanne)[1]["id"]
    told = Notice.objects.filter(what="break_glass")
    assert set(told.values_list("user_id", flat=True)) == {gp.id, nurse.id, reviewer.id}
    assert {each.by_id for each in told} == {stranger.id}
    [row] = browser(nurse).get(f"/api/circles/{circle.id}/breakglasses").json()["breakglasses"]
    assert (row["id"], row["reason"], row["by"]["name"]) == (begun, REASON, "Dr Ivo LOINTAIN")
    assert browser(stranger).get(f"/api/circles/{circle.id}/breakglasses").json()["code"] == "not_found"


def test_again_while_it_lasts_is_once(
    circle: Circle, browser: Browser, jeanne: PatientTraits, stranger: Colleague, nurse: Colleague
) -> None:
    assert start(browser, stranger, jeanne) == start(browser, stranger, jeanne)
    assert BreakGlass.objects.count() == 1
    assert Notice.objects.filter(user_id=nurse.id, what="break_glass").count() == 1


def test_the_trail_is_an_alert_with_the_reason(
    circle: Circle, browser: Browser, jeanne: PatientTraits, stranger: Colleague
) -> None:
    begun = start(browser, stranger, jeanne)[1]["id"]
    look(browser, stranger, begun)
    started = events_about(circle_id=circle.id).get(act="breakglass.start")
    content, _ = open_detail(started.details.get(key="rsn"))
    assert json.loads(content) == REASON
    read = json.loads(events_about(circle_id=circle.id).get(act="circle.read").leaf)
    assert (read["why"], read["cnt"]) == ("BTG", 2)
    # In the table it is sealed.
    assert "inconsciente" not in BreakGlass.objects.get().reason


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [("", 422, "reason_too_short"), ("urgence   ", 422, "reason_too_short"), ("x" * 501, 422, "bad_input")],
)
def test_without_a_reason_in_words_nothing_opens(
    circle: Circle,
    browser: Browser,
    jeanne: PatientTraits,
    stranger: Colleague,
    reason: str,
    status: int,
    code: str,
) -> None:
    answer = start(browser, stranger, jeanne, reason)
    assert (answer[0], answer[1]["code"]) == (status, code)
    assert BreakGlass.objects.count() == Notice.objects.filter(what="break_glass").count() == 0


def test_no_circle_and_several_circles(
    circle: Circle, browser: Browser, jeanne: PatientTraits, stranger: Colleague, social_worker: Colleague
) -> None:
    assert start(browser, stranger, factories.a_patient())[1]["code"] == "not_found"
    homonym = replace(jeanne, attributes=("homonym",), matricule=factories.a_patient().matricule)
    factories.a_circle(social_worker, patient=homonym)
    alone = replace(jeanne, identity_status="provisional", matricule=None, oid=None)
    assert start(browser, stranger, alone)[1]["code"] == "several_circles"
    Circle.objects.filter(id=circle.id).update(state="closed")
    assert start(browser, stranger, alone)[0] == 200


def test_five_a_day(browser: Browser, nurse: Colleague, stranger: Colleague) -> None:
    patients = [factories.a_patient() for _ in range(A_DAY + 1)]
    for patient in patients:
        factories.a_circle(nurse, patient=patient)
    answers = [start(browser, stranger, patient) for patient in patients]
    assert [status for status, _ in answers] == [200] * A_DAY + [429]
    assert answers[-1][1]["code"] == "too_many"


def test_two_at_once_are_one(committed_db: str, circle: Circle, jeanne: PatientTraits, stranger: Colleague) -> None:
    begin, begun = Barrier(4), []

    def breaking() -> None:
        begin.wait()
        begun.append(break_glass(actor=stranger.actor, patient=jeanne, reason=REASON))
        connection.close()

    threads = [Thread(target=breaking) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(begun)) == BreakGlass.objects.count() == 1


def test_the_officer_reviews_once_and_nobody_else_does(
    circle: Circle,
    browser: Browser,
    jeanne: PatientTraits,
    gp: Colleague,
    stranger: Colleague,
    reviewer: Colleague,
    organisation: Organization,
) -> None:
    begun = start(browser, stranger, jeanne)[1]["id"]
    verdict = {"verdict": "justified", "comment": "Appel du SAMU vérifié."}
    for person in (gp, stranger):
        assert post(browser, person, f"breakglass/{begun}/review", verdict)[1]["code"] == "not_found"
        path = f"/api/organisations/{organisation.id}/breakglasses"
        assert browser(person).get(path).json()["code"] == "not_found"
    assert post(browser, reviewer, f"breakglass/{begun}/review", verdict | {"verdict": "?"})[1]["code"] == "bad_input"
    assert post(browser, reviewer, f"breakglass/{begun}/review", verdict) == (200, {})
    assert post(browser, reviewer, f"breakglass/{begun}/review", verdict)[1]["code"] == "already_reviewed"
    listed = browser(reviewer).get(f"/api/organisations/{organisation.id}/breakglasses").json()
    [row] = listed["breakglasses"]
    assert (row["verdict"], row["comment"], row["mine"]) == ("justified", "Appel du SAMU vérifié.", False)
    assert jeanne.birth_name not in json.dumps(listed)
    assert events_about(circle_id=circle.id).filter(act="breakglass.review", out=0).count() == 1


def test_nobody_reviews_their_own(
    circle: Circle, browser: Browser, jeanne: PatientTraits, stranger: Colleague, organisation: Organization
) -> None:
    appoint(actor=SYSTEM, user_id=stranger.id, organization_id=organisation.id, role="compliance_officer")
    begun = start(browser, stranger, jeanne)[1]["id"]
    answer = post(browser, stranger, f"breakglass/{begun}/review", {"verdict": "justified", "comment": ""})
    assert answer[1]["code"] == "own_access"


def test_an_officer_of_another_organisation_sees_none(
    circle: Circle, browser: Browser, jeanne: PatientTraits, stranger: Colleague, officer: Colleague
) -> None:
    elsewhere = PractitionerRole.objects.get(id=officer.role_id).organization_id
    assert elsewhere is not None
    appoint(actor=SYSTEM, user_id=officer.id, organization_id=elsewhere, role="compliance_officer")
    begun = start(browser, stranger, jeanne)[1]["id"]
    assert browser(officer).get(f"/api/organisations/{elsewhere}/breakglasses").json() == {"breakglasses": []}
    answer = post(browser, officer, f"breakglass/{begun}/review", {"verdict": "justified", "comment": ""})
    assert answer[1]["code"] == "not_found"


def test_an_end_that_is_late_ends_at_its_minute(
    circle: Circle, jeanne: PatientTraits, stranger: Colleague, clock: Clock
) -> None:
    begun = break_glass(actor=stranger.actor, patient=jeanne, reason=REASON)
    until = BreakGlass.objects.get().until
    clock(until + timedelta(hours=3))
    again = break_glass(actor=stranger.actor, patient=jeanne, reason=REASON)
    assert again != begun
    assert BreakGlass.objects.get(id=begun).ended == until
    with pytest.raises(CircleError, match="not_found"):
        break_glass(actor=stranger.actor, patient=factories.a_patient(), reason=REASON)
    assert timezone.now() == until + timedelta(hours=3)
