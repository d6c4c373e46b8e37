"""What a superuser of PostgreSQL changes behind our back, with every trigger switched off, and who finds it.

Each tamper is the statement that somebody would type. The finders are those of docs/threat-model.md, "The log": the
auditor's look into the database, an export verified elsewhere against a checkpoint kept elsewhere, the sequencer's
guard (a restored backup: `test_seal_never_forks`), the reconciliation of rows with acts.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from django.conf import settings
from django.db import transaction
from uuid_utils.compat import uuid7

from audit import inspection, proofs, verify
from audit.events import mac
from audit.export import Export
from audit.models import Event
from audit.sequencer import SequencerStopped
from audit.services import append_key_leaf
from compliance.reconciliation import differences
from tests.chat_people import a_care_circle, a_person
from tests.database import Cluster
from tests.factories import GP, NURSE
from tests.integration.conftest import Sql
from tests.log import guard, seal
from tests.trail import act

TABLES: LiteralString = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^(audit|chat|circles)_'"
# The second of three acts, each sealed by itself.
SECOND: LiteralString = "(SELECT id FROM audit_event WHERE act = 'circle.read' ORDER BY xid, id OFFSET 1 LIMIT 1)"
NEWEST: LiteralString = "(SELECT max(size) FROM audit_signedcheckpoint WHERE log_id = 1)"
BEFORE: LiteralString = f"(SELECT max(size) FROM audit_signedcheckpoint WHERE log_id = 1 AND size < {NEWEST})"
CUT: tuple[LiteralString, ...] = (
    "UPDATE audit_writer SET n = n - 1",
    f"DELETE FROM audit_event WHERE id IN (SELECT event FROM audit_leaf WHERE log_id = 1 AND i >= {BEFORE})",
    f"DELETE FROM audit_leaf WHERE log_id = 1 AND i >= {BEFORE}",
    f"UPDATE audit_tile SET hashes = substring(hashes FOR {BEFORE} :: integer * 32) WHERE log_id = 1 AND level = 0",
    f"DELETE FROM audit_signedcheckpoint WHERE log_id = 1 AND size = {NEWEST}",
)


class Superuser:
    """Types statements with triggers off, also those that hold where ordinary ones do not."""

    def __init__(self, run: Sql) -> None:
        self._run = run

    def types(self, *statements: LiteralString) -> None:
        for (table,) in self._run(TABLES):
            self._run(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for statement in statements:
            self._run(statement)


@pytest.fixture
def superuser(as_role: Callable[[str], Sql]) -> Superuser:
    return Superuser(as_role("postgres"))


@pytest.fixture
def anchor(committed_db: str, tmp_path: Path) -> Path:
    """A key event and three acts, each sealed by itself; the checkpoint of the second act is kept elsewhere."""
    with transaction.atomic():
        append_key_leaf(user_id=uuid7(), seq=1, leaf=b"{}")
    kept = tmp_path / "anchor"
    for number in range(3):
        act(f"s{number}", reason=f"reason {number}")
        seal()
        if number == 1:
            kept.write_text(proofs.latest(proofs.open_origins()["acts"]))
    return kept


@pytest.fixture
def database(committed_db: str, cluster: Cluster) -> Callable[[Path], set[str]]:
    """What the auditor finds in the database, with the checkpoint kept elsewhere."""

    def look(anchor: Path) -> set[str]:
        keys = tuple(verify.Key.parse(key, verify.LOG_KEY) for key in proofs.vkeys().values())
        kept = verify.Trust(keys).open(anchor.read_bytes(), "anchor")
        with psycopg.connect(cluster.services.postgres.url("auditor", committed_db), autocommit=True) as connection:
            snapshot = inspection.Snapshot(connection, settings.AUDIT_MAC_KEY, [kept])
            return {finding.code for _, found in inspection.inspect(snapshot) for finding in found}

    return look


def export(anchor: Path, *more: str) -> set[str]:
    """What is found by whoever verifies a whole export, made now, against the checkpoint kept elsewhere."""
    made = Export.begin(anchor.with_name("export"), asked={})
    list(made.write())
    made.finish()
    said: list[str] = []
    keys = [word for key in proofs.vkeys().values() for word in ("--vkey", key)]
    verify.main([str(made.folder), *keys, "--anchor", str(anchor), "--json"], said.append)
    return {one["code"] for one in json.loads("".join(said))["statements"] if not one["ok"]}


def sequencer_stops() -> bool:
    """Whether the sequencer refuses to go on signing, once there is something more to sign."""
    act("afterwards")
    try:
        seal()
    except SequencerStopped:
        return True
    return False


def differing() -> set[tuple[str, str]]:
    """Rows without their act and acts without their row: (what, which is missing)."""
    return {(name, one.missing) for name, each in differences() for one in each}


# --- before anything ---


def test_nobody_finds_anything_where_nothing_was_changed(anchor: Path, database: Callable[[Path], set[str]]) -> None:
    assert database(anchor) == set()
    assert export(anchor) == set()
    assert not sequencer_stops()


# --- in the log ---


@pytest.mark.parametrize(
    ("tamper", "in_database", "in_export"),
    [
        pytest.param(
            (f"UPDATE audit_event SET leaf = replace(leaf, 'circle.read', 'circle.open') WHERE id = {SECOND}",),
            {"leaf_differs"}, {"root", "older", "anchor_prefix"}, id="an act is rewritten",
        ),
        pytest.param(
            (f"UPDATE audit_event SET who = NULL, act = 'auth.logout' WHERE id = {SECOND}",),
            {"columns_differs", "words_unreadable"}, set(), id="only what is searched is changed",
        ),
        pytest.param(
            (f"DELETE FROM audit_event WHERE id = {SECOND}",),
            {"event_missing", "count_differs", "words_unreadable"}, {"missing"}, id="an act is removed from the middle",
        ),
        pytest.param(
            (f"UPDATE audit_event SET leaf = '', mac = '' WHERE id = {SECOND}",),
            {"emptied"}, set(), id="an act is emptied as if it had been pruned",
        ),
        pytest.param(
            (f"DELETE FROM audit_leaf WHERE event = {SECOND}",),
            {"place_missing", "end_missing", "slipped_in", "tile_differs"},
            {"order"}, id="a place is removed",
        ),
        pytest.param(
            ("UPDATE audit_leaf SET i = -i - 1 WHERE log_id = 1 AND i IN (2, 3)",
             "UPDATE audit_leaf SET i = 2 WHERE i = -4", "UPDATE audit_leaf SET i = 3 WHERE i = -3"),
            {"root_differs", "anchor_differs", "tile_differs"}, {"root", "older", "anchor_prefix"},
            id="two acts change places",
        ),
        pytest.param(
            ("UPDATE audit_signedcheckpoint SET root = sha256('other') WHERE log_id = 1"
             f" AND size = {BEFORE}",),
            {"root_differs"}, set(), id="an old checkpoint is replaced by another root",
        ),
        pytest.param(
            ("UPDATE audit_signedcheckpoint SET note = replace(note, 'a', 'b') WHERE log_id = 1"
             f" AND size = {BEFORE}",),
            set(), {"unsigned"}, id="an old note is rewritten",
        ),
        pytest.param(
            (f"DELETE FROM audit_signedcheckpoint WHERE log_id = 1 AND size < {NEWEST}",),
            {"checkpoint_missing"}, set(), id="the checkpoints of the past are removed",
        ),
        pytest.param(
            ("UPDATE audit_pseudonym SET kind = 'Away' WHERE kind = 'Patient'",
             "UPDATE audit_pseudonym SET subject = gen_random_uuid() WHERE kind = 'Person'"),
            {"name_differs"}, set(), id="a pseudonym gets another subject",
        ),
        pytest.param(
            ("DELETE FROM audit_pseudonym WHERE kind = 'Person'",),
            {"name_missing"}, set(), id="a name is forgotten without an act",
        ),
        pytest.param(
            ("UPDATE audit_detail AS d SET sealed = o.sealed FROM audit_detail AS o WHERE o.id <> d.id",),
            {"words_unreadable"}, set(), id="reasons are swapped",
        ),
        pytest.param(("DELETE FROM audit_detail",), {"words_missing"}, set(), id="reasons are removed"),
        pytest.param(
            ("DELETE FROM audit_keyleaf",), {"event_missing"}, set(), id="an event of somebody's keys is removed",
        ),
        pytest.param(
            ("UPDATE audit_writer SET n = n + 7",), {"count_differs"}, set(), id="a writer's counter is moved",
        ),
    ],
)  # fmt: skip
def test_what_is_changed_in_the_log_is_found(
    tamper: tuple[LiteralString, ...],
    in_database: set[str],
    in_export: set[str],
    anchor: Path,
    superuser: Superuser,
    database: Callable[[Path], set[str]],
) -> None:
    superuser.types(*tamper)

    assert (database(anchor), export(anchor)) == (in_database, in_export)


def test_an_act_that_is_kept_from_the_log_by_a_false_mark_is_found(
    anchor: Path, superuser: Superuser, database: Callable[[Path], set[str]]
) -> None:
    act("kept out")
    superuser.types(
        "INSERT INTO audit_rejected (source, kind, reason) SELECT id, 'acts', 'mac' FROM audit_event AS e"
        " WHERE NOT EXISTS (SELECT FROM audit_leaf AS l WHERE l.event = e.id)"
    )
    act("after")
    seal()

    assert (database(anchor), export(anchor)) == ({"set_aside"}, {"gap"})


def test_an_act_of_somebody_elses_making_gets_no_place(
    anchor: Path, superuser: Superuser, database: Callable[[Path], set[str]]
) -> None:
    """Whoever writes into the table has no key for the MAC; a copy of somebody's act is no act either."""
    superuser.types(
        f"""
        INSERT INTO audit_event (id, leaf, mac, w, wn, t, act, "out")
        SELECT gen_random_uuid(), replace(leaf, 'circle.read', 'circle.open'), mac, w, 99, t, act, "out"
        FROM audit_event WHERE id = {SECOND}""",
    )
    assert "mac_differs" in database(anchor)

    seal()

    assert {"set_aside", "count_differs"} <= database(anchor)
    assert export(anchor) == set()


def test_an_act_slipped_in_among_the_old_ones_gets_no_place(
    anchor: Path, superuser: Superuser, database: Callable[[Path], set[str]]
) -> None:
    superuser.types(
        f"""
        INSERT INTO audit_event (id, leaf, mac, xid, w, wn, t, act, "out")
        SELECT gen_random_uuid(), leaf, mac, xid, w, 99, t, act, "out" FROM audit_event WHERE id = {SECOND}""",
    )
    seal()

    assert {"columns_differs", "count_differs"} <= database(anchor)
    assert export(anchor) == set()


def test_the_end_is_cut_with_everything_that_knows_of_it(
    anchor: Path, superuser: Superuser, database: Callable[[Path], set[str]]
) -> None:
    """Events, places, tiles, checkpoint and the writer's count agree again: only what is kept outside knows better."""
    anchor.write_text(proofs.latest(proofs.open_origins()["acts"]))
    superuser.types(*CUT)

    assert {"end_missing"} <= database(anchor)
    assert export(anchor) == {"anchor_longer"}
    with pytest.raises(SequencerStopped, match="signed with"):
        seal()


@pytest.mark.parametrize(
    "tamper",
    [
        pytest.param("UPDATE audit_tile SET hashes = overlay(hashes PLACING sha256('x') FROM 33) WHERE log_id = 1",
                     id="a tile is rewritten"),
        pytest.param("DELETE FROM audit_tile WHERE log_id = 1", id="the tiles are removed"),
        pytest.param(f"UPDATE audit_signedcheckpoint SET root = sha256('x') WHERE log_id = 1 AND size = {NEWEST}",
                     id="the newest checkpoint is replaced"),
    ],
)  # fmt: skip
def test_the_sequencer_does_not_sign_on_what_it_has_not_signed(
    tamper: LiteralString, anchor: Path, superuser: Superuser
) -> None:
    superuser.types(tamper)

    assert sequencer_stops()


def test_whoever_has_the_log_key_too_is_found_by_what_others_keep(
    anchor: Path, superuser: Superuser, database: Callable[[Path], set[str]]
) -> None:
    """Root on every machine: an act is rewritten and the whole log signed anew, guard and all. The database agrees with
    itself; a checkpoint from before does not.
    """
    [before, after] = ("circle.read", "circle.open")
    rewritten = (
        f"UPDATE audit_event SET leaf = replace(leaf, '{before}', '{after}'), act = '{after}' WHERE id = {SECOND}"
    )
    superuser.types(rewritten, *FORGET)
    resign(superuser)

    assert export(anchor) == {"anchor_prefix"}
    assert database(anchor) >= {"anchor_differs"}


FORGET: tuple[LiteralString, ...] = tuple(
    f"DELETE FROM audit_{table}" for table in ("leaf", "tile", "cosignature", "signedcheckpoint", "logkey", "log")
)


def resign(superuser: Superuser) -> None:
    """A log made anew by whoever holds all keys: MACs, guard, signatures."""
    for event in Event.objects.all():
        new = mac(event.leaf.encode(), settings.AUDIT_MAC_KEY).hex()
        superuser.types(f"UPDATE audit_event SET mac = decode('{new}', 'hex') WHERE id = '{event.id}'")
    guard().path.unlink()
    seal()


# --- in the tables that acts are about ---


IN_THE_TABLES: list[tuple[LiteralString, set[tuple[str, str]]]] = [
    (
        "UPDATE chat_item SET body = body || 'x' WHERE seq = 1",
        {("the log of each circle", "act"), ("the log of each circle", "row")},
    ),
    ("DELETE FROM chat_item WHERE seq = 2", {("the log of each circle", "row")}),
    ("UPDATE chat_opening SET group_info = 'x'", {("the log of each circle", "act")}),
    (
        "INSERT INTO circles_member (id, user_id, practitioner_role_id, role, ground, circle_id, joined, end_code)"
        " SELECT gen_random_uuid(), user_id, practitioner_role_id, 'member', 'formal_team', circle_id, now(), ''"
        " FROM circles_invitation WHERE state = 'pending'",
        {("members", "act")},
    ),
    ("UPDATE circles_member SET ended = now(), end_code = 'left'", {("ended members", "act")}),
    ("DELETE FROM circles_invitation", {("invitations", "row")}),
    ("UPDATE chat_device SET id = gen_random_uuid()", {("devices", "act"), ("devices", "row")}),
    (
        "INSERT INTO accounts_user (id, password, is_active, created) VALUES (gen_random_uuid(), '', true, now())",
        {("accounts", "act")},
    ),
    ("UPDATE chat_keyevent SET raw = 'x' WHERE seq = 1", {("key events", "act"), ("key events", "row")}),
    ("DELETE FROM circles_circle", {("circles", "row")}),
]


@pytest.mark.usefixtures("committed_db")
def test_what_is_changed_in_the_tables_has_no_act(superuser: Superuser) -> None:
    """One after the other, in one database: each is found beside those before."""
    a_care_circle(a_person(GP), a_person(NURSE)).invite(a_person(NURSE))
    assert differing() == set()
    found: set[tuple[str, str]] = set()

    for tamper, differs in IN_THE_TABLES:
        superuser.types(tamper)
        found |= differs
        assert differing() == found, tamper
