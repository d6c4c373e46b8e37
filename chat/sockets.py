"""What a connection asks of the database: who is it, may it listen, how far did it get. Synchronous, short, used by
`consumers`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, ParamSpec, TypeVar
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.sessions import authenticated_by, session_hash
from audit import services as audit
from audit.events import Actor
from chat import devices, protocol
from chat.canonical import encode, to_base64
from chat.envelope import UnverifiedEnvelope
from chat.errors import ChatError, Conflict, DeviceEnded, NotFound
from chat.mls.errors import BadSignature
from chat.mls.keys import verify_with_label
from chat.models import Cursor, Device, Group, Leaf
from chat.protocol import Close
from circles import access, selectors

P = ParamSpec("P")
R = TypeVar("R")

CHANGED: Final = ("circles", "invitations")


@dataclass(frozen=True, slots=True)
class SocketSession:
    user_id: UUID
    actor: Actor
    key: str = field(repr=False)  # it opens doors


@dataclass(frozen=True, slots=True)
class ProvedDevice:
    id: UUID
    key: bytes


def session_of(scope: Mapping[str, Any]) -> SocketSession | None:
    """The person behind the handshake's cookie, with a second factor shown; None otherwise."""
    return _signed_in(scope["session"])


def has_ended(session: SocketSession, device_id: UUID) -> Close | None:
    """What of the connection is over, as the database knows it now: its session, its device, or nothing."""
    if _signed_in(SessionStore(session.key)) is None:
        return Close.SIGNED_OUT
    return None if Device.objects.filter(id=device_id, ended=None).exists() else Close.DEVICE_ENDED


def _signed_in(session: SessionBase) -> SocketSession | None:
    key, user_id = session.session_key, session.get(SESSION_KEY)
    if key is None or user_id is None:
        return None
    user = User.objects.filter(id=str(user_id), is_active=True).first()
    # A change of password ends the sessions from before it, as for HTTP.
    if user is None or not constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        return None
    auth = authenticated_by(session, user.id)
    if auth is None:
        return None
    card = selectors.professionals([user.id]).get(user.id)
    actor = Actor(
        user_id=user.id,
        session=session_hash(key),
        role=card.profession.code if card else None,
        org=str(card.organisation.id) if card and card.organisation else None,
        auth=auth,
    )
    return SocketSession(user.id, actor, key)


@transaction.atomic
def prove_device(actor: Actor, device_id: UUID, nonce: bytes, signature: bytes) -> ProvedDevice:
    """The device is the actor's, and holds the leaf key that its certificate names. Raises ChatError; `device_ended` of
    an own device that was ended while it was away.
    """
    if actor.user_id is None:
        raise NotFound
    if Device.objects.filter(id=device_id, user_id=actor.user_id, ended__isnull=False).exists():
        raise DeviceEnded
    device, _ = devices.active_device(actor.user_id, device_id)
    content = encode({"device": str(device_id), "nonce": to_base64(nonce), "v": 1})
    try:
        verify_with_label(bytes(device.key), "CordeeSocket", content, signature)
    except BadSignature as error:
        raise ChatError("bad_signature") from error
    devices.seen(device.id)
    audit.record("device.connect", actor=actor, obj=("Device", device.id))
    return ProvedDevice(device.id, bytes(device.key))


@dataclass(frozen=True, slots=True)
class Rights:
    """What the gate says of a person in a circle, when that ends by itself, and whose secretariat it is."""

    abilities: frozenset[str]
    until: datetime | None
    on_behalf: UUID | None


def rights(user_id: UUID, circle_id: UUID) -> Rights:
    return Rights(
        abilities=frozenset(access.abilities(user_id, circle_id)),
        until=access.until(user_id, circle_id),
        on_behalf=selectors.principal_of(user_id, circle_id),
    )


@transaction.atomic
def join(actor: Actor, circle_id: UUID) -> tuple[protocol.Joined, Rights]:
    """May this person listen to this circle, and where its log stands. Raises NotFound."""
    if actor.user_id is None:
        raise NotFound
    # The version first: rights that move in between are asked for again.
    group = Group.objects.filter(circle_id=circle_id).first()
    held = rights(actor.user_id, circle_id)
    if group is None or "read" not in held.abilities:
        raise NotFound
    audit.record("circle.listen", actor=replace(actor, on=held.on_behalf), circle_id=circle_id)
    joined = protocol.Joined(
        circle=circle_id,
        seq=group.seq,
        epoch=group.epoch,
        rekey_required=group.rekey_required,
        rv=group.rights_version,
        abilities=sorted(held.abilities),
    )
    return joined, held


@transaction.atomic
def keep_receipt(user_id: UUID, envelope: UnverifiedEnvelope) -> bytes:
    """Keep the device's latest read position, and give the frame for the others. Raises ChatError."""
    group = Group.objects.filter(circle_id=envelope.circle).first()
    if group is None or not Leaf.objects.filter(group=group, device_id=envelope.device).exists():
        raise NotFound
    if envelope.epoch != group.epoch:
        raise Conflict("stale_epoch")
    Cursor.objects.update_or_create(
        group=group, device_id=envelope.device, defaults={"receipt": envelope.raw, "read_at": timezone.now()}
    )
    return protocol.encode(
        protocol.ReceiptOf(circle=envelope.circle, device=envelope.device, user=user_id, env=envelope.raw)
    )


@transaction.atomic
def keep_delivered(user_id: UUID, device_id: UUID, circle_id: UUID, seq: int) -> bytes | None:
    """Note how far the device received; None when that is no news."""
    group = Group.objects.filter(circle_id=circle_id).first()
    if group is None or not 0 < seq <= group.seq:
        return None
    cursor, _ = Cursor.objects.get_or_create(group=group, device_id=device_id)
    if not Cursor.objects.filter(id=cursor.id, delivered__lt=seq).update(delivered=seq):
        return None
    return protocol.encode(protocol.Delivered(circle=circle_id, device=device_id, user=user_id, seq=seq))


async def in_pool(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Long work, in a thread of a pool and not in the one that database_sync_to_async shares: circles do not wait for
    each other. Its database connection is given back.
    """

    def run() -> R:
        close_old_connections()
        try:
            return work(*args, **kwargs)
        finally:
            close_old_connections()

    return await sync_to_async(run, thread_sensitive=False)()
