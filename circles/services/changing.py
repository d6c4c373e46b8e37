"""A place in a circle changes: another role or end date, coordination restored, new keys confirmed.

Called for what a commit has written into the circle's policy (`chat.consequences`); the rights follow.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.events import Actor
from audit.services import record
from circles import access, notices
from circles.errors import Conflict, NotAllowed, NotFound
from circles.models import Circle, Invitation, Member
from circles.roles import abilities_in
from circles.rules import check_place, lasting_coordinators, locked, person
from circles.services.compartments import check_within, narrow_in_compartments


@transaction.atomic
def change_role(*, actor: Actor, circle_id: UUID, user_id: UUID, role: str, not_after: datetime | None) -> None:
    """By a coordinator, of a member or of somebody who was invited.

    Errors: `not_found`, `inactive`, `role_not_allowed`, `profession_not_allowed`, `guest_without_end`,
    `end_in_the_past`, `last_coordinator`, `delegate_of_nobody` (only an invitation makes one); in a compartment also
    `end_after_circle`.
    """
    circle = locked(circle_id)
    access.circle_for(person(actor), circle_id, "invite")
    place = place_of(user_id, circle)
    if circle.kind == Circle.Kind.DIRECT:
        raise NotAllowed("role_not_allowed", role)  # two coordinators without end, as it began
    principal = circle.members.filter(user=place.delegate_of, ended=None).first() if role == "delegate" else None
    check_place(role, place.practitioner_role, not_after=not_after, kind=circle.kind, principal=principal)
    if circle.parent_id is not None:
        whole = Member.objects.get(circle=circle.parent_id, user_id=user_id, ended=None)
        check_within(whole, role=role, not_after=not_after)
    write_role(place, circle, actor=actor, role=role, not_after=not_after)


@transaction.atomic
def restore_coordinator(*, actor: Actor, circle_id: UUID, user_id: UUID) -> None:
    """A registrar's order makes a member coordinator without end; whoever is in the circle may bring it about.

    Errors: `not_found`.
    """
    circle = locked(circle_id)
    access.circle_for(person(actor), circle_id, "read")
    write_role(place_of(user_id, circle), circle, actor=actor, role="coordinator", not_after=None)


@transaction.atomic
def confirm_keys(*, actor: Actor, circle_id: UUID, user_id: UUID) -> None:
    """A coordinator has made sure of a person whose keys are new without the old ones' word. Errors: `not_found`."""
    circle = locked(circle_id)
    access.circle_for(person(actor), circle_id, "invite")
    place = place_of(user_id, circle)
    record(
        "member.admit",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=(type(place).__name__, place.id),
        detail={"user": str(user_id)},
    )


def place_of(user_id: UUID, circle: Circle) -> Member | Invitation:
    """The place that this person has, or is offered."""
    place = (
        circle.members.filter(user_id=user_id, ended=None).first()
        or circle.invitations.filter(user_id=user_id, state=Invitation.State.PENDING).first()
    )
    if place is None:
        raise NotFound
    return place


def write_role(
    place: Member | Invitation, circle: Circle, *, actor: Actor, role: str, not_after: datetime | None
) -> None:
    """The role, its rights and its trace, once everything was checked. Call it with the circle locked."""
    place.role, place.not_after = role, not_after
    if role != "delegate":
        place.delegate_of = None
    place.save(update_fields=("role", "not_after", "delegate_of"))
    if isinstance(place, Member):
        place.warned = None
        place.save(update_fields=("warned",))
        # What was lent is given back, or is theirs now.
        circle.handovers.filter(taker_id=place.user_id, until__isnull=False, returned=None).update(
            returned=timezone.now()
        )
        if not lasting_coordinators(circle).exists():
            raise Conflict("last_coordinator")
        access.grant(
            user_id=place.user_id, circle=circle, abilities=abilities_in(circle.kind, place.role), until=not_after
        )
        narrow_in_compartments(place, actor=actor)
    record(
        "member.role",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=(type(place).__name__, place.id),
        detail={
            "user": str(place.user_id),
            "role": role,
            "not_after": None if not_after is None else not_after.isoformat(),
        },
    )
    notices.tell(users=[place.user_id], what="role_changed", circle_id=circle.id, by=actor.user_id)
