"""What an organisation's registrars do with the steward key: say whose key is whose, and restore a coordinator.

Used by `chat.api_organisations`; the gate says who is a registrar. The private key is in their vaults: the server
checks signatures, and that what they say is what the directory and the tables say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.selectors import active_identities
from audit import services as audit
from audit.events import Actor
from chat import orders, telling
from chat.canonical import NotCanonical
from chat.errors import ChatError, Conflict, NotFound
from chat.models import Attestation, Device, Group, RestoreOrder
from chat.policy import CLOCK_TOLERANCE
from chat.statements import ATTESTATION, RESTORE_ORDER, Kind, verify
from chat.statements.signed import Says
from circles import access
from circles.models import Circle, Member
from circles.registrars import RegisteredPerson, people_of
from circles.rules import locked, person, vouch
from circles.schemas import ProfessionalCard
from circles.selectors import professionals, steward_of

T = TypeVar("T", bound=Says)


@dataclass(frozen=True, slots=True)
class People:
    steward: bytes | None
    people: list[RegisteredPerson]
    attestations: dict[UUID, bytes]  # of the keys that are active now


@dataclass(frozen=True, slots=True)
class Stranded:
    """A circle in which nobody can act as coordinator; not a word on whose it is."""

    id: UUID
    opened: datetime
    members: list[tuple[UUID, ProfessionalCard]]


def people_for(user_id: UUID, organization_id: UUID) -> People:
    """Raises NotFound unless this person is a registrar there."""
    access.organization_for(user_id, organization_id, "attest")
    people = people_of(organization_id)
    steward = steward_of(organization_id)
    given = {} if steward is None else attestations(steward, [each.user for each in people])
    return People(steward, people, given)


def attestations(steward: bytes, user_ids: Collection[UUID]) -> dict[UUID, bytes]:
    """What the organisation that has this steward key says of these people's active keys. Authorises nothing."""
    active = {user: bytes(key.identity_key) for user, key in active_identities(user_ids).items()}
    said = Attestation.objects.filter(user_id__in=active, organization__steward__key=steward)
    return {each.user_id: bytes(each.raw) for each in said if bytes(each.identity) == active[each.user_id]}


@transaction.atomic
def attest(*, actor: Actor, organization_id: UUID, attestation: bytes) -> None:
    """Keep a registrar's word on a person of the organisation, in place of an earlier one. Refuses with `not_found`,
    `bad_statement`.
    """
    access.organization_for(person(actor), organization_id, "attest")
    says = _signed(ATTESTATION, attestation, steward_of(organization_id))
    _check_time(says.time)
    known = {each.user: each for each in people_of(organization_id)}.get(says.user)
    if says.organisation != organization_id or known is None:
        raise _bad("nobody of this organisation")
    if (says.name, says.system, says.number) != (known.name, known.system, known.number):
        raise _bad("not as the directory has them")
    if says.identity != known.identity:
        raise _bad("not the key that is active")
    Attestation.objects.update_or_create(
        organization_id=organization_id,
        user_id=says.user,
        defaults={"identity": says.identity, "raw": attestation},
    )
    vouch(says.user, by=person(actor))
    audit.record("identity.attest", actor=actor, obj=("Person", says.user), sha=hashlib.sha256(attestation).digest())
    for circle in access.circles_for(says.user, "read"):
        telling.circle_changed(circle.id)


def stranded_for(user_id: UUID, organization_id: UUID) -> list[Stranded]:
    """The open circles under the organisation's steward key in which no coordinator has a device, oldest first. Raises
    NotFound unless this person is a registrar there.
    """
    access.organization_for(user_id, organization_id, "attest")
    circles = _stranded(steward_of(organization_id))
    members = Member.objects.filter(circle__in=circles, ended=None).order_by("joined")
    inside: dict[UUID, list[UUID]] = {circle.id: [] for circle in circles}
    for each in members:
        inside[each.circle_id].append(each.user_id)
    cards = professionals({user for users in inside.values() for user in users})
    return [
        Stranded(circle.id, circle.opened, [(user, cards[user]) for user in inside[circle.id]]) for circle in circles
    ]


@transaction.atomic
def restore(*, actor: Actor, organization_id: UUID, order: bytes) -> None:
    """Keep a registrar's order that a member of a stranded circle becomes its coordinator, until a member's device
    carries it out. Refuses with `not_found`, `bad_statement`.
    """
    access.organization_for(person(actor), organization_id, "attest")
    steward = steward_of(organization_id)
    says = _signed(RESTORE_ORDER, order, steward)
    _check_time(says.time)
    if says.circle not in {circle.id for circle in _stranded(steward)}:
        raise NotFound
    circle = locked(says.circle)
    group = Group.objects.select_for_update().get(circle_id=circle.id)
    if not circle.members.filter(user_id=says.user, ended=None).exists():
        raise _bad("not a member")
    orders.drop_void_restorations(group)
    if group.restore_orders.filter(carried_out=None).exists():
        raise Conflict("restoration_waits")
    RestoreOrder.objects.create(group=group, user_id=says.user, raw=order)
    audit.record(
        "member.restore",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        sha=hashlib.sha256(order).digest(),
        detail={"user": str(says.user)},
    )
    telling.circle_changed(circle.id)


def _stranded(steward: bytes | None) -> list[Circle]:
    if steward is None:
        return []
    able = Member.objects.filter(
        Exists(Device.objects.filter(user_id=OuterRef("user_id"), ended=None)),
        circle_id=OuterRef("id"),
        role="coordinator",
        ended=None,
        user__is_active=True,
    )
    under = Group.objects.filter(steward=steward).values("circle")
    found = Circle.objects.filter(~Exists(able), id__in=under, state=Circle.State.OPEN)
    return list(found.order_by("opened", "id"))


def _signed(kind: Kind[T], raw: bytes, steward: bytes | None) -> T:
    """What the statement says, when the organisation's steward key signed it."""
    if steward is None:
        raise _bad("no steward key")
    try:
        return verify(kind.read(raw), steward).says
    except NotCanonical as error:
        raise _bad(str(error)) from error


def _check_time(time: datetime) -> None:
    if abs(timezone.now() - time) > CLOCK_TOLERANCE:
        raise _bad("time")


def _bad(evidence: str) -> ChatError:
    return ChatError("bad_statement", evidence=evidence, status=422)
