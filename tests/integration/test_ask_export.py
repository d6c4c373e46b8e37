"""An officer asks for an export: made beside, taken up after a kill, verified offline, read by people, for a week."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from fhir.resources.R4B.auditevent import AuditEvent
from pytest_django import Settings

from audit import export, proofs, verify
from audit.models import Event
from audit.services import record
from compliance.exports import jobs, people, store, table
from compliance.models import Export
from tests import factories
from tests.factories import Colleague
from tests.log import seal
from tests.trail_scene import Desk, a_desk

pytestmark = pytest.mark.usefixtures("committed_db")
REASON = "Demande de la direction"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: Settings) -> None:
    settings.EXPORTS_DIR = tmp_path / "exports"


@pytest.fixture
def desk() -> Desk:
    desk = a_desk()
    for _ in range(3):
        circle = factories.a_circle(desk.member)
        with transaction.atomic():
            record("circle.read", actor=desk.member.actor, circle_id=circle.id, obj=("Circle", circle.id))
    factories.a_circle(factories.a_colleague())  # of others: never in it
    seal()
    return desk


def ask(desk: Desk, browser: Client | None = None, **body: Any) -> tuple[int, Any]:
    said = {"filters": {}, "formats": ["csv", "jsonl", "fhir", "pdf"], "reason": REASON} | body
    address = f"/api/organisations/{desk.organization}/exports"
    response = (browser or desk.browser).post(address, said, content_type="application/json")
    return response.status_code, response.json()


def shown(desk: Desk) -> Any:
    return desk.browser.get(f"/api/organisations/{desk.organization}/exports").json()["exports"]


def made(desk: Desk, **body: Any) -> str:
    status, answer = ask(desk, **body)
    assert status == 200, answer
    assert jobs.make_exports() == 1
    return str(answer["id"])


def fetched(desk: Desk, identifier: str) -> zipfile.ZipFile:
    response = desk.browser.get(f"/api/organisations/{desk.organization}/exports/{identifier}/file")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(_bytes(response)))


def _bytes(response: Any) -> bytes:
    return b"".join(response.getvalue() if not response.is_async else _drained(response))


def _drained(response: Any) -> Iterator[bytes]:
    import asyncio

    async def read() -> list[bytes]:
        return [part async for part in response.streaming_content]

    yield from asyncio.run(read())


def unpacked(pack: zipfile.ZipFile, to: Path) -> Path:
    pack.extractall(to)
    return to / "journal"


def test_it_is_verified_offline_and_says_the_same_in_every_format(desk: Desk, tmp_path: Path) -> None:
    folder = unpacked(fetched(desk, made(desk)), tmp_path / "out")

    keys = [word for vkey in proofs.vkeys().values() for word in ("--vkey", vkey)]
    assert verify.main([str(folder), *keys], lambda _: None) == verify.VERIFIED
    proved = [json.loads(json.loads(line)["leaf"]) for line in (folder / "entries.ndjson").read_text().splitlines()]
    rows = list(csv.DictReader(io.StringIO((folder / "events.csv").read_text("utf-8-sig"), newline="")))
    objects = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    resources = [json.loads(line) for line in (folder / "AuditEvent.ndjson").read_text().splitlines()]
    assert len(proved) > 3
    assert [row["Identifiant de l’acte"] for row in rows] == [each["id"] for each in proved]
    assert [each["event"] for each in objects] == proved
    assert [each["id"] for each in resources] == [each["id"] for each in proved]
    for resource in resources:
        AuditEvent.model_validate(resource)
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF-")
    asked = json.loads((folder / "manifest.json").read_text())["asked"]
    assert (asked["reason"], asked["chosen"]) == (REASON, "Tous les actes")
    assert not [path for path in folder.rglob("*") if path.name.startswith(".")]


def test_it_holds_what_was_chosen_and_nothing_of_others(desk: Desk, tmp_path: Path) -> None:
    folder = unpacked(fetched(desk, made(desk, filters={"act": ["circle.read"]}, formats=["csv"])), tmp_path / "out")
    rows = list(csv.DictReader(io.StringIO((folder / "events.csv").read_text("utf-8-sig"), newline="")))
    assert [row["Code de l’acte"] for row in rows] == ["circle.read"] * 3
    assert {path.name for path in folder.iterdir()} == {
        *("checkpoint", "entries.ndjson", "events.csv", "manifest.json", "proofs")
    }
    assert shown(desk)[0]["events"] == 3


def test_asking_and_fetching_are_in_the_trail_with_the_reason_sealed(desk: Desk) -> None:
    identifier = made(desk)
    fetched(desk, identifier)
    for act in ("export.create", "export.read"):
        event = Event.objects.get(act=act, obj=f"Export/{identifier}")
        assert (event.org, event.out) == (desk.organization, 0)
    assert jobs.reason_of(Event.objects.get(act="export.create")) == REASON


def test_a_killed_one_goes_on_where_it_was(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "BATCH", 2)
    monkeypatch.setattr(people, "STEP", 2)
    monkeypatch.setattr(jobs, "GO_SECONDS", -1.0)  # a go is one step
    status, answer = ask(desk)
    assert status == 200
    percents = []
    for _ in range(200):
        ready = jobs.make_exports()
        percents.append(shown(desk)[0]["percent"])
        if ready:
            break
        # Killed in the middle of the next step: half a line, half a file.
        for draft in store.folder(shown(desk)[0]["id"]).parent.glob(".*.partial/*.ndjson"):
            with draft.open("ab") as file:
                file.write(b'{"i":')
    assert percents == sorted(percents)
    assert len(set(percents)) > 3
    folder = unpacked(fetched(desk, answer["id"]), tmp_path / "out")
    keys = [word for vkey in proofs.vkeys().values() for word in ("--vkey", vkey)]
    assert verify.main([str(folder), *keys], lambda _: None) == verify.VERIFIED
    for name in ("events.csv", "AuditEvent.ndjson"):
        text = (folder / name).read_text("utf-8-sig")
        assert text.count("\n") == len((folder / "entries.ndjson").read_text().splitlines()) + (name == "events.csv")


def test_another_process_takes_up_what_a_dead_one_has_claimed(desk: Desk) -> None:
    ask(desk)
    Export.objects.update(claimed=timezone.now() + timedelta(minutes=1))
    assert jobs.make_exports() == 0
    Export.objects.update(claimed=timezone.now() - timedelta(seconds=1))
    assert jobs.make_exports() == 1


def test_after_a_week_it_is_gone(desk: Desk) -> None:
    identifier = made(desk)
    Export.objects.update(expires=timezone.now())
    assert jobs.make_exports() == 1
    assert shown(desk)[0]["state"] == "expired"
    assert list(store.folder(Export.objects.get().id).parent.iterdir()) == []
    response = desk.browser.get(f"/api/organisations/{desk.organization}/exports/{identifier}/file")
    assert (response.status_code, response.json()["code"]) == (409, "export_not_ready")


def test_one_that_fails_is_said_and_stops_no_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(desk)
    with monkeypatch.context() as broken:
        broken.setattr(jobs, "scope_of", lambda _: 1 / 0)
        assert jobs.make_exports() == 0
    assert shown(desk)[0]["state"] == "failed"
    made(desk)


def test_who_may_ask(desk: Desk) -> None:
    other = a_desk()
    stranger: Colleague = factories.a_colleague()
    for browser in (factories.signed_in(stranger.user), other.browser, factories.signed_in(desk.member.user)):
        assert ask(desk, browser)[0] == 404
    identifier = made(desk)
    address = f"/api/organisations/{desk.organization}/exports/{identifier}/file"
    assert other.browser.get(address).status_code == 404
    assert other.browser.get(address.replace(str(desk.organization), str(other.organization))).status_code == 404


@pytest.mark.parametrize(
    "body", [{"reason": ""}, {"formats": ["xlsx"]}, {"filters": {"act": ["no.such"]}}, {"filters": {"name": "x"}}]
)
def test_bad_input_is_refused(desk: Desk, body: dict[str, Any]) -> None:
    status, answer = ask(desk, **body)
    assert (status, answer["code"]) == (422, "bad_input")
    assert not Export.objects.exists()


def test_no_more_than_five_wait(desk: Desk) -> None:
    assert [ask(desk)[0] for _ in range(6)] == [200] * 5 + [429]


def test_no_more_are_kept_than_there_is_room_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compliance.services.exports.KEPT_MOST", 1)
    made(desk)
    assert ask(desk)[0] == 429


def test_the_table_begins_with_its_mark_once(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "STEP", 2)
    text = (unpacked(fetched(desk, made(desk)), tmp_path / "out") / "events.csv").read_text()
    assert (text.count(table.BOM), text.count("Entrée")) == (1, 1)
