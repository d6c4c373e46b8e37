"""Who vouches for the people of an organisation: its registrars, and the key with which they sign."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.db import transaction

from audit.events import Actor
from audit.services import record
from circles import access
from circles.errors import Conflict, NotFound, Unacceptable
from circles.models import Professional, Steward
from circles.rules import person
from directory.models import Organization

KEY_BYTES = 32


@transaction.atomic
def appoint_registrar(*, actor: Actor, user_id: UUID, organization_id: UUID) -> None:
    """Let this professional attest the people of an organisation. The operator's act (`manage.py appoint_registrar`).
    Twice is once. Errors: `not_found`, `not_registered`.
    """
    organization = _organization(organization_id)
    if not Professional.objects.filter(user_id=user_id).exists():
        raise Conflict("not_registered")
    access.make_registrar(user_id=user_id, organization=organization)
    record("perm.change", actor=actor, obj=("Person", user_id), detail={"attest": str(organization.id)})


@transaction.atomic
def dismiss_registrar(*, actor: Actor, user_id: UUID, organization_id: UUID) -> None:
    """This person attests nobody there any more; what was attested stays. Twice is once. Errors: `not_found`."""
    organization = _organization(organization_id)
    access.end_registrar(user_id=user_id, organization=organization)
    record("perm.change", actor=actor, obj=("Person", user_id), detail={"no_longer_attest": str(organization.id)})


def _organization(organization_id: UUID) -> Organization:
    organization = Organization.objects.filter(id=organization_id).first()
    if organization is None:
        raise NotFound
    return organization


@transaction.atomic
def set_steward(*, actor: Actor, organization_id: UUID, key: bytes) -> None:
    """The organisation's steward key. The first one wins: circles pin it. The same again answers as before.

    Errors: `not_found`, `bad_steward`, `steward_exists`.
    """
    registrar = person(actor)
    access.organization_for(registrar, organization_id)
    if len(key) != KEY_BYTES:
        raise Unacceptable("bad_steward")
    # The lock on the organisation makes two registrars wait for each other.
    Organization.objects.select_for_update(no_key=True).get(id=organization_id)
    present = Steward.objects.filter(organization_id=organization_id).first()
    if present is not None and bytes(present.key) != key:
        raise Conflict("steward_exists")
    if present is None:
        if Steward.objects.filter(key=key).exists():
            raise Unacceptable("bad_steward")
        Steward.objects.create(organization_id=organization_id, key=key, set_by_id=registrar)
    record("steward.set", actor=actor, obj=("Organization", organization_id), sha=hashlib.sha256(key).digest())
