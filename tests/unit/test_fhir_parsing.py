"""What is kept of a FHIR resource, and what is refused with which code."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest

from directory import generate
from directory.fhir import FhirRefusal, read
from directory.identifiers import FINESS, IDNPS, IDNST, RPPS
from directory.professions import G15, R38, R85, R94, R95, R291
from directory.records import Coded, Identifier, OrganizationRecord, PractitionerRecord, RoleRecord, ServiceRecord
from directory.sectors import R02, R66, R244, sector_of_role, sector_of_structure

TODAY = date(2026, 11, 22)
MAILBOX = "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/as-ext-mailbox-mss-metadata"
PRACTITIONER: dict[str, Any] = {
    "resourceType": "Practitioner",
    "id": "p1",
    "identifier": [{"system": IDNPS, "value": "810990000426"}],
    "active": True,
    "name": [
        {"use": "old", "family": "Avant", "given": ["Ève"]},
        {"use": "usual", "family": "De La Fontaine", "given": ["Ève", "Marie"], "prefix": ["MME"], "suffix": ["DR"]},
    ],
    "telecom": [
        {"system": "email", "value": "eve@ailleurs.example"},
        {"system": "email", "value": "eve@demo.mssante.example", "extension": [{"url": MAILBOX, "extension": []}]},
    ],
    "qualification": [
        {"code": {"coding": [{"system": "https://example.org/diplome", "code": "DE05"}]}},
        {"code": {"coding": [{"system": G15, "code": "10"}]}},
        {"code": {"coding": [{"system": R38, "code": "SM04", "display": "Cardiologie"}]}},
    ],
}
ROLE: dict[str, Any] = {
    "resourceType": "PractitionerRole",
    "id": "r1",
    "active": True,
    "period": {"start": "2020-01-01"},
    "practitioner": {"reference": "Practitioner/p1"},
    "organization": {"identifier": {"system": IDNST, "value": "1990000010"}},
    "contained": [{"resourceType": "Location", "id": "l1", "address": {"city": "99140 Saint-Aubrac CEDEX 2"}}],
    "code": [{"coding": [{"system": G15, "code": "60"}]}],
}
ORGANIZATION: dict[str, Any] = {
    "resourceType": "Organization",
    "id": "o1",
    "identifier": [{"system": FINESS, "value": "990000010"}],
    "name": "  SSIAD\u00a0 Les   Aubépines ",
    "type": [{"coding": [{"system": R02, "code": "SA01"}]}, {"coding": [{"system": R66, "code": "354"}]}],
    "address": [{"city": "99140 SAINT-AUBRAC", "postalCode": "99140"}],
}
SERVICE: dict[str, Any] = {
    "resourceType": "HealthcareService",
    "id": "s1",
    "providedBy": {"reference": "Organization/o1"},
    "name": "Soins à domicile",
}


def changed(resource: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return copy.deepcopy(resource) | changes


def test_a_practitioner_is_read_under_the_name_they_work_under() -> None:
    assert read(PRACTITIONER, today=TODAY) == PractitionerRecord(
        fhir_id="p1",
        active=True,
        identifier=Identifier(RPPS, "10990000426"),
        family_name="De La Fontaine",
        given_name="Ève Marie",
        civility="Dr",
        profession=Coded(G15, "10", ""),
        speciality=Coded(R38, "SM04", "Cardiologie"),
        mssante="eve@demo.mssante.example",
    )


def test_a_role_is_read_with_its_links_unresolved() -> None:
    record = read(ROLE, today=TODAY)
    assert isinstance(record, RoleRecord)
    assert record.practitioner.reference == "Practitioner/p1"
    assert record.organization is not None
    assert record.organization.identifier == Identifier(FINESS, "990000010")
    assert (record.profession, record.city, record.active) == (Coded(G15, "60", ""), "Saint-Aubrac", True)


def test_a_structure_takes_its_sector_from_its_most_precise_category() -> None:
    record = read(ORGANIZATION, today=TODAY)
    assert isinstance(record, OrganizationRecord)
    assert (record.name, record.city, record.sector) == ("SSIAD Les Aubépines", "SAINT-AUBRAC", "medico_social")


def test_an_offer_may_have_no_field_nor_activity() -> None:
    record = read(SERVICE, today=TODAY)
    assert isinstance(record, ServiceRecord)
    assert (record.name, record.field, record.activity) == ("Soins à domicile", None, None)


def test_a_period_that_is_over_ends_the_role() -> None:
    over = read(changed(ROLE, period={"end": "2026-11-21"}), today=TODAY)
    last_day = read(changed(ROLE, period={"end": "2026-11-22"}), today=TODAY)
    assert (over.active, last_day.active) == (False, True)


def test_a_mailbox_on_the_red_list_is_not_kept() -> None:
    hidden = {"url": MAILBOX, "extension": [{"url": "listeRouge", "valueBoolean": True}]}
    telecom = [{"system": "email", "value": "eve@demo.mssante.example", "extension": [hidden]}]
    record = read(changed(PRACTITIONER, telecom=telecom), today=TODAY)
    assert isinstance(record, PractitionerRecord)
    assert record.mssante == ""


@pytest.mark.parametrize(
    ("resource", "code", "path"),
    [
        (None, "not_a_resource", ""),
        ([], "not_a_resource", ""),
        ({"resourceType": ["Practitioner"]}, "not_a_resource", ""),
        ({"resourceType": "Patient", "id": "x"}, "not_a_resource", ""),
        ({"resourceType": "Practitioner"}, "missing_id", ""),
        (changed(PRACTITIONER, id=7), "wrong_type", "id"),
        (changed(PRACTITIONER, id="a b"), "invalid_value", "id"),
        (changed(PRACTITIONER, id="x" * 65), "missing_id", ""),
        (changed(PRACTITIONER, name=[]), "missing_field", "name"),
        (changed(PRACTITIONER, name="Ève"), "wrong_type", "name"),
        (changed(PRACTITIONER, name=[{"family": ""}]), "invalid_value", "name.0.family"),
        (changed(PRACTITIONER, name=[{"family": "Fontaine"}]), "missing_field", "name.0.given"),
        (changed(PRACTITIONER, name=[{"family": "F\x00", "given": ["È"]}]), "unprintable_text", "name.0.family"),
        (changed(PRACTITIONER, name=[{"family": "\ud800", "given": ["È"]}]), None, None),
        (changed(PRACTITIONER, name=[{"family": "F" * 256, "given": ["È"]}]), "too_long", "name.0.family"),
        (changed(PRACTITIONER, active="peut-être"), "invalid_value", "active"),
        (changed(PRACTITIONER, nom="Fontaine"), "unknown_field", ""),
        (changed(ROLE, practitioner=5), "wrong_type", "practitioner"),
        (changed(ROLE, practitioner={"display": "Ève"}), "missing_field", "practitioner"),
        ({"resourceType": "PractitionerRole", "id": "r"}, "missing_field", "practitioner"),
        (changed(ORGANIZATION, name=None), "missing_field", "name"),
        ({"resourceType": "HealthcareService", "id": "s"}, "missing_field", "providedBy"),
    ],
)
def test_what_is_malformed_is_refused_with_a_code_and_a_place(
    resource: object, code: str | None, path: str | None
) -> None:
    with pytest.raises(FhirRefusal) as refused:
        read(resource, today=TODAY)
    if code is not None:
        assert (refused.value.code, refused.value.path) == (code, path)


def test_a_refusal_never_repeats_what_the_resource_says() -> None:
    with pytest.raises(FhirRefusal) as refused:
        read(changed(PRACTITIONER, **{"Mme Fontaine est suivie pour": "…"}), today=TODAY)
    assert "Fontaine" not in str(refused.value)


@pytest.mark.parametrize(
    ("system", "code", "sector"),
    [
        (R66, "355", "health"),
        (R66, "500", "medico_social"),
        (R66, "405", "social"),
        (R244, "28", "medico_social"),
        (R244, "178", "health"),
        (R02, "SA07", "health"),
        (R02, "SA17", "medico_social"),
        (R02, "SA27", "social"),
        (R02, "SA26", None),
        ("https://example.org/autre", "1", None),
    ],
)
def test_sectors_of_structures(system: str, code: str, sector: str | None) -> None:
    assert sector_of_structure(system, code) == sector


@pytest.mark.parametrize(
    ("system", "code", "structure", "sector"),
    [
        (G15, "60", None, "health"),
        (G15, "60", "medico_social", "medico_social"),
        (R94, "41", "health", "social"),
        (R94, "53", "medico_social", "medico_social"),
        (R95, "93", "health", "health"),
        (R95, "93", None, "social"),
        (R85, "313", "health", "health"),
        (R85, "307", None, "social"),
        (R85, "310", None, "medico_social"),
        (R291, "99", None, "social"),
    ],
)
def test_sectors_of_roles(system: str, code: str, structure: Any, sector: str) -> None:
    assert sector_of_role(profession_system=system, profession_code=code, structure=structure) == sector


def test_the_demo_directory_is_what_the_code_draws() -> None:
    assert generate.FILE.read_text(encoding="utf-8") == generate.written()


def test_the_demo_directory_is_invented_and_whole() -> None:
    records = [read(entry["resource"], today=TODAY) for entry in generate.bundle()["entry"]]
    practitioners = [record for record in records if isinstance(record, PractitionerRecord)]
    assert len(practitioners) == len({record.identifier for record in practitioners}) >= 72
    assert all(record.identifier and record.identifier.value.startswith("10990") for record in practitioners)
    assert all(record.mssante.endswith(".example") for record in records if isinstance(record, RoleRecord))
