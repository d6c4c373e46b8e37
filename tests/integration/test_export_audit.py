"""An export is written by us and verified without us: whole, filtered, interrupted, after pruning."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from pytest_django import Settings
from uuid_utils.compat import uuid7

from audit import export, proofs, verify
from audit.export import Export, ExportRefused
from audit.management.commands.verify_audit import Command
from audit.models import Event, Leaf, Pseudonym
from audit.services import append_key_leaf, record_refusal
from compliance.exports import people
from tests.database import Cluster
from tests.integration.conftest import Sql
from tests.log import seal
from tests.trail import CIRCLE, NURSE, act

pytestmark = pytest.mark.usefixtures("committed_db")


def exported(folder: Path, *options: str) -> Path:
    call_command("export_audit", str(folder), "--reason", "une expertise", *options, verbosity=0)
    return folder


def verified(folder: Path, *more: str) -> tuple[int, dict[str, Any]]:
    """Exit status and what was said, by code; with the key that the log has."""
    said: list[str] = []
    keys = [word for vkey in proofs.vkeys().values() for word in ("--vkey", vkey)]
    status = verify.main([str(folder), *keys, *more, "--json"], said.append)
    return status, {one["code"]: one for one in json.loads("".join(said))["statements"]}


def some_acts(count: int = 5) -> list[UUID]:
    """Acts, each sealed by itself, so that there are as many checkpoints."""
    made = []
    for number in range(count):
        made.append(act(f"act {uuid7()}", reason="chute" if number == 2 else None))
        seal()
    return made


def test_a_whole_export_is_verified_without_us(tmp_path: Path) -> None:
    some_acts()
    folder = exported(tmp_path / "export")

    status, said = verified(folder)

    size = Leaf.objects.filter(log__kind="acts").count()
    assert status == verify.VERIFIED
    assert said["whole"]["size"] == size
    assert said["prefixes"]["count"] == 5 - 1
    lines = (folder / "entries.ndjson").read_text().splitlines()
    assert [json.loads(line)["leaf"] for line in lines] == [
        Event.objects.get(id=leaf.event or uuid7()).leaf for leaf in Leaf.objects.filter(log__kind="acts").order_by("i")
    ]


def test_a_filtered_export_proves_each_of_its_entries(tmp_path: Path) -> None:
    made = some_acts()
    record_refusal("circle.read", actor=NURSE, status=404, code="not_found", circle_id=CIRCLE)
    seal()
    circle = Pseudonym.objects.get(kind="Circle", subject=CIRCLE).pseudonym
    anchor = tmp_path / "anchor"
    anchor.write_text(proofs.checkpoints(proofs.open_origins()["acts"])[2][1])
    folder = exported(tmp_path / "export", "--circle", str(circle), "--out", "0", "--anchor", str(anchor))

    status, said = verified(folder, "--anchor", str(anchor))

    assert status == verify.VERIFIED
    assert (said["filtered"]["count"], said["proofs"]["count"], said["anchor"]["ok"]) == (5, 5, True)
    lines = [json.loads(line) for line in (folder / "entries.ndjson").read_text().splitlines()]
    assert {json.loads(line["leaf"])["id"] for line in lines} == {str(event) for event in made}
    asked = json.loads((folder / "manifest.json").read_text())["asked"]
    assert asked == {"out": [0], "circle": str(circle), "formats": ["csv", "jsonl", "fhir", "pdf"]}


def test_people_read_the_same_beside_it(tmp_path: Path) -> None:
    made = some_acts()
    folder = exported(tmp_path / "export", "--act", "circle.read", "--out", "0")

    rows = list(csv.reader(io.StringIO((folder / "events.csv").read_text("utf-8-sig"))))
    events = [json.loads(line)["event"]["id"] for line in (folder / "events.jsonl").read_text().splitlines()]
    fhir = (folder / "AuditEvent.ndjson").read_text().splitlines()
    assert events == [str(event) for event in made]
    assert (len(rows), len(fhir)) == (1 + len(made), len(made))
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF-")
    files = json.loads((folder / "manifest.json").read_text())["files"]
    assert {"events.csv", "events.jsonl", "AuditEvent.ndjson", "report.pdf"} <= files.keys()
    assert {path.name for path in folder.iterdir() if path.name.startswith(".")} == set()
    assert verified(folder)[0] == verify.VERIFIED

    with (folder / "events.csv").open("a") as file:
        file.write("one more\r\n")
    assert "file_differs" in verified(folder)[1]


def test_an_export_has_the_formats_that_were_asked_for(tmp_path: Path) -> None:
    some_acts(1)
    assert {path.name for path in exported(tmp_path / "one", "--formats", "pdf").glob("*.*")} == {
        "entries.ndjson",
        "manifest.json",
        "report.pdf",
    }
    assert not list(exported(tmp_path / "none", "--formats", "none").glob("*.pdf"))
    with pytest.raises(CommandError, match="separated by commas"):
        exported(tmp_path / "other", "--formats", "pdf,xls")


def test_an_export_of_nothing_says_so_in_every_format(tmp_path: Path) -> None:
    some_acts(1)
    folder = exported(tmp_path / "export", "--act", "patient.erase")
    [header] = csv.reader(io.StringIO((folder / "events.csv").read_text("utf-8-sig")))
    assert "Acte" in header
    assert (folder / "events.jsonl").read_bytes() == (folder / "AuditEvent.ndjson").read_bytes() == b""
    assert (folder / "report.pdf").exists()


def test_a_log_of_keys_has_its_machine_part_alone(tmp_path: Path) -> None:
    some_acts(1)
    with transaction.atomic():
        append_key_leaf(user_id=uuid7(), seq=1, leaf=b"{}")
    seal()
    keys = proofs.open_origins()["keys"]
    folder = exported(tmp_path / "keys", "--log", keys)
    assert not (folder / "events.csv").exists()
    assert json.loads((folder / "manifest.json").read_text())["origin"] == keys
    with pytest.raises(CommandError, match="log of keys"):
        exported(tmp_path / "again", "--log", keys, "--formats", "csv")


def test_the_command_takes_up_its_formats_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = some_acts()
    folder = tmp_path / "export"
    monkeypatch.setattr(people, "STEP", 2)
    keep = people.Files._keep

    def killed(files: people.Files, state: dict[str, Any]) -> None:
        if state["entries"] == 4:
            raise KeyboardInterrupt  # the lines are written, that they are is not
        keep(files, state)

    monkeypatch.setattr(people.Files, "_keep", killed)
    with pytest.raises(KeyboardInterrupt):
        exported(folder, "--act", "circle.read", "--formats", "jsonl")
    monkeypatch.setattr(people.Files, "_keep", keep)
    exported(folder, "--act", "circle.read", "--formats", "jsonl")

    events = [json.loads(line)["event"]["id"] for line in (folder / "events.jsonl").read_text().splitlines()]
    assert events == [str(event) for event in made]
    assert verified(folder)[0] == verify.VERIFIED


def test_an_export_without_a_reason_is_none() -> None:
    some_acts(1)
    with pytest.raises(CommandError):
        call_command("export_audit", "/nowhere/at/all")
    assert not Event.objects.filter(act="export.create").exists()


def test_the_act_says_what_was_exported(tmp_path: Path) -> None:
    some_acts(2)
    size = Leaf.objects.filter(log__kind="acts").count()
    exported(tmp_path / "export")

    said = json.loads(Event.objects.get(act="export.create").leaf)
    assert (said["cnt"], said["out"], said["auth"]) == (size, 0, "system")
    assert {"rsn", "det"} <= said.keys()


def test_an_interrupted_export_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some_acts()
    folder = tmp_path / "export"
    monkeypatch.setattr(export, "BATCH", 3)
    first = Export.begin(folder, asked={"a": 1})
    next(first.write())
    with (first.draft / "entries.ndjson").open("a") as entries:
        entries.write('{"i":3,"le')  # the line in which it was killed
    some_acts(1)
    assert not folder.exists()

    again = Export.begin(folder, asked={"a": 1})
    steps = list(again.write())
    again.finish()

    assert again.checkpoint == first.checkpoint
    assert steps[0] == (6, first.checkpoint.size)
    assert verified(folder)[0] == verify.VERIFIED
    assert not first.draft.exists()


def test_another_request_does_not_take_up_what_was_begun(tmp_path: Path) -> None:
    some_acts(2)
    folder = tmp_path / "export"
    first = Export.begin(folder, asked={"a": 1})
    list(first.write())

    second = Export.begin(folder, asked={"a": 2}, events=Event.objects.filter(act="circle.read"))
    list(second.write())
    second.finish()

    status, said = verified(folder)
    assert (status, said["filtered"]["count"]) == (verify.VERIFIED, 2)


def test_what_cannot_be_exported_is_said(tmp_path: Path) -> None:
    with pytest.raises(ExportRefused, match="sequencer"):
        Export.begin(tmp_path / "export", asked={})
    some_acts(1)
    with pytest.raises(ExportRefused, match="exists"):
        Export.begin(tmp_path, asked={})
    with pytest.raises(ExportRefused, match="anchor"):
        Export.begin(tmp_path / "export", asked={}, anchors=[10_000])


def test_pruned_entries_keep_the_proofs(tmp_path: Path, as_role: Callable[[str], Sql]) -> None:
    made = some_acts()
    superuser = as_role("postgres")
    superuser("ALTER TABLE audit_event DISABLE TRIGGER ALL")
    superuser("UPDATE audit_event SET leaf = '', mac = '' WHERE id = %s", made[1])

    status, said = verified(exported(tmp_path / "export"))

    assert (status, said["whole"]["pruned"], said["writers"]["pruned"]) == (verify.VERIFIED, 1, 1)


def test_the_command_verifies_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    some_acts(1)
    folder = exported(tmp_path / "export")
    [vkey] = [key for origin, key in proofs.vkeys().items() if "/audit/" in origin]

    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "verify_audit", str(folder), "--vkey", vkey])

    assert ended.value.code == verify.VERIFIED


def test_the_database_is_verified_by_the_same_command(
    committed_db: str,
    cluster: Cluster,
    settings: Settings,
    tmp_path: Path,
    as_role: Callable[[str], Sql],
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = some_acts(2)
    anchor = tmp_path / "anchor"
    anchor.write_text(proofs.latest(proofs.open_origins()["acts"]))
    keys = [word for vkey in proofs.vkeys().values() for word in ("--vkey", vkey)]
    settings.AUDITOR_DATABASE_URL = cluster.services.postgres.url("auditor", committed_db)

    assert looked("--anchor", str(anchor), *keys) == verify.VERIFIED
    assert looked("--anchor", str(tmp_path / "nothing"), *keys) == verify.UNREADABLE
    superuser = as_role("postgres")
    superuser("ALTER TABLE audit_event DISABLE TRIGGER ALL")
    superuser("UPDATE audit_event SET act = 'auth.login' WHERE id = %s", made[0])
    capsys.readouterr()
    assert looked("--json") == verify.REFUSED
    [finding] = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["code"], finding["about"]) == ("columns_differs", str(made[0]))
    settings.AUDITOR_DATABASE_URL = None
    assert looked() == verify.UNREADABLE


def looked(*options: str) -> object:
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "verify_audit", "--db", *options])
    return ended.value.code
