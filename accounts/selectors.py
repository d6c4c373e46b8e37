"""Questions about accounts that other rooms ask; they authorise nothing."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from allauth.mfa.models import Authenticator

from accounts.models import IdentityKey, User


def active_identities(user_ids: Collection[UUID]) -> dict[UUID, IdentityKey]:
    """The active keys by user; people without a device yet are absent. One query."""
    return {key.user_id: key for key in IdentityKey.objects.filter(user_id__in=user_ids, ended=None)}


def identity_of(user_id: UUID) -> IdentityKey | None:
    return active_identities([user_id]).get(user_id)


def rotations(user_ids: Collection[UUID]) -> list[IdentityKey]:
    """The keys that these people replaced with a rotation, oldest first; `rotation` is what both keys signed."""
    return list(IdentityKey.objects.filter(user_id__in=user_ids, end=IdentityKey.End.ROTATED).order_by("ended"))


def passkeys_of(user_id: UUID) -> set[str]:
    """Ids of this person's passkeys, base64url as WebAuthn's JSON has them."""
    registered = Authenticator.objects.filter(user_id=user_id, type=Authenticator.Type.WEBAUTHN)
    return {each["credential"]["id"] for each in registered.values_list("data", flat=True)}


def email_of(user_id: UUID) -> str:
    """Where a person signs in with; empty for a reserved account."""
    return User.objects.values_list("email", flat=True).get(id=user_id) or ""
