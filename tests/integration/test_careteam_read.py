"""Reading care teams: what a system of an organisation may see, as valid FHIR of the guide's profiles."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import quote
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from uuid_utils.compat import uuid7

from audit.events import SYSTEM
from audit.models import Event
from circles.careteam import vocabulary as of
from circles.ins import DEMO_OID
from circles.models import CareTeamVersion, Circle
from circles.rules import locked
from circles.services import end_membership, join
from circles.services.retention import archive_locked
from directory.models import PractitionerRole
from tests import factories
from tests.careteam import FHIR, a_program, refusals, said, team_ids
from tests.factories import Colleague

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def circle(gp: Colleague, nurse: Colleague) -> Circle:
    return factories.a_circle(gp, nurse)


def test_a_team_follows_the_guides_profile(gp: Colleague, nurse: Colleague, circle: Circle) -> None:
    team = a_program(gp).get(f"CareTeam/{circle.id}")
    assert team["meta"]["profile"] == [of.CARE_TEAM]
    assert [each["value"] for each in team["identifier"]] == [f"urn:uuid:{circle.id}"]
    assert (team["status"], team["subject"]) == ("active", {"reference": f"Patient/{circle.patient_id}"})
    assert list(team["period"]) == ["start"]
    members = team["participant"]
    assert [each["member"]["reference"] for each in members] == [
        f"PractitionerRole/{person.role_id}" for person in (gp, nurse)
    ]
    assert all(each["period"]["start"] for each in members)
    assert [each["role"][0]["coding"][0]["display"] for each in members] == ["Médecin", "Infirmier"]
    assert "name" not in team  # a title would be the patient's name


def test_a_system_sees_the_circles_of_its_people_and_no_other(
    gp: Colleague, nurse: Colleague, stranger: Colleague, circle: Circle
) -> None:
    theirs, strangers = a_program(nurse), a_program(stranger)
    assert team_ids(theirs.get("CareTeam")) == [circle.id]
    assert team_ids(strangers.get("CareTeam")) == []
    for path in (f"CareTeam/{circle.id}", f"CareTeam/{circle.id}/_history", f"Patient/{circle.patient_id}"):
        assert refusals(strangers.ask("GET", path), 404) == [("not_found", "")]
        assert refusals(strangers.ask("GET", path.replace(str(circle.id), str(uuid7()))), 404) == [("not_found", "")]
    end_membership(actor=gp.actor, circle_id=circle.id, user_id=nurse.id, code="removed", reason="départ")
    assert team_ids(theirs.get("CareTeam")) == []
    assert refusals(theirs.ask("GET", f"CareTeam/{circle.id}"), 404) == [("not_found", "")]


def test_the_matricule_goes_out_for_a_qualified_identity_only(gp: Colleague) -> None:
    program = a_program(gp)
    qualified = factories.a_circle(gp)
    validated = factories.a_circle(gp, patient=factories.a_patient(identity_status="validated"))
    shown = program.get(f"Patient/{qualified.patient_id}")
    (number,) = shown["identifier"]
    assert (number["system"], number["type"]["coding"][0]["code"]) == (f"urn:oid:{DEMO_OID}", "INS-NIR")
    assert shown["meta"]["profile"] == [of.PATIENT_INS]
    other = program.get(f"Patient/{validated.patient_id}")
    assert "identifier" not in other
    assert other["meta"]["profile"] == [of.PATIENT]
    by_number = f"CareTeam?patient.identifier={quote(number['system'] + '|' + number['value'])}"
    assert team_ids(program.get(by_number)) == [qualified.id]


def test_a_number_that_is_not_qualified_finds_nobody(gp: Colleague) -> None:
    traits = factories.a_patient(identity_status="validated")
    factories.a_circle(gp, patient=traits)
    found = a_program(gp).get(f"CareTeam?patient.identifier=urn:oid:{traits.oid}%7C{traits.matricule}")
    assert team_ids(found) == []


def test_what_its_members_read_no_more_no_program_reads(gp: Colleague) -> None:
    program, circle = a_program(gp), factories.a_circle(gp)
    assert team_ids(program.get("CareTeam")) == [circle.id]
    with transaction.atomic():
        archive_locked(locked(circle.id), actor=SYSTEM)
    assert team_ids(program.get("CareTeam")) == []
    for path in (f"CareTeam/{circle.id}", f"CareTeam/{circle.id}/_history", f"Patient/{circle.patient_id}"):
        assert refusals(program.ask("GET", path), 404) == [("not_found", "")]


def test_every_version_is_read_again_as_it_was(gp: Colleague, nurse: Colleague) -> None:
    circle = factories.a_circle(gp)
    factories.an_invitation(circle, nurse, by=gp)
    join(actor=nurse.actor, circle_id=circle.id)
    end_membership(actor=gp.actor, circle_id=circle.id, user_id=nurse.id, code="removed", reason="départ")
    program = a_program(gp)
    seen = []
    for version in (1, 2, 3):
        answer = program.ask("GET", f"CareTeam/{circle.id}/_history/{version}")
        assert answer["ETag"] == f'W/"{version}"'
        seen.append(["end" in each["period"] for each in said(answer)["participant"]])
    assert seen == [[False], [False, False], [False, True]]
    assert program.get(f"CareTeam/{circle.id}") == program.get(f"CareTeam/{circle.id}/_history/3")
    assert refusals(program.ask("GET", f"CareTeam/{circle.id}/_history/4"), 404) == [("not_found", "")]
    history = program.get(f"CareTeam/{circle.id}/_history")
    assert (history["type"], [each["response"]["etag"] for each in history["entry"]]) == (
        "history",
        ['W/"3"', 'W/"2"', 'W/"1"'],
    )
    other = factories.a_circle(gp)
    everything = program.get("CareTeam/_history")["entry"]
    assert [each["resource"]["id"] for each in everything] == [str(other.id), *[str(circle.id)] * 3]
    later = CareTeamVersion.objects.get(team=circle.id, version=3).at.isoformat().replace("+", "%2B")
    assert len(program.get(f"CareTeam/_history?_since={later}")["entry"]) == 2


def searches(gp: Colleague, nurse: Colleague, circle: Circle) -> dict[str, bool]:
    """Each parameter of the guide with a value that finds the circle and one that does not."""
    held = PractitionerRole.objects.select_related("practitioner", "organization").get(id=nurse.role_id)
    rpps = f"{held.practitioner.identifier_system}%7C{held.practitioner.identifier_value}"
    today, tomorrow = timezone.now().date(), timezone.now().date() + timedelta(days=1)
    number = "participant:PractitionerRole.practitioner:Practitioner.identifier"
    mine = PractitionerRole.objects.get(id=gp.role_id).organization_id
    return {
        f"_id={circle.id}": True,
        f"_id={uuid7()}": False,
        f"_id={uuid7()},{circle.id}": True,
        f"identifier=urn:ietf:rfc:3986%7Curn:uuid:{circle.id}": True,
        "identifier=http://autre.example%7C1": False,
        "status=active": True,
        "status=proposed,inactive": False,
        f"start={today}": True,
        f"start=gt{today}": False,
        f"start=le{today}": True,
        f"end=ge{today}": False,
        f"date=ge{today}": True,
        f"date=eb{today}": False,
        f"date=sa{tomorrow}": False,
        f"_lastUpdated=ge{today}": True,
        f"_lastUpdated=lt{today}": False,
        f"participant-start={today}": True,
        f"participant-start=lt{today}": False,
        f"participant-end=ge{today}": False,
        f"participant=PractitionerRole/{nurse.role_id}": True,
        f"participant:PractitionerRole={uuid7()}": False,
        f"participant:PractitionerRole._id={nurse.role_id}": True,
        f"{number}={rpps}": True,
        f"{number}={rpps}9": False,
        f"participant:PractitionerRole.organization=Organization/{held.organization_id}": True,
        f"participant:PractitionerRole.organization={uuid7()}": False,
        f"patient=Patient/{circle.patient_id}": True,
        f"subject={of.BASE}/Patient/{circle.patient_id}": True,
        f"patient={uuid7()}": False,
        f"managingOrganization=Organization/{mine}": True,
        f"managingOrganization=Organization/{held.organization_id}": False,
        f"status=active&patient={circle.patient_id}&_id={circle.id}": True,
        f"status=active&patient={uuid7()}": False,
    }


def test_each_parameter_of_the_guide_finds_and_does_not_find(gp: Colleague, nurse: Colleague, circle: Circle) -> None:
    program = a_program(gp)
    expected = searches(gp, nurse, circle)
    assert {query: team_ids(program.get(f"CareTeam?{query}")) == [circle.id] for query in expected} == expected


@pytest.mark.parametrize(
    ("query", "code", "place"),
    [
        ("colour=lac", "unknown_parameter", "colour"),
        ("patient.family=AUBERTIN", "unknown_parameter", "patient.family"),
        ("start=hier", "bad_search_value", "start"),
        ("start=2026-13", "bad_search_value", "start"),
        ("start=ap2026", "bad_search_value", "start"),
        ("_id=1", "bad_search_value", "_id"),
        ("patient.identifier=253", "bad_search_value", "patient.identifier"),
        ("_count=beaucoup", "bad_search_value", "_count"),
        ("_after=x", "bad_search_value", "_after"),
        ("_include=Patient:link", "unknown_include", "_include"),
        ("_id=" + ",".join(["a"] * 201), "too_many_values", ""),
    ],
)
def test_a_search_that_is_not_understood_is_refused(gp: Colleague, query: str, code: str, place: str) -> None:
    assert refusals(a_program(gp).ask("GET", f"CareTeam?{query}"), 400) == [(code, place)]


def test_what_teams_name_comes_with_them_when_asked(gp: Colleague, nurse: Colleague, circle: Circle) -> None:
    program = a_program(gp)

    def kinds(query: str) -> list[str]:
        entries = program.get(f"CareTeam?{query}")["entry"]
        return [each["resource"]["resourceType"] for each in entries if each["search"]["mode"] == "include"]

    assert kinds("") == []
    assert kinds("_include=CareTeam:subject") == ["Patient"]
    assert kinds("_include=CareTeam:participant") == ["PractitionerRole", "PractitionerRole"]
    assert kinds("_include=CareTeam:managingOrganization") == ["Organization"]
    assert sorted(kinds("_include:iterate=*")) == sorted(
        ["Patient", *["PractitionerRole"] * 2, *["Practitioner"] * 2, *["Organization"] * 2]
    )
    for kind, wanted in (("PractitionerRole", nurse.role_id), ("Practitioner", nurse.practitioner_id)):
        assert program.get(f"{kind}/{wanted}")["id"] == str(wanted)
    assert program.get(f"Organization/{program.organization.id}")["name"] == program.organization.name


def test_pages_follow_each_other_without_a_gap(gp: Colleague) -> None:
    circles = [factories.a_circle(gp).id for _ in range(5)]
    program = a_program(gp)
    found: list[UUID] = []
    path = "CareTeam?_count=2"
    for _ in range(3):
        page = program.get(path)
        found += team_ids(page)
        links = {each["relation"]: each["url"] for each in page["link"]}
        if "next" in links:
            path = links["next"].removeprefix(f"{of.BASE}/")
    assert found == circles[::-1]
    assert "next" not in links


def test_the_number_of_queries_does_not_grow(
    gp: Colleague, nurse: Colleague, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    program = a_program(gp)
    for _ in range(3):
        factories.a_circle(gp, nurse)
    query = "CareTeam?_include:iterate=*"
    program.get(query)
    with django_assert_num_queries(13):
        program.get(query)
    for _ in range(4):
        factories.a_circle(gp, nurse)
    with django_assert_num_queries(13):
        assert len(team_ids(program.get(query))) == 7


def test_everything_that_is_shown_is_in_the_trail(gp: Colleague, circle: Circle) -> None:
    program = a_program(gp)
    program.get("CareTeam")
    program.get(f"CareTeam/{circle.id}")
    program.get(f"Patient/{circle.patient_id}")
    refusals(program.ask("GET", f"CareTeam/{uuid7()}"), 404)
    events = [json.loads(each.leaf) for each in Event.objects.filter(leaf__contains=str(program.secret.id))]
    told = [(each["act"], each["out"], each.get("cnt")) for each in events if each["act"] != "system.create"]
    assert told == [
        ("system.login", 0, None),
        ("careteam.search", 0, 1),
        ("careteam.read", 0, None),
        ("patient.read", 0, None),
        ("careteam.read", 8, None),
    ]
    assert {each.get("sys") for each in events if each["act"] != "system.create"} == {str(program.secret.id)}
    assert all("who" not in each for each in events if each["act"] != "system.create")


def test_other_formats_methods_and_addresses_are_refused_in_fhir(gp: Colleague, circle: Circle) -> None:
    program = a_program(gp)
    address = f"CareTeam/{circle.id}"
    assert refusals(program.ask("GET", address, Accept="application/fhir+xml"), 406) == [("not_acceptable", "")]
    assert refusals(program.ask("GET", f"{address}?_format=xml"), 406) == [("not_acceptable", "")]
    assert program.get(f"{address}?_format=json")["id"] == str(circle.id)
    sent = program.ask("POST", "CareTeam", "<CareTeam/>", **{"Content-Type": "application/fhir+xml"})
    assert refusals(sent, 415) == [("unsupported_media_type", "")]
    refused = program.ask("DELETE", address)
    assert refusals(refused, 405) == [("method_not_allowed", "")]
    assert "GET" in refused["Allow"]
    for nowhere in ("Observation", "CareTeam/1", "CareTeam/x/y/z"):
        assert refusals(program.ask("GET", nowhere), 404) == [("not_found", "")]


def test_the_statement_of_capabilities_is_everybodys(gp: Colleague) -> None:
    shown = a_program(gp).get("metadata")
    assert (shown["fhirVersion"], shown["format"][0]) == ("4.0.1", FHIR)
    (rest,) = shown["rest"]
    assert {each["type"]: [one["code"] for one in each["interaction"]] for each in rest["resource"]}["CareTeam"] == [
        "read",
        "vread",
        "history-instance",
        "history-type",
        "search-type",
        "create",
        "update",
    ]
