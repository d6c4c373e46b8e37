"""A system sends a care team: it is kept as a proposal, whole or not at all, and nobody is in a circle for it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from uuid_utils.compat import uuid7

from audit.models import Event
from circles.careteam import vocabulary as of
from circles.careteam.vocabulary import MOST_ENTRIES
from circles.ins import DEMO_OID
from circles.models import CareTeamContent, CareTeamVersion, Circle, Notice, Proposal, Supplied
from directory.models import Practitioner, PractitionerRole
from tests import factories
from tests.careteam import Program, a_program, refusals, said, team_ids
from tests.careteam_sent import CLUB, EXAMPLES, NEPHEW, PATIENT, TEAM, Json, a_bundle, example, meant, published, sent
from tests.factories import Colleague

pytestmark = pytest.mark.usefixtures("committed_db")
Change = Callable[[Json], Any]
IN_TEAM, IN_PATIENT = "Bundle.entry[0].resource", "Bundle.entry[2].resource"
OTHER_PROFILE = {"profile": ["http://hl7.org/fhir/StructureDefinition/CareTeam"]}


def kept() -> tuple[int, ...]:
    return tuple(
        table.objects.count() for table in (Circle, Supplied, CareTeamContent, CareTeamVersion, Proposal, Notice)
    )


def proposed(program: Program, bundle: Json) -> dict[str, Json]:
    """The answered resources by type."""
    answer = said(program.ask("POST", "", bundle))
    assert answer["type"] == "transaction-response"
    return {each["resource"]["resourceType"]: each["resource"] for each in answer["entry"]}


def test_a_transaction_becomes_a_proposal_and_nobody_is_in_a_circle(gp: Colleague, nurse: Colleague) -> None:
    program = a_program(gp)
    before = Circle.objects.count()
    answer = said(program.ask("POST", "", a_bundle(nurse.role_id)))
    assert [each["response"]["status"] for each in answer["entry"]] == ["201 Created"] * 4
    team = sent(answer, "CareTeam")
    assert team["status"] == "proposed"
    assert team["subject"] == {"reference": f"Patient/{sent(answer, 'Patient')['id']}"}
    proposal = Proposal.objects.get()
    assert (proposal.kind, str(proposal.team), proposal.to_id) == ("open", team["id"], gp.id)
    assert [(each.user_id, each.what, each.circle_id) for each in Notice.objects.all()] == [(gp.id, "proposed", None)]
    assert Circle.objects.count() == before
    assert team_ids(program.get("CareTeam?status=proposed")) == [UUID(team["id"])]


def test_what_went_in_comes_out(gp: Colleague) -> None:
    program, bundle = a_program(gp), a_bundle()
    shown = proposed(program, bundle)
    for kind, resource in shown.items():
        assert meant(program.get(f"{kind}/{resource['id']}")) == meant(resource)
        assert meant(resource) == meant(sent(bundle, kind)) | ({"status": "proposed"} if kind == "CareTeam" else {})
    found = program.get("CareTeam?identifier=https://logiciel.example/cercles%7C1&_include=*")
    included = {each["resource"]["resourceType"] for each in found["entry"] if each["search"]["mode"] == "include"}
    assert included == {"Patient", "RelatedPerson", "Organization"}


@pytest.mark.skipif(
    not EXAMPLES.is_dir(), reason=f"{EXAMPLES} is absent: the national examples are not in this repository"
)
def test_the_guides_examples_go_in_and_come_out(gp: Colleague) -> None:
    program, bundle = a_program(gp), example()
    shown = proposed(program, bundle)
    for kind, resource in shown.items():
        same = {"status": "proposed"} if kind == "CareTeam" else {}
        assert meant(program.get(f"{kind}/{resource['id']}")) == meant(sent(bundle, kind)) | same


@pytest.mark.skipif(
    not EXAMPLES.is_dir(), reason=f"{EXAMPLES} is absent: the national examples are not in this repository"
)
def test_the_published_number_with_a_wrong_key_is_refused(gp: Colleague) -> None:
    program, before = a_program(gp), kept()
    assert refusals(program.ask("POST", "", published()), 422) == [("wrong_matricule_key", IN_PATIENT)]
    assert kept() == before


def test_one_by_one_they_are_created_too(gp: Colleague) -> None:
    program = a_program(gp)
    ids = {}
    for kind, resource in (("Patient", PATIENT), ("Organization", CLUB)):
        answer = program.ask("POST", kind, resource)
        ids[kind] = said(answer, 201)["id"]
        assert answer["Location"] == f"{of.BASE}/{kind}/{ids[kind]}/_history/1"
    nephew = NEPHEW | {"patient": {"reference": f"Patient/{ids['Patient']}"}}
    ids["RelatedPerson"] = said(program.ask("POST", "RelatedPerson", nephew), 201)["id"]
    text = json.dumps(TEAM)
    for kind, name in (("Patient", "p1"), ("Organization", "o1"), ("RelatedPerson", "r1")):
        text = text.replace(f"{kind}/{name}", f"{kind}/{ids[kind]}")
    team = said(program.ask("POST", "CareTeam", text), 201)
    assert (team["status"], team["meta"]["versionId"]) == ("proposed", "1")
    changed = PATIENT | {"id": ids["Patient"], "birthDate": "1941-03-13"}
    assert said(program.ask("PUT", f"Patient/{ids['Patient']}", changed))["meta"]["versionId"] == "2"
    stale = program.ask("PUT", f"Patient/{ids['Patient']}", changed, **{"If-Match": 'W/"1"'})
    assert refusals(stale, 412) == [("version_conflict", "Patient")]


def unlinked(bundle: Json, kind: str, element: str) -> None:
    sent(bundle, kind)[element] = {"reference": f"Patient/{uuid7()}"}


UNKNOWN: list[tuple[Change, list[str]]] = [
    (lambda b: unlinked(b, "CareTeam", "subject"), [f"{IN_TEAM}.subject"]),
    (lambda b: unlinked(b, "RelatedPerson", "patient"), ["Bundle.entry[3].resource.patient"]),
    (
        lambda b: sent(b, "CareTeam")["participant"].extend(
            {"member": {"reference": each}} for each in (f"PractitionerRole/{uuid7()}", "RelatedPerson/x", "Device/1")
        ),
        [f"{IN_TEAM}.participant[{at}].member" for at in (2, 3, 4)],
    ),
    (
        lambda b: sent(b, "CareTeam").update(
            managingOrganization=[{"reference": "https://ailleurs.example/fhir/Organization/1"}]
        ),
        [f"{IN_TEAM}.managingOrganization[0]"],
    ),
    (
        lambda b: sent(b, "CareTeam")["participant"].append(
            {"member": {"identifier": {"system": "https://rpps.esante.gouv.fr", "value": "10000000000"}}}
        ),
        [f"{IN_TEAM}.participant[2].member"],
    ),
]


@pytest.mark.parametrize(("change", "places"), UNKNOWN)
def test_unknown_references_are_refused_with_every_place_and_nothing_is_kept(
    gp: Colleague, change: Change, places: list[str]
) -> None:
    program, before, bundle = a_program(gp), kept(), a_bundle()
    change(bundle)
    assert refusals(program.ask("POST", "", bundle), 422) == [("unknown_reference", place) for place in places]
    assert kept() == before
    refused = Event.objects.get(act="careteam.write")
    assert (refused.out, json.loads(refused.leaf)["err"]) == (4, "unknown_reference")


def test_a_resource_of_another_organisation_is_unknown(gp: Colleague, stranger: Colleague) -> None:
    patient = said(a_program(gp).ask("POST", "Patient", PATIENT), 201)
    other = a_program(stranger)
    assert refusals(other.ask("GET", f"Patient/{patient['id']}"), 404) == [("not_found", "")]
    assert refusals(other.ask("PUT", f"Patient/{patient['id']}", patient), 404) == [("not_found", "Patient")]
    team = TEAM | {"subject": {"reference": f"Patient/{patient['id']}"}, "participant": [], "managingOrganization": []}
    assert refusals(other.ask("POST", "CareTeam", team), 422) == [("unknown_reference", "CareTeam.subject")]


def test_a_bundle_of_ten_thousand_entries_is_refused_before_it_is_looked_into(gp: Colleague) -> None:
    program, before = a_program(gp), kept()
    entry = {"resource": {"resourceType": "Patient"}, "request": {"method": "POST", "url": "Patient"}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry] * 10_000}
    assert refusals(program.ask("POST", "", bundle), 413) == [("too_many_entries", "Bundle.entry")]
    large = {"resourceType": "Bundle", "type": "transaction", "entry": [entry | {"fullUrl": "x" * 200}] * 10_000}
    assert refusals(program.ask("POST", "", large), 413) == [("too_large", "")]
    assert MOST_ENTRIES < 10_000
    assert kept() == before


INVALID: list[tuple[Change, str, str]] = [
    (lambda b: b.update(type="batch"), "not_a_transaction", "Bundle.type"),
    (lambda b: b.update(entry=[]), "one_team_required", "Bundle.entry"),
    (lambda b: b["entry"][1].pop("request"), "entry_incomplete", "Bundle.entry[1]"),
    (lambda b: b["entry"][1]["request"].update(method="DELETE"), "not_supported", "Bundle.entry[1].request"),
    (lambda b: b["entry"][1].update(fullUrl=b["entry"][0]["fullUrl"]), "entry_twice", "Bundle.entry"),
    (lambda b: sent(b, "CareTeam").pop("identifier"), "one_identifier_required", f"{IN_TEAM}.identifier"),
    (lambda b: sent(b, "CareTeam").pop("status"), "status_required", f"{IN_TEAM}.status"),
    (lambda b: sent(b, "CareTeam").pop("subject"), "subject_required", f"{IN_TEAM}.subject"),
    (lambda b: sent(b, "CareTeam").pop("period"), "start_required", f"{IN_TEAM}.period.start"),
    (lambda b: sent(b, "CareTeam").update(meta=OTHER_PROFILE), "wrong_profile", f"{IN_TEAM}.meta.profile"),
    (lambda b: sent(b, "CareTeam").update(contained=[PATIENT]), "not_supported", f"{IN_TEAM}.contained"),
    (lambda b: sent(b, "CareTeam").update(colour="lac"), "invalid_resource", f"{IN_TEAM}.colour"),
    (lambda b: sent(b, "CareTeam").update(status="inactive"), "team_is_over", f"{IN_TEAM}.status"),
    (lambda b: sent(b, "Patient").pop("birthDate"), "birth_date_required", f"{IN_PATIENT}.birthDate"),
    (lambda b: sent(b, "Patient").update(birthDate="2031-01-01"), "date_in_future", IN_PATIENT),
    (lambda b: sent(b, "Patient").update(gender="robot"), "gender_required", f"{IN_PATIENT}.gender"),
    (lambda b: sent(b, "Patient").update(extension=[]), "matricule_not_qualified", f"{IN_PATIENT}.identifier"),
    (lambda b: sent(b, "Patient")["identifier"][0].update(value="241033818504"), "bad_matricule", IN_PATIENT),
    (lambda b: sent(b, "Patient")["identifier"][0].update(system="urn:oid:1.2.3"), "unknown_oid", IN_PATIENT),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code", "place"), INVALID, ids=[each[1] for each in INVALID])
def test_what_breaks_a_rule_is_refused_whole(gp: Colleague, change: Change, code: str, place: str) -> None:
    program, before, bundle = a_program(gp), kept(), a_bundle()
    change(bundle)
    assert refusals(program.ask("POST", "", bundle), 422) == [(code, place)]
    assert kept() == before


@pytest.mark.parametrize("body", [" ", "[]", "{", "null", '{"a": NaN}', "[" * 100_000])
def test_what_is_no_json_object_is_refused(gp: Colleague, body: str) -> None:
    assert refusals(a_program(gp).ask("POST", "", body), 400) == [("bad_json", "")]


def test_a_wrong_key_is_a_warning_for_demonstration_numbers_only(gp: Colleague) -> None:
    program = a_program(gp)
    wrong = copy.deepcopy(PATIENT)
    wrong["identifier"][0]["value"] = PATIENT["identifier"][0]["value"][:13] + "00"
    assert said(program.ask("POST", "Patient", wrong), 201)["identifier"][0]["system"] == f"urn:oid:{DEMO_OID}"
    wrong["identifier"][0]["system"] = "urn:oid:1.2.250.1.213.1.4.8"
    assert refusals(program.ask("POST", "Patient", wrong), 422) == [("wrong_matricule_key", "Patient")]


def test_a_patient_is_kept_sealed(gp: Colleague) -> None:
    proposed(a_program(gp), a_bundle())
    rows = [*Supplied.objects.all(), *CareTeamContent.objects.all()]
    for row in rows:
        for word in (b"MAREUIL", b"CHASTEL", b"Bruno", b"Cercle de Mme", PATIENT["identifier"][0]["value"].encode()):
            assert word not in bytes(row.sealed)


def test_the_same_patient_twice_is_refused(gp: Colleague) -> None:
    program = a_program(gp)
    proposed(program, a_bundle())
    place = f"{IN_TEAM}.subject"
    assert refusals(program.ask("POST", "", a_bundle()), 409) == [("proposal_exists", place)]
    traits = factories.a_patient()
    factories.a_circle(gp, patient=traits)
    again = a_bundle()
    sent(again, "Patient")["identifier"][0]["value"] = traits.matricule
    assert refusals(program.ask("POST", "", again), 409) == [("circle_exists", place)]


def test_of_two_systems_at_once_one_proposes(gp: Colleague) -> None:
    programs, together = (a_program(gp), a_program(gp)), Barrier(2)
    answers: list[int] = []

    def send(program: Program) -> None:
        together.wait()
        answers.append(program.ask("POST", "", a_bundle()).status_code)
        connections.close_all()

    threads = [Thread(target=send, args=(each,)) for each in programs]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(answers) == [200, 409]
    assert Proposal.objects.count() == 1


def test_professionals_are_found_by_their_national_number(gp: Colleague, nurse: Colleague) -> None:
    program = a_program(gp)
    known = Practitioner.objects.get(id=nurse.practitioner_id)
    number = {"system": known.identifier_system, "value": known.identifier_value}
    bundle = a_bundle()
    sent(bundle, "CareTeam")["participant"] += [
        {"member": {"reference": "urn:uuid:role"}, "period": {"start": "2026-11-01"}}
    ]
    for kind, resource in (
        ("PractitionerRole", {"practitioner": {"reference": "urn:uuid:person"}}),
        ("Practitioner", {"identifier": [number], "name": [{"family": "Autrement"}]}),
    ):
        url = {"PractitionerRole": "urn:uuid:role", "Practitioner": "urn:uuid:person"}[kind]
        entry = {
            "fullUrl": url,
            "resource": {"resourceType": kind, **resource},
            "request": {"method": "POST", "url": kind},
        }
        bundle["entry"].append(entry)
    shown = proposed(program, bundle)
    assert shown["CareTeam"]["participant"][2]["member"] == {"reference": f"PractitionerRole/{nurse.role_id}"}
    assert shown["Practitioner"]["name"][0]["family"] == "Landrieux"  # the directory's word, not the system's


@pytest.mark.parametrize("who", ["officer", "inactive"])
def test_only_those_who_may_be_in_a_circle_are_proposed(gp: Colleague, officer: Colleague, who: str) -> None:
    role_id = officer.role_id if who == "officer" else factories.a_practitioner(factories.NURSE, active=False).id
    code = {"officer": "profession_not_allowed", "inactive": "inactive"}[who]
    refused = a_program(gp).ask("POST", "", a_bundle(role_id))
    assert refusals(refused, 422) == [(code, f"{IN_TEAM}.participant[2].member")]


def test_it_reaches_the_first_of_the_organisation_who_signs_in(gp: Colleague, nurse: Colleague) -> None:
    PractitionerRole.objects.filter(id=nurse.role_id).update(
        organization=PractitionerRole.objects.get(id=gp.role_id).organization
    )
    proposed(a_program(gp), a_bundle(nurse.role_id, gp.role_id))
    assert Proposal.objects.get().to_id == nurse.id


def test_a_proposal_may_be_changed_and_taken_back(gp: Colleague) -> None:
    program = a_program(gp)
    team = proposed(program, a_bundle())["CareTeam"]
    path = f"CareTeam/{team['id']}"
    assert refusals(program.ask("PUT", path, team), 400) == [("version_required", "CareTeam")]
    renamed = said(program.ask("PUT", path, team | {"name": "Autre titre"}, **{"If-Match": 'W/"1"'}))
    assert (renamed["name"], renamed["meta"]["versionId"], renamed["status"]) == ("Autre titre", "2", "proposed")
    assert refusals(program.ask("PUT", path, team, **{"If-Match": 'W/"1"'}), 412) == [("version_conflict", "CareTeam")]
    gone = said(program.ask("PUT", path, renamed | {"status": "inactive"}, **{"If-Match": 'W/"2"'}))
    assert gone["status"] == "inactive"
    assert Proposal.objects.get().outcome == "dismissed"
    assert refusals(program.ask("PUT", path, renamed, **{"If-Match": 'W/"3"'}), 409) == [("team_is_closed", "CareTeam")]
    assert program.get(f"{path}/_history/1")["name"] == TEAM["name"]
    assert proposed(program, a_bundle())["CareTeam"]["status"] == "proposed"
