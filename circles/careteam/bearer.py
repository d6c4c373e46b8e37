"""Which system asks: the bearer token of every FHIR operation, and the type of a request that has shown one.

Tokens come from `circles.careteam.tokens`. Used by `circles.careteam.api` as `auth=CAN_READ`; `config.actor` names the
system in the trail.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer
from oauth2_provider.models import AccessToken

from circles.careteam.errors import refused


@dataclass(frozen=True, slots=True)
class ActingSystem:
    id: UUID
    organization: UUID
    coordinator: UUID


class SystemRequest(HttpRequest):
    """`auth` is what `Bearer` returned."""

    auth: ActingSystem


class Bearer(HttpBearer):
    """Refuses with `signed_out` (401) without a token that stands, `insufficient_scope` (403) for another scope."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ActingSystem | None:
        digest = hashlib.sha256(token.encode()).hexdigest()
        found = AccessToken.objects.select_related("application").filter(token_checksum=digest).first()
        system = None if found is None else found.application
        if found is None or system is None or found.expires <= timezone.now() or system.ended is not None:
            return None
        acting = ActingSystem(system.id, system.organization_id, system.coordinator_id)
        if self.scope not in found.scope.split():
            request.auth = acting  # type: ignore[attr-defined]  # the refusal is traced as this system's
            raise refused("insufficient_scope", type="forbidden", status=403)
        return acting


CAN_READ: Final = Bearer("careteam.read")
CAN_WRITE: Final = Bearer("careteam.write")
