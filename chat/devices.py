"""A person's devices: registered, named, ended. Lock → check → write → record.

Used by `chat.api`; `identities` has what happens to all of them at once. Lock order: the person, groups in id order,
the device. The server checks what it can (signatures, sizes, who) and holds no key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final, Literal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import selectors as accounts
from accounts import services as account_services
from accounts.models import IdentityKey, User
from audit import services as audit
from audit.events import Actor
from chat import orders, telling, vaults
from chat.canonical import NotCanonical
from chat.certificates import Certificate, read_certificate, verify_certificate
from chat.errors import ChatError, Conflict, NotFound
from chat.hub import close_user
from chat.key_events import Done, append_end, append_events
from chat.models import Device, DeviceCertificate, PushSubscription
from chat.policy import CLOCK_TOLERANCE
from chat.protocol import Close
from chat.vaults import NewVault

MOST_DEVICES: Final = 8  # e2ee.md: one to eight devices a person
NAME_LENGTH: Final = 80

Reason = Literal["retired", "lost"]


@dataclass(frozen=True, slots=True)
class FirstKeys:
    """What a person's first device brings: the identity that stands for the person from now on, and the vault."""

    identity_key: bytes
    history_key: bytes
    history_sig: bytes
    vault: NewVault


@transaction.atomic
def register_device(
    *, actor: Actor, user_id: UUID, certificate: bytes, name: str, events: list[bytes], first: FirstKeys | None
) -> Device:
    """A new device of this person, certified by the person's identity key; `first` exactly for the very first one.

    Refuses with `identity_missing`, `identity_bound`, `bad_signature`, `bad_certificate`, `clock_skew`,
    `too_many_devices`, `device_exists`, `bad_vault`, `bad_key_event`.
    """
    User.objects.select_for_update(no_key=True).get(id=user_id)
    if first is not None:
        _bind(actor, user_id, first)
    identity = accounts.identity_of(user_id)
    if identity is None:
        raise ChatError("identity_missing", status=409)
    if Device.objects.filter(user_id=user_id, ended=None).count() >= MOST_DEVICES:
        raise Conflict("too_many_devices")
    device = add_device(
        actor=actor, user_id=user_id, identity=bytes(identity.identity_key), certificate=certificate, name=name
    )
    done = [Done("add", device.id, bytes(device.key))]
    if first is not None:
        vaults.store_vault(actor=actor, user_id=user_id, identity=first.identity_key, vault=first.vault)
        done.insert(0, Done("bind"))
    append_events(user_id=user_id, identity=bytes(identity.identity_key), done=done, signed=events)
    telling.devices_changed(user_id)
    return device


def add_device(*, actor: Actor, user_id: UUID, identity: bytes, certificate: bytes, name: str) -> Device:
    """Keep a device that `identity` certified just now. Call it with the person locked."""
    verified = check_certificate(certificate, user_id, identity)
    if Device.objects.filter(id=verified.device).exists() or Device.objects.filter(key=verified.key).exists():
        raise Conflict("device_exists")
    device = Device.objects.create(
        id=verified.device, user_id=user_id, name=name, key=verified.key, certificate=certificate
    )
    DeviceCertificate.objects.create(device=device, raw=certificate)
    audit.record("device.add", actor=actor, obj=("Device", device.id), sha=hashlib.sha256(certificate).digest())
    return device


def check_certificate(raw: bytes, user_id: UUID, identity: bytes) -> Certificate:
    """A certificate of this person's, made just now. Raises ChatError."""
    try:
        certificate = verify_certificate(read_certificate(raw), identity)
    except NotCanonical as error:
        raise ChatError("bad_certificate", evidence=str(error), status=422) from error
    if certificate.user != user_id or certificate.device.version != 7:
        raise ChatError("bad_certificate", status=422)
    if abs(timezone.now() - certificate.created) > CLOCK_TOLERANCE:
        raise ChatError("clock_skew", status=422)
    return certificate


def _bind(actor: Actor, user_id: UUID, first: FirstKeys) -> None:
    if accounts.identity_of(user_id) is not None:
        raise Conflict("identity_bound")
    account_services.bind_identity(
        user_id=user_id,
        identity_key=first.identity_key,
        history_key=first.history_key,
        history_sig=first.history_sig,
    )
    audit.record("identity.bind", actor=actor, sha=hashlib.sha256(first.identity_key).digest())


@transaction.atomic
def rename_device(*, actor: Actor, user_id: UUID, device_id: UUID, name: str) -> None:
    device = _own(user_id, device_id)
    device.name = name
    device.save(update_fields=["name"])
    audit.record("device.rename", actor=actor, obj=("Device", device.id))
    telling.devices_changed(user_id)


@transaction.atomic
def object_to(*, actor: Actor, user_id: UUID, device_id: UUID) -> None:
    """The person's word that a device in their own name is not theirs: an alert in the trail, which ends nothing.
    Refuses with `not_found`.
    """
    if not Device.objects.filter(id=device_id, user_id=user_id).exists():
        raise NotFound
    audit.record("identity.object", actor=actor, obj=("Device", device_id))


@transaction.atomic
def revoke_device(*, actor: Actor, user_id: UUID, device_id: UUID, reason: Reason, event: bytes) -> None:
    """End one of the person's own devices: from another one, or the device itself. Refuses with `not_found`,
    `bad_key_event`.
    """
    User.objects.select_for_update(no_key=True).get(id=user_id)
    device, identity = active_device(user_id, device_id)
    append_events(
        user_id=user_id, identity=bytes(identity.identity_key), done=[Done("revoke", device.id)], signed=[event]
    )
    end_devices(actor=actor, devices=[device], reason=reason)
    telling.devices_changed(user_id)


@transaction.atomic
def end_for_person(*, actor: Actor, device_id: UUID, reason: str) -> None:
    """End a device without its person's word: the operator's act (`manage.py end_device`), when somebody is out of
    reach. The person's key events say that nobody signed it. Refuses with `not_found`.
    """
    user_id = Device.objects.filter(id=device_id).values_list("user_id", flat=True).first()
    if user_id is None:
        raise NotFound
    User.objects.select_for_update(no_key=True).get(id=user_id)
    device, identity = active_device(user_id, device_id)
    append_end(user_id=user_id, identity=bytes(identity.identity_key), device_id=device.id)
    end_devices(actor=actor, devices=[device], reason="operator", words=reason)
    telling.devices_changed(user_id)


def end_devices(
    *, actor: Actor, devices: Collection[Device], reason: Reason | Literal["reset", "operator"], words: str = ""
) -> None:
    """These devices can do nothing more here, and every circle in which one has a leaf is ordered to remove it. Call it
    with the person locked. `words` are for the trail alone.
    """
    ids = sorted(device.id for device in devices)
    orders.lock_groups_of(ids)
    # A join that adds a leaf of a device holds its row: once the row is ours, every leaf that there is can be seen.
    list(Device.objects.select_for_update(no_key=True).filter(id__in=ids).order_by("id"))
    Device.objects.filter(id__in=ids).update(ended=timezone.now())
    PushSubscription.objects.filter(device__in=ids).delete()
    for group in orders.lock_groups_of(ids):
        for leaf in group.leaves.filter(device__in=ids).select_related("device"):
            orders.issue(group=group, user_id=leaf.device.user_id, device_id=leaf.device_id, code="revoked")
    for device in devices:
        vaults.forget_device(actor=actor, device=device)
        audit.record(
            "device.revoke", actor=actor, obj=("Device", device.id), reason=words or None, detail={"reason": reason}
        )
        transaction.on_commit(partial(close_user, device.user_id, Close.DEVICE_ENDED, device=device.id))


def seen(device_id: UUID) -> None:
    """Note that the device is connected; at most once an hour, because nobody needs more."""
    now = timezone.now()
    Device.objects.filter(id=device_id).exclude(last_seen__gt=now - timedelta(hours=1)).update(last_seen=now)


def active_device(user_id: UUID, device_id: UUID) -> tuple[Device, IdentityKey]:
    """The person's own device in good standing. Raises NotFound."""
    identity = accounts.identity_of(user_id)
    if identity is None:
        raise NotFound
    return _own(user_id, device_id), identity


def _own(user_id: UUID, device_id: UUID) -> Device:
    device = Device.objects.filter(id=device_id, user_id=user_id, ended=None).first()
    if device is None:
        raise NotFound
    return device
