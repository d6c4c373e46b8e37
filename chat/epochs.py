"""What an epoch leaves in the tables: its roster, the keys sealed to its people, its event in the log.

Used by `opening` and `commits`, inside their transactions, and by `chat.api` to repair a sealed key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from audit.events import Actor
from chat.certificates import read_certificate
from chat.errors import ChatError, NotFound
from chat.mls import PublicGroup
from chat.models import Device, EpochKey, Group, Leaf
from chat.policy import CLOCK_TOLERANCE, EXTENSION_TYPE
from circles import access

SEALED_KEY_BYTES = 80


def policy_bytes(state: PublicGroup) -> bytes:
    extension = state.extension(EXTENSION_TYPE)
    if extension is None:
        raise ChatError("invalid_policy", evidence="no policy")
    return extension


def check_time(time: datetime) -> None:
    if abs(timezone.now() - time) > CLOCK_TOLERANCE:
        raise ChatError("clock_skew")


def write_roster(group: Group, state: PublicGroup) -> None:
    """Make the rows of `Leaf` equal to the roster; every leaf must be a device that registered here and still
    stands.
    """
    devices = {member.leaf_index: read_certificate(member.identity).device for member in state.roster()}
    known = dict(group.leaves.values_list("index", "device_id"))
    group.leaves.filter(index__in=[index for index, device in known.items() if devices.get(index) != device]).delete()
    new = {index: device for index, device in devices.items() if known.get(index) != device}
    # Locked, so that a device that is being ended waits, and then finds the leaf that it has from now on.
    standing = Device.objects.select_for_update(no_key=True).filter(id__in=new.values(), ended=None)
    if len(standing) != len(new):
        raise ChatError("wrong_device")
    Leaf.objects.bulk_create(Leaf(group=group, index=index, device_id=device) for index, device in new.items())


def write_keys(group: Group, state: PublicGroup, keys: Mapping[UUID, bytes]) -> None:
    """The new epoch's content key for exactly the people who have a leaf in it."""
    readers = {read_certificate(member.identity).user for member in state.roster()}
    if set(keys) != readers or any(len(sealed) != SEALED_KEY_BYTES for sealed in keys.values()):
        raise ChatError("invalid_keys")
    EpochKey.objects.bulk_create(
        EpochKey(group=group, epoch=state.epoch, user_id=user, sealed=sealed) for user, sealed in keys.items()
    )


def record_epoch(actor: Actor, group: Group, state: PublicGroup, digest: bytes) -> UUID:
    roster = b"".join(member.identity for member in state.roster())
    return audit.record(
        "mls.commit",
        actor=actor,
        patient_id=group.circle.patient_id,
        circle_id=group.circle_id,
        epo=state.epoch,
        seq=group.seq,
        sha=digest,
        ros=hashlib.sha256(roster).digest(),
        pol=hashlib.sha256(policy_bytes(state)).digest(),
    )


@transaction.atomic
def repair_key(*, actor: Actor, user_id: UUID, circle_id: UUID, epoch: int, sealed: bytes) -> None:
    """A live device puts another copy of an epoch key beside its own person's that did not open to the right one.

    The maker's stays: whoever has stolen a session, and no device, can destroy nothing by this.
    """
    access.circle_for(user_id, circle_id, "read")
    made = EpochKey.objects.filter(group_id=circle_id, epoch=epoch, user_id=user_id, grant=None, repaired=False)
    if not made.exists():
        raise NotFound
    if len(sealed) != SEALED_KEY_BYTES:
        raise ChatError("invalid_keys", status=422)
    EpochKey.objects.update_or_create(
        group_id=circle_id, epoch=epoch, user_id=user_id, grant=None, repaired=True, defaults={"sealed": sealed}
    )
    audit.record("epochkey.repair", actor=actor, circle_id=circle_id, epo=epoch)
