"""HTTP of a person's devices, vault, key events and identity (docs/protocol.md). Everything here is one's own.

Thin doors: decode, one service or selector, answer.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from ninja import Query, Router

from accounts.http import SignedInRequest, check_presence, signed_in
from audit.doors import audited, not_audited
from audit.services import actor_of
from chat import devices, identities, schemas_keys, selectors, vaults
from chat.schemas import Done

router = Router(auth=signed_in, tags=["keys"])


@router.get("/devices", response=schemas_keys.DevicesOut)
@not_audited("Shows a person nothing but their own devices.")
def list_devices(request: SignedInRequest) -> schemas_keys.DevicesOut:
    return schemas_keys.DevicesOut.of(selectors.devices_of(request.user.id))


@router.post("/devices", response=schemas_keys.DeviceCreated)
@audited("device.add")
def register_device(request: SignedInRequest, body: schemas_keys.DeviceIn) -> schemas_keys.DeviceCreated:
    device = devices.register_device(
        actor=actor_of(request),
        user_id=request.user.id,
        certificate=body.certificate,
        name=body.name,
        events=body.events,
        first=None if body.first is None else body.first.keys(),
    )
    return schemas_keys.DeviceCreated(id=device.id)


@router.patch("/devices/{device_id}", response=Done)
@audited("device.rename")
def rename_device(request: SignedInRequest, device_id: UUID, body: schemas_keys.NameIn) -> Done:
    devices.rename_device(actor=actor_of(request), user_id=request.user.id, device_id=device_id, name=body.name)
    return Done()


@router.post("/devices/{device_id}/object", response=Done)
@audited("identity.object")
def object_to_device(request: SignedInRequest, device_id: UUID) -> Done:
    devices.object_to(actor=actor_of(request), user_id=request.user.id, device_id=device_id)
    return Done()


@router.post("/devices/{device_id}/revoke", response=Done)
@audited("device.revoke")
def revoke_device(request: SignedInRequest, device_id: UUID, body: schemas_keys.RevokeIn) -> Done:
    devices.revoke_device(
        actor=actor_of(request), user_id=request.user.id, device_id=device_id, reason=body.reason, event=body.event
    )
    return Done()


@router.get("/vault", response=schemas_keys.VaultOut)
@audited("vault.read")
def read_vault(request: SignedInRequest) -> schemas_keys.VaultOut:
    return schemas_keys.VaultOut.of(*selectors.vault_of(request.user.id))


@router.put("/vault", response=Done)
@audited("vault.update")
def put_vault(request: SignedInRequest, body: schemas_keys.VaultIn) -> Done:
    vaults.put_vault(actor=actor_of(request), user_id=request.user.id, vault=body.new_vault())
    return Done()


@router.post("/identity/rotate", response=Done)
@audited("identity.rotate")
def rotate_identity(request: SignedInRequest, body: schemas_keys.RotateIn) -> Done:
    identities.rotate(
        actor=actor_of(request),
        user_id=request.user.id,
        rotation=body.rotation,
        certificates=body.certificates,
        revoked=body.revoked,
        events=body.events,
        vault=body.vault.new_vault(),
    )
    return Done()


@router.post("/identity/reset", response=schemas_keys.DeviceCreated)
@audited("identity.reset")
def reset_identity(request: SignedInRequest, body: schemas_keys.ResetIn) -> schemas_keys.DeviceCreated:
    check_presence(request)
    device = identities.reset(
        actor=actor_of(request),
        user_id=request.user.id,
        keys=body.keys(),
        certificate=body.certificate,
        name=body.name,
        events=body.events,
    )
    return schemas_keys.DeviceCreated(id=device.id)


@router.get("/key-events", response=schemas_keys.KeyEventsOut)
@not_audited("Shows a person nothing but what their own devices signed.")
def read_key_events(request: SignedInRequest) -> schemas_keys.KeyEventsOut:
    events, rotations = selectors.key_history_of(request.user.id)
    return schemas_keys.KeyEventsOut(events=events, rotations=rotations)


@router.get("/key-log", response=schemas_keys.KeyLogOut)
@not_audited("Shows keys of people whose circle's members, with their keys, a traced read has shown.")
def read_key_log(
    request: SignedInRequest, asked: Annotated[schemas_keys.KeyLogQuery, Query()]
) -> schemas_keys.KeyLogOut:
    log, histories = selectors.key_log_for(request.user.id, people=asked.user, seen=asked.seen)
    return schemas_keys.KeyLogOut.of(log, histories)
