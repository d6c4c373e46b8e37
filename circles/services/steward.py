"""The key with which an organisation's registrars vouch for its people."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.db import transaction

from audit.events import Actor
from audit.services import record
from circles import access
from circles.errors import Conflict, Unacceptable
from circles.models import Steward
from circles.rules import person
from directory.models import Organization

KEY_BYTES = 32


@transaction.atomic
def set_steward(*, actor: Actor, organization_id: UUID, key: bytes) -> None:
    """The organisation's steward key. The first one wins: circles pin it. The same again answers as before.

    Errors: `not_found`, `bad_steward`, `steward_exists`.
    """
    registrar = person(actor)
    access.organization_for(registrar, organization_id, "attest")
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
