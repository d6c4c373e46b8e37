"""What the server may bring about in a circle by itself: that somebody, or a device, goes.

The tables end a place or a device at once; the group still has the leaf, and the policy the entry, until a member's
device has committed the removal. An end order, signed by the key that change 0 of each circle pins, lets any member's
device do so, and until then nothing may be sent. Restore orders are a registrar's and wait here in the same way.

Used by `whispers` and `devices` (which issue), `stewards` (restorations) and `commits` (which carries out).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from audit import services as audit
from audit.events import SYSTEM
from chat import telling
from chat.epochs import policy_bytes
from chat.mls import PublicGroup, sign_with_label
from chat.models import EndOrder, Group, Leaf, RestoreOrder
from chat.policy import Policy, read_policy
from chat.statements import END_ORDER, RESTORE_ORDER
from chat.statements import EndOrder as Order
from chat.statements.orders import EndCode
from circles.models import Member

Code = EndCode | Literal["revoked"]


def issue(*, group: Group, user_id: UUID, code: Code, device_id: UUID | None = None) -> None:
    """Order this person, or one device, out of the circle; nothing is sent before the removal. Twice is once. Call it
    with the group locked.
    """
    of_this = group.end_orders.filter(user_id=user_id, carried_out=None)
    of_this = of_this.filter(device=None) if device_id is None else of_this.filter(device_id=device_id)
    if not of_this.exists():
        says = Order(group.circle_id, user_id, device_id, code, _time_of_an_order(group, user_id))
        raw = END_ORDER.make(says, partial(sign_with_label, settings.ORDER_KEY))
        EndOrder.objects.create(group=group, user_id=user_id, device_id=device_id, code=code, raw=raw)
        audit.record("order.issue", actor=SYSTEM, circle_id=group.circle_id, sha=hashlib.sha256(raw).digest())
    if removal_is_due(group):
        Group.objects.filter(circle_id=group.circle_id).update(rekey_required=True)
    telling.circle_changed(group.circle_id)


def _time_of_an_order(group: Group, user_id: UUID) -> datetime:
    """Not before the change, by a device whose clock may run ahead of ours, that gave the person their role: the policy
    takes such an order for one that has had its effect.
    """
    person = _policy(group).persons.get(user_id)
    return max(timezone.now(), person.since) if person else timezone.now()


def is_in_policy(group: Group, user_id: UUID) -> bool:
    return user_id in _policy(group).persons


def _policy(group: Group) -> Policy:
    return read_policy(policy_bytes(PublicGroup.from_bytes(bytes(group.state))))


def removal_is_due(group: Group) -> bool:
    """Whether somebody whose place ended, or a device that ended, still holds the epoch's key."""
    members = Member.objects.filter(circle_id=group.circle_id, ended=None)
    gone = ~Q(device__user_id__in=members.values("user_id")) | Q(device__ended__isnull=False)
    return group.leaves.filter(gone).exists()


def lock_groups_of(devices: Collection[UUID]) -> list[Group]:
    """The groups in which one of these devices has a leaf, locked in the order that everybody keeps."""
    theirs = Leaf.objects.filter(device_id__in=devices).values("group")
    return list(Group.objects.select_for_update().filter(circle_id__in=theirs).order_by("circle_id"))


def settle(group: Group) -> None:
    """After a commit, its roster written: a device without a leaf needs no removal any more, and with nobody left to
    remove people may send again.
    """
    gone = group.end_orders.filter(carried_out=None, device__isnull=False)
    gone.exclude(device__in=group.leaves.values("device")).update(carried_out=timezone.now())
    if group.rekey_required and not removal_is_due(group):
        Group.objects.filter(circle_id=group.circle_id).update(rekey_required=False)


def carry_out(circle_id: UUID, user_id: UUID, device_id: UUID | None) -> None:
    """A commit has removed the person (`device_id` None: whatever was ordered of them), or one of their devices."""
    done = EndOrder.objects.filter(group_id=circle_id, user_id=user_id, carried_out=None)
    if device_id is not None:
        done = done.filter(device_id=device_id)
    done.update(carried_out=timezone.now())


def drop_void_restorations(group: Group) -> None:
    """What nobody can carry out any more waits for nothing: the person has gone, or has got a role since. Call it with
    the group locked.
    """
    persons = _policy(group).persons
    members = set(Member.objects.filter(circle_id=group.circle_id, ended=None).values_list("user_id", flat=True))
    for order in group.restore_orders.filter(carried_out=None):
        person, time = persons.get(order.user_id), RESTORE_ORDER.read(bytes(order.raw)).says.time
        if person is None or order.user_id not in members or time < person.since:
            order.delete()


def carry_out_restoration(circle_id: UUID, user_id: UUID) -> None:
    """A commit has made the member a coordinator again."""
    RestoreOrder.objects.filter(group_id=circle_id, user_id=user_id, carried_out=None).update(
        carried_out=timezone.now()
    )


def open_orders(circle_id: UUID) -> list[bytes]:
    """The end orders that no commit has carried out yet, oldest first."""
    return [bytes(each.raw) for each in EndOrder.objects.filter(group_id=circle_id, carried_out=None).order_by("id")]


def open_restorations(circle_id: UUID) -> list[bytes]:
    waiting = RestoreOrder.objects.filter(group_id=circle_id, carried_out=None).order_by("id")
    return [bytes(each.raw) for each in waiting]
