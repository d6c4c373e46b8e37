"""Registering devices, and the vault's sealed blobs: lock → check → write → record.

Used by `chat.api`. The server checks what it can (signatures, sizes, who) and holds no key.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import selectors as accounts
from accounts import services as account_services
from accounts.models import IdentityKey, User
from audit import services as audit
from audit.events import Actor
from chat.canonical import NotCanonical, encode, to_base64
from chat.certificates import Certificate, read_certificate, verify_certificate
from chat.errors import ChatError, Conflict, NotFound
from chat.mls.errors import BadSignature
from chat.mls.keys import verify_with_label
from chat.models import Device, Vault, VaultWrapper
from chat.rules import CLOCK_TOLERANCE

MOST_DEVICES = 8  # e2ee.md: one to eight devices a person
NAME_LENGTH = 80
WRAPPER_LIMIT = 256
SEALED_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class FirstKeys:
    """What a person's first device brings: the identity that stands for the person from now on, and the sealed
    vault.
    """

    identity_key: bytes
    history_key: bytes
    history_sig: bytes
    sealed: bytes
    head_sig: bytes
    wrappers: dict[str, bytes]


@transaction.atomic
def register_device(*, actor: Actor, user_id: UUID, certificate: bytes, name: str, first: FirstKeys | None) -> Device:
    """A new device of this person, certified by the person's identity key; `first` exactly for the very first one.

    Refuses with `identity_missing`, `identity_bound`, `bad_certificate`, `too_many_devices`, `device_exists`,
    `bad_vault`.
    """
    User.objects.select_for_update().get(id=user_id)
    if first is not None:
        _open_vault(user_id, first)
        audit.record("identity.bind", actor=actor, sha=hashlib.sha256(first.identity_key).digest())
        audit.record("vault.create", actor=actor, sha=hashlib.sha256(first.sealed).digest())
    identity = accounts.identity_of(user_id)
    if identity is None:
        raise ChatError("identity_missing", status=409)
    verified = _check_certificate(certificate, user_id, bytes(identity.identity_key))
    if Device.objects.filter(user_id=user_id, ended=None).count() >= MOST_DEVICES:
        raise Conflict("too_many_devices")
    if Device.objects.filter(id=verified.device).exists() or Device.objects.filter(key=verified.key).exists():
        raise Conflict("device_exists")
    device = Device.objects.create(
        id=verified.device, user_id=user_id, name=name.strip()[:NAME_LENGTH], key=verified.key, certificate=certificate
    )
    audit.record(
        "device.add",
        actor=actor,
        obj=("Device", device.id),
        sha=hashlib.sha256(certificate).digest(),
    )
    return device


def _check_certificate(raw: bytes, user_id: UUID, identity_key: bytes) -> Certificate:
    try:
        certificate = verify_certificate(read_certificate(raw), identity_key)
    except NotCanonical as error:
        raise ChatError("bad_certificate", evidence=str(error), status=422) from error
    if certificate.user != user_id or certificate.device.version != 7:
        raise ChatError("bad_certificate", status=422)
    if abs(timezone.now() - certificate.created) > CLOCK_TOLERANCE:
        raise ChatError("clock_skew", status=422)
    return certificate


def _open_vault(user_id: UUID, first: FirstKeys) -> None:
    if accounts.identity_of(user_id) is not None:
        raise Conflict("identity_bound")
    account_services.bind_identity(
        user_id=user_id,
        identity_key=first.identity_key,
        history_key=first.history_key,
        history_sig=first.history_sig,
    )
    digest = hashlib.sha256(first.sealed).digest()
    head = encode({"digest": to_base64(digest), "generation": 1, "user": str(user_id), "v": 1})
    try:
        verify_with_label(first.identity_key, "CordeeVaultHead", head, first.head_sig)
    except BadSignature as error:
        raise ChatError("bad_vault", status=422) from error
    if (
        not 40 < len(first.sealed) <= SEALED_LIMIT
        or "recovery" not in first.wrappers
        or len(first.wrappers) > MOST_DEVICES
    ):
        raise ChatError("bad_vault", status=422)
    vault = Vault.objects.create(user_id=user_id, sealed=first.sealed, head_sig=first.head_sig)
    for unlocker, blob in first.wrappers.items():
        _add_wrapper(vault, unlocker, blob)


def _add_wrapper(vault: Vault, unlocker: str, blob: bytes) -> None:
    if not 0 < len(blob) <= WRAPPER_LIMIT:
        raise ChatError("bad_vault", status=422)
    VaultWrapper.objects.create(vault=vault, unlocker=unlocker, blob=blob)


@transaction.atomic
def add_unlocker(*, actor: Actor, user_id: UUID, device_id: UUID, blob: bytes) -> None:
    """Keep the vault key as wrapped by one of the person's own devices, so that it opens without the recovery code."""
    vault = Vault.objects.select_for_update().filter(user_id=user_id).first()
    device = Device.objects.filter(id=device_id, user_id=user_id, ended=None).first()
    if vault is None or device is None:
        raise NotFound
    unlocker = f"device:{device.id}"
    if vault.wrappers.filter(unlocker=unlocker).exists():
        raise Conflict("wrapper_exists")
    _add_wrapper(vault, unlocker, blob)
    audit.record("vault.wrap", actor=actor, obj=("Device", device.id))


def seen(device_id: UUID) -> None:
    """Note that the device is connected; at most once an hour, because nobody needs more."""
    now = timezone.now()
    Device.objects.filter(id=device_id).exclude(last_seen__gt=now - timedelta(hours=1)).update(last_seen=now)


def active_device(user_id: UUID, device_id: UUID) -> tuple[Device, IdentityKey]:
    """The person's own device in good standing. Raises NotFound."""
    device = Device.objects.filter(id=device_id, user_id=user_id, ended=None).first()
    identity = accounts.identity_of(user_id)
    if device is None or identity is None:
        raise NotFound
    return device, identity
