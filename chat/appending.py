"""The next place of a circle's log, for what does not come in batches: commits, erasures, grants.

Used by `commits`, `erasures` and `grants`, inside their transactions, with the group's row locked. `store` has its
own way for messages; both give places under the same lock.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chat.errors import Conflict, NotFound
from chat.log import chain_hash
from chat.models import Group, Item


def locked_group(circle_id: UUID) -> Group:
    """Raises NotFound."""
    group = Group.objects.select_for_update().filter(circle_id=circle_id).first()
    if group is None:
        raise NotFound
    return group


def next_item(
    group: Group,
    kind: Item.Kind,
    body: bytes,
    *,
    at: datetime,
    device_id: UUID,
    id: UUID | None = None,  # noqa: A002
) -> Item:
    """Moves the head of the log in memory; the caller saves the group, and the item with its event."""
    group.seq += 1
    group.log_hash, digest = chain_hash(bytes(group.log_hash), group.seq, body)
    return Item(
        group=group,
        seq=group.seq,
        kind=kind,
        at=at,
        epoch=group.epoch,
        device_id=device_id,
        message_id=id,
        body=body,
        digest=digest,
        hash=group.log_hash,
    )


def already_there(group: Group, id: UUID, digest: bytes) -> Item | None:  # noqa: A002
    """The item of these very bytes, when a sender that heard no answer repeats them. Raises Conflict `replayed_id`."""
    item = Item.objects.filter(message_id=id).first()
    if item is not None and (item.group_id != group.circle_id or bytes(item.digest) != digest):
        raise Conflict("replayed_id")
    return item
