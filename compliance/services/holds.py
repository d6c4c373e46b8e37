"""Legal holds: an officer keeps what would go, for a reason; it takes two officers to let it go again.

Used by `compliance.api_holds`, and by `manage.py prune_audit` before it prunes. PostgreSQL enforces what a hold covers
(audit/migrations/forgetting.sql). Relies on `compliance.scope` for whose subjects an officer may hold.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from audit.events import SYSTEM, Actor
from audit.forgetting import pseudonyms_of
from audit.models import Hold, Pseudonym
from audit.services import record
from audit.subjects import Subject
from circles.errors import Conflict, NotFound, TooMany, Unacceptable
from circles.models import Circle
from circles.rules import check_reason, person
from compliance.groups import TRAIL_ACTS
from compliance.scope import Scope, as_officer, scope_for

Kind = Literal["Person", "Patient", "Circle"]
STANDING_MOST: Final = 200  # of one organisation: beyond that nothing would ever be forgotten


@transaction.atomic
def hold_subject(*, actor: Actor, organization_id: UUID, kind: Kind, pseudonym: UUID, reason: str) -> UUID:
    """Keep every event that names this subject; of a patient also those of the circles about them.

    Errors: `not_found` (no officer there, or a subject that the organisation's trail does not name), `bad_input`,
    `too_many`.
    """
    scope = scope_for(person(actor), organization_id)
    check_reason(reason)
    if not _names(scope, kind, pseudonym):
        raise NotFound
    subjects = [pseudonym, *(_circles_of(pseudonym) if kind == "Patient" else ())]
    return _place(actor, organization_id, reason, Hold(kind=kind, subjects=subjects))


@transaction.atomic
def hold_period(*, actor: Actor, organization_id: UUID, since: datetime, until: datetime, reason: str) -> UUID:
    """Keep every event that was done for the organisation from `since` until before `until`.

    Errors: `not_found`, `bad_input` (also a period that ends before it begins), `too_many`.
    """
    scope_for(person(actor), organization_id)
    check_reason(reason)
    if until <= since:
        raise Unacceptable("bad_input", "until")
    return _place(actor, organization_id, reason, Hold(kind=Hold.Kind.PERIOD, since=since, until=until))


@transaction.atomic
def lift_hold(*, actor: Actor, organization_id: UUID, hold_id: UUID, reason: str) -> bool:
    """Ask that it be lifted, or lift what another officer has asked to lift: then True.

    Errors: `not_found`, `bad_input`, `hold_asked` (this officer has asked already: another one has to confirm).
    """
    officer = person(actor)
    scope_for(officer, organization_id)
    check_reason(reason)
    hold = Hold.objects.select_for_update().filter(id=hold_id, organization=organization_id, lifted=None).first()
    if hold is None:
        raise NotFound
    if hold.lift_asked_by == officer:
        raise Conflict("hold_asked")
    now, lifts = timezone.now(), hold.lift_asked_by is not None
    if lifts:
        hold.lifted_by, hold.lifted = officer, now
    else:
        hold.lift_asked_by, hold.lift_asked = officer, now
    step = "lifted" if lifts else "asked to lift"
    record(
        "audit.hold",
        actor=as_officer(actor, organization_id),
        obj=("Hold", hold.id),
        reason=reason,
        detail={"hold": step},
    )
    hold.save(update_fields=("lift_asked_by", "lift_asked", "lifted_by", "lifted"))
    return lifts


def follow_patients() -> int:
    """Holds of patients also cover circles that were opened since; returns how many holds grew."""
    holds = Hold.objects.filter(kind=Hold.Kind.PATIENT, lifted=None).values_list("id", flat=True)
    return sum(_follow(each) for each in list(holds))


@transaction.atomic
def _follow(hold_id: UUID) -> bool:
    hold = Hold.objects.select_for_update().get(id=hold_id)
    new = _circles_of(hold.subjects[0]) - {*hold.subjects}
    if new:
        record("audit.hold", actor=SYSTEM, obj=("Hold", hold.id), cnt=len(new), detail={"hold": "follows its patient"})
        hold.subjects = [*hold.subjects, *sorted(new)]
        hold.save(update_fields=("subjects",))
    return bool(new)


def _place(actor: Actor, organization_id: UUID, reason: str, hold: Hold) -> UUID:
    if Hold.objects.filter(organization=organization_id, lifted=None).count() >= STANDING_MOST:
        raise TooMany("too_many")
    hold.id, hold.organization = uuid7(), organization_id
    hold.placed_by, hold.placed = person(actor), timezone.now()
    hold.event_id = record(
        "audit.hold",
        actor=as_officer(actor, organization_id),
        obj=("Hold", hold.id),
        reason=reason,
        detail={"hold": "placed", "kind": hold.kind, "subjects": [str(each) for each in hold.subjects]},
    )
    hold.save(force_insert=True)
    return hold.id


def _names(scope: Scope, kind: Kind, pseudonym: UUID) -> bool:
    """Whether the organisation's trail speaks of this subject.

    Whom somebody acted upon counts when it was done: what was merely tried, and what officers themselves ask about
    somebody, would let them name anyone.
    """
    if not Pseudonym.objects.filter(kind=kind, pseudonym=pseudonym).exists():
        return False
    if kind == "Circle" and pseudonym not in scope.circles:
        return False  # of others: somebody of ours was refused there
    named = Q(**{{"Person": "who", "Patient": "pat", "Circle": "cir"}[kind]: pseudonym})
    if kind == "Person":
        acted_upon = Q(on=pseudonym) | Q(obj=f"Person/{pseudonym}")
        named |= acted_upon & Q(out=0) & ~Q(act__in=TRAIL_ACTS)
    return scope.events().filter(named).exists()


def _circles_of(patient: UUID) -> set[UUID]:
    subjects = Pseudonym.objects.filter(kind="Patient", pseudonym=patient).values("subject")
    circles = Circle.objects.filter(patient__in=subjects).values_list("id", flat=True)
    return pseudonyms_of([Subject("Circle", each) for each in circles])
