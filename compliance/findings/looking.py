"""Looks at one day of one organisation: fetches its acts, asks every rule, keeps what they found.

Used by the round and by `manage.py find`. Reads outside any transaction, because a day takes seconds and the
sequencer waits for whoever has begun to write; what was found is kept in one short transaction. Looking again at the
same day changes nothing, or adds to what is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from audit.models import Event
from compliance.findings.day import EXPORTS, NO_RIGHT, READINGS, Act, Day, Found, beginning, first_id
from compliance.findings.rooms import Rooms
from compliance.findings.rules import find_in
from compliance.findings.thresholds import in_force
from compliance.models import Evidence, Finding, Thresholds
from compliance.scope import scope_of
from directory.models import Organization

# More events than anybody reads through; how many there are is kept.
MOST_EVIDENCE: Final = 200
# What the rules look at, beside what was refused.
WATCHED: Final = READINGS | EXPORTS | {
    "breakglass.start", "breakglass.end", "breakglass.review", "message.send",
    "member.invite", "member.join", "member.admit", "member.restore", "member.role", "perm.change",
}  # fmt: skip


def look(organization: Organization, day: date) -> int:
    """How many findings are new."""
    acts, earlier = _acts(organization, day)
    rooms = Rooms(organization.id, day, [*acts, *earlier])
    found = find_in(Day(day, acts, earlier, rooms, thresholds_of(organization.id)))
    return sum(_keep(organization, each) for each in list(found))


def thresholds_of(organization_id: UUID) -> dict[str, int]:
    chosen = Thresholds.objects.filter(organization=organization_id).values_list("chosen", flat=True).first()
    return in_force(chosen or {})


def _acts(organization: Organization, day: date) -> tuple[list[Act], list[Act]]:
    """Of the day, and what was refused in the day before."""
    events, start = scope_of(organization).events().order_by("id"), beginning(day)
    watched = Q(act__in=WATCHED) | Q(out=NO_RIGHT)
    today = _between(events, start, beginning(day + timedelta(days=1))).filter(watched)
    before = _between(events, beginning(day - timedelta(days=1)), start).filter(out=NO_RIGHT, cir__isnull=False)
    return list(_read(today)), list(_read(before))


def _between(events: QuerySet[Event], start: datetime, end: datetime) -> QuerySet[Event]:
    """By time, and by the time that begins every UUIDv7, so that the primary key serves."""
    return events.filter(id__gte=first_id(start), id__lt=first_id(end), t__gte=start, t__lt=end)


def _read(events: QuerySet[Event]) -> Iterator[Act]:
    columns = ("id", "t", "act", "out", "who", "org", "pat", "cir", "obj", "leaf")
    for *known, leaf in events.values_list(*columns).iterator(chunk_size=5000):
        act = Act(*known)
        yield replace(act, cnt=json.loads(leaf).get("cnt", 0)) if act.act in EXPORTS and leaf else act


@transaction.atomic
def _keep(organization: Organization, found: Found) -> bool:
    """Whether it is new. What an officer has settled stays settled."""
    times = [act.t for act in found.evidence] or [timezone.now()]
    row, new = Finding.objects.get_or_create(
        organization=organization,
        rule=found.rule,
        key=found.key,
        defaults={
            "who": found.who,
            "pat": found.pat,
            "cir": found.cir,
            "began": min(times),
            "ended": max(times),
            "score": min(found.score, 100),
            "facts": dict(found.facts),
            "events": len(found.evidence),
        },
    )
    kept = set(row.evidence.values_list("event_id", flat=True))
    more = [act.id for act in found.evidence if act.id not in kept]
    Evidence.objects.bulk_create(
        [Evidence(finding=row, event_id=event) for event in more[: max(0, MOST_EVIDENCE - len(kept))]],
        ignore_conflicts=True,
    )
    if not new and (more or row.facts != found.facts):
        row.began, row.ended = min(row.began, *times), max(row.ended, *times)
        row.score, row.facts = max(row.score, min(found.score, 100)), dict(found.facts)
        row.events = max(row.events, len(kept | {act.id for act in found.evidence}))
        row.save(update_fields=("began", "ended", "score", "facts", "events"))
    return new
