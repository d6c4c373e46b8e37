"""How the log is: what the rule `log_health` looks at. Reads what the sequencer and the witnesses leave behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from audit.models import Cosignature, Event, Log, Rejected, SignedCheckpoint
from compliance.findings.day import Health

# What was set aside or is missing alarms this long; the verification from outside counts the rest.
RECENT: Final = timedelta(days=2)
WITNESSED_WITHIN: Final = timedelta(minutes=1)  # what is younger may still be countersigned
# Numbers that a writer passed over: an event was lost or taken out.
_SQL_GAPS: Final = """
    SELECT count(*) FROM (
        SELECT w, lag(wn) OVER (PARTITION BY w ORDER BY wn) AS before, wn FROM audit_event WHERE t >= %s
    ) AS seen, generate_series(before + 1, wn - 1) AS missing
    WHERE before < wn - 1 AND NOT EXISTS (SELECT FROM audit_event AS e WHERE e.w = seen.w AND e.wn = missing)"""
# The oldest event that has no place yet.
_SQL_WAITING: Final = """
    SELECT e.t FROM audit_event AS e
    WHERE (e.xid, e.id) > (
            SELECT c.xid, c.upto FROM audit_signedcheckpoint AS c JOIN audit_log AS l ON l.id = c.log_id
            WHERE l.kind = 'acts' ORDER BY c.log_id DESC, c.size DESC LIMIT 1)
        AND NOT EXISTS (SELECT FROM audit_rejected AS r WHERE r.source = e.id)
    ORDER BY e.xid, e.id LIMIT 1"""


def now() -> Health | None:
    """None before the first checkpoint: a log that was never signed is the operator's, not an officer's."""
    began = Log.objects.filter(kind=Log.Kind.ACTS).order_by("id").values_list("opened", flat=True).first()
    if began is None:
        return None
    moment = timezone.now()
    return Health(
        now=moment,
        lag_seconds=_lag(moment),
        rejected=Rejected.objects.filter(at__gte=moment - RECENT).count(),
        gaps=_gaps(moment),
        witnesses_missing=_witnesses_missing(moment),
        outside=_outside() or began,
    )


def _lag(moment: datetime) -> float:
    with connection.cursor() as cursor:
        cursor.execute(_SQL_WAITING)
        row = cursor.fetchone()
    return 0 if row is None else (moment - row[0]).total_seconds()


def _gaps(moment: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_SQL_GAPS, (moment - RECENT,))
        return int(cursor.fetchone()[0])


def _witnesses_missing(moment: datetime) -> int:
    """Of those that the policy asks for, how many did not countersign the newest checkpoint that they had time for."""
    signed = SignedCheckpoint.objects.filter(log__kind=Log.Kind.ACTS, at__lt=moment - WITNESSED_WITHIN)
    newest = signed.order_by("-log_id", "-size").values_list("log_id", "size").first()
    if newest is None:
        return 0
    log, size = newest
    witnesses = Cosignature.objects.filter(log=log, size=size).values("witness").distinct().count()
    return max(0, settings.WITNESS_QUORUM - witnesses)


def _outside() -> datetime | None:
    """When somebody last took a checkpoint elsewhere: an export carries one, a deposit is one."""
    taken = Q(act="audit.anchor") | Q(act="export.create", who__isnull=False)
    return Event.objects.filter(taken, out=0).order_by("-id").values_list("t", flat=True).first()
