"""What the sequencer has signed, the database must extend: after a crash it does, after a restored backup nothing is
signed; a second sequencer, a full disk and another key lose nothing and sign nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from audit import durable, key_file, proofs, sealing, sequencer_lock
from audit.guard import Guard, GuardUnreadable
from audit.models import Leaf, Log, SignedCheckpoint
from audit.note import Checkpoint, split
from audit.sequencer import SequencerStopped
from tests.database import Cluster
from tests.integration.conftest import Sql
from tests.log import guard, seal, sequencing
from tests.trail import act

TABLES = ("audit_leaf", "audit_tile", "audit_signedcheckpoint")


class Crashed(Exception):
    """The machine stopped here."""


def crash(*_: object) -> None:
    raise Crashed


def signed() -> Checkpoint:
    """What the guard says was signed last."""
    last = guard().last(proofs.open_origins()["acts"])
    assert last
    return last[0]


def committed() -> Checkpoint:
    newest = SignedCheckpoint.objects.filter(log__kind="acts").order_by("-size").select_related("log")[0]
    return Checkpoint.read(split(newest.note)[0])


def test_after_a_crash_between_guard_and_commit_the_same_note_is_committed(
    committed_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    act("s1")
    seal()
    act("s2")
    with monkeypatch.context() as machine, sequencing() as sequencer:
        machine.setattr("audit.sequencer.sequencer_sql.write_checkpoint", crash)
        with pytest.raises(Crashed):
            sequencer.seal()
    owed, before = signed(), committed()
    assert (before.size, owed.size) == (5, 6)

    for name in ("s3", "s4"):
        act(name)
    with sequencing() as sequencer:
        sequencer.seal()
        assert committed() == owed
        sequencer.seal()

    assert (committed().size, signed()) == (8, committed())
    notes = SignedCheckpoint.objects.filter(log__kind="acts", size=owed.size)
    assert [split(note)[0] for note in notes.values_list("note", flat=True)] == [owed.text]


def test_after_a_crash_before_the_guard_nothing_is_owed(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    act("s1")
    seal()
    act("s2")
    with monkeypatch.context() as machine, sequencing() as sequencer:
        machine.setattr("audit.guard.durable.replace", crash)
        with pytest.raises(Crashed):
            sequencer.seal()
    assert signed() == committed()
    seal()
    assert committed().size == 6


def test_a_crash_while_a_log_opens_is_harmless(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    act()
    keep = Guard.keep

    def keep_and_crash(self: Guard, origin: str, note: str) -> None:
        keep(self, origin, note)
        crash()

    with monkeypatch.context() as machine, sequencing() as sequencer:
        machine.setattr(Guard, "keep", keep_and_crash)
        with pytest.raises(Crashed):
            sequencer.seal()
    assert not Log.objects.exists()
    assert not Leaf.objects.exists()
    seal()
    assert (committed(), committed().size) == (signed(), 5)


def test_a_log_that_the_database_has_forgotten_is_not_begun_again(as_role: Callable[[str], Sql]) -> None:
    act()
    seal()
    superuser = as_role("postgres")
    for table in ("audit_logkey", *TABLES, "audit_log"):
        superuser(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        superuser(f"DELETE FROM {table}")

    with pytest.raises(SequencerStopped, match="was signed before"):
        seal()


def test_a_restored_backup_is_an_outage_not_a_fork(cluster: Cluster, as_role: Callable[[str], Sql]) -> None:
    """The backup has fewer events than were signed; events written after it cannot stand in their place."""
    act("s1")
    seal()
    superuser = as_role("postgres")
    for table in ("audit_event", *TABLES):
        superuser(f"CREATE TABLE kept_{table} AS TABLE {table}")
    act("s2")
    seal()
    true = signed()
    superuser("SET session_replication_role = replica")
    for table in ("audit_event", *TABLES):
        superuser(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        superuser(f"DELETE FROM {table}")
        superuser(f"INSERT INTO {table} TABLE kept_{table}")

    with pytest.raises(SequencerStopped, match="Was a backup restored"):
        seal()
    act("s3")
    with pytest.raises(SequencerStopped, match="Was a backup restored"):
        seal()

    assert signed() == true
    assert committed().size < true.size


def test_a_lost_tree_over_the_same_events_is_made_again_to_the_signed_root(as_role: Callable[[str], Sql]) -> None:
    act("s1")
    seal()
    act("s2")
    seal()
    superuser = as_role("postgres")
    superuser("ALTER TABLE audit_leaf DISABLE TRIGGER ALL")
    superuser("ALTER TABLE audit_signedcheckpoint DISABLE TRIGGER ALL")
    superuser("ALTER TABLE audit_tile DISABLE TRIGGER ALL")
    superuser("DELETE FROM audit_leaf WHERE i >= 5")
    superuser("DELETE FROM audit_signedcheckpoint WHERE size > 5")
    superuser("UPDATE audit_tile SET hashes = substring(hashes FOR 160)")

    seal()

    assert (committed(), committed().size) == (signed(), 6)


@pytest.mark.parametrize("part", ["tile", "checkpoint", "guard"])
def test_another_tree_than_the_signed_one_is_not_extended(part: str, as_role: Callable[[str], Sql]) -> None:
    act("s1")
    seal()
    superuser = as_role("postgres")
    if part == "tile":
        superuser("ALTER TABLE audit_tile DISABLE TRIGGER ALL")
        superuser("UPDATE audit_tile SET hashes = overlay(hashes placing '\\x00' from 40)")
    elif part == "checkpoint":
        superuser("ALTER TABLE audit_signedcheckpoint DISABLE TRIGGER ALL")
        superuser("UPDATE audit_signedcheckpoint SET root = sha256(root) WHERE size = 5")
    else:
        other = Checkpoint(signed().origin, 3, bytes(32))
        guard().keep(other.origin, f"{other.text}\n— {other.origin} AAAAAAA=\n")
    act("s2")

    with pytest.raises(SequencerStopped):
        seal()
    assert Leaf.objects.count() == 5


def test_without_its_guard_nothing_is_signed_until_somebody_says_so(
    committed_db: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    act("s1")
    seal()
    for content in (None, "", "[]", "{"):
        guard().path.unlink(missing_ok=True)
        if content is not None:
            guard().path.write_text(content)
        act(f"s{content}")
        with pytest.raises((SequencerStopped, GuardUnreadable)):
            seal()
    guard().path.unlink()
    settings.LOG_GUARD_FILE = guard().path
    settings.SEQUENCER_DATABASE_URL = psycopg.conninfo.make_conninfo(
        str(settings.SEQUENCER_DATABASE_URL), dbname=committed_db
    )

    call_command("seal_audit", once=True, trust_database=True)

    assert signed() == committed()
    assert committed().size == 9


def test_no_space_for_the_guard_signs_nothing_and_loses_nothing(
    committed_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    act("s1")
    seal()
    before = signed()

    def full(path: Path, content: str) -> None:
        raise OSError(28, "No space left on device")

    act("s2")
    with monkeypatch.context() as disk, sequencing() as sequencer:
        disk.setattr(durable, "replace", full)
        with pytest.raises(OSError, match="No space left"):
            sequencer.seal()
        assert signed() == committed() == before
        disk.undo()
        sequencer.seal()
    assert committed().size == before.size + 1


def test_no_space_in_the_database_signs_once(as_role: Callable[[str], Sql]) -> None:
    """PostgreSQL's own error, at the last statement: the note is in the guard and is committed when there is space."""
    act("s1")
    seal()
    superuser = as_role("postgres")
    superuser(
        "CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
    )
    superuser("CREATE TRIGGER no_space BEFORE INSERT ON audit_signedcheckpoint EXECUTE FUNCTION no_space()")
    act("s2")
    with sequencing() as sequencer:
        with pytest.raises(psycopg.errors.DiskFull):
            sequencer.seal()
        owed = signed()
        superuser("DROP TRIGGER no_space ON audit_signedcheckpoint")
        sequencer.seal()
    assert committed() == owed


def test_a_second_sequencer_leaves_with_a_sentence(committed_db: str, settings: Settings) -> None:
    settings.SEQUENCER_DATABASE_URL = psycopg.conninfo.make_conninfo(
        str(settings.SEQUENCER_DATABASE_URL), dbname=committed_db
    )
    act()
    with closing(psycopg.connect(settings.SEQUENCER_DATABASE_URL, autocommit=True)) as first:
        assert sequencer_lock.take(first)
        with pytest.raises(CommandError, match=f"Another sequencer .* {first.info.backend_pid}"):
            call_command("seal_audit", once=True)
    assert not Leaf.objects.exists()


def test_another_key_signs_nothing(committed_db: str, settings: Settings, tmp_path: Path) -> None:
    act("s1")
    seal()
    key_file.create(tmp_path / "key")
    settings.LOG_KEY_FILE = tmp_path / "key"
    act("s2")

    with pytest.raises(SequencerStopped, match="another key"):
        seal()
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(key_file.KeyFileRefused, match="chmod 600"):
        seal()


def test_a_database_from_another_cluster_is_refused(as_role: Callable[[str], Sql]) -> None:
    """Loaded from a dump: events bear transaction numbers that this PostgreSQL has not reached."""
    act("s1")
    seal()
    superuser = as_role("postgres")
    superuser("ALTER TABLE audit_signedcheckpoint DISABLE TRIGGER ALL")
    superuser("UPDATE audit_signedcheckpoint SET xid = '900000000'::xid8")

    with pytest.raises(SequencerStopped, match="counter"):
        seal()


def test_settings_that_are_missing_are_named(settings: Settings) -> None:
    settings.SEQUENCER_DATABASE_URL = None
    with pytest.raises(sealing.NotConfigured, match="SEQUENCER_DATABASE_URL"), sealing.connected():
        pass
