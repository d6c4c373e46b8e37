"""What may happen to an account. Each function is one transaction, keyword arguments only.

Used by `chat` (first device, another identity), `circles` (people who are invited), the demo and tests; relies on
`accounts.models`, allauth and `audit.services`. Signing in and out are in `accounts.views` and `accounts.adapters`.
"""

from __future__ import annotations

from functools import partial
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.addresses import address
from accounts.errors import AccountOpen, BadIdentity, EmailTaken, IdentityBound, IdentityMissing, WeakPassword
from accounts.identity import history_key_signed
from accounts.models import PUBLIC_KEY_BYTES, SIGNATURE_BYTES, IdentityKey, User
from accounts.signals import session_ended
from audit import services as audit
from audit.events import SYSTEM, Actor


@transaction.atomic
def create_user(*, email: str, password: str, actor: Actor = SYSTEM) -> User:
    """A person who may sign in once a second factor is enrolled.

    The caller vouches for the address (an organisation's registrar does, not the browser): there is no sign-up.
    Errors: `email_taken`, `weak_password`.
    """
    user = User()
    _open(user, email=email.strip().lower(), password=password, verified=True)
    audit.record("account.create", actor=actor, obj=("Person", user.id))
    return user


def reserve_user() -> User:
    """An account without address and password, for somebody who is invited; the caller records why. Nobody can sign in
    to it until `claim_user`.
    """
    user = User(email=None)
    user.set_unusable_password()
    user.save(force_insert=True)
    return user


@transaction.atomic
def claim_user(*, actor: Actor, user_id: UUID, email: str, password: str, verified: bool) -> None:
    """Open a reserved account: from now on its person signs in, and enrols a second factor at the first time.

    The caller has proved that it is they; `verified`: they were reached at this very address. Errors: `account_open`,
    `bad_address`, `email_taken`, `weak_password`.
    """
    user = User.objects.select_for_update().get(id=user_id)
    if user.email is not None:
        raise AccountOpen
    _open(user, email=address(email).lower(), password=password, verified=verified)
    audit.record("account.claim", actor=actor, obj=("Person", user.id))


@transaction.atomic
def deactivate_user(*, actor: Actor, user_id: UUID) -> None:
    """The person can no longer sign in; sessions end with their next request and sockets at once. Twice is once."""
    user = User.objects.select_for_update().get(id=user_id)
    if not user.is_active:
        return
    user.is_active = False
    user.save(update_fields=["is_active"])
    audit.record("account.deactivate", actor=actor, obj=("Person", user.id))
    transaction.on_commit(partial(session_ended.send, sender=User, user_id=user.id, session=None))


def _open(user: User, *, email: str, password: str, verified: bool) -> None:
    user.email = email
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages)) from error
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
            # allauth looks a person up here when it asks for the password again.
            EmailAddress.objects.create(user=user, email=email, primary=True, verified=verified)
    except IntegrityError as error:
        raise EmailTaken from error


@transaction.atomic
def enrol_totp(*, user_id: UUID) -> str:
    """Give the person a time-based code as second factor; the answer is its secret in base32, shown once.

    An earlier one ends. For the registrar who hands over an account, and for the demo.
    """
    user = User.objects.select_for_update().get(id=user_id)
    Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).delete()
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


@transaction.atomic
def bind_identity(*, user_id: UUID, identity_key: bytes, history_key: bytes, history_sig: bytes) -> IdentityKey:
    """Bind the person's public keys for the first time; the same keys again answer as before. The caller records it.

    Errors: `bad_signature` (lengths, or history key not signed by the identity key), `identity_bound`.
    """
    key = _proved(user_id, identity_key, history_key, history_sig)
    bound = _locked_identity(user_id)
    if bound is not None:
        if bytes(bound.identity_key) == identity_key and bytes(bound.history_key) == history_key:
            return bound
        raise IdentityBound
    return _bound_to_nobody(key)


@transaction.atomic
def rotate_identity(
    *, user_id: UUID, identity_key: bytes, history_key: bytes, history_sig: bytes, rotation: bytes
) -> IdentityKey:
    """Put another key in the place of the active one, whose word for it is `rotation`, which the caller has verified.
    Errors as `bind_identity`; `identity_missing`.
    """
    key = _proved(user_id, identity_key, history_key, history_sig)
    return _replace(key, end=IdentityKey.End.ROTATED, rotation=rotation)


@transaction.atomic
def reset_identity(*, user_id: UUID, identity_key: bytes, history_key: bytes, history_sig: bytes) -> IdentityKey:
    """Put another key in the place of the active one, without its word. Errors as `bind_identity`;
    `identity_missing`.
    """
    key = _proved(user_id, identity_key, history_key, history_sig)
    return _replace(key, end=IdentityKey.End.RESET, rotation=None)


def _proved(user_id: UUID, identity_key: bytes, history_key: bytes, history_sig: bytes) -> IdentityKey:
    """The keys as a row, not kept yet; their lengths are right and the first signs the second."""
    if len(identity_key) != PUBLIC_KEY_BYTES or len(history_key) != PUBLIC_KEY_BYTES:
        raise BadIdentity("length")
    if len(history_sig) != SIGNATURE_BYTES or not history_key_signed(
        user_id=user_id, identity_key=identity_key, history_key=history_key, signature=history_sig
    ):
        raise BadIdentity("history_sig")
    return IdentityKey(user_id=user_id, identity_key=identity_key, history_key=history_key, history_sig=history_sig)


def _locked_identity(user_id: UUID) -> IdentityKey | None:
    """The lock on the person makes two acts on their keys wait for each other; the constraint is the second fence."""
    User.objects.select_for_update(no_key=True).get(id=user_id)
    return IdentityKey.objects.filter(user_id=user_id, ended=None).first()


def _replace(key: IdentityKey, *, end: IdentityKey.End, rotation: bytes | None) -> IdentityKey:
    before = _locked_identity(key.user_id)
    if before is None:
        raise IdentityMissing
    before.ended, before.end, before.rotation = timezone.now(), end, rotation
    before.save(update_fields=["ended", "end", "rotation"])
    return _bound_to_nobody(key)


def _bound_to_nobody(key: IdentityKey) -> IdentityKey:
    """Keep a key that stands, and stood, for nobody."""
    if IdentityKey.objects.filter(identity_key=key.identity_key).exists():
        raise IdentityBound
    key.save(force_insert=True)
    return key
