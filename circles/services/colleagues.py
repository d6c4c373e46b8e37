"""Circles that are about no patient: the team of a structure, and two colleagues who talk."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from audit.events import Actor
from circles.contacts import may_exchange
from circles.errors import Conflict, NotAllowed, NotFound, Unacceptable
from circles.models import Circle, Professional
from circles.roles import NO_PATIENT
from circles.rope import team_rope
from circles.rules import check_place, person
from circles.services.beginning import begin, opener, ropes_of
from directory.models import PractitionerRole

LONGEST_NAME: Final = 80


@transaction.atomic
def open_team(*, actor: Actor, circle_id: UUID, organization_id: UUID, name: str) -> Circle:
    """The team of a structure in which the actor practises, who coordinates it. Its members may be of anywhere: those
    of a CPTS are.

    Errors: `not_found` (no such structure, or none of the actor's), `bad_title`, `not_registered`, `bad_circle_id`,
    `id_taken`.
    """
    by = opener(actor)
    held = PractitionerRole.objects.filter(
        practitioner_id=by.practitioner_id, organization_id=organization_id, active=True
    ).first()
    if held is None:
        raise NotFound
    check_place("coordinator", held, not_after=None, kind=Circle.Kind.TEAM)
    return begin(
        actor=actor,
        circle=Circle(
            id=circle_id, kind=Circle.Kind.TEAM, organization_id=organization_id, name=well_formed_name(name)
        ),
        rope=team_rope(ropes_of(by.user_id)),
        creator={"user_id": by.user_id, "practitioner_role_id": held.id, "ground": NO_PATIENT},
        said={"organization": str(organization_id)},
    )


@transaction.atomic
def open_exchange(*, actor: Actor, circle_id: UUID, peer_id: UUID) -> Circle:
    """A place where the actor and one colleague talk. Both coordinate it, so that either may leave, with which it ends.

    Errors: `not_found` (nobody, oneself, or no contact of the actor's), `exchange_exists` (detail: its id),
    `not_registered`, `inactive`, `bad_circle_id`, `id_taken`.
    """
    user_id = person(actor)
    # Both rows, in one order: two who write to each other at the same moment open one exchange.
    pair = {
        each.user_id: each
        for each in Professional.objects.select_for_update(no_key=True)
        .filter(user_id__in=(user_id, peer_id))
        .order_by("user_id")
    }
    if user_id not in pair:
        raise NotAllowed("not_registered")
    if len(pair) != 2 or not may_exchange(user_id, peer_id):
        raise NotFound
    present = exchange_between(user_id, peer_id)
    if present is not None:
        raise Conflict("exchange_exists", str(present.id))
    by = pair[user_id]
    check_place("coordinator", by.practitioner_role, not_after=None, kind=Circle.Kind.DIRECT)
    return begin(
        actor=actor,
        circle=Circle(id=circle_id, kind=Circle.Kind.DIRECT, peer_id=peer_id),
        rope=team_rope(ropes_of(user_id)),
        creator={"user_id": user_id, "practitioner_role_id": by.practitioner_role_id, "ground": NO_PATIENT},
        said={"with": str(peer_id)},
    )


def check_between_two(circle: Circle, inviter: UUID, invitee: UUID, *, role: str, not_after: datetime | None) -> None:
    """Who may be invited into an exchange: the other one, as its other coordinator, while the two are in contact.
    Errors: `only_two`, `role_not_allowed`, `not_in_contact`.
    """
    if {inviter, invitee} != {circle.created_by_id, circle.peer_id}:
        raise NotAllowed("only_two")
    if role != "coordinator" or not_after is not None:
        raise NotAllowed("role_not_allowed", role)
    if not may_exchange(inviter, invitee):
        raise NotAllowed("not_in_contact")


def exchange_between(one: UUID, other: UUID) -> Circle | None:
    """The open exchange of these two, whoever began it."""
    exchanges = Circle.objects.filter(kind=Circle.Kind.DIRECT, state=Circle.State.OPEN)
    return exchanges.filter(created_by__in=(one, other), peer__in=(one, other)).first()


def well_formed_name(name: str) -> str:
    """As it is kept: words with one space between them. Raises Unacceptable `bad_title`."""
    kept = " ".join(name.split())
    if not kept or len(kept) > LONGEST_NAME or not kept.isprintable():
        raise Unacceptable("bad_title")
    return kept
