"""A circle closes: its members go on reading, nobody writes or comes in. For a while a coordinator may reopen it."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.events import Actor
from audit.services import record
from circles import access, notices
from circles.errors import Conflict
from circles.models import Circle, Closure
from circles.patients import open_traits
from circles.rules import REOPENED_WITHIN, check_reason, locked, person
from circles.services.patients import check_only_circle
from circles.signals import circle_state_changed


@transaction.atomic
def close(*, actor: Actor, circle_id: UUID, reason: str) -> None:
    """By a coordinator; compartments close too. Errors: `not_found` (also when closed already), `bad_input`."""
    check_reason(reason)
    circle = locked(circle_id)
    access.circle_for(person(actor), circle_id, "remove")
    close_locked(circle, actor=actor, code=Closure.Code.DECIDED, reason=reason)


def close_locked(circle: Circle, *, actor: Actor, code: Closure.Code, reason: str) -> None:
    """Call it with the circle locked."""
    for each in (circle, *_compartments(circle, Circle.State.OPEN)):
        each.state = Circle.State.CLOSED
        each.save(update_fields=("state",))
        Closure.objects.create(circle=each, code=code, closed_by_id=actor.user_id)
        _record("circle.close", each, actor, reason=reason, detail={"code": code})
        _tell(each, "closed", actor)


@transaction.atomic
def reopen(*, actor: Actor, circle_id: UUID, reason: str) -> None:
    """By a coordinator, within 30 days, with the compartments that were closed at the same moment.

    Errors: `not_found`, `bad_input`, `circle_open`, `exchange_over`, `closed_too_long`, `patient_opposes` (until
    that is lifted), `circle_exists` or `circle_exists_elsewhere` (the patient has another one by now).
    """
    check_reason(reason)
    coordinator = person(actor)
    circle = locked(circle_id)
    access.coordinated_by(coordinator, circle_id)
    if circle.kind == Circle.Kind.DIRECT:
        raise Conflict("exchange_over")  # the two open another one
    closure = circle.closures.filter(reopened=None).first()
    if closure is None:
        raise Conflict("circle_open")
    if closure.closed + REOPENED_WITHIN <= timezone.now():
        raise Conflict("closed_too_long")
    if circle.oppositions.filter(user=None, lifted=None).exists():
        raise Conflict("patient_opposes")
    if circle.parent is not None and circle.parent.state == Circle.State.CLOSED:
        raise Conflict("parent_closed")
    if circle.patient is not None and circle.parent is None:
        check_only_circle(open_traits(circle.patient), user_id=coordinator, but=circle.id)
    for each in (circle, *_compartments(circle, Circle.State.CLOSED)):
        # A compartment that was closed before its circle stays so.
        ended = each.closures.filter(reopened=None, closed__gte=closure.closed)
        if ended.update(reopened=timezone.now(), reopened_by_id=actor.user_id):
            each.state = Circle.State.OPEN
            each.save(update_fields=("state",))
            _record("circle.reopen", each, actor, reason=reason, detail={})
            _tell(each, "reopened", actor)


def _compartments(circle: Circle, state: Circle.State) -> list[Circle]:
    """Locked in id order, after their circle."""
    return list(circle.compartments.select_for_update(no_key=True).filter(state=state).order_by("id"))


def _record(act: str, circle: Circle, actor: Actor, *, reason: str, detail: dict[str, str]) -> None:
    record(
        act,
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=("Circle", circle.id),
        reason=reason,
        detail=detail,
    )


def _tell(circle: Circle, what: notices.What, actor: Actor) -> None:
    members = list(circle.members.filter(ended=None).values_list("user_id", flat=True))
    notices.tell(users=members, what=what, circle_id=circle.id, by=actor.user_id)
    circle_state_changed.send(Circle, circle_id=circle.id, user_ids=members)
