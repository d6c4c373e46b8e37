"""A patient asks what is kept, and that it go: an officer answers, of the organisation's own circles."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from audit.events import SYSTEM
from audit.selectors import events_about
from circles.models import Circle, Patient
from circles.patients import open_traits
from circles.services import appoint, break_glass
from directory.models import PractitionerRole
from tests import factories
from tests.chat_members import Fields
from tests.chat_people import Answer, CareCircle, Person, Scene, a_care_circle, a_person, shown_patient
from tests.chat_server import ChatHouse


class Asked:
    """A patient's circle; the coordinator's organisation has an officer, and so has another organisation."""

    def __init__(self) -> None:
        self.gp, self.nurse, self.officer, self.other_officer = (a_person(factories.GP) for _ in range(4))
        self.circle: CareCircle = a_care_circle(self.gp, self.nurse)
        self.circle.end(self.nurse)
        self.patient = open_traits(Patient.objects.get(circles=self.circle.id))
        self.organization = PractitionerRole.objects.get(id=self.gp.role_id).organization_id
        self.elsewhere = PractitionerRole.objects.get(id=self.other_officer.role_id).organization_id
        for officer, organization in ((self.officer, self.organization), (self.other_officer, self.elsewhere)):
            assert organization is not None
            appoint(actor=SYSTEM, user_id=officer.id, organization_id=organization, role="compliance_officer")
            officer.shows_presence()

    def body(self, **changes: object) -> Fields:
        return {"patient": shown_patient(self.patient)} | changes

    def report(self, by: Person, organization: object) -> Answer:
        return by.post(f"organisations/{organization}/patient-report", self.body())

    def erase(self, by: Person, organization: object) -> Answer:
        return by.post(f"organisations/{organization}/patient-erasure", self.body(reason="Demande écrite du patient"))


@pytest.fixture
def asked(house: ChatHouse) -> Asked:
    return Asked()


def test_the_report_says_who_was_in_on_what_ground_and_who_looked(asked: Asked) -> None:
    outsider = a_person()
    break_glass(actor=outsider.actor, patient=asked.patient, reason="Chute au domicile, personne ne répond")
    assert asked.gp.get(f"circles/{asked.circle.id}")[0] == 200
    status, answer = asked.report(asked.officer, asked.organization)
    assert (status, answer["circles"]) == (200, 1)
    text = answer["text"]
    for said in (
        "État : ouvert.",
        "équipe de soins formalisée (CSP L1110-12, 3°)",
        "n’est plus membre : retiré par la coordination.",
        "accès d’urgence à la liste des membres",
        "Qui a consulté ce cercle",
        "chiffrés de bout en bout",
    ):
        assert said in text
    assert asked.patient.birth_name not in text
    [*_, event] = events_about(obj=("Circle", asked.circle.id)).filter(act="patient.report")
    assert event.out == 0


def test_an_officer_learns_nothing_of_circles_of_others(asked: Asked) -> None:
    status, answer = asked.report(asked.other_officer, asked.elsewhere)
    assert (status, answer["circles"]) == (200, 0)
    assert "Aucun cercle" in answer["text"]
    assert asked.report(asked.other_officer, asked.organization)[1]["code"] == "not_found"
    assert asked.erase(asked.other_officer, asked.elsewhere)[1]["circles"] == 0
    assert Circle.objects.get(id=asked.circle.id).state == "open"


def test_an_erasure_closes_to_everybody_and_says_what_the_law_keeps(asked: Asked) -> None:
    status, answer = asked.erase(asked.officer, asked.organization)
    assert (status, answer["circles"]) == (200, 1)
    assert "RGPD, article 17" in answer["text"]
    assert Circle.objects.get(id=asked.circle.id).state == "archived"
    assert asked.gp.get(f"circles/{asked.circle.id}")[1]["code"] == "not_found"
    acts = [event.act for event in events_about(obj=("Circle", asked.circle.id)) if event.out == 0]
    assert acts[-3:] == ["circle.close", "circle.archive", "patient.erase"]
    assert asked.erase(asked.officer, asked.organization)[1]["circles"] == 0
    assert "archivé" in asked.report(asked.officer, asked.organization)[1]["text"]


def test_a_stolen_session_alone_erases_nothing(asked: Asked) -> None:
    officer = asked.officer
    thief = Person(officer.user, officer.role_id, officer.keys, officer.device, factories.signed_in(officer.user))
    assert asked.erase(thief, asked.organization)[1]["code"] == "reauthentication_required"
    assert Circle.objects.get(id=asked.circle.id).state == "open"


def test_the_operator_writes_it_for_everything(asked: Asked, scene: Scene, tmp_path: Path) -> None:
    file, out = tmp_path / "identity.json", io.StringIO()
    file.write_text(json.dumps(shown_patient(asked.patient)))
    call_command("patient_report", str(file), stdout=out)
    assert "CERCLE 1" in out.getvalue()
    file.write_text("{}")
    with pytest.raises(CommandError, match="no patient's identity"):
        call_command("patient_report", str(file))
