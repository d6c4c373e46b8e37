"""A log ends with its year and the next one begins with its last word; a key ends by naming the next one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings
from structlog.testing import capture_logs

from audit import key_file, proofs
from audit.details import open_detail
from audit.models import Detail, Event, Log
from audit.note import Checkpoint, VerifyingKey, b64, open_note
from audit.sequencer import SequencerStopped
from tests.log import guard, seal, sequencing
from tests.trail import act


def in_year(year: int) -> datetime:
    return datetime(year, 1, 1, 0, 0, 1, tzinfo=UTC)


def test_the_new_year_begins_with_the_last_word_of_the_old(committed_db: str) -> None:
    before = act("s1")
    seal()
    [old] = [origin for origin in proofs.vkeys() if "/audit/" in origin]
    year = int(old.rpartition("/")[2])
    late = act("s2")

    for _ in range(2):
        with sequencing(now=lambda: in_year(year + 1)) as sequencer:
            while sequencer.seal():
                pass
    after = act("s3")
    with sequencing(now=lambda: in_year(year + 1)) as sequencer:
        sequencer.seal()

    new = f"localhost/audit/{year + 1}"
    assert proofs.open_origins() == {"acts": new, "keys": "localhost/keys"}
    assert Log.objects.get(origin=old).closed
    places = proofs.indices([before, late, after])
    assert [places[event][0] for event in (before, late, after)] == [old, new, new]
    last_note = proofs.latest(old)
    anchor = Event.objects.get(act="audit.anchor")
    said = json.loads(anchor.leaf)
    size = Checkpoint.read(open_note(last_note, [VerifyingKey.from_vkey(proofs.vkeys()[old])]).text).size
    assert (proofs.indices([anchor.id])[anchor.id][0], said["cnt"]) == (new, size)
    assert said["sha"] == b64(sha256(last_note.encode()).digest())
    content, _ = open_detail(Detail.objects.get(event=anchor))
    assert json.loads(content) == {"origin": old, "size": size, "note": last_note}


def test_a_clock_that_goes_back_opens_no_log(committed_db: str) -> None:
    act()
    seal()
    with sequencing(now=lambda: in_year(2001)) as sequencer:
        event = act("s2")
        with capture_logs() as lines:
            sequencer.seal()

    assert Log.objects.filter(kind="acts").count() == 1
    assert proofs.proof_of_event(event) is not None
    assert [line["event"] for line in lines] == ["log.clock"]


def test_the_old_key_names_the_new_one_and_then_signs_no_more(
    committed_db: str, settings: Settings, tmp_path: Path
) -> None:
    act("s1")
    seal()
    origin = proofs.open_origins()["acts"]
    settings.SEQUENCER_DATABASE_URL = psycopg.conninfo.make_conninfo(
        str(settings.SEQUENCER_DATABASE_URL), dbname=committed_db
    )
    settings.LOG_GUARD_FILE = guard().path
    key_file.create(tmp_path / "key")

    call_command("rotate_log_key", tmp_path / "key")

    event = act("s2")
    with pytest.raises(SequencerStopped, match="another key"):
        seal()
    settings.LOG_KEY_FILE = tmp_path / "key"
    seal()
    old, new = proofs.keys_of(origin)
    assert (old.since, old.until, new.since, new.until) == (0, 5, 5, None)
    assert new.note
    handed = Checkpoint.read(open_note(new.note, [VerifyingKey.from_vkey(old.vkey)]).text)
    assert (handed.size, handed.extensions) == (5, (f"next-key {new.vkey}",))
    proof = proofs.proof_of_event(event)
    assert proof
    open_note(proof.note, [VerifyingKey.from_vkey(new.vkey)])
    assert proofs.vkeys()[origin] == new.vkey


def test_no_key_is_replaced_before_there_is_a_log(committed_db: str, settings: Settings, tmp_path: Path) -> None:
    settings.SEQUENCER_DATABASE_URL = psycopg.conninfo.make_conninfo(
        str(settings.SEQUENCER_DATABASE_URL), dbname=committed_db
    )
    key_file.create(tmp_path / "key")
    with pytest.raises(CommandError, match="No log"):
        call_command("rotate_log_key", tmp_path / "key")
    with pytest.raises(CommandError, match="No log"):
        call_command("audit_vkey")


def test_the_public_keys_are_printed(committed_db: str, capsys: pytest.CaptureFixture[str]) -> None:
    act()
    seal()
    call_command("audit_vkey")

    printed = capsys.readouterr().out.split()
    assert [VerifyingKey.from_vkey(line).name for line in printed] == list(proofs.vkeys())
