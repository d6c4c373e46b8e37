"""What the patient wishes: consent that is recorded and withdrawn, opposition to one person or to the circle.

Code de la santé publique L1110-4 (IV: the patient may oppose at any time), L1110-12, D1110-3-1. Whoever coordinates
records what the patient said; what follows from it happens in the same transaction, also to the last coordinator,
because no rule of ours stands above the patient's word.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit.events import Actor
from audit.services import record
from circles import access, notices
from circles.errors import Conflict, NotFound, Unacceptable
from circles.models import Circle, Closure, Consent, Opposition, Professional
from circles.rules import ConsentRecord, check_consent, check_not_in_future, check_reason, locked, person
from circles.services.closing import close_locked
from circles.services.ending import end_place


def record_consent(consent: ConsentRecord, circle: Circle, user_id: UUID, *, actor: Actor) -> Consent:
    """The patient's prior consent that this person, from outside the care team, may know. Call it with the circle
    locked. Errors: `bad_consent`, `date_in_future`.
    """
    check_consent(consent, circle)
    row = Consent.objects.create(
        circle=circle,
        user_id=user_id,
        given_on=consent.given_on,
        how=consent.how,
        recorded_by_id=consent.recorded_by,
    )
    detail = {"user": str(user_id), "how": consent.how, "given_on": consent.given_on.isoformat()}
    _record("consent.record", actor, circle, obj=("Consent", row.id), detail=detail)
    return row


@transaction.atomic
def withdraw_consent(*, actor: Actor, circle_id: UUID, consent_id: UUID, reason: str) -> None:
    """The patient takes consent back: the place that rests on it ends at once.

    Errors: `not_found`, `bad_input` (reason), `consent_withdrawn`.
    """
    check_reason(reason)
    circle = locked(circle_id)
    access.circle_for(person(actor), circle_id, "remove")
    consent = circle.consents.filter(id=consent_id).first()
    if consent is None:
        raise NotFound
    if consent.withdrawn is not None:
        raise Conflict("consent_withdrawn")
    consent.withdrawn, consent.withdrawn_by_id = timezone.now(), actor.user_id
    consent.save(update_fields=("withdrawn", "withdrawn_by"))
    detail = {"user": str(consent.user_id)}
    _record("consent.withdraw", actor, circle, obj=("Consent", consent.id), reason=reason, detail=detail)
    _tell_coordinators(circle, "consent_withdrawn", actor)
    end_place(consent.user_id, circle, actor=actor, code="withdrawn", resting_on=consent)


@transaction.atomic
def oppose(*, actor: Actor, circle_id: UUID, user_id: UUID | None, told_on: date, how: str, reason: str) -> Opposition:
    """The patient does not want this person in the circle; without a person, the circle. Nobody is invited against it
    until it is lifted.

    Errors: `not_found`, `bad_input` (reason), `bad_consent` (how), `date_in_future`, `patient_opposes` (recorded
    before).
    """
    check_reason(reason)
    check_not_in_future(told_on)
    if how not in Consent.How:
        raise Unacceptable("bad_consent", how)
    circle = locked(circle_id)
    access.circle_for(person(actor), circle_id, "remove")
    if user_id is not None and not Professional.objects.filter(user_id=user_id).exists():
        raise NotFound
    whom = Q(user=None) if user_id is None else Q(user_id=user_id)
    if circle.oppositions.filter(whom, lifted=None).exists():
        raise Conflict("patient_opposes")
    row = Opposition.objects.create(
        circle=circle, user_id=user_id, told_on=told_on, how=how, recorded_by_id=person(actor)
    )
    detail = {"user": None if user_id is None else str(user_id), "how": how, "told_on": told_on.isoformat()}
    _record("opposition.record", actor, circle, obj=("Opposition", row.id), reason=reason, detail=detail)
    if user_id is None:
        close_locked(circle, actor=actor, code=Closure.Code.OPPOSITION, reason=reason)
    else:
        _tell_coordinators(circle, "opposition", actor)
        end_place(user_id, circle, actor=actor, code="opposition")
    return row


@transaction.atomic
def lift_opposition(*, actor: Actor, circle_id: UUID, opposition_id: UUID, reason: str) -> None:
    """The patient does not oppose any more: the person may be invited again, or the circle reopened; nothing happens by
    itself. Errors: `not_found`, `bad_input` (reason), `opposition_lifted`.
    """
    check_reason(reason)
    circle = locked(circle_id)
    access.coordinated_by(person(actor), circle_id)
    opposition = circle.oppositions.filter(id=opposition_id).first()
    if opposition is None:
        raise NotFound
    if opposition.lifted is not None:
        raise Conflict("opposition_lifted")
    opposition.lifted, opposition.lifted_by_id = timezone.now(), actor.user_id
    opposition.save(update_fields=("lifted", "lifted_by"))
    detail = {"user": None if opposition.user_id is None else str(opposition.user_id)}
    _record("opposition.lift", actor, circle, obj=("Opposition", opposition.id), reason=reason, detail=detail)


def _record(
    act: str,
    actor: Actor,
    circle: Circle,
    *,
    obj: tuple[str, UUID],
    detail: Mapping[str, str | None],
    reason: str = "",
) -> None:
    record(
        act,
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=obj,
        why="PATRQT",
        reason=reason,
        detail=dict(detail),
    )


def _tell_coordinators(circle: Circle, what: notices.What, actor: Actor) -> None:
    coordinators = circle.members.filter(role="coordinator", ended=None).values_list("user_id", flat=True)
    notices.tell(users=list(coordinators), what=what, circle_id=circle.id, by=actor.user_id)
