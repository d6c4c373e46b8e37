"""What every kind of circle begins with: its row, its creator as coordinator, and both in the trail.

Used by the services that open circles (`opening`, `colleagues`, `compartments`), each of which has asked its questions.
"""

from __future__ import annotations

from typing import TypedDict
from uuid import UUID

from django.db import IntegrityError, transaction

from audit.events import Actor
from audit.services import record
from circles import access
from circles.errors import Conflict, NotAllowed, Unacceptable
from circles.models import Circle, Member, Professional
from circles.roles import abilities_in
from circles.rope import Rope
from circles.rules import person
from circles.signals import membership_started


class Creator(TypedDict, total=False):
    """The creator's own place; without an end unless it says so."""

    user_id: UUID
    practitioner_role_id: UUID
    ground: str
    consent_id: UUID | None


def opener(actor: Actor) -> Professional:
    """Who opens. Two openings by one person wait for each other here: they need different ropes. Raises NotAllowed
    `not_registered`.
    """
    found = Professional.objects.select_for_update(no_key=True).filter(user_id=person(actor)).first()
    if found is None:
        raise NotAllowed("not_registered")
    return found


def ropes_of(user_id: UUID) -> list[Rope]:
    """By which this person tells their circles from one another."""
    mine = Circle.objects.filter(members__user_id=user_id, members__ended=None)
    return [Rope(*pair) for pair in mine.values_list("colour", "weave")]


def begin(*, actor: Actor, circle: Circle, rope: Rope, creator: Creator, said: dict[str, object]) -> Circle:
    """Write an unsaved circle. `said` is what the trail keeps of how it began. Errors: `bad_circle_id`, `id_taken`."""
    if circle.id.version != 7:
        raise Unacceptable("bad_circle_id")
    circle.colour, circle.weave = rope.colour, rope.weave
    circle.created_by_id = creator["user_id"]
    try:
        with transaction.atomic():
            circle.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("id_taken") from error
    member = Member.objects.create(circle=circle, role="coordinator", **creator)
    access.grant(
        user_id=member.user_id, circle=circle, abilities=abilities_in(circle.kind, member.role), until=member.not_after
    )
    record(
        "circle.create",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=("Circle", circle.id),
        detail={"kind": circle.kind, **said},
    )
    record(
        "member.join",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=("Member", member.id),
        detail={"role": member.role, "ground": member.ground},
    )
    membership_started.send(Circle, circle_id=circle.id, user_id=member.user_id)
    return circle
