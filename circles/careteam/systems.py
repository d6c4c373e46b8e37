"""The systems of an organisation: who lets one in, gives it another secret, ends it.

Used by `circles.careteam.api_systems`; relies on the gate (`administer`) and on django-oauth-toolkit, which keeps the
secret as a hash: it is shown once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from oauth2_provider.models import AbstractApplication, AccessToken

from audit.events import Actor
from audit.services import record
from circles import access
from circles.careteam.models import System
from circles.errors import Conflict, NotFound, Unacceptable
from circles.models import Professional
from circles.rules import check_place, person
from circles.schemas import ProfessionalCard
from circles.selectors import professionals

NAME_LENGTH: Final = 80
# More programs than an organisation has; each holds a secret that somebody must keep.
MOST_SYSTEMS: Final = 20
SECRET_BYTES: Final = 48


@dataclass(frozen=True, slots=True)
class SystemSecret:
    """What the administrator takes to the program, once."""

    id: UUID
    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class SystemRow:
    id: UUID
    name: str
    client_id: str
    coordinator: ProfessionalCard | None
    created: datetime
    ended: datetime | None


@transaction.atomic
def create_system(*, actor: Actor, organization_id: UUID, name: str, coordinator_id: UUID) -> SystemSecret:
    """By an administrator. `coordinator_id`: whom proposals reach that name nobody of the organisation.

    Errors: `not_found`, `bad_input`, `too_many_systems`, `bad_coordinator`, and why somebody cannot open a circle.
    """
    administrator = person(actor)
    organization = access.organization_for(administrator, organization_id, "administer")
    if not (name := name.strip()) or len(name) > NAME_LENGTH or not name.isprintable():
        raise Unacceptable("bad_input", "name")
    if System.objects.filter(organization=organization, ended=None).count() >= MOST_SYSTEMS:
        raise Conflict("too_many_systems")
    coordinator = Professional.objects.filter(
        user_id=coordinator_id, practitioner_role__organization=organization, user__is_active=True
    ).first()
    if coordinator is None:
        raise Unacceptable("bad_coordinator")
    check_place("coordinator", coordinator.practitioner_role, not_after=None)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    system = System.objects.create(
        organization=organization,
        coordinator_id=coordinator_id,
        created_by_id=administrator,
        name=name,
        client_type=AbstractApplication.CLIENT_CONFIDENTIAL,
        authorization_grant_type=AbstractApplication.GRANT_CLIENT_CREDENTIALS,
        client_secret=secret,
    )
    _record("system.create", actor, system)
    return SystemSecret(system.id, system.client_id, secret)


@transaction.atomic
def rotate_secret(*, actor: Actor, organization_id: UUID, system_id: UUID) -> SystemSecret:
    """Another secret; the old one, and every token it got, are worth nothing from now on. Errors: `not_found`."""
    system = _system_for(actor, organization_id, system_id)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    system.client_secret = secret
    system.save(update_fields=("client_secret", "updated"))
    AccessToken.objects.filter(application=system).delete()
    _record("system.rotate", actor, system)
    return SystemSecret(system.id, system.client_id, secret)


@transaction.atomic
def end_system(*, actor: Actor, organization_id: UUID, system_id: UUID) -> None:
    """It may do nothing from now on; what it proposed stays. Errors: `not_found`."""
    system = _system_for(actor, organization_id, system_id)
    system.ended = timezone.now()
    system.save(update_fields=("ended", "updated"))
    AccessToken.objects.filter(application=system).delete()
    _record("system.end", actor, system)


def systems_for(user_id: UUID, organization_id: UUID) -> list[SystemRow]:
    """The organisation's systems, the present ones first. Raises NotFound for who does not administer it."""
    organization = access.organization_for(user_id, organization_id, "administer")
    rows = list(System.objects.filter(organization=organization).order_by("ended", "name", "id"))
    rows.sort(key=lambda each: each.ended is not None)
    people = professionals({each.coordinator_id for each in rows})
    return [
        SystemRow(
            id=each.id,
            name=each.name,
            client_id=each.client_id,
            coordinator=people.get(each.coordinator_id),
            created=each.created,
            ended=each.ended,
        )
        for each in rows
    ]


def forget_tokens() -> int:
    """Remove the tokens that have expired; how many. A round of `manage.py tend`."""
    return int(AccessToken.objects.filter(expires__lte=timezone.now()).delete()[0])


def _system_for(actor: Actor, organization_id: UUID, system_id: UUID) -> System:
    """A present system of this organisation, locked."""
    organization = access.organization_for(person(actor), organization_id, "administer")
    found = System.objects.select_for_update(no_key=True).filter(id=system_id, organization=organization, ended=None)
    system = found.first()
    if system is None:
        raise NotFound
    return system


def _record(act: str, actor: Actor, system: System) -> None:
    detail = {"organisation": str(system.organization_id), "coordinator": str(system.coordinator_id)}
    record(act, actor=actor, obj=("System", system.id), detail=detail)
