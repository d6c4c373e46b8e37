"""GET and PUT /api/circles/{id}/patient: who sees the whole identity, who may change it, and into what."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from audit.details import open_detail
from audit.selectors import events_about
from circles.errors import CircleError
from circles.ins import PatientTraits
from circles.models import Circle, Patient
from circles.patients import open_traits, replace_traits, same_patient
from circles.services import change_patient
from tests import factories
from tests.cast import Browser
from tests.factories import Colleague

Answer = tuple[int, Any]


def fields(traits: PatientTraits) -> dict[str, object]:
    shown: dict[str, object] = json.loads(json.dumps(asdict(traits), default=date.isoformat))
    return shown


@pytest.fixture
def jeanne() -> PatientTraits:
    return factories.a_patient(birth_name="AUBERTIN", identity_status="retrieved")


@pytest.fixture
def circle(gp: Colleague, nurse: Colleague, jeanne: PatientTraits) -> Circle:
    return factories.a_circle(gp, nurse, patient=jeanne)


@pytest.fixture
def put(browser: Browser, circle: Circle) -> Callable[..., Answer]:
    def change(person: Colleague | None, traits: PatientTraits, **other: object) -> Answer:
        body = {"patient": fields(traits) | other.pop("fields", {}), "keep_number": False} | other  # type: ignore[operator]
        path = f"/api/circles/{circle.id}/patient"
        response = browser(person).put(path, json.dumps(body), content_type="application/json")
        return response.status_code, response.json()

    return change


def test_members_see_it_whole_but_for_a_number_that_is_not_qualified(
    circle: Circle, browser: Browser, gp: Colleague, nurse: Colleague, stranger: Colleague, jeanne: PatientTraits
) -> None:
    for person in (gp, nurse):
        shown = browser(person).get(f"/api/circles/{circle.id}/patient").json()
        assert (shown["birth_name"], shown["birthplace"], shown["numbered"]) == ("AUBERTIN", "38185", True)
        assert (shown["matricule"], shown["oid"]) == (None, None)
        assert str(jeanne.matricule) not in json.dumps(shown)
    assert browser(stranger).get(f"/api/circles/{circle.id}/patient").json()["code"] == "not_found"
    assert browser(None).get(f"/api/circles/{circle.id}/patient").json()["code"] == "signed_out"
    assert events_about(circle_id=circle.id).filter(act="patient.read", out=0).count() == 2


def test_a_coordinator_changes_it_and_nobody_else(
    circle: Circle,
    put: Callable[..., Answer],
    jeanne: PatientTraits,
    gp: Colleague,
    nurse: Colleague,
    stranger: Colleague,
    officer: Colleague,
) -> None:
    qualified = replace(jeanne, identity_status="qualified", document="passport")
    assert put(None, qualified)[1]["code"] == "signed_out"
    for person in (stranger, officer, nurse):
        assert put(person, qualified)[1]["code"] == "not_found"
    assert open_traits(Patient.objects.get()) == jeanne
    assert put(gp, qualified) == (200, {})
    assert open_traits(Patient.objects.get()) == qualified


def test_the_number_is_kept_by_who_may_not_see_it(
    put: Callable[..., Answer], jeanne: PatientTraits, gp: Colleague, nurse: Colleague
) -> None:
    unseen = {"matricule": None, "oid": None, "identity_status": "validated", "document": "identity_card"}
    assert put(nurse, jeanne, fields=unseen, keep_number=True)[1]["code"] == "not_found"
    assert put(gp, jeanne, fields=unseen, keep_number=True) == (200, {})
    kept = open_traits(Patient.objects.get())
    assert (kept.matricule, kept.oid, kept.identity_status) == (jeanne.matricule, jeanne.oid, "validated")


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"identity_status": "qualified"}, "document_required"),
        ({"identity_status": "provisional", "attributes": ["doubtful"]}, "attribute_without_matricule"),
        ({"attributes": ["fictive"]}, "attribute_needs_provisional"),
        ({"identity_status": "retrieved", "matricule": None, "oid": None}, "status_needs_matricule"),
        ({"identity_status": "retrieved", "document": "passport"}, "document_needs_validation"),
        ({"birth_date": "2999-01-01"}, "date_in_future"),
        ({"birth_date": "1700-01-01"}, "bad_birth_date"),
        ({"matricule": "241033818500200", "oid": "1.2.250.1.213.1.4.8"}, "wrong_matricule_key"),
        ({"oid": "1.2.250.1.213.1.4.12"}, "unknown_oid"),
        ({"oid": None}, "matricule_without_oid"),
        ({"birth_name": "<b>"}, "bad_name"),
        ({"document": "library_card"}, "bad_input"),
    ],
)
def test_a_contradiction_is_refused_traced_and_changes_nothing(
    put: Callable[..., Answer],
    circle: Circle,
    jeanne: PatientTraits,
    gp: Colleague,
    other: dict[str, object],
    code: str,
) -> None:
    status, answer = put(gp, jeanne, fields=other)
    assert (status, answer["code"]) == (422, code)
    assert open_traits(Patient.objects.get()) == jeanne
    assert events_about(circle_id=circle.id).filter(act="patient.update", out=4, err=code).count() == 1


def test_trust_that_was_lost_comes_back_only_through_a_document(
    put: Callable[..., Answer], jeanne: PatientTraits, gp: Colleague
) -> None:
    qualified = replace(jeanne, identity_status="qualified", document="passport")
    assert put(gp, qualified)[0] == 200
    assert put(gp, replace(jeanne, identity_status="retrieved"))[1]["code"] == "status_not_reachable"
    doubted = replace(jeanne, identity_status="provisional", attributes=("doubtful",), matricule=None, oid=None)
    assert put(gp, doubted)[0] == 200
    assert put(gp, replace(qualified, document=None))[1]["code"] == "document_required"
    assert put(gp, qualified)[0] == 200


def test_the_trail_says_what_changed_and_never_into_what(
    circle: Circle, put: Callable[..., Answer], jeanne: PatientTraits, gp: Colleague
) -> None:
    changed = replace(jeanne, identity_status="validated", document="passport", birth_name="OBERTIN")
    assert put(gp, changed)[0] == 200
    event = events_about(circle_id=circle.id).get(act="patient.update")
    content, _ = open_detail(event.details.get(key="det"))
    assert json.loads(content) == {
        "from": "retrieved",
        "to": "validated",
        "changed": ["birth_name", "identity_status", "document"],
        "document": "passport",
        "warnings": ["matricule_of_other_birthplace"],
    }
    assert event.pat is not None
    assert b"OBERTIN" not in content


def test_the_patient_is_found_by_the_new_traits_alone(
    circle: Circle, put: Callable[..., Answer], jeanne: PatientTraits, gp: Colleague
) -> None:
    alone = {"identity_status": "provisional", "matricule": None, "oid": None}
    renamed = replace(jeanne, birth_name="OBERTIN")
    assert put(gp, renamed)[0] == 200
    assert not same_patient(replace(jeanne, **alone)).exists()  # type: ignore[arg-type]
    assert same_patient(replace(renamed, **alone)).exists()  # type: ignore[arg-type]


def test_nobody_becomes_a_patient_who_has_a_circle(put: Callable[..., Answer], gp: Colleague, nurse: Colleague) -> None:
    marc = factories.a_patient(identity_status="retrieved")
    elsewhere = factories.a_circle(nurse, patient=marc)
    assert put(gp, marc)[1] == {"code": "circle_exists_elsewhere", "detail": ""}
    factories.a_member(elsewhere, gp, by=nurse)
    assert put(gp, marc)[1] == {"code": "circle_exists", "detail": str(elsewhere.id)}


def test_a_compartment_follows_its_main_circle(circle: Circle, gp: Colleague, jeanne: PatientTraits) -> None:
    Circle.objects.filter(id=circle.id).update(parent=factories.a_circle(gp), name="Volet social")
    with pytest.raises(CircleError, match="not_main_circle"):
        change_patient(actor=gp.actor, circle_id=circle.id, traits=jeanne)


def test_two_circles_do_not_become_one_patients_at_once(committed_db: str, gp: Colleague, nurse: Colleague) -> None:
    target, start, answers = factories.a_patient(identity_status="retrieved"), Barrier(2), []
    circles = {
        person: factories.a_circle(person, patient=factories.a_patient(identity_status="retrieved"))
        for person in (gp, nurse)
    }

    def change(person: Colleague) -> None:
        start.wait()
        try:
            change_patient(actor=person.actor, circle_id=circles[person].id, traits=target)
            answers.append("changed")
        except CircleError as error:
            answers.append(error.code)
        connection.close()

    threads = [Thread(target=change, args=(person,)) for person in circles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["changed", "circle_exists_elsewhere"]


def test_the_database_takes_no_other_patient_without_its_act(
    committed_db: str, circle: Circle, jeanne: PatientTraits
) -> None:
    patient = Patient.objects.get()
    with pytest.raises(IntegrityError, match=r"without an event patient\."), transaction.atomic():
        replace_traits(patient, replace(jeanne, birth_name="OBERTIN"))
    assert open_traits(Patient.objects.get()) == jeanne
