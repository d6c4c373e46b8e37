"""One sequencer at a time: an advisory lock that lives and dies with the sequencer's connection.

Used by `manage.py seal_audit`. Also says who holds the log back: the oldest transaction still writing, before which no
event may get its place.
"""

from __future__ import annotations

from typing import Any, Final

from psycopg import Connection

# The first key is that of the writers' locks ("audt"); writers are numbered from 1.
_LOCK: Final = "pg_try_advisory_lock(1635083380, 0)"
_HOLDER: Final = """
    SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 1635083380 AND objid = 0 AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
_BLOCKER: Final = """
    SELECT pid FROM pg_locks WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND granted
       AND pid <> pg_backend_pid() ORDER BY age(transactionid) DESC LIMIT 1"""


def take(connection: Connection[Any]) -> bool:
    """Whether this connection is the sequencer now; until it ends."""
    [taken] = connection.execute(f"SELECT {_LOCK}").fetchone() or (False,)
    return bool(taken)


def holder(connection: Connection[Any]) -> int | None:
    """PostgreSQL's process of the sequencer that is at work."""
    row = connection.execute(_HOLDER).fetchone()
    return None if row is None else int(row[0])


def blocker(connection: Connection[Any]) -> int | None:
    """PostgreSQL's process whose transaction has been writing for longest, in any database of the cluster."""
    row = connection.execute(_BLOCKER).fetchone()
    return None if row is None else int(row[0])
