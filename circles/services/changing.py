"""A place in a circle changes: another role or end date, coordination restored, new keys confirmed.

Called for what a commit has written into the circle's policy (`chat.consequences`); the rights follow.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.events import Actor
from audit.services import record
from circles import access, notices
from circles.errors import Conflict, NotFound
from circles.models import Circle, Invitation, Member
from circles.roles import ROLE_ABILITIES
from circles.rules import check_place, locked, person


@transaction.atomic
def change_role(*, actor: Actor, circle_id: UUID, user_id: UUID, role: str, not_after: datetime | None) -> None:
    """By a coordinator, of a member or of somebody who was invited.

    Errors: `not_found`, `inactive`, `role_not_allowed`, `profession_not_allowed`, `guest_without_end`,
    `end_in_the_past`, `last_coordinator`.
    """
    circle = locked(circle_id)
    access.circle_for(person(actor), circle_id, "invite")
    place = _place_of(user_id, circle)
    check_place(role, place.practitioner_role, not_after=not_after)
    _write(place, circle, actor=actor, role=role, not_after=not_after)


@transaction.atomic
def restore_coordinator(*, actor: Actor, circle_id: UUID, user_id: UUID) -> None:
    """A registrar's order makes a member coordinator without end; whoever is in the circle may bring it about.

    Errors: `not_found`.
    """
    circle = locked(circle_id)
    access.circle_for(person(actor), circle_id, "read")
    _write(_place_of(user_id, circle), circle, actor=actor, role="coordinator", not_after=None)


@transaction.atomic
def confirm_keys(*, actor: Actor, circle_id: UUID, user_id: UUID) -> None:
    """A coordinator has made sure of a person whose keys are new without the old ones' word. Errors: `not_found`."""
    circle = locked(circle_id)
    access.circle_for(person(actor), circle_id, "invite")
    place = _place_of(user_id, circle)
    record(
        "member.admit",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=(type(place).__name__, place.id),
        detail={"user": str(user_id)},
    )


def _place_of(user_id: UUID, circle: Circle) -> Member | Invitation:
    """The place that this person has, or is offered."""
    place = (
        circle.members.filter(user_id=user_id, ended=None).first()
        or circle.invitations.filter(user_id=user_id, state=Invitation.State.PENDING).first()
    )
    if place is None:
        raise NotFound
    return place


def _write(place: Member | Invitation, circle: Circle, *, actor: Actor, role: str, not_after: datetime | None) -> None:
    place.role, place.not_after = role, not_after
    place.save(update_fields=("role", "not_after"))
    if isinstance(place, Member):
        # As when a place ends: only a coordinator without an end date keeps a circle going.
        if not circle.members.filter(role="coordinator", ended=None, not_after=None).exists():
            raise Conflict("last_coordinator")
        access.grant(user_id=place.user_id, circle=circle, abilities=ROLE_ABILITIES[place.role], until=not_after)
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
