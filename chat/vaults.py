"""A person's vault: sealed by their devices, kept here in generations that never go back.

Used by `chat.api`, by the first device (`devices`) and with a new identity (`identities`). The server checks the signed
head, the count and who may unlock; what is inside, and whether a wrapper opens it, it cannot know.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts import selectors as accounts
from accounts.models import User
from audit import services as audit
from audit.events import Actor
from chat.canonical import encode, to_base64
from chat.errors import ChatError, Conflict, NotFound
from chat.mls.errors import BadSignature
from chat.mls.keys import verify_with_label
from chat.models import Device, Vault, VaultWrapper

_ENVELOPE: Final = 24 + 16  # nonce and tag of XChaCha20-Poly1305
SEALED_LIMIT: Final = 256 * 1024 + _ENVELOPE
WRAPPER_BYTES: Final = 80
MOST_WRAPPERS: Final = 32  # the recovery code, eight devices, and more passkeys than anybody carries


@dataclass(frozen=True, slots=True)
class NewVault:
    """A vault as a device seals it; `wrappers` by the name of their unlocker."""

    generation: int
    key: int
    sealed: bytes
    head_sig: bytes
    wrappers: Mapping[str, bytes]


@transaction.atomic
def put_vault(*, actor: Actor, user_id: UUID, vault: NewVault) -> None:
    """The next generation. Refuses with `vault_moved` when another device was first, `bad_vault`, `not_found`."""
    User.objects.select_for_update(no_key=True).get(id=user_id)
    identity = accounts.identity_of(user_id)
    if identity is None:
        raise NotFound
    store_vault(actor=actor, user_id=user_id, identity=bytes(identity.identity_key), vault=vault)


def store_vault(*, actor: Actor, user_id: UUID, identity: bytes, vault: NewVault, with_new_key: bool = False) -> None:
    """Put `vault`, whose head `identity` signs, in the place of the person's present one. Call it with the person
    locked, and with the devices as they will be. `with_new_key`: the same vault key will not do.
    """
    before = Vault.objects.filter(user_id=user_id).first()
    generation, key = (0, 0) if before is None else (before.generation, before.key)
    if vault.generation != generation + 1:
        raise Conflict("vault_moved")
    has_new_key = vault.key == key + 1
    if not has_new_key and (with_new_key or before is None or vault.key != key):
        raise _bad("key")
    _check_head(user_id, identity, vault)
    if not _ENVELOPE < len(vault.sealed) <= SEALED_LIMIT:
        raise _bad("size")
    # With a new key what unlocked the old one opens nothing: the given wrappers are all there are.
    kept = set() if before is None or has_new_key else set(before.wrappers.values_list("unlocker", flat=True))
    _check_wrappers(user_id, vault.wrappers, kept)
    row, _ = Vault.objects.update_or_create(
        user_id=user_id,
        defaults={
            "generation": vault.generation,
            "key": vault.key,
            "sealed": vault.sealed,
            "head_sig": vault.head_sig,
        },
    )
    row.wrappers.exclude(unlocker__in=kept - vault.wrappers.keys()).delete()
    VaultWrapper.objects.bulk_create(
        VaultWrapper(vault=row, unlocker=unlocker, blob=blob) for unlocker, blob in vault.wrappers.items()
    )
    audit.record(
        "vault.create" if before is None else "vault.update",
        actor=actor,
        sha=hashlib.sha256(vault.sealed).digest(),
        siz=len(vault.sealed),
        cnt=len(kept | vault.wrappers.keys()),
    )


def forget_device(*, actor: Actor, device: Device) -> None:
    """What the vault key was wrapped in for a device that has ended goes; one that it had opened it keeps, until a
    remaining device makes a new key.
    """
    if VaultWrapper.objects.filter(vault_id=device.user_id, unlocker=f"device:{device.id}").delete()[0]:
        audit.record("vault.unwrap", actor=actor, obj=("Device", device.id))


def _check_head(user_id: UUID, identity: bytes, vault: NewVault) -> None:
    head = encode(
        {
            "digest": to_base64(hashlib.sha256(vault.sealed).digest()),
            "generation": vault.generation,
            "key": vault.key,
            "user": str(user_id),
            "v": 1,
        }
    )
    try:
        verify_with_label(identity, "CordeeVaultHead", head, vault.head_sig)
    except BadSignature as error:
        raise _bad("head") from error


def _check_wrappers(user_id: UUID, wrappers: Mapping[str, bytes], kept: set[str]) -> None:
    """The recovery code always opens it; a device only while it stands; no wrapper has another size."""
    standing = {
        f"device:{each}" for each in Device.objects.filter(user_id=user_id, ended=None).values_list("id", flat=True)
    }
    every = kept | wrappers.keys()
    if "recovery" not in every or len(every) > MOST_WRAPPERS:
        raise _bad("wrappers")
    if any(unlocker.startswith("device:") and unlocker not in standing for unlocker in wrappers):
        raise _bad("device")
    if any(len(blob) != WRAPPER_BYTES for blob in wrappers.values()):
        raise _bad("wrapper")


def _bad(evidence: str) -> ChatError:
    return ChatError("bad_vault", evidence=evidence, status=422)
