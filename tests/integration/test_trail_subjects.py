"""Who is behind a pseudonym: an officer asks with a reason; for many of them another officer has to approve."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from audit.details import open_detail
from audit.events import SYSTEM
from audit.forgetting import forget
from audit.models import Event
from audit.subjects import Subject
from circles.models import Circle, Patient
from circles.patients import open_traits
from compliance.models import Resolution
from tests import factories
from tests.cast import Clock
from tests.chat_people import shown_patient
from tests.trail_scene import Desk, a_desk, a_second_officer, looks_at, pseudonym

REASON = "Réclamation de la patiente du 12 novembre"


@pytest.fixture
def desk(cast_database: None) -> Desk:
    return a_desk()


@pytest.fixture
def circle(desk: Desk) -> Circle:
    return factories.a_circle(desk.member, factories.a_colleague(factories.NURSE, family="Landrieux", given="Sabine"))


def resolve(desk: Desk, *pseudonyms: str, reason: str = REASON) -> tuple[int, Any]:
    return desk.post("/resolve", {"pseudonyms": pseudonyms, "reason": reason})


def test_a_few_are_told_and_each_is_an_act_about_whom_it_tells(desk: Desk, circle: Circle) -> None:
    assert circle.patient_id is not None
    names = {
        "Person": pseudonym("Person", desk.member.id),
        "Patient": pseudonym("Patient", circle.patient_id),
        "Circle": pseudonym("Circle", circle.id),
    }
    status, answer = resolve(desk, *names.values())
    assert status == 200
    person, patient, told = answer["subjects"]
    traits = open_traits(Patient.objects.get(id=circle.patient_id))
    assert desk.member.family_name.upper() in person["name"]
    assert (person["profession"], patient["name"]) == ("Médecin", f"{traits.birth_name} {traits.given_names}")
    assert patient["birth_date"] == traits.birth_date.isoformat()
    assert (told["patient"], told["id"], told["name"]) == (names["Patient"], str(circle.id), None)
    # Each with the same reason, sealed, by an officer of this organisation.
    acts = Event.objects.filter(act="subject.resolve")
    assert {each.obj for each in acts} == {f"{kind}/{name}" for kind, name in names.items()}
    for each in acts:
        assert each.org == desk.organization
        assert REASON in open_detail(each.details.get(key="rsn"))[0].decode()
        assert REASON not in each.leaf
    # And the trail that it searched shows it.
    assert len(desk.found(act="subject.resolve")) == 3


def test_without_a_reason_nobody_is_told(desk: Desk, circle: Circle) -> None:
    for reason in ("", "urgent", "   urgent    ", "x" * 501):
        assert resolve(desk, pseudonym("Circle", circle.id), reason=reason)[1]["code"] == "bad_input"
    assert not Event.objects.filter(act="subject.resolve", out=0).exists()


def test_of_others_and_unknown_ones_answer_alike(desk: Desk, circle: Circle) -> None:
    elsewhere = factories.a_circle(factories.a_colleague())
    answers = [resolve(desk, str(name)) for name in (pseudonym("Circle", elsewhere.id), uuid4())]
    assert answers == [(404, {"code": "not_found", "detail": ""})] * 2
    # One of others among one's own tells nobody.
    assert resolve(desk, pseudonym("Circle", circle.id), pseudonym("Circle", elsewhere.id))[0] == 404


def test_being_refused_in_a_circle_of_others_tells_nothing_of_it(desk: Desk) -> None:
    elsewhere = factories.a_circle(factories.a_colleague())
    assert looks_at(desk.member, elsewhere) == 404
    name = pseudonym("Circle", elsewhere.id)
    assert [each["out"] for each in desk.found(cir=name)] == [8]
    assert resolve(desk, name)[0] == 404
    held = desk.browser.post(
        f"/api/organisations/{desk.organization}/holds",
        {"kind": "Circle", "pseudonym": name, "reason": REASON},
        content_type="application/json",
    )
    assert held.status_code == 404


def test_many_are_many_also_a_few_at_a_time(desk: Desk, circle: Circle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compliance.resolving.ALONE_A_DAY", 3)
    people = [factories.a_colleague() for _ in range(4)]
    for each in people:
        looks_at(each, circle)
    names = [pseudonym("Person", each.id) for each in people]
    assert len(resolve(desk, *names[:2])[1]["subjects"]) == 2
    assert len(resolve(desk, names[0])[1]["subjects"]) == 1
    status, asked = resolve(desk, *names[2:])
    assert (status, asked["subjects"], asked["resolution"] is None) == (200, [], False)


def test_many_need_another_officer_and_end_after_a_day(desk: Desk, circle: Circle, clock: Clock) -> None:
    people = [desk.member, *(factories.a_colleague() for _ in range(5))]
    for each in people:
        looks_at(each, circle)
    names = [pseudonym("Person", each.id) for each in people]
    status, asked = resolve(desk, *names)
    assert (status, asked["subjects"]) == (200, [])
    path = f"/resolutions/{asked['resolution']}"
    assert desk.post(f"{path}/open", {})[1]["code"] == "not_approved"
    assert desk.post(f"{path}/approve", {})[1]["code"] == "own_request"
    stranger = a_desk()
    assert stranger.post(f"{path}/approve", {})[1]["code"] == "not_found"
    second = a_second_officer(desk)
    [row] = second.get("/resolutions")[1]["resolutions"]
    assert (row["count"], row["reason"], row["mine"], row["approved"]) == (6, REASON, False, None)
    assert second.post(f"{path}/approve", {}) == (200, {})
    assert second.post(f"{path}/approve", {})[1]["code"] == "already_approved"
    # Who approved is not who asked.
    assert second.post(f"{path}/open", {})[1]["code"] == "not_found"
    told = desk.post(f"{path}/open", {})[1]["subjects"]
    assert [each["pseudonym"] for each in told] == names
    assert Event.objects.filter(act="subject.resolve", obj__in=[f"Person/{name}" for name in names]).count() == 6
    clock(timezone.now() + timedelta(hours=24, seconds=1))
    desk.browser = factories.signed_in(desk.officer.user)
    assert desk.post(f"{path}/open", {})[1]["code"] == "request_over"


def test_an_erased_officers_question_is_listed_without_its_words(desk: Desk, circle: Circle) -> None:
    people = [factories.a_colleague() for _ in range(6)]
    for each in people:
        looks_at(each, circle)
    second = a_second_officer(desk)
    second.post("/resolve", {"pseudonyms": [pseudonym("Person", each.id) for each in people], "reason": REASON})
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    with transaction.atomic():
        assert forget(Subject("Person", second.officer.user.id), actor=SYSTEM)
    status, listed = desk.get("/resolutions")
    assert status == 200
    assert [row["reason"] for row in listed["resolutions"]] == [None]


def test_a_question_that_nobody_approves_is_over_after_a_week(desk: Desk, circle: Circle, clock: Clock) -> None:
    people = [factories.a_colleague() for _ in range(6)]
    for each in people:
        looks_at(each, circle)
    _, asked = resolve(desk, *(pseudonym("Person", each.id) for each in people))
    second = a_second_officer(desk)
    clock(timezone.now() + timedelta(days=7, seconds=1))
    second.browser = factories.signed_in(second.officer.user)
    assert second.post(f"/resolutions/{asked['resolution']}/approve", {})[1]["code"] == "request_over"
    assert Resolution.objects.get().approved is None


def test_a_patient_is_found_by_traits_and_by_number_within_the_scope(desk: Desk, circle: Circle) -> None:
    traits = open_traits(Patient.objects.get(circles=circle.id))
    expected = [
        {
            "kind": "Patient",
            "pseudonym": pseudonym("Patient", circle.patient_id or UUID(int=0)),
            "name": None,
            "circles": [pseudonym("Circle", circle.id)],
        }
    ]
    for body in (
        {"patient": shown_patient(traits)},
        {"number": {"oid": traits.oid, "matricule": traits.matricule}},
    ):
        assert desk.post("/subjects", body) == (200, {"subjects": expected})
    assert a_desk().post("/subjects", {"patient": shown_patient(traits)})[1] == {"subjects": []}
    searched = Event.objects.filter(act="audit.search", org=desk.organization).latest("id")
    assert traits.birth_name not in open_detail(searched.details.get(key="det"))[0].decode()


def test_a_person_is_found_by_their_whole_name_alone(desk: Desk, circle: Circle) -> None:
    [found] = desk.post("/subjects", {"person": "landrieux sabine"})[1]["subjects"]
    assert found["name"] == "Dr Sabine LANDRIEUX"
    for text in ("", "lan", "landr", "sa bi ne", "%"):
        answer = desk.post("/subjects", {"person": text})[1]
        assert answer.get("subjects", []) == [], text
    for _ in range(6):
        looked = factories.a_colleague(family="Martin")
        factories.a_member(circle, looked, by=desk.member)
    assert desk.post("/subjects", {"person": "martin"})[1]["code"] == "too_many_found"
    for body in ({}, {"person": "landrieux", "circle": str(circle.id)}):
        assert desk.post("/subjects", body)[1]["code"] == "bad_input"


def test_sealed_words_open_for_a_reason(desk: Desk, circle: Circle) -> None:
    resolve(desk, pseudonym("Circle", circle.id))
    event = Event.objects.get(act="subject.resolve")
    status, opened = desk.post(f"/events/{event.id}/open", {"reason": "Revue mensuelle des levées"})
    assert (status, opened) == (200, {"reason": REASON, "detail": None})
    read = Event.objects.filter(act="audit.read", obj=f"Event/{event.id}").get()
    assert "Revue mensuelle" in open_detail(read.details.get(key="rsn"))[0].decode()
    assert a_desk().post(f"/events/{event.id}/open", {"reason": "Par curiosité pure"})[0] == 404


def test_nobody_asks_all_day(desk: Desk, circle: Circle) -> None:
    name = pseudonym("Circle", circle.id)
    answers = [resolve(desk, name)[0] for _ in range(21)]
    assert answers == [200] * 20 + [429]
    # Another officer is not stopped by it.
    assert resolve(a_second_officer(desk), name)[0] == 200
