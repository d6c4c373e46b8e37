"""Reading the trail: the events about one thing, in the order in which they were written.

Used by tests now and by the officer's desk later. Disclosing what this returns is itself an act: the door that does
is audited.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

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


def _names(kind: str, subject: UUID) -> list[UUID]:
    return list(Pseudonym.objects.filter(kind=kind, subject=subject).values_list("pseudonym", flat=True))
