"""What the database holds of the log, against itself and against what was signed: `manage.py verify_audit --db`.

For whoever answers for the trail and may read all of it (role cordee_auditor). The export shows a third party that
nothing changed since it was signed; this looks at what an export does not carry: the searchable columns, the MACs, the
names behind pseudonyms, the sealed words, what waits for its place. Reads one snapshot, changes nothing; about twenty
seconds for a million events, in little memory.

Each check is a function `(Snapshot) -> findings`, named in CHECKS. What a finding means: docs/threat-model.md, "The
log".
"""

from __future__ import annotations

import itertools
import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from nacl.exceptions import CryptoError
from psycopg import Connection

from audit.checks import COLUMNS, key_leaf_objection, objection
from audit.data_keys import combined_key, subjects_of
from audit.details import open_words
from audit.merkle import leaf_hash
from audit.models import DataKey
from audit.subjects import Subject, binding_commitment
from audit.tiles import WIDTH
from audit.verify import Checkpoint, Tree

_numbers = itertools.count()  # of cursors: one may be open inside another


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written. `code` is stable; `about` an id, `place` an index of a log."""

    code: str
    sentence: str
    about: str | None = None
    place: int | None = None

    @property
    def said(self) -> dict[str, str | int]:
        """For programs: what has a value."""
        return {key: value for key, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The database at one moment, and what no database holds: the key of the MACs, and notes kept elsewhere."""

    connection: Connection[Any]
    mac_key: bytes
    anchors: Sequence[Checkpoint] = ()

    def rows(self, query: str, *parameters: object) -> Iterator[tuple[Any, ...]]:
        """Rows one after the other, however many there are."""
        with self.connection.cursor(name=f"inspection_{next(_numbers)}", binary=True) as cursor:
            cursor.itersize = 5_000
            cursor.execute(query, parameters)
            yield from cursor


def inspect(snapshot: Snapshot) -> Iterator[tuple[str, list[Finding]]]:
    """Each check by its name with what it found. Call it on a connection outside a transaction."""
    with snapshot.connection.transaction():
        snapshot.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for name, check in CHECKS.items():
            yield name, list(check(snapshot))


# --- the tree ---------------------------------------------------------------------------------------------------------

_COLUMNS: Final = ", ".join(f'e."{name}"' for name in COLUMNS)
_LOGS: Final = "SELECT id, kind, origin FROM audit_log ORDER BY id"
_SEALED: Final = {
    "acts": f"""
        SELECT l.i, l.hash, l.event, e.leaf, e.mac, {_COLUMNS}
        FROM audit_leaf AS l LEFT JOIN audit_event AS e ON e.id = l.event WHERE l.log_id = %s ORDER BY l.i""",  # noqa: S608 — names of columns
    "keys": """
        SELECT l.i, l.hash, l.key_leaf, k.leaf, k.mac
        FROM audit_leaf AS l LEFT JOIN audit_keyleaf AS k ON k.id = l.key_leaf WHERE l.log_id = %s ORDER BY l.i""",
}
_SIGNED: Final = "SELECT size, root FROM audit_signedcheckpoint WHERE log_id = %s ORDER BY size"
_TILES: Final = "SELECT level, n, hashes FROM audit_tile WHERE log_id = %s ORDER BY level, n"


def _logs(snapshot: Snapshot) -> Iterator[Finding]:
    """Every leaf against its event, the tree against every root that was signed, the tiles against the tree."""
    for log, kind, origin in list(snapshot.rows(_LOGS)):
        signed = dict(snapshot.rows(_SIGNED, log))
        kept = {anchor.size: anchor.root for anchor in snapshot.anchors if anchor.origin == origin}
        tree, levels = Tree(), _Levels()
        for place, hashed, source, text, mac, *columns in snapshot.rows(_SEALED[kind], log):
            if place != tree.size:
                yield Finding("place_missing", f"{origin} has no leaf at {tree.size}.", place=tree.size)
                break
            yield from _leaf(snapshot, kind, place, hashed, source, text, mac, tuple(columns))
            tree.add(hashed)
            levels.add(hashed)
            if (root := signed.get(tree.size)) is not None and root != tree.root():
                yield Finding("root_differs", f"{origin} was signed with another tree of {tree.size}.", place=tree.size)
            if (root := kept.get(tree.size)) is not None and root != tree.root():
                yield Finding(
                    "anchor_differs", f"The checkpoint kept elsewhere is of another {origin}.", place=tree.size
                )
        for size in {*signed, *kept}:
            if size > tree.size:
                yield Finding("end_missing", f"{origin} was signed with {size} leaves and has {tree.size}.", place=size)
        for size in kept.keys() - signed.keys():
            yield Finding("checkpoint_missing", f"{origin} no longer has the checkpoint that was kept.", place=size)
        for level, number, hashes in snapshot.rows(_TILES, log):
            if levels.tile(level, number) != hashes:
                yield Finding("tile_differs", f"Tile {number} of level {level} of {origin} is not the tree's.")


def _leaf(
    snapshot: Snapshot,
    kind: str,
    place: int,
    hashed: bytes,
    source: UUID,
    text: str | None,
    mac: bytes | None,
    columns: tuple[object, ...],
) -> Iterator[Finding]:
    if text is None or mac is None:
        yield Finding("event_missing", "The event of a sealed leaf is gone.", str(source), place)
    elif not text:
        return  # pruned: how many may be is asked elsewhere
    elif leaf_hash(text.encode()) != hashed:
        yield Finding("leaf_differs", "The event is not the one that was sealed.", str(source), place)
    elif reason := _objection(snapshot, kind, text, mac, columns):
        yield Finding(f"{reason}_differs", _REASONS[reason], str(source), place)


_REASONS: Final[Mapping[str, str]] = {
    "mac": "The event has no MAC of this application: it was not written by it.",
    "columns": "The columns that are searched do not say what the event says.",
    "form": "The event is no event.",
}


def _objection(snapshot: Snapshot, kind: str, text: str, mac: bytes, columns: tuple[object, ...]) -> str | None:
    if kind == "keys":
        return key_leaf_objection(text.encode(), mac, snapshot.mac_key)
    return objection(text.encode(), mac, columns, snapshot.mac_key)


class _Levels:
    """The hashes of a tree that tiles hold: of each level the full ones, 40 bytes a leaf."""

    def __init__(self) -> None:
        self._levels: list[bytearray] = []

    def add(self, hashed: bytes, level: int = 0) -> None:
        if level == len(self._levels):
            self._levels.append(bytearray())
        hashes = self._levels[level]
        hashes += hashed
        if len(hashes) % (WIDTH * 32) == 0:
            tree = Tree()
            for at in range(len(hashes) - WIDTH * 32, len(hashes), 32):
                tree.add(bytes(hashes[at : at + 32]))
            self.add(tree.root(), level + 1)

    def tile(self, level: int, number: int) -> bytes:
        hashes = self._levels[level] if level < len(self._levels) else b""
        return bytes(hashes[number * WIDTH * 32 : (number + 1) * WIDTH * 32])


# --- what is not in a tree --------------------------------------------------------------------------------------------

_WAITING: Final = f"""
    SELECT e.id, e.xid <= (SELECT max(c.xid) FROM audit_signedcheckpoint AS c JOIN audit_log AS l ON l.id = c.log_id
                           WHERE l.kind = 'acts'),
           e.leaf, e.mac, {_COLUMNS}
    FROM audit_event AS e
    WHERE NOT EXISTS (SELECT FROM audit_leaf AS l WHERE l.event = e.id)
      AND NOT EXISTS (SELECT FROM audit_rejected AS r WHERE r.source = e.id)"""  # noqa: S608 — names of columns


def _waiting(snapshot: Snapshot) -> Iterator[Finding]:
    """Events that have no place yet are the application's own, and newer than everything that has one."""
    for source, passed_over, text, mac, *columns in snapshot.rows(_WAITING):
        if reason := objection(text.encode(), mac, tuple(columns), snapshot.mac_key):
            yield Finding(f"{reason}_differs", _REASONS[reason], str(source))
        elif passed_over:
            yield Finding("slipped_in", "The event is older than what was sealed and was not sealed.", str(source))


# What was taken in was signed after it was set aside.
STILL_ASIDE: Final = """
    SELECT r.source, r.reason FROM audit_rejected AS r
    WHERE NOT EXISTS (
        SELECT FROM audit_leaf AS l
        WHERE (l.event = r.source OR l.key_leaf = r.source)
          AND r.at < (SELECT min(c.at) FROM audit_signedcheckpoint AS c WHERE c.log_id = l.log_id AND c.size > l.i))
    ORDER BY r.at, r.source"""


def _set_aside(snapshot: Snapshot) -> Iterator[Finding]:
    """What the sequencer has refused to seal and nobody has had taken in since; and marks upon what it had sealed."""
    for source, reason in snapshot.rows(STILL_ASIDE):
        yield Finding("set_aside", f"The sequencer did not seal it. {_REASONS[reason]}", str(source))


# --- writers ----------------------------------------------------------------------------------------------------------

_WRITERS: Final = """
    SELECT coalesce(w.id, e.w), w.n, coalesce(e.count, 0), e.last
    FROM audit_writer AS w FULL JOIN (SELECT w, count(*) AS count, max(wn) AS last FROM audit_event GROUP BY w) AS e
      ON e.w = w.id
    WHERE w.n IS DISTINCT FROM coalesce(e.count, 0) OR e.count IS DISTINCT FROM e.last
    ORDER BY 1"""


def _writers(snapshot: Snapshot) -> Iterator[Finding]:
    """Each writer has written as many events as it has counted."""
    for writer, counted, found, last in snapshot.rows(_WRITERS):
        sentence = f"Writer {writer} has counted {counted} events; {found} are here, the last is number {last}."
        yield Finding("count_differs", sentence, str(writer))


# --- beside the log ---------------------------------------------------------------------------------------------------

_NAMES: Final = """
    SELECT p.pseudonym, p.kind, p.subject, p.salt, e.leaf
    FROM audit_pseudonym AS p LEFT JOIN audit_event AS e ON e.id = p.event_id"""
_NAMELESS: Final = """
    SELECT b.id, b.obj FROM audit_event AS b
    WHERE b.act = 'subject.bind' AND b.out = 0
      AND b.leaf <> '' AND NOT EXISTS (SELECT FROM audit_pseudonym AS p WHERE p.event_id = b.id)
      AND NOT EXISTS (SELECT FROM audit_event AS x WHERE x.act = 'subject.erase' AND x.obj = b.obj AND x.out = 0)"""


def _names(snapshot: Snapshot) -> Iterator[Finding]:
    """Who a pseudonym is, against the commitment of its binding; a binding without its row was erased by an act."""
    for pseudonym, kind, subject, salt, text in snapshot.rows(_NAMES):
        det = b64encode(binding_commitment(Subject(kind, subject), pseudonym, bytes(salt))).decode()
        said = json.loads(text) if text else {}
        if text != "" and (said.get("obj"), said.get("det")) != (f"{kind}/{pseudonym}", det):
            yield Finding("name_differs", "The pseudonym is not bound to this subject.", str(pseudonym))
    for event, obj in snapshot.rows(_NAMELESS):
        yield Finding("name_missing", f"{obj} was bound and is gone, and no act has erased it.", str(event))


_DETAILS: Final = """
    SELECT d.event_id, d.key, d.sealed, e.leaf, e.who, e."on", e.pat, e.cir, e.obj FROM audit_detail AS d
    LEFT JOIN audit_event AS e ON e.id = d.event_id"""
_KEYS: Final = "SELECT pseudonym_id, key_version, sealed FROM audit_data_key"
# Whose key an act has erased.
_CLOSED: Final = """
    SELECT split_part(obj, '/', 2)::uuid FROM audit_event
    WHERE out = 0 AND (act = 'subject.erase' OR (act = 'circle.purge' AND obj LIKE 'Circle/%%'))"""


def _details(snapshot: Snapshot) -> Iterator[Finding]:
    """Sealed words against the commitment in their event; those about somebody who was erased are closed to us too."""
    keys = {name: DataKey(pseudonym_id=name, key_version=v, sealed=s) for name, v, s in snapshot.rows(_KEYS)}
    closed = {name for [name] in snapshot.rows(_CLOSED)}
    for event, key, sealed, text, *columns in snapshot.rows(_DETAILS):
        subjects = subjects_of(*columns)
        if subjects & closed:
            continue
        try:
            _, commitment = open_words(sealed, event, key, combined_key(subjects, keys))
        except (CryptoError, KeyError):
            yield Finding("words_unreadable", "The sealed words of the event cannot be opened.", str(event))
            continue
        if text and json.loads(text).get(key) != b64encode(commitment).decode():
            yield Finding("words_differ", "The sealed words are not those of the event.", str(event))


_WORDLESS: Final = """
    SELECT e.id FROM audit_event AS e CROSS JOIN (VALUES ('det'), ('rsn')) AS k (key)
    WHERE e.act <> 'subject.bind' AND strpos(e.leaf, '"' || k.key || '":"') > 0
      AND NOT EXISTS (SELECT FROM audit_detail AS d WHERE d.event_id = e.id AND d.key = k.key)
      AND NOT EXISTS (SELECT FROM audit_event AS x WHERE x.act = 'subject.erase' AND x.out = 0 AND x.obj IN (
          'Person/' || e.who, 'Person/' || e."on", 'Patient/' || e.pat, 'Circle/' || e.cir, e.obj))"""


def _wordless(snapshot: Snapshot) -> Iterator[Finding]:
    """Words that an event commits to are there, unless somebody whom it names was erased."""
    for [event] in snapshot.rows(_WORDLESS):
        yield Finding(
            "words_missing", "The sealed words of the event are gone, and no act has erased them.", str(event)
        )


def _erased(snapshot: Snapshot) -> Iterator[Finding]:
    """Words and leaves are gone only as far as acts have taken them away."""
    [[emptied, pruned]] = snapshot.rows(
        "SELECT (SELECT count(*) FROM audit_event WHERE leaf = ''),"
        " (SELECT coalesce(sum((leaf::json ->> 'cnt')::bigint), 0)::bigint FROM audit_event"
        "  WHERE act = 'audit.prune' AND out = 0 AND leaf <> '')"
    )
    if emptied > pruned:
        yield Finding("emptied", f"{emptied} events are empty; acts of pruning account for {pruned}.")


CHECKS: Final[Mapping[str, Callable[[Snapshot], Iterator[Finding]]]] = {
    "logs": _logs,
    "waiting": _waiting,
    "set aside": _set_aside,
    "writers": _writers,
    "names": _names,
    "words": _details,
    "words that are gone": _wordless,
    "erased": _erased,
}
