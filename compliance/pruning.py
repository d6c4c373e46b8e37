"""What the log keeps past its time: text and words of events go, their hashes and places stay, so every proof holds.

Used by `manage.py prune_audit`. An event's class is its act's (`audit.acts`), its time what the organisation has chosen
in which its person acted (`circles.durations`). Three things outlast their time: what a legal hold covers; what says
who could read in a circle whose content still exists, or whose device is whose; the binding of a name that is in use.
PostgreSQL checks the first, the least age and that the pruning is itself in the log (audit/migrations/forgetting.sql).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from audit.acts import ACTS
from audit.events import SYSTEM
from audit.models import Event, Hold, Leaf, Pseudonym
from audit.proofs import indices
from audit.services import record
from circles.durations import TRAIL_PURPOSES, TrailPurpose
from circles.models import Circle
from circles.retention import trail_kept_from

BATCH: Final = 1000  # events of one transaction: a fraction of a second
LOCK: Final = 1886547566  # "prun": one pruner at a time, so that no batch meets another's

# They answer "who could read this" for as long as there is something to read.
_ENTITLE: Final = (
    *("circle.create", "mls.commit", "history.grant", "consent.record", "consent.withdraw"),
    *("member.invite", "member.join", "member.admit", "member.update", "member.role", "member.handover"),
    *("member.restore", "member.end"),
)
# They account for what is gone (`audit.inspection`), and hold no words.
_ACCOUNT: Final = ("audit.prune", "subject.erase", "circle.purge")
_IDENTIFY: Final = (
    *("identity.bind", "identity.rotate", "identity.reset", "identity.attest", "identity.end"),
    *("device.add", "device.rekey", "device.revoke"),
)


@dataclass(frozen=True, slots=True)
class Due:
    """Events of one class of one organisation (None: of those that chose nothing) from before a moment."""

    organisation: UUID | None
    purpose: TrailPurpose
    before: datetime
    count: int


def due() -> Iterator[Due]:
    """What a run would prune; nothing that has nothing due."""
    for organisation, purpose, before in _ranges():
        if count := _past(organisation, purpose, before).count():
            yield Due(organisation, purpose, before, count)


def prune() -> Iterator[Due]:
    """Batch after batch; yields after each commit. May be ended anywhere, and begins again where it was."""
    for organisation, purpose, before in _ranges():
        while count := _batch(organisation, purpose, before):
            yield Due(organisation, purpose, before, count)


def _ranges() -> Iterator[tuple[UUID | None, TrailPurpose, datetime]]:
    for organisation, kept in trail_kept_from().items():
        for purpose in TRAIL_PURPOSES:
            yield organisation, purpose, kept[purpose]


def _past(organisation: UUID | None, purpose: TrailPurpose, before: datetime) -> QuerySet[Event]:
    chosen = [each for each in trail_kept_from() if each is not None]
    whose = Q(org=organisation) if organisation else Q(org=None) | ~Q(org__in=chosen)
    readable = Pseudonym.objects.filter(
        kind="Circle",
        pseudonym=OuterRef("cir"),
        subject__in=Circle.objects.exclude(state=Circle.State.PURGED).values("id"),
    )
    return (
        Event.objects.filter(whose, t__lt=before, act__in=_acts(purpose))
        .exclude(leaf="")
        .filter(Exists(Leaf.objects.filter(event=OuterRef("id"))))
        .filter(~RawSQL("audit_held(audit_event)", (), output_field=BooleanField()))
        .exclude(Exists(Pseudonym.objects.filter(event=OuterRef("id"))))
        .exclude(Exists(Hold.objects.filter(event=OuterRef("id"), lifted=None)))
        .exclude(Q(act__in=_ENTITLE) & Exists(readable))
        .exclude(Q(act__in=_IDENTIFY) & Exists(Pseudonym.objects.filter(pseudonym=OuterRef("who"))))
    )


def _acts(purpose: TrailPurpose) -> list[str]:
    return [name for name, act in ACTS.items() if act.retention == purpose and name not in _ACCOUNT]


@transaction.atomic
def _batch(organisation: UUID | None, purpose: TrailPurpose, before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", (LOCK,))
        if not cursor.fetchone()[0]:
            return 0
        ids = list(_past(organisation, purpose, before).order_by("id").values_list("id", flat=True)[:BATCH])
        if not ids:
            return 0
        record(
            "audit.prune",
            actor=SYSTEM,
            obj=("Organization", organisation) if organisation else None,
            cnt=len(ids),
            detail={"class": purpose, "before": before.isoformat(), "ranges": _places(ids)},
        )
        cursor.execute("SELECT audit_prune(%s)", (ids,))
    return len(ids)


def _places(ids: list[UUID]) -> dict[str, list[int]]:
    """First and last index in each log."""
    found: dict[str, list[int]] = {}
    for origin, index in indices(ids).values():
        first, last = found.get(origin, (index, index))
        found[origin] = [min(first, index), max(last, index)]
    return found
