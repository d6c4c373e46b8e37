"""The statements of the sequencer, as role cordee_sequencer. Used by `audit.sequencer` only, inside its transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from psycopg import Connection, Cursor, sql

from audit.checks import COLUMNS

# The order is the transaction's, and nothing is taken of a transaction that another could still precede. `at`: another
# name than the column's, or ORDER BY would sort text.
_PENDING: Final = sql.SQL(
    """
    SELECT e.id, e.leaf, e.mac, e.xid::text AS at {columns} FROM {table} AS e
    WHERE e.xid < pg_snapshot_xmin(pg_current_snapshot()) AND (e.xid, e.id) > (%s::xid8, %s)
      AND NOT EXISTS (SELECT FROM audit_rejected AS r WHERE r.source = e.id)
    ORDER BY e.xid, e.id LIMIT %s"""
)
_SET_ASIDE: Final = sql.SQL(
    """
    SELECT e.id, e.leaf, e.mac, e.xid::text AS at {columns}
    FROM audit_rejected AS r JOIN {table} AS e ON e.id = r.source
    WHERE (e.xid, e.id) > (%s::xid8, %s)
      AND NOT EXISTS (SELECT FROM audit_leaf AS l WHERE l.event = e.id OR l.key_leaf = e.id)
    ORDER BY e.xid, e.id LIMIT %s"""
)
_OF: Final[Mapping[str, Mapping[str, sql.Composable]]] = {
    "acts": {
        "table": sql.SQL("audit_event"),
        "columns": sql.SQL("").join(sql.SQL(", e.{}").format(sql.Identifier(name)) for name in COLUMNS if name != "id"),
    },
    "keys": {"table": sql.SQL("audit_keyleaf"), "columns": sql.SQL("")},
}
_NEWEST_SEALED: Final = """
    SELECT e.leaf, e.mac FROM audit_log AS l
    CROSS JOIN LATERAL (SELECT event FROM audit_leaf WHERE log_id = l.id ORDER BY i DESC LIMIT 16) AS s
    JOIN audit_event AS e ON e.id = s.event
    WHERE l.kind = 'acts' AND e.leaf <> ''"""
_NEWEST: Final = """
    SELECT l.id, l.origin,
           (SELECT k.vkey FROM audit_logkey AS k WHERE k.log_id = l.id ORDER BY k.since DESC, k.id DESC LIMIT 1),
           c.size, c.root, c.note, c.xid::text, c.upto, pg_snapshot_xmax(pg_current_snapshot()) <= c.xid
    FROM audit_log AS l JOIN audit_signedcheckpoint AS c ON c.log_id = l.id
    WHERE l.kind = %s AND l.closed IS NULL ORDER BY c.size DESC LIMIT 1"""
_WAITING: Final = """
    SELECT id FROM audit_event WHERE xid >= pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, id LIMIT 1"""
_TO_COSIGN: Final = """
    SELECT l.id, l.origin, c.size, c.note, coalesce((
        SELECT max(s.size) FROM audit_cosignature AS s WHERE s.log_id = l.id AND s.witness = %(witness)s), 0)
    FROM audit_log AS l CROSS JOIN LATERAL (
        SELECT size, note FROM audit_signedcheckpoint WHERE log_id = l.id ORDER BY size DESC LIMIT 1) AS c
    WHERE NOT EXISTS (
        SELECT FROM audit_cosignature AS s WHERE s.log_id = l.id AND s.size = c.size AND s.witness = %(witness)s)"""
_LEAVES: Final = {
    "acts": "COPY audit_leaf (log_id, i, hash, event) FROM STDIN (FORMAT BINARY)",
    "keys": "COPY audit_leaf (log_id, i, hash, key_leaf) FROM STDIN (FORMAT BINARY)",
}


def newest(cursor: Cursor[Any], kind: str) -> tuple[Any, ...] | None:
    """The open log of a kind with its newest checkpoint; None before the first."""
    return cursor.execute(_NEWEST, (kind,)).fetchone()


def pending(cursor: Cursor[Any], kind: str, after: tuple[int, UUID], limit: int) -> list[tuple[Any, ...]]:
    """`(id, leaf, mac, xid, columns…)` of the next events whose transaction nothing can precede any more."""
    return cursor.execute(_PENDING.format(**_OF[kind]), (str(after[0]), after[1], limit)).fetchall()


def set_aside(cursor: Cursor[Any], kind: str, after: tuple[int, UUID], limit: int) -> list[tuple[Any, ...]]:
    """The same of what was set aside and has no place."""
    return cursor.execute(_SET_ASIDE.format(**_OF[kind]), (str(after[0]), after[1], limit)).fetchall()


def newest_sealed(cursor: Cursor[Any]) -> list[tuple[str, bytes]]:
    """Leaf and MAC of the last acts that have a place and were not pruned, 16 of each year's log at most."""
    return cursor.execute(_NEWEST_SEALED).fetchall()


def tile(cursor: Cursor[Any], log: int, level: int, number: int) -> bytes | None:
    row = cursor.execute(
        "SELECT hashes FROM audit_tile WHERE log_id = %s AND level = %s AND n = %s", (log, level, number)
    ).fetchone()
    return None if row is None else bytes(row[0])


def write(
    cursor: Cursor[Any],
    log: int,
    kind: str,
    first: int,
    leaves: Sequence[tuple[UUID, bytes]],
    tiles: Mapping[tuple[int, int], bytes],
) -> None:
    """Leaves `(source, hash)` from place `first` on, and the tiles that have changed."""
    with cursor.copy(_LEAVES[kind]) as copy:
        copy.set_types(("int2", "int8", "bytea", "uuid"))
        for place, (source, hashed) in enumerate(leaves, first):
            copy.write_row((log, place, hashed, source))
    cursor.executemany(
        "INSERT INTO audit_tile (log_id, level, n, hashes) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (log_id, level, n) DO UPDATE SET hashes = EXCLUDED.hashes",
        [(log, level, number, hashes) for (level, number), hashes in tiles.items()],
    )


def write_checkpoint(cursor: Cursor[Any], log: int, size: int, root: bytes, note: str, xid: int, upto: UUID) -> None:
    cursor.execute(
        "INSERT INTO audit_signedcheckpoint (log_id, size, root, note, xid, upto) "
        "VALUES (%s, %s, %s, %s, %s::xid8, %s)",
        (log, size, root, note, str(xid), upto),
    )


def reject(cursor: Cursor[Any], source: UUID, kind: str, reason: str) -> None:
    cursor.execute("INSERT INTO audit_rejected (source, kind, reason) VALUES (%s, %s, %s)", (source, kind, reason))


def open_log(cursor: Cursor[Any], kind: str, origin: str, vkey: str) -> int:
    cursor.execute("INSERT INTO audit_log (kind, origin) VALUES (%s, %s) RETURNING id", (kind, origin))
    [identifier] = cursor.fetchone() or (0,)
    cursor.execute("INSERT INTO audit_logkey (log_id, vkey, since) VALUES (%s, %s, 0)", (identifier, vkey))
    return int(identifier)


def add_key(cursor: Cursor[Any], log: int, vkey: str, since: int, note: str) -> None:
    cursor.execute(
        "INSERT INTO audit_logkey (log_id, vkey, since, note) VALUES (%s, %s, %s, %s)", (log, vkey, since, note)
    )


def close_log(cursor: Cursor[Any], log: int) -> None:
    cursor.execute("UPDATE audit_log SET closed = now() WHERE id = %s", (log,))


def waiting(connection: Connection[Any]) -> UUID | None:
    """The first event that is committed and has no place yet, because of what could still come before it."""
    row = connection.execute(_WAITING).fetchone()
    return None if row is None else row[0]


def to_cosign(cursor: Cursor[Any], witness: str) -> list[tuple[Any, ...]]:
    """`(log, origin, size, note, size it cosigned last)` of the newest checkpoints that lack this witness."""
    return cursor.execute(_TO_COSIGN, {"witness": witness}).fetchall()


def keep_cosignature(cursor: Cursor[Any], log: int, size: int, witness: str, line: str) -> None:
    cursor.execute(
        "INSERT INTO audit_cosignature (log_id, size, witness, line) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (log, size, witness, line),
    )
