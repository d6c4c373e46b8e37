"""Reading the trail: the events about one thing, in the order in which they were written.

Used by reports and tests; the officer's desk asks in its own ways (`compliance.searching`). Disclosing what this
returns is itself an act: the door that does is audited.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, JSONField, Max, Min, QuerySet, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, NullIf

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


# What shows somebody something of a circle: its people and patient, its messages, its files.
LOOKED: Final = (
    "circle.read", "circle.open", "message.read", "circle.listen", "attachment.read", "patient.read", "careteam.read",
    "patient.search", "breakglass.start", "patient.report",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """How often somebody was shown one kind of thing of a circle, and when.

    `who` is their pseudonym, None for software and operators; `user` and `on` are the people, None once erased. `role`
    (a profession's code) and `org` are those in which they looked.
    """

    who: UUID | None
    user: UUID | None
    on: UUID | None
    role: str | None
    org: UUID | None
    act: str
    times: int
    first: datetime
    last: datetime

    @property
    def person(self) -> tuple[UUID | None, UUID | None, str | None, UUID | None]:
        """The same for everything that one person was shown in one situation."""
        return self.who, self.on, self.role, self.org


def who_looked(circle_id: UUID) -> list[Looked]:
    """Who was shown something of this circle and was not refused: person by person, whoever looked last first; of each
    the kinds of things in the order in which they were first shown. Two queries.
    """
    seen = Event.objects.filter(cir__in=_names("Circle", circle_id), act__in=LOOKED, out=0)
    rows = list(
        seen.annotate(said=Cast(NullIf("leaf", Value("")), JSONField()))
        .values_list("who", "on", KT("said__role"), "org", "act")
        .annotate(times=Count("id"), first=Min("t"), last=Max("t"))
    )
    named = Pseudonym.objects.filter(kind="Person", pseudonym__in={one for row in rows for one in row[:2]})
    people: dict[UUID | None, UUID] = dict(named.values_list("pseudonym", "subject"))
    looks = [
        Looked(
            who=who,
            user=people.get(who),
            on=people.get(on),
            role=role,
            org=org,
            act=act,
            times=times,
            first=first,
            last=last,
        )
        for who, on, role, org, act, times, first, last in rows
    ]
    latest: dict[object, datetime] = {}
    for look in looks:
        latest[look.person] = max(look.last, latest.get(look.person, look.last))
    return sorted(looks, key=lambda look: (-latest[look.person].timestamp(), str(look.person), look.first, look.act))


def acted(user_id: UUID, event_id: UUID) -> bool:
    """Whether the event is of something that this person did, or was refused."""
    return Event.objects.filter(id=event_id, who__in=_names("Person", user_id)).exists()


def _names(kind: str, subject: UUID) -> list[UUID]:
    return list(Pseudonym.objects.filter(kind=kind, subject=subject).values_list("pseudonym", flat=True))
