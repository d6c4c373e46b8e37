"""Erasing a message: its ciphertext and files go, its place and digest stay, and the erasure is an item of the log.

Used by `chat.consumers`. One transaction of its own, under the lock that `store` places messages under: it changes
what is stored already, so it does not come in batches.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from audit.events import Actor
from chat import files
from chat.appending import already_there, locked_group, next_item
from chat.envelope import Erasure, Kind, UnverifiedEnvelope, erasure_of
from chat.errors import ChatError, Conflict, NotFound
from chat.models import Group, Item, Leaf
from chat.store import Posted, message_frame
from circles import access

_ERASABLE = (Kind.MESSAGE, Kind.URGENT, Kind.NOTICE)


@dataclass(frozen=True, slots=True)
class Erased:
    """The erasure's place in the log, and the frame that the members receive."""

    placed: Posted
    rights_version: int
    frame: bytes


@transaction.atomic
def erase(*, actor: Actor, user_id: UUID, envelope: UnverifiedEnvelope) -> Erased:
    """Erase the message that a verified envelope of kind 6 names: one's own, or anybody's for a coordinator. A repeat
    of the same bytes gets the same place; a message that is erased already may be erased again.

    Refuses with `not_found`, `replayed_id`, `stale_epoch`, `rekey_required`, `bad_envelope` (no message).
    """
    group = locked_group(envelope.circle)
    held = access.abilities(user_id, envelope.circle)
    in_roster = Leaf.objects.filter(group=group, device_id=envelope.device, device__ended=None)
    if "send" not in held or not in_roster.exists():
        raise NotFound
    earlier = already_there(group, envelope.id, envelope.digest())
    if earlier is not None:
        return _erased(earlier, group, envelope)
    if envelope.epoch != group.epoch:
        raise Conflict("stale_epoch")
    if group.rekey_required:
        raise Conflict("rekey_required")
    erasure = erasure_of(envelope)
    target = _target(group, erasure)
    author = target.device.user_id
    if author != user_id and "erase" not in held:
        raise NotFound
    if target.body is not None and bytes(target.body)[1] not in _ERASABLE:
        raise ChatError("bad_envelope", evidence="not a message")
    Item.objects.filter(group=group, seq=target.seq).update(body=None)
    files.erase(actor=actor, circle_id=envelope.circle, author=author, file_ids=erasure.files)
    item = next_item(
        group, Item.Kind.MESSAGE, envelope.raw, at=timezone.now(), device_id=envelope.device, id=envelope.id
    )
    group.save(update_fields=["seq", "log_hash"])
    item.event_id = audit.record(
        "message.erase",
        actor=actor,
        patient_id=group.circle.patient_id,
        circle_id=envelope.circle,
        obj=("Message", erasure.target),
        epo=envelope.epoch,
        seq=item.seq,
        sha=erasure.digest,
        cnt=len(erasure.files),
    )
    item.save(force_insert=True)
    return _erased(item, group, envelope)


def _target(group: Group, erasure: Erasure) -> Item:
    target = Item.objects.filter(group=group, message_id=erasure.target, kind=Item.Kind.MESSAGE)
    item = target.select_related("device").first()
    if item is None or bytes(item.digest) != erasure.digest:
        raise NotFound
    return item


def _erased(item: Item, group: Group, envelope: UnverifiedEnvelope) -> Erased:
    placed = Posted(envelope.circle, item.seq, item.at, bytes(item.hash))
    return Erased(placed, group.rights_version, message_frame(placed, envelope.raw))
