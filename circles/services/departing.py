"""Somebody leaves an organisation: the places that they held through it end, and so do their roles there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from audit.events import Actor
from audit.services import record
from circles import access
from circles.errors import Conflict, NotFound
from circles.models import Circle, Invitation, Member, Professional
from circles.roles import ORGANISATION_ROLE_ABILITIES, ORGANISATION_ROLES
from circles.rules import lasting_coordinators, locked, person
from circles.services.appointing import dismiss
from circles.services.ending import end_place
from circles.staff import acts_in
from directory.models import PractitionerRole


@dataclass(frozen=True, slots=True)
class Left:
    """How many places ended; `elsewhere`: the person goes on in another structure."""

    places: int
    elsewhere: bool


@transaction.atomic
def leave_organisation(
    *, actor: Actor, user_id: UUID, organization_id: UUID, may_be_stranded: Callable[[UUID], bool]
) -> Left:
    """By an administrator, of somebody who acts there. Whose directory entry has another active situation acts in that
    one from now on. Call it with the person locked, before any circle.

    `may_be_stranded`: whether a registrar could restore a coordinator in this circle; otherwise the last coordinator
    hands over first. Errors: `not_found`, `last_coordinator`, `last_administrator`.
    """
    access.organization_for(person(actor), organization_id, "administer")
    if not acts_in(user_id, organization_id):
        raise NotFound
    circles = _circles_through(user_id, organization_id)
    for circle_id in circles:
        circle = locked(circle_id)
        if _is_last(user_id, circle) and not may_be_stranded(circle_id):
            raise Conflict("last_coordinator")
        end_place(user_id, circle, actor=actor, code="removed")
    held = access.people_with_roles(organization_id).get(user_id, frozenset())
    for role in ORGANISATION_ROLES:
        if ORGANISATION_ROLE_ABILITIES[role] <= held:
            dismiss(actor=actor, user_id=user_id, organization_id=organization_id, role=role)
    return Left(places=len(circles), elsewhere=_go_on_elsewhere(actor, user_id, organization_id))


def _circles_through(user_id: UUID, organization_id: UUID) -> list[UUID]:
    """In the order in which circles are locked."""
    held = {"user_id": user_id, "practitioner_role__organization_id": organization_id}
    members = Member.objects.filter(**held, ended=None).values_list("circle_id", flat=True)
    offered = Invitation.objects.filter(**held, state=Invitation.State.PENDING).values_list("circle_id", flat=True)
    return sorted({*members, *offered})


def _is_last(user_id: UUID, circle: Circle) -> bool:
    coordinators = lasting_coordinators(circle)
    return (
        circle.state == Circle.State.OPEN
        and coordinators.filter(user_id=user_id).exists()
        and not coordinators.exclude(user_id=user_id).exists()
    )


def _go_on_elsewhere(actor: Actor, user_id: UUID, organization_id: UUID) -> bool:
    professional = Professional.objects.select_for_update().get(user_id=user_id)
    others = PractitionerRole.objects.filter(practitioner_id=professional.practitioner_id, active=True)
    other = others.exclude(organization_id=organization_id).order_by("id").first()
    if other is None:
        return False
    professional.practitioner_role = other
    professional.save(update_fields=("practitioner_role",))
    record("account.link", actor=actor, obj=("Person", user_id), detail={"role": str(other.id)})
    return True
