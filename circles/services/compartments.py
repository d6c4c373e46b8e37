"""A compartment (volet) of a care circle: some of its members, who need to know what the others do not.

It has its own group and its own log. Nobody is in it who is not in the circle; whoever goes there goes here
(`ending`). What is said in it is its members' alone: who coordinates the circle knows that it exists, no more.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.events import Actor
from audit.services import record
from circles import access
from circles.errors import Conflict, NotFound, Unacceptable
from circles.models import Circle, Member
from circles.roles import ROLE_ABILITIES
from circles.rope import Rope, compartment_rope
from circles.rules import check_place, locked, person
from circles.services.beginning import begin
from circles.services.colleagues import well_formed_name


@transaction.atomic
def open_compartment(*, actor: Actor, circle_id: UUID, parent_id: UUID, name: str) -> Circle:
    """By a coordinator of the circle, who coordinates the compartment too, on the ground that they have there.

    Errors: `not_found`, `not_a_circle` (of a compartment, a team, an exchange), `bad_title`, `name_taken`, `inactive`,
    `end_after_circle` (of a coordinator whose place there has an end), `bad_circle_id` (also one that is older than the
    circle's), `id_taken`.
    """
    user_id = person(actor)
    parent = locked(parent_id)
    access.circle_for(user_id, parent_id, "invite")
    if parent.kind != Circle.Kind.CARE or parent.parent_id is not None:
        raise Conflict("not_a_circle")
    kept = well_formed_name(name)
    siblings = list(parent.compartments.filter(state=Circle.State.OPEN))
    if kept.casefold() in {each.name.casefold() for each in siblings}:
        raise Conflict("name_taken")
    # Whoever locks both takes the circle first; batches of messages lock in the order of ids. One order is both.
    if circle_id <= parent_id:
        raise Unacceptable("bad_circle_id")
    mine = parent.members.get(user_id=user_id, ended=None)
    check_place("coordinator", mine.practitioner_role, not_after=None)
    check_within(mine, role="coordinator", not_after=None)
    return begin(
        actor=actor,
        circle=Circle(
            id=circle_id,
            kind=Circle.Kind.CARE,
            parent=parent,
            patient_id=parent.patient_id,
            name=kept,
            informed_on=parent.informed_on,
        ),
        rope=compartment_rope(Rope(parent.colour, parent.weave), (Rope(each.colour, each.weave) for each in siblings)),
        creator={
            "user_id": user_id,
            "practitioner_role_id": mine.practitioner_role_id,
            "ground": mine.ground,
            "consent_id": mine.consent_id,
        },
        said={"parent": str(parent_id)},
    )


def place_in_circle(
    compartment: Circle, *, user_id: UUID, role_id: UUID, role: str, ground: str, not_after: datetime | None
) -> Member:
    """The place in the circle on which one in its compartment rests; both circles are locked.

    Nobody is more in a part than in the whole: the same situation, the same ground, an end no later, and who only
    looks on there only looks on here. Errors: `not_in_circle`, `bad_ground`, `role_not_allowed`, `end_after_circle`.
    """
    whole = Member.objects.filter(circle=compartment.parent, user_id=user_id, ended=None).first()
    if whole is None:
        raise Conflict("not_in_circle")
    if whole.practitioner_role_id != role_id:
        raise NotFound
    if whole.ground != ground:
        raise Unacceptable("bad_ground", ground)
    check_within(whole, role=role, not_after=not_after)
    return whole


def narrow_in_compartments(whole: Member, *, actor: Actor) -> None:
    """A place in the circle has changed: nobody may do more, or longer, in a part of it. What the compartment's own
    chain says stays, for the day on which the place in the circle is wider again. Call it with the circle locked.
    """
    for member in Member.objects.filter(circle__parent=whole.circle_id, user_id=whole.user_id, ended=None):
        held = ROLE_ABILITIES[member.role]
        ends = [each for each in (whole.not_after, member.not_after) if each is not None]
        access.grant(
            user_id=member.user_id,
            circle=member.circle,
            abilities=held & ROLE_ABILITIES["guest"] if whole.role == "guest" else held,
            until=min(ends, default=None),
        )
        record(
            "member.role",
            actor=actor,
            patient_id=member.circle.patient_id,
            circle_id=member.circle_id,
            obj=("Member", member.id),
            detail={"user": str(member.user_id), "within": whole.role},
        )


def check_within(whole: Member, *, role: str, not_after: datetime | None) -> None:
    """Errors: `role_not_allowed`, `end_after_circle`."""
    if whole.role in ("guest", "delegate") and role != whole.role:
        raise Unacceptable("role_not_allowed", role)
    if whole.not_after is not None and (not_after is None or not_after > whole.not_after):
        raise Unacceptable("end_after_circle")
