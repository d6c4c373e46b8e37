"""Opening a circle: its tables and its MLS group at epoch 0 come into being together.

Used by `chat.api`. The creator's device made the group; here its public state is verified, and kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.events import Actor
from chat.devices import active_device
from chat.epochs import check_time, record_epoch, write_keys, write_roster
from chat.errors import ChatError
from chat.mls import MlsError, PublicGroup
from chat.mls.codec import Reader, decode
from chat.mls.leaf import EXTENSION_EXTERNAL_PUB
from chat.mls.messages import read_group_info
from chat.models import Change, Group, Horizon, Opening
from chat.policy import (
    EXTENSION_TYPE,
    PolicyRefused,
    begin,
    read_change,
)
from chat.rules import CircleRules, are_of_a_circle
from circles.models import Circle
from circles.selectors import order_key, steward_for

GROUP_INFO_LIMIT = 256 * 1024


# Writes the tables of one kind of circle, given `actor` and `circle_id`.
Create = Callable[..., Circle]


@dataclass(frozen=True, slots=True)
class NewGroup:
    """What the creator's device shows of the group it made."""

    group_info: bytes
    tree: bytes
    changes: tuple[bytes, ...]
    keys: Mapping[UUID, bytes]


@transaction.atomic
def open_circle(*, actor: Actor, user_id: UUID, circle_id: UUID, new: NewGroup, create: Create) -> Group:
    """Make the circle and its group at epoch 0 together. `create` writes the circle's own tables.

    Refuses with `invalid_commit`, `invalid_policy`, `invalid_keys`, and what `circles.services.open_circle` refuses.
    """
    circle = create(actor=actor, circle_id=circle_id)
    try:
        if len(new.changes) != 1:
            raise PolicyRefused("bad_first_change")
        first = read_change(new.changes[0])
        policy = begin(first, circle_id)
        device, identity = active_device(user_id, first.certificate.device)
        creator = policy.persons.get(user_id)
        if creator is None or creator.keys is None or creator.keys.identity != bytes(identity.identity_key):
            raise PolicyRefused("wrong_signer")
        if (policy.orders, policy.steward) != (order_key(), steward_for(user_id)):
            raise PolicyRefused("wrong_pins")
        check_time(first.time)
        state = PublicGroup.create(
            new.group_info, ratchet_tree=new.tree, rules=CircleRules(policy, policy, timezone.now())
        )
    except PolicyRefused as error:
        raise ChatError("invalid_policy", evidence=error.code, status=422) from error
    except MlsError as error:
        raise ChatError("invalid_commit", evidence=str(error), status=422) from error
    if state.group_id != circle_id.bytes or state.extension(EXTENSION_TYPE) != policy.to_extension():
        raise ChatError("invalid_policy", evidence="extension", status=422)
    if state.context.suite != policy.suite or not are_of_a_circle(state.context.extensions):
        raise ChatError("invalid_commit", evidence="suite or extensions", status=422)
    if state.roster()[0].identity != bytes(device.certificate):
        raise ChatError("wrong_device", status=422)
    external_pub, signature = _external_pub(new.group_info)
    member = circle.members.get(user_id=user_id, ended=None)
    if (member.role, member.ground, member.not_after) != (creator.role, creator.ground, creator.not_after):
        raise ChatError("invalid_policy", evidence="tables", status=422)
    group = Group.objects.create(
        circle=circle,
        log_hash=bytes(32),
        state=state.to_bytes(),
        external_pub=external_pub,
        group_info_sig=signature,
        signer_leaf=0,
        steward=policy.steward,
    )
    Change.objects.create(group=group, n=0, raw=new.changes[0])
    Horizon.objects.create(group=group, user_id=user_id, seq=0)
    write_roster(group, state)
    write_keys(group, state, new.keys)
    event = record_epoch(actor, group, state, hashlib.sha256(new.group_info).digest())
    Opening.objects.create(group=group, group_info=new.group_info, tree=new.tree, event_id=event)
    return group


def _external_pub(group_info: bytes) -> tuple[bytes, bytes]:
    """(external public key, signature) of a GroupInfo that has exactly the one extension that docs/protocol.md
    allows.
    """
    info = decode(group_info, read_group_info, limit=GROUP_INFO_LIMIT)
    if [each.type for each in info.extensions] != [EXTENSION_EXTERNAL_PUB]:
        raise ChatError("invalid_commit", evidence="GroupInfo extensions", status=422)
    return decode(info.extensions[0].data, Reader.opaque, limit=64), info.signature
