"""Events of long ago for the tests of pruning: nobody can write one, so PostgreSQL's superuser does, with a valid MAC.

Used with `tests.log.seal`, which gives them their places.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from uuid_utils.compat import uuid7

from audit.events import Event, leaf, mac
from tests.integration.conftest import Sql


class OldWriter:
    """A writer of its own, closed long ago."""

    def __init__(self, superuser: Sql) -> None:
        self._sql = superuser
        [[self._id]] = superuser("INSERT INTO audit_writer (n, backend, closed) VALUES (0, 0, now()) RETURNING id")
        self._count = 0
        self.write("writer.open", months=60, obj=f"Writer/{self._id}")

    def write(self, act: str, *, months: int, **said: Any) -> UUID:
        """An event of `act` from so many months ago; `said` as in `audit.events.Event`. Returns its id."""
        self._count += 1
        event = Event(
            id=uuid7(),
            t=datetime.now(UTC) - timedelta(days=31 * months),
            act=act,
            n=bytes(16),
            node="main/0.1.0",
            **said,
        )
        line = leaf(event, writer=self._id, number=self._count)
        self._sql(
            """INSERT INTO audit_event
                   (id, leaf, mac, w, wn, t, act, "out", err, who, "on", dev, ses, org, pat, cir, obj)
               SELECT id, %s, %s, w, wn, t, act, "out", err, who, "on", dev, ses, org, pat, cir, obj
               FROM json_to_record(%s::json) AS said (id uuid, w bigint, wn bigint, t timestamptz, act text,
                   "out" smallint, err text, who uuid, "on" uuid, dev uuid, ses text, org uuid, pat uuid, cir uuid,
                   obj text)""",
            line.decode(),
            mac(line, settings.AUDIT_MAC_KEY),
            line.decode(),
        )
        self._sql("UPDATE audit_writer SET n = n + 1 WHERE id = %s", self._id)
        return event.id
