"""Taking a directory in: what is good is kept, what is bad goes to quarantine with its reason, and twice is once."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit.events import SYSTEM
from directory.generate import FILE, SOURCE
from directory.models import HealthcareService, Organization, Practitioner, PractitionerRole, Quarantine, SyncRun
from directory.professions import G15
from directory.reading import MOST_ENTRIES, Entry, entries_of
from directory.services import SyncReport, sync

pytestmark = pytest.mark.django_db

EXAMPLES = Path(__file__).parents[2].parent / "shared" / "ror" / "examples"
ORGANIZATION = {"resourceType": "Organization", "id": "o1", "name": "MSP du Pré-Clos"}
PRACTITIONER = {
    "resourceType": "Practitioner",
    "id": "p1",
    "name": [{"family": "Roussel", "given": ["Hélène"], "prefix": ["MME"]}],
    "qualification": [{"code": {"coding": [{"system": G15, "code": "60"}]}}],
}
ROLE = {
    "resourceType": "PractitionerRole",
    "id": "r1",
    "practitioner": {"reference": "Practitioner/p1"},
    "organization": {"reference": "Organization/o1"},
}
SERVICE = {"resourceType": "HealthcareService", "id": "s1", "providedBy": {"reference": "Organization/o1"}}


def take(*resources: object) -> SyncReport:
    return sync(actor=SYSTEM, source="test", entries=[Entry(resource) for resource in resources])


def codes() -> set[tuple[str, str, str]]:
    return set(Quarantine.objects.values_list("resource_type", "fhir_id", "code"))


def test_good_entries_become_rows_whatever_their_order() -> None:
    report = take(SERVICE, ROLE, PRACTITIONER, ORGANIZATION)
    assert {kind: counts.get("created") for kind, counts in report.counts.items()} == {
        "Organization": 1,
        "Practitioner": 1,
        "PractitionerRole": 1,
        "HealthcareService": 1,
    }
    role = PractitionerRole.objects.select_related("practitioner", "organization").get()
    assert role.organization is not None
    assert (role.practitioner.family_name, role.organization.name) == ("Roussel", "MSP du Pré-Clos")
    assert (role.profession_label, role.sector) == ("Infirmière", "health"), "inherited from the qualification"
    assert HealthcareService.objects.get().organization == role.organization


def test_the_same_entries_again_change_nothing() -> None:
    take(ORGANIZATION, PRACTITIONER, ROLE, SERVICE)
    before = list(PractitionerRole.objects.values()) + list(Practitioner.objects.values())
    report = take(ORGANIZATION, PRACTITIONER, ROLE, SERVICE)
    assert all(counts == {"unchanged": 1} for counts in report.counts.values())
    assert list(PractitionerRole.objects.values()) + list(Practitioner.objects.values()) == before


def test_what_changed_at_the_source_changes_here_under_the_same_id() -> None:
    take(ORGANIZATION, PRACTITIONER, ROLE)
    role = PractitionerRole.objects.get()
    report = take(ORGANIZATION | {"name": "MSP des Tilleuls"}, PRACTITIONER, ROLE | {"active": False})
    assert (report.counts["Organization"], report.counts["PractitionerRole"]) == ({"updated": 1}, {"updated": 1})
    after = PractitionerRole.objects.get()
    assert (after.id, after.active) == (role.id, False)
    assert " tilleuls " in after.search_key


def test_two_sources_may_use_the_same_ids() -> None:
    take(ORGANIZATION)
    sync(actor=SYSTEM, source="other", entries=[Entry(ORGANIZATION)])
    assert Organization.objects.filter(fhir_id="o1").count() == 2


def test_one_bad_entry_does_not_stop_the_others() -> None:
    report = take(ORGANIZATION, PRACTITIONER | {"name": [{"family": "", "given": ["Hélène"]}]}, ROLE, None, {"id": "x"})
    assert Organization.objects.count() == 1
    assert report.reasons == {"invalid_value": 1, "unknown_reference": 1, "not_a_resource": 2}
    assert codes() == {
        ("Practitioner", "p1", "invalid_value"),
        ("PractitionerRole", "r1", "unknown_reference"),
        ("", "", "not_a_resource"),
    }
    assert Quarantine.objects.get(fhir_id="r1").detail == "practitioner"


def test_a_structure_that_is_unknown_is_not_taken_for_none() -> None:
    take(PRACTITIONER, ROLE)
    assert codes() == {("PractitionerRole", "r1", "unknown_reference")}
    take(ORGANIZATION, PRACTITIONER, ROLE)
    assert PractitionerRole.objects.count() == 1


def test_a_role_without_a_profession_invites_nobody() -> None:
    bare = {key: value for key, value in PRACTITIONER.items() if key != "qualification"}
    take(ORGANIZATION, bare, ROLE)
    assert codes() == {("PractitionerRole", "r1", "profession_missing")}


def test_two_things_under_one_id_are_not_guessed_between() -> None:
    report = take(ORGANIZATION, ORGANIZATION, ORGANIZATION | {"name": "Autre"})
    assert report.reasons == {"duplicate_id": 1}
    assert Organization.objects.get().name == "MSP du Pré-Clos"


def test_links_by_full_url_and_by_identifier_are_followed() -> None:
    identifier = {"system": "https://finess.esante.gouv.fr", "value": "990000010"}
    by_number = {"identifier": {"system": "urn:oid:1.2.250.1.71.4.2.2", "value": "1990000010"}}
    role = ROLE | {"practitioner": {"reference": "urn:uuid:5b0c"}, "organization": by_number}
    entries = [Entry(ORGANIZATION | {"identifier": [identifier]}), Entry(PRACTITIONER, "urn:uuid:5b0c"), Entry(role)]
    assert sync(actor=SYSTEM, source="test", entries=entries).quarantined == 0


def test_the_quarantine_keeps_no_content_and_does_not_pile_up() -> None:
    bad = PRACTITIONER | {"Mme Fontaine": "est suivie"}
    for _ in range(2):
        take(bad)
    (row,) = Quarantine.objects.values()
    assert "Fontaine" not in str(row)
    assert row["run_id"] == SyncRun.objects.latest("started").id


def test_other_resources_are_counted_and_leave_nothing() -> None:
    report = take({"resourceType": "Patient", "id": "x", "name": [{"family": "AUBERTIN"}]})
    assert (report.skipped, report.quarantined) == ({"Patient": 1}, 0)
    assert not Quarantine.objects.exists()


def test_a_run_is_kept_and_audited() -> None:
    report = take(ORGANIZATION, None)
    run = SyncRun.objects.get(id=report.run)
    assert run.ended is not None
    assert run.counts["reasons"] == {"not_a_resource": 1}
    with connection.cursor() as cursor:
        cursor.execute("SELECT leaf FROM audit_event WHERE act = 'directory.sync'")
        (leaf,) = cursor.fetchone()
    event = json.loads(bytes(leaf) if isinstance(leaf, memoryview) else leaf)
    assert (event["out"], event["err"], event["obj"]) == (4, "quarantined", f"SyncRun/{run.id}")


# --- from files -----------------------------------------------------------------------------------------------------
def run(path: Path, **options: Any) -> tuple[int, str]:
    """The command's exit code and what it printed."""
    out = StringIO()
    try:
        call_command("sync_directory", str(path), stdout=out, **options)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    except CommandError as error:
        return error.returncode, str(error)
    return 0, out.getvalue()


def test_the_demo_directory_loads_whole() -> None:
    code, said = run(FILE, source=SOURCE)
    assert (code, "quarantine" in said) == (0, False)
    assert PractitionerRole.objects.filter(sector="health").exists()
    assert PractitionerRole.objects.filter(sector="medico_social").exists()
    assert PractitionerRole.objects.filter(sector="social").exists()


def test_a_folder_with_a_bad_file_loads_the_rest(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(ORGANIZATION))
    (tmp_path / "b.json").write_text('{"resourceType": "Organization", ')
    (tmp_path / "c.json").write_text('{"resourceType": "Bundle", "entry": {}}')
    (tmp_path / "d.json").write_text("[" * 100_000)
    (tmp_path / "e.json").write_bytes(b"\xff\xfe{}")
    code, said = run(tmp_path)
    assert code == 1
    assert "Organization: 1 created" in said
    assert {(file, refused) for _, file, refused in codes()} == {
        ("b.json", "not_json"),
        ("c.json", "not_a_bundle"),
        ("d.json", "not_json"),
        ("e.json", "not_json"),
    }


def test_a_bundle_beyond_the_bound_is_refused_whole(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.json"
    entry = {"resource": ORGANIZATION}
    bundle.write_text(
        json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [entry] * (MOST_ENTRIES + 1)})
    )
    code, said = run(bundle)
    assert (code, "too_many_entries" in said) == (2, True)
    assert not SyncRun.objects.exists()


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert run(tmp_path / "nowhere")[0] == 2


@pytest.mark.skipif(
    not EXAMPLES.is_dir(), reason=f"{EXAMPLES} is absent: the national examples are not in this repository"
)
def test_the_national_examples_load_and_their_faults_are_named() -> None:
    report = sync(actor=SYSTEM, source="examples", entries=entries_of(EXAMPLES))
    assert report.counts["Organization"]["created"] >= 9
    assert report.counts["Practitioner"]["created"] >= 6
    assert report.counts["PractitionerRole"]["created"] >= 4
    assert report.counts["HealthcareService"]["created"] >= 2
    assert ("Organization", "cds-organization-example", "invalid_value") in codes(), "empty strings in extensions"
    assert ("HealthcareService", "ror-healthcareservice-exemple", "unknown_reference") in codes()
    assert ("PractitionerRole", "ExamplePractitionerRoleAgregateur", "missing_field") in codes()
    doctor = PractitionerRole.objects.select_related("practitioner").filter(practitioner__fhir_id="334081").first()
    assert doctor is not None
    assert (doctor.profession_label, doctor.sector) == ("Médecin", "health")
    again = sync(actor=SYSTEM, source="examples", entries=entries_of(EXAMPLES))
    assert all(set(counts) <= {"unchanged", "quarantined"} for counts in again.counts.values())
