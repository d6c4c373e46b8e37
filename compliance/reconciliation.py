"""No act without its row, no row without its act: differences between the tables of all rooms and the trail.

Used by `manage.py reconcile_audit`. What corresponds to what: `compliance.correspondences`. One snapshot; a million
events take some tens of seconds of PostgreSQL's time. It shows what was written past the services, by a program's
mistake or by hand, and what a crash would have torn apart if act and event were not one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from audit.acts import ACTS, Retention
from compliance.correspondences import CORRESPONDENCES

SHOWN: Final = 1_000  # differences of one kind; a table that was filled by hand may have a million
# Since when all acts of a class are told: act and time stay when an event's text goes. The minute: an act is recorded a
# little before or after its row is stamped.
HORIZON: Final = "SELECT max(t) + interval '1 minute' FROM audit_event WHERE leaf = '' AND act = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is on one side alone: `missing` is the side on which it is not."""

    name: str
    missing: Literal["act", "row"]
    key: str


def differences() -> Iterator[tuple[str, list[Difference]]]:
    """For each line of the table its name and what differs. The whole is one snapshot."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        told_since = {each: _horizon(cursor, each) for each in get_args(Retention)}
        for each in CORRESPONDENCES:
            since = told_since[each.retention]
            missing_acts = _only_in(cursor, each.rows, each.acts, since)
            missing_rows = [] if each.fades else _only_in(cursor, each.acts, each.rows, since)
            yield (
                each.name,
                [
                    *(Difference(each.name, "act", key) for key in missing_acts),
                    *(Difference(each.name, "row", key) for key in missing_rows),
                ],
            )


def _horizon(cursor: CursorWrapper, retention: Retention) -> datetime | None:
    """None: nothing of this class was ever pruned."""
    cursor.execute(HORIZON, ([name for name, act in ACTS.items() if act.retention == retention],))
    since: datetime | None = cursor.fetchone()[0]
    return since


def _only_in(cursor: CursorWrapper, here: str, there: str, since: datetime | None) -> list[str]:
    cursor.execute(
        f"SELECT key FROM ({here}) AS here (key, at) WHERE at >= coalesce(%s, '-infinity'::timestamptz)"  # noqa: S608
        f" EXCEPT SELECT key FROM ({there}) AS there (key, at) ORDER BY key LIMIT {SHOWN}",
        (since,),
    )
    return [key for (key,) in cursor.fetchall()]
