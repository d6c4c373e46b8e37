"""HTTP of an organisation's systems, for its administrators (docs/protocol.md "Organisations").

Thin doors. A secret is in the answer that makes it and nowhere else; making one asks for a recent proof of presence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from ninja import Router, Schema
from pydantic import ConfigDict, Field

from accounts.http import SignedInRequest, check_presence, signed_in
from audit.doors import audited
from audit.services import actor_of, record
from circles.careteam import systems
from circles.careteam.systems import SystemRow, SystemSecret

router = Router(auth=signed_in, tags=["organisations"])


class Empty(Schema):
    model_config = ConfigDict(extra="forbid")


class SystemIn(Empty):
    name: Annotated[str, Field(min_length=1, max_length=systems.NAME_LENGTH)]
    coordinator: UUID


@dataclass(frozen=True, slots=True)
class Systems:
    systems: list[SystemRow]


@router.get("/organisations/{organisation_id}/systems", response=Systems)
@audited("system.list")
def list_systems(request: SignedInRequest, organisation_id: UUID) -> Systems:
    rows = systems.systems_for(request.user.id, organisation_id)
    record("system.list", actor=actor_of(request), obj=("Organization", organisation_id), cnt=len(rows))
    return Systems(rows)


@router.post("/organisations/{organisation_id}/systems", response=SystemSecret)
@audited("system.create")
def create_system(request: SignedInRequest, organisation_id: UUID, body: SystemIn) -> SystemSecret:
    check_presence(request)
    return systems.create_system(
        actor=actor_of(request), organization_id=organisation_id, name=body.name, coordinator_id=body.coordinator
    )


@router.post("/organisations/{organisation_id}/systems/{system_id}/secret", response=SystemSecret)
@audited("system.rotate")
def rotate_secret(request: SignedInRequest, organisation_id: UUID, system_id: UUID, body: Empty) -> SystemSecret:
    check_presence(request)
    return systems.rotate_secret(actor=actor_of(request), organization_id=organisation_id, system_id=system_id)


@router.delete("/organisations/{organisation_id}/systems/{system_id}", response=Empty)
@audited("system.end")
def end_system(request: SignedInRequest, organisation_id: UUID, system_id: UUID) -> Empty:
    systems.end_system(actor=actor_of(request), organization_id=organisation_id, system_id=system_id)
    return Empty()
