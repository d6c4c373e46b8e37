"""Reading the trail: the events about one thing, in the order in which they were written.

Used by reports and tests; the officer's desk asks in its own ways (`compliance.searching`). Disclosing what this
returns is itself an act: the door that does is audited.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Max, Min, QuerySet

from audit.events import SUBJECTS
from audit.models import Event, Pseudonym


def events_about(*, circle_id: UUID | None = None, obj: tuple[str, UUID | int] | None = None) -> QuerySet[Event]:
    """Events of a circle, or about one object, `(type, id)` as in `audit.services.record`; both together narrow.

    A subject that the log has never named has no events.
    """
    events = Event.objects.order_by("xid", "id")
    if circle_id is not None:
        events = events.filter(cir__in=_names("Circle", circle_id))
    if obj is None:
        return events
    kind, identifier = obj
    if kind in SUBJECTS:
        return events.filter(obj__in=[f"{kind}/{name}" for name in _names(kind, UUID(str(identifier)))])
    return events.filter(obj=f"{kind}/{identifier}")


# What shows a person something of a circle: its people and patient, its log, its files.
_LOOKED: Final = ("circle.read", "message.read", "attachment.read", "patient.read", "circle.listen", "breakglass.start")


@dataclass(frozen=True, slots=True)
class Looked:
    """How often a person was shown something of a circle, and when. `user` is None for who has been erased."""

    user: UUID | None
    times: int
    first: datetime
    last: datetime


def who_looked(circle_id: UUID) -> list[Looked]:
    """Who was shown something of this circle and was not refused, the latest first."""
    seen = Event.objects.filter(cir__in=_names("Circle", circle_id), act__in=_LOOKED, out=0, who__isnull=False)
    rows = seen.values("who").annotate(times=Count("id"), first=Min("t"), last=Max("t")).order_by("-last")
    names = Pseudonym.objects.filter(kind="Person", pseudonym__in=[row["who"] for row in rows])
    people: dict[UUID | None, UUID] = dict(names.values_list("pseudonym", "subject"))
    return [Looked(people.get(row["who"]), row["times"], row["first"], row["last"]) for row in rows]


def acted(user_id: UUID, event_id: UUID) -> bool:
    """Whether the event is of something that this person did, or was refused."""
    return Event.objects.filter(id=event_id, who__in=_names("Person", user_id)).exists()


def _names(kind: str, subject: UUID) -> list[UUID]:
    return list(Pseudonym.objects.filter(kind=kind, subject=subject).values_list("pseudonym", flat=True))
