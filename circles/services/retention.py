"""What an organisation keeps how long, and the two steps by which a closed circle goes: archived, then emptied.

Called by `chat.api_structure` and by `chat.retaining`, which first erases what the circle's log holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.events import SYSTEM, Actor
from audit.forgetting import close_words, forget_absent, held
from audit.services import record
from audit.subjects import Subject
from circles import access
from circles.careteam.forgetting import forget_team
from circles.durations import DURATIONS, Purpose, allowed
from circles.errors import Unacceptable
from circles.models import BreakGlass, Circle, Notice, Patient, Retention
from circles.retention import is_past
from circles.rules import claimed, person
from circles.signals import circle_state_changed

NOTICES_AT_ONCE = 1000


@transaction.atomic
def set_retention(*, actor: Actor, organization_id: UUID, durations: Mapping[Purpose, int]) -> None:
    """By an administrator, in the units of `circles.durations`; holds for what is kept already.

    Errors: `not_found`, `bad_duration` (detail: the purpose, its least and its most).
    """
    access.organization_for(person(actor), organization_id, "administer")
    for purpose, count in durations.items():
        if not allowed(purpose, count):
            known = DURATIONS[purpose]
            raise Unacceptable("bad_duration", f"{purpose} {known.least}–{known.most} {known.unit}")
    Retention.objects.update_or_create(
        organization_id=organization_id,
        defaults={
            "archive_days": durations["archive"],
            "purge_months": durations["purge"],
            "break_glass_months": durations["break_glass"],
            "notices_days": durations["notices"],
            "security_months": durations["security"],
            "access_months": durations["access"],
            "changed": timezone.now(),
            "changed_by_id": person(actor),
        },
    )
    record("setting.change", actor=actor, obj=("Organization", organization_id), detail={"retention": {**durations}})


@transaction.atomic
def archive(*, circle_id: UUID, before: datetime) -> bool:
    """Nobody reads a circle any more that was closed before then; everything is kept. False when somebody holds it, or
    it is open again.
    """
    circle = claimed(circle_id)
    if circle is None or not is_past("archive", circle_id, before):
        return False
    archive_locked(circle, actor=SYSTEM)
    return True


def archive_locked(circle: Circle, *, actor: Actor) -> None:
    """Call it with the circle locked."""
    circle.state, circle.archived = Circle.State.ARCHIVED, timezone.now()
    circle.save(update_fields=("state", "archived"))
    _record("circle.archive", circle, {}, actor=actor)
    members = list(circle.members.filter(ended=None).values_list("user_id", flat=True))
    circle_state_changed.send(Circle, circle_id=circle.id, user_ids=members)


@transaction.atomic
def empty(*, circle_id: UUID, erased: Mapping[str, int]) -> bool:
    """The last step, once the circle's log is erased: whose it was. `erased` counts what went, for the trail. Who was
    in it, when and on what ground stays, and so does the trail.
    """
    circle = claimed(circle_id)
    if circle is None or circle.state != Circle.State.ARCHIVED or is_held(circle_id):
        return False
    patient = circle.patient
    _record("circle.purge", circle, erased, actor=SYSTEM)
    close_words(circle.id)
    circle.state, circle.patient = Circle.State.PURGED, None
    circle.name = "" if circle.name == "" else "…"  # people name patients in the names of compartments
    circle.save(update_fields=("state", "patient", "name"))
    forget_team(circle.id)
    if patient is not None and not patient.circles.exists():
        record("patient.erase", actor=SYSTEM, patient_id=patient.id, circle_id=circle.id, obj=("Patient", patient.id))
        Patient.objects.filter(id=patient.id).delete()
    return True


def is_held(circle_id: UUID) -> bool:
    """Whether a legal hold covers this circle or its patient. Three queries."""
    about = [Subject("Circle", circle_id)]
    if patient_id := Circle.objects.get(id=circle_id).patient_id:
        about.append(Subject("Patient", patient_id))
    return held(about)


def forget_patients() -> int:
    """The log, too, forgets whom nothing here is about any more; after each act of its own, so it may end anywhere."""
    return sum(forget_absent("Patient", Patient.objects.values("id"), why="HOPERAT"))


@transaction.atomic
def forget_break_glass(*, break_glass_id: UUID, before: datetime) -> bool:
    """What was said of an emergency that was looked at long ago; the trail of it stays."""
    row = BreakGlass.objects.select_for_update(skip_locked=True).filter(id=break_glass_id).first()
    if row is None or not is_past("break_glass", break_glass_id, before):
        return False
    record("breakglass.forget", actor=SYSTEM, circle_id=row.circle_id, obj=("BreakGlass", row.id))
    row.delete()
    return True


@transaction.atomic
def forget_notices(ids: list[UUID]) -> int:
    return Notice.objects.filter(id__in=ids[:NOTICES_AT_ONCE]).delete()[0]


def _record(act: str, circle: Circle, detail: Mapping[str, int], *, actor: Actor) -> None:
    record(
        act, actor=actor, patient_id=circle.patient_id, circle_id=circle.id, obj=("Circle", circle.id), detail=detail
    )
