"""A patient asks what is kept, and that it go: an officer answers, of the organisation's own circles."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from uuid_utils.compat import uuid7

from audit.events import SYSTEM, Actor
from audit.forgetting import forget
from audit.models import Event
from audit.selectors import LOOKED, events_about
from audit.services import record
from audit.subjects import Subject
from circles.models import Circle, Patient
from circles.patient_looks import PARIS, WHAT
from circles.patients import open_traits
from circles.selectors import professionals
from circles.services import appoint, break_glass
from directory.models import Organization, PractitionerRole
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


def said(answer: Any) -> str:
    """Everything of a report, with plain spaces."""
    document = answer["document"]
    parts = [document["title"], *document["intro"]]
    for section in document["sections"]:
        parts += [section["title"], *section["paragraphs"]]
        parts += [each for item in section["items"] for each in (item["text"], *item["details"])]
    return "\n".join(parts).replace("\u00a0", " ")


def lookers(answer: Any) -> dict[str, list[str]]:
    """Who looked, and at what."""
    sections = [each for each in answer["document"]["sections"] if each["title"] == "Qui a consulté ce cercle"]
    return {
        item["text"].replace("\u00a0", " "): [each.replace("\u00a0", " ") for each in item["details"]]
        for section in sections
        for item in section["items"]
    }


@pytest.fixture
def asked(house: ChatHouse) -> Asked:
    return Asked()


def test_the_report_says_who_was_in_on_what_ground_and_who_looked(asked: Asked) -> None:
    outsider = a_person()
    break_glass(actor=outsider.actor, patient=asked.patient, reason="Chute au domicile, personne ne répond")
    assert asked.gp.get(f"circles/{asked.circle.id}")[0] == 200
    status, answer = asked.report(asked.officer, asked.organization)
    assert (status, answer["circles"]) == (200, 1)
    text = said(answer)
    for words in (
        "État : ouvert.",
        "équipe de soins formalisée (CSP L1110-12, 3°)",
        "n’est plus membre : retiré par la coordination.",
        "accès exceptionnel, en urgence, à la liste des membres",
        "Qui a consulté ce cercle",
        "chiffrés de bout en bout",
    ):
        assert words in text
    assert asked.patient.birth_name not in text
    [*_, event] = events_about(obj=("Circle", asked.circle.id)).filter(act="patient.report")
    assert event.out == 0


def test_the_patient_reads_who_looked_at_what_and_when(asked: Asked) -> None:
    outsider = a_person()
    break_glass(actor=outsider.actor, patient=asked.patient, reason="Chute au domicile, personne ne répond")
    for path in ("", "/patient", "/patient"):
        assert asked.gp.get(f"circles/{asked.circle.id}{path}")[0] == 200
    asked.nurse.get(f"circles/{asked.circle.id}")  # removed: refused, so nothing was seen
    seen = Event.objects.filter(act="patient.read").order_by("xid")
    assert len(seen) == 2

    _, answer = asked.report(asked.officer, asked.organization)

    found = lookers(answer)
    [(gp, looks)] = [each for each in found.items() if "(dans le cercle : coordination)" in each[0]]
    card = professionals([asked.gp.id])[asked.gp.id]
    assert card.organisation is not None
    assert gp.startswith(f"{card.name}, {card.profession.label}, {card.organisation.name}")
    [identity] = [each for each in looks if "votre identité" in each]
    first = seen[0].t.astimezone(PARIS)
    assert f"2 fois, la première le {first:%d/%m/%Y} à {first:%H} h {first:%M}, la dernière le " in identity
    assert any(each.startswith("a affiché la page du cercle") and "une fois, le " in each for each in looks)
    [(emergency, glass)] = [each for each in found.items() if "(pas membre du cercle)" in each[0]]
    assert emergency.startswith(professionals([outsider.id])[outsider.id].name)
    assert "accès exceptionnel" in glass[0]
    assert not [each for each in found if professionals([asked.nurse.id])[asked.nurse.id].name in each]
    # An officer's answer is a look as well, and stands in the next one.
    again = lookers(asked.report(asked.officer, asked.organization)[1])
    assert any("un rapport comme celui-ci" in each for looks in again.values() for each in looks)


def test_somebody_who_was_erased_has_a_profession_and_a_structure_still(asked: Asked) -> None:
    asked.gp.get(f"circles/{asked.circle.id}")
    card = professionals([asked.gp.id])[asked.gp.id]
    assert card.organisation is not None
    with transaction.atomic():
        forget(Subject("Person", asked.gp.id), actor=SYSTEM)
    found = lookers(asked.report(asked.officer, asked.organization)[1])
    [who] = [each for each in found if each.startswith("Une personne dont le nom a été effacé, ")]
    assert who.endswith(card.organisation.name)
    assert card.name not in "".join(found)


def test_somebody_who_left_the_directory_is_said_to_be_gone(asked: Asked) -> None:
    with transaction.atomic():
        stranger = Actor(user_id=factories.a_user().id, session="5" * 32, role="60")
        record("circle.read", actor=stranger, circle_id=asked.circle.id)
    found = lookers(asked.report(asked.officer, asked.organization)[1])
    assert [each for each in found if each.startswith("Une personne qui n’est plus dans l’annuaire, Infirmier")]


def test_software_that_read_the_team_is_named_by_its_structure(asked: Asked) -> None:
    with transaction.atomic():
        system = Actor(user_id=None, system_id=uuid7(), org=str(asked.organization), auth="client_credentials")
        record("careteam.read", actor=system, circle_id=asked.circle.id)
    assert asked.organization is not None
    [who] = [each for each in lookers(asked.report(asked.officer, asked.organization)[1]) if "logiciel" in each]
    assert who == f"Un logiciel de la structure « {Organization.objects.get(id=asked.organization).name} »"


def test_the_pdf_is_the_same_and_names_no_patient(asked: Asked) -> None:
    asked.gp.get(f"circles/{asked.circle.id}")
    _, answer = asked.report(asked.officer, asked.organization)
    pdf = base64.b64decode(answer["pdf"])
    assert pdf.startswith(b"%PDF-")
    assert asked.patient.birth_name.encode() not in pdf


def test_every_kind_of_look_has_words() -> None:
    assert set(WHAT) == set(LOOKED)


def test_an_officer_learns_nothing_of_circles_of_others(asked: Asked) -> None:
    status, answer = asked.report(asked.other_officer, asked.elsewhere)
    assert (status, answer["circles"]) == (200, 0)
    assert "Aucun cercle" in said(answer)
    assert not lookers(answer)
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
    assert "archivé" in said(asked.report(asked.officer, asked.organization)[1])


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
    call_command("patient_report", str(file), pdf=tmp_path / "out.pdf")
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF-")
    file.write_text("{}")
    with pytest.raises(CommandError, match="no patient's identity"):
        call_command("patient_report", str(file))
