"""What devices say, signed, of the epochs of a circle: that they have seen one, that they cannot process a commit.

Used by `chat.consumers`. The server keeps the statements and shows them; what they prove is for clients to judge.
"""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db import transaction

from audit import services as audit
from audit.events import Actor
from chat import telling
from chat.canonical import NotCanonical
from chat.epochs import check_time
from chat.errors import ChatError, NotFound
from chat.models import Group, Item, Leaf, Report, Seen
from chat.protocol import SeenBy
from chat.sockets import ProvedDevice
from chat.statements import EPOCH_SEEN, REPORT, EpochSeen, Kind, verify
from chat.statements import Report as Reported
from circles import access

SUSPECT_FROM = 2  # people who report the same commit, before coordinators are shown its committer

T = TypeVar("T", EpochSeen, Reported)


@transaction.atomic
def keep_seen(*, actor: Actor, user_id: UUID, device: ProvedDevice, statement: bytes) -> SeenBy | None:
    """Keep the latest epoch that a device in the roster has seen; None when that is no news. Raises ChatError."""
    said = _said(EPOCH_SEEN, statement, device)
    access.circle_for(user_id, said.circle, "read")
    group = Group.objects.filter(circle_id=said.circle).first()
    if group is None or not Leaf.objects.filter(group=group, device_id=device.id).exists():
        raise NotFound
    if said.epoch > group.epoch:
        raise ChatError("bad_statement", evidence="an epoch to come")
    latest = {"epoch": said.epoch, "statement": statement}
    earlier = Seen.objects.filter(group=group, device_id=device.id, epoch__lt=said.epoch)
    if not earlier.update(**latest):
        _, first = Seen.objects.get_or_create(group=group, device_id=device.id, defaults=latest)
        if not first:
            return None
    audit.record(
        "mls.confirm",
        actor=actor,
        circle_id=said.circle,
        obj=("Device", device.id),
        epo=said.epoch,
        sha=said.confirmed,
    )
    return SeenBy(circle=said.circle, statement=statement)


@transaction.atomic
def keep_report(*, actor: Actor, user_id: UUID, device: ProvedDevice, statement: bytes) -> None:
    """Keep that a device could not process a commit of the log, once. Raises ChatError."""
    said = _said(REPORT, statement, device)
    access.circle_for(user_id, said.circle, "read")
    commits = Item.objects.filter(group_id=said.circle, kind=Item.Kind.COMMIT, epoch=said.epoch)
    if not commits.filter(digest=said.commit).exists():
        raise NotFound
    report, first = Report.objects.get_or_create(
        group_id=said.circle,
        epoch=said.epoch,
        device_id=device.id,
        defaults={"reason": said.reason, "statement": statement},
    )
    if not first:
        return
    audit.record(
        "mls.report",
        actor=actor,
        circle_id=said.circle,
        obj=("Report", report.id),
        epo=said.epoch,
        sha=said.commit,
        detail={"reason": said.reason},
    )
    people = Report.objects.filter(group_id=said.circle, epoch=said.epoch).values("device__user_id").distinct()
    if people.count() >= SUSPECT_FROM:
        telling.circle_changed(said.circle)


def _said(kind: Kind[T], statement: bytes, device: ProvedDevice) -> T:
    """What this very device says, now."""
    try:
        said = verify(kind.read(statement), device.key).says
    except NotCanonical as error:
        raise ChatError("bad_statement", evidence=str(error)) from error
    if said.device != device.id:
        raise ChatError("wrong_device", status=403)
    check_time(said.time)
    return said
