"""A person's identity key gives way to another: rotated, in the old key's own words, or reset, when it is lost.

Used by `chat.api_keys`. Either is one transaction over identity, devices, vault and key events. Circles follow by
commits of their members: a rotation proves itself, a reset waits in each until a coordinator has confirmed it by hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import selectors as accounts
from accounts import services as account_services
from accounts.models import User
from audit import services as audit
from audit.events import Actor
from chat import telling, vaults
from chat.canonical import NotCanonical
from chat.devices import FirstKeys, add_device, check_certificate, end_devices
from chat.errors import ChatError, Conflict
from chat.key_events import Done, append_events
from chat.models import Device, DeviceCertificate
from chat.policy import CLOCK_TOLERANCE
from chat.statements import ROTATION, Rotation, verify_rotation
from chat.vaults import NewVault
from circles import access


@transaction.atomic
def rotate(
    *,
    actor: Actor,
    user_id: UUID,
    rotation: bytes,
    certificates: Sequence[bytes],
    revoked: Sequence[UUID],
    events: Sequence[bytes],
    vault: NewVault,
) -> None:
    """Another identity key, signed by the old one. The devices in `revoked` end as lost; every other one gets its
    certificate under the new key; the vault has a new key.

    Refuses with `identity_missing`, `bad_rotation`, `identity_bound`, `bad_certificate`, `clock_skew`, `bad_vault`,
    `vault_moved`, `bad_key_event`.
    """
    User.objects.select_for_update(no_key=True).get(id=user_id)
    new = _verified(user_id, rotation)
    standing = {device.id: device for device in Device.objects.filter(user_id=user_id, ended=None)}
    ending = [standing.pop(each) for each in sorted(set(revoked)) if each in standing]
    if len(ending) != len(revoked) or not standing:
        raise _bad("devices")
    account_services.rotate_identity(
        user_id=user_id,
        identity_key=new.new,
        history_key=new.history,
        history_sig=new.history_sig,
        rotation=rotation,
    )
    end_devices(actor=actor, devices=ending, reason="lost")
    _certify_anew(user_id, new.new, standing, certificates)
    vaults.store_vault(actor=actor, user_id=user_id, identity=new.new, vault=vault, with_new_key=True)
    append_events(
        user_id=user_id,
        identity=new.new,
        done=[Done("rotate"), *(Done("revoke", device.id) for device in ending)],
        signed=events,
    )
    audit.record("identity.rotate", actor=actor, sha=hashlib.sha256(new.new).digest(), cnt=len(ending))
    _tell(user_id)


@transaction.atomic
def reset(
    *, actor: Actor, user_id: UUID, keys: FirstKeys, certificate: bytes, name: str, events: Sequence[bytes]
) -> Device:
    """Another identity key without a word of the old one: every device ends, this browser is the first of the new
    identity. The door has asked for a fresh proof of presence.

    Refuses with `identity_missing`, `bad_signature`, `identity_bound`, `bad_certificate`, `clock_skew`,
    `device_exists`, `bad_vault`, `vault_moved`, `bad_key_event`.
    """
    User.objects.select_for_update(no_key=True).get(id=user_id)
    if accounts.identity_of(user_id) is None:
        raise Conflict("identity_missing")
    account_services.reset_identity(
        user_id=user_id,
        identity_key=keys.identity_key,
        history_key=keys.history_key,
        history_sig=keys.history_sig,
    )
    standing = Device.objects.filter(user_id=user_id, ended=None).order_by("id")
    end_devices(actor=actor, devices=list(standing), reason="reset")
    device = add_device(actor=actor, user_id=user_id, identity=keys.identity_key, certificate=certificate, name=name)
    vaults.store_vault(actor=actor, user_id=user_id, identity=keys.identity_key, vault=keys.vault, with_new_key=True)
    append_events(
        user_id=user_id,
        identity=keys.identity_key,
        done=[Done("reset"), Done("add", device.id, bytes(device.key))],
        signed=events,
    )
    audit.record("identity.reset", actor=actor, sha=hashlib.sha256(keys.identity_key).digest())
    _tell(user_id)
    return device


def _verified(user_id: UUID, raw: bytes) -> Rotation:
    """A rotation of this person's, from the key that is active to another, made just now."""
    identity = accounts.identity_of(user_id)
    if identity is None:
        raise Conflict("identity_missing")
    try:
        says = verify_rotation(ROTATION.read(raw)).says
    except NotCanonical as error:
        raise _bad(str(error)) from error
    if (says.user, says.old) != (user_id, bytes(identity.identity_key)):
        raise _bad("not from this person's key")
    if abs(timezone.now() - says.time) > CLOCK_TOLERANCE:
        raise _bad("time")
    return says


def _certify_anew(user_id: UUID, identity: bytes, standing: dict[UUID, Device], certificates: Sequence[bytes]) -> None:
    """The same devices with the same keys, each once, under the new identity."""
    waiting = dict(standing)
    for raw in certificates:
        certificate = check_certificate(raw, user_id, identity)
        device = waiting.pop(certificate.device, None)
        if device is None or bytes(device.key) != certificate.key:
            raise _bad("certificate of another device")
        device.certificate = raw
        device.save(update_fields=["certificate"])
        DeviceCertificate.objects.create(device=device, raw=raw)
    if waiting:
        raise _bad("a device without certificate")


def _tell(user_id: UUID) -> None:
    telling.devices_changed(user_id)
    for circle in access.circles_for(user_id, "read"):
        telling.circle_changed(circle.id)


def _bad(evidence: str) -> ChatError:
    return ChatError("bad_rotation", evidence=evidence, status=422)
