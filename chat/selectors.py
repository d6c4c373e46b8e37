"""Reading what the delivery service keeps. Each function that authorises says so by asking the gate first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from accounts.selectors import passkeys_of, rotations
from audit.key_log import KeyLog, key_log
from chat.errors import NotFound
from chat.key_events import events_of, histories_of
from chat.mls import PublicGroup
from chat.models import Cursor, Device, DeviceCertificate, EpochKey, Group, Horizon, Item, Vault, VaultWrapper
from circles import access
from circles.models import Invitation

PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class GroupForJoiners:
    epoch: int
    seq: int
    rekey_required: bool
    group_info: bytes
    tree: bytes


@dataclass(frozen=True, slots=True)
class Chain:
    """`certificates` are all that every device ever had which wrote in the log, also of those who are gone: old
    signatures need them.
    """

    changes: list[bytes]
    invitation: bytes | None
    certificates: list[bytes]


@dataclass(frozen=True, slots=True)
class Begun:
    """The place and the time of the commit that made an epoch."""

    epoch: int
    seq: int
    at: datetime


@dataclass(frozen=True, slots=True)
class LogPage:
    """Items in order, the head of the log, and the hash just before the first place that this person may see."""

    items: list[Item]
    head: int
    base_seq: int
    base_hash: bytes


def group_for(user_id: UUID, circle_id: UUID) -> GroupForJoiners:
    """For members, and for those invited: what an external commit needs."""
    access.circle_for(user_id, circle_id, "read", "join")
    group = _group(circle_id)
    state = PublicGroup.from_bytes(bytes(group.state))
    return GroupForJoiners(
        epoch=group.epoch,
        seq=group.seq,
        rekey_required=group.rekey_required,
        group_info=state.group_info_bytes(bytes(group.external_pub), bytes(group.group_info_sig), group.signer_leaf),
        tree=state.ratchet_tree_bytes(),
    )


def chain_for(user_id: UUID, circle_id: UUID) -> Chain:
    """The whole policy chain, the invitation by which this person came, if by one, and who wrote in the log."""
    access.circle_for(user_id, circle_id, "read", "join")
    changes = _group(circle_id).changes.order_by("n").values_list("raw", flat=True)
    invitation = (
        Invitation.objects.filter(circle_id=circle_id, user_id=user_id, state__in=("pending", "accepted"))
        .order_by("-created")
        .first()
    )
    writers = Item.objects.filter(group_id=circle_id).values("device")
    certificates = DeviceCertificate.objects.filter(device__in=writers).order_by("device_id", "id")
    return Chain(
        changes=[bytes(raw) for raw in changes],
        invitation=None if invitation is None else bytes(invitation.signed),
        certificates=[bytes(raw) for raw in certificates.values_list("raw", flat=True)],
    )


def items_for(user_id: UUID, circle_id: UUID, *, since: int, before: int | None, limit: int) -> LogPage:
    """The log after `since`, or the page of it that ends before `before`; never from before this person's horizon."""
    access.circle_for(user_id, circle_id, "read")
    group = _group(circle_id)
    floor = max(since, _horizon(user_id, group))
    visible = Item.objects.filter(group=group, seq__gt=floor)
    if before is None:
        items = list(visible.order_by("seq")[: min(limit, PAGE)])
    else:
        items = list(visible.filter(seq__lt=before).order_by("-seq")[: min(limit, PAGE)])[::-1]
        floor = items[0].seq - 1 if items else floor
    base = Item.objects.filter(group=group, seq=floor).values_list("hash", flat=True).first()
    return LogPage(items, group.seq, floor, bytes(32) if base is None else bytes(base))


def _horizon(user_id: UUID, group: Group) -> int:
    """The place after which this person may read; the head when no device of theirs has joined yet."""
    horizon = Horizon.objects.filter(group=group, user_id=user_id).first()
    return group.seq if horizon is None else horizon.seq


def epochs_for(user_id: UUID, circle_id: UUID) -> list[Begun]:
    """Where and when each epoch began, for whoever gives history."""
    circle = access.circle_for(user_id, circle_id, "grant_history")
    commits = Item.objects.filter(group_id=circle_id, kind=Item.Kind.COMMIT).order_by("epoch")
    made = [Begun(*each) for each in commits.values_list("epoch", "seq", "at")]
    return [Begun(0, 0, circle.opened), *made]


def receipts_for(user_id: UUID, circle_id: UUID) -> list[Cursor]:
    """How far each device of the roster got."""
    access.circle_for(user_id, circle_id, "read")
    return list(Cursor.objects.filter(group_id=circle_id, device__leaves__group_id=circle_id).select_related("device"))


def epoch_keys_of(user_id: UUID, circle_id: UUID | None) -> list[EpochKey]:
    """The person's own sealed copies, of the circles that the person may read now."""
    if circle_id is not None:
        access.circle_for(user_id, circle_id, "read")
        circles = [circle_id]
    else:
        circles = [circle.id for circle in access.circles_for(user_id, "read")]
    # A repaired copy comes after the one beside which it stands: clients take the later one first.
    mine = EpochKey.objects.filter(user_id=user_id, group_id__in=circles)
    return list(mine.order_by("group_id", "epoch", "repaired", "id"))


def devices_of(user_id: UUID) -> list[Device]:
    return list(Device.objects.filter(user_id=user_id).order_by("created"))


def key_history_of(user_id: UUID) -> tuple[list[bytes], list[bytes]]:
    """The person's key events, and the rotations by which their other devices follow a new identity; in order."""
    rotated = [bytes(each.rotation) for each in rotations([user_id]) if each.rotation is not None]
    return events_of(user_id), rotated


def key_log_for(
    user_id: UUID, *, people: Collection[UUID], seen: Collection[int]
) -> tuple[KeyLog, dict[UUID, list[bytes]]]:
    """The key log as it stands, and the histories of those of `people` whom this person meets in a circle, or by an
    invitation; one's own.
    """
    shown = access.companions(user_id, people) | ({user_id} & set(people))
    # The places first: what is appended meanwhile is an event that waits.
    places = key_log(people=shown, seen=seen)
    return places, histories_of(shown)


def vault_of(user_id: UUID) -> tuple[Vault, list[VaultWrapper]]:
    """The vault, and its key as wrapped for unlockers that stand: a passkey that was removed is none any more."""
    vault = Vault.objects.filter(user_id=user_id).first()
    if vault is None:
        raise NotFound
    passkeys = {f"passkey:{each}" for each in passkeys_of(user_id)}
    wrappers = vault.wrappers.order_by("id")
    return vault, [each for each in wrappers if each.unlocker in passkeys or not each.unlocker.startswith("passkey:")]


def _group(circle_id: UUID) -> Group:
    group = Group.objects.filter(circle_id=circle_id).first()
    if group is None:
        raise NotFound
    return group
