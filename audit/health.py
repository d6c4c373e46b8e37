"""How the log is: what waits, what was set aside, who cosigned when. Figures for `/metrics`, read when they are asked.

Registered by `audit.apps`; names begin with `cordee_log_`. What each means and what to do: docs/operations.md,
"Watching". Six small queries a scrape.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import structlog
from django.db import DatabaseError, connection
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

log = structlog.get_logger(__name__)

# One row per open log: its newest checkpoint.
_NEWEST: Final = """
    SELECT l.origin, c.size, extract(epoch FROM now() - c.at)::float
    FROM audit_log AS l CROSS JOIN LATERAL (
        SELECT size, at FROM audit_signedcheckpoint WHERE log_id = l.id ORDER BY size DESC LIMIT 1) AS c
    WHERE l.closed IS NULL"""
# Behind the last sealed event, the first that was not set aside.
_LAG: Final = """
    SELECT coalesce((
        SELECT extract(epoch FROM now() - e.t)::float FROM audit_event AS e
        WHERE (last.upto IS NULL OR (e.xid, e.id) > (last.xid, last.upto))
          AND NOT EXISTS (SELECT FROM audit_rejected AS r WHERE r.source = e.id)
        ORDER BY e.xid, e.id LIMIT 1), 0)
    FROM (SELECT 1) AS one LEFT JOIN LATERAL (
        SELECT c.xid, c.upto FROM audit_signedcheckpoint AS c JOIN audit_log AS l ON l.id = c.log_id
        WHERE l.kind = 'acts' AND l.closed IS NULL ORDER BY c.size DESC LIMIT 1) AS last ON true"""
_REJECTED: Final = """
    SELECT kind, count(*) FROM audit_rejected AS r
    WHERE NOT EXISTS (SELECT FROM audit_leaf AS l WHERE l.event = r.source OR l.key_leaf = r.source) GROUP BY kind"""
_WITNESSES: Final = """
    SELECT s.witness, l.origin, max(s.size), extract(epoch FROM now() - max(s.at))::float
    FROM audit_cosignature AS s JOIN audit_log AS l ON l.id = s.log_id WHERE l.closed IS NULL GROUP BY 1, 2"""
# The oldest transaction that writes: nothing behind it gets a place. `xact_start` shows for one's own role only.
_HELD_BACK: Final = """
    SELECT a.pid, extract(epoch FROM now() - a.xact_start)::float
    FROM pg_locks AS k JOIN pg_stat_activity AS a USING (pid)
    WHERE k.locktype = 'transactionid' AND k.mode = 'ExclusiveLock' AND k.granted AND a.pid <> pg_backend_pid()
    ORDER BY age(k.transactionid) DESC LIMIT 1"""


class LogCollector(Collector):
    """Gives nothing while PostgreSQL is away: `/healthz` says that."""

    def describe(self) -> list[Metric]:
        return []  # or registering would ask the database when the process starts

    def collect(self) -> Iterator[Metric]:
        try:
            yield from _figures()
        except DatabaseError:
            log.warning("log.figures_away")


def _figures() -> Iterator[Metric]:
    newest = _ask(_NEWEST)
    yield _gauge("size", "Leaves of the log", ["origin"], [([origin], size) for origin, size, _ in newest])
    ages = [([origin], age) for origin, _, age in newest]
    yield _gauge("checkpoint_age_seconds", "Since the newest checkpoint was signed", ["origin"], ages)
    yield _gauge("lag_seconds", "How long the first event without a place has waited", [], [([], _ask(_LAG)[0][0])])
    rejected = {"acts": 0, "keys": 0} | dict(_ask(_REJECTED))
    yield _gauge("rejected", "Events set aside", ["kind"], [([kind], count) for kind, count in rejected.items()])
    cosigned = _ask(_WITNESSES)
    sizes = [([witness, origin], size) for witness, origin, size, _ in cosigned]
    yield _gauge("cosigned_size", "The newest tree that a witness has cosigned", ["witness", "origin"], sizes)
    ages = [([witness, origin], age) for witness, origin, _, age in cosigned]
    yield _gauge("cosigned_age_seconds", "Since a witness last cosigned", ["witness", "origin"], ages)
    held = [([str(pid)], age or 0) for pid, age in _ask(_HELD_BACK)]
    yield _gauge("held_back_seconds", "Age of the oldest transaction that writes, and its process", ["pid"], held)


def _gauge(name: str, meaning: str, labels: list[str], samples: list[tuple[list[str], float]]) -> Gauge:
    gauge = Gauge(f"cordee_log_{name}", meaning, labels=labels)
    for values, value in samples:
        gauge.add_metric(values, value)
    return gauge


def _ask(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
