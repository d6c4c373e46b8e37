"""History grants: a coordinator's device gives a member the keys of epochs from before that person's horizon.

Used by `chat.consumers`. The server sees who gives what to whom, and that the statement is a coordinator's and the
epochs join without a gap what the person has; whether a key is the right one the person's own device finds out.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from audit.events import Actor
from chat import protocol
from chat.appending import already_there, locked_group, next_item
from chat.canonical import NotCanonical
from chat.devices import active_device
from chat.epochs import SEALED_KEY_BYTES, check_time, policy_bytes
from chat.errors import ChatError
from chat.log import wire_time
from chat.mls import PublicGroup, RefusedByRules
from chat.models import EpochKey, Group, Horizon, Item
from chat.policy import is_past, read_policy
from chat.rules import certificate_of
from chat.sockets import ProvedDevice
from chat.statements import HISTORY_GRANT, HistoryGrant, Unverified, verify_grant
from circles import access
from circles.models import Member


@dataclass(frozen=True, slots=True)
class Given:
    """The grant's place in the log, and the frame that the members receive."""

    seq: int
    hash: bytes
    rights_version: int
    frame: bytes


@transaction.atomic
def give_history(*, actor: Actor, user_id: UUID, device: ProvedDevice, frame: protocol.Grant) -> Given:
    """Keep the sealed keys, let the person's log begin earlier, and show the grant to everybody as an item of the log.
    A repeat of the same bytes gets the same place.

    Refuses with `not_found`, `replayed_id`, `clock_skew`, `bad_grant`, `invalid_keys`.
    """
    group = locked_group(frame.circle)
    active_device(user_id, device.id)
    circle = access.circle_for(user_id, frame.circle, "grant_history")
    try:
        statement = HISTORY_GRANT.read(frame.grant)
    except NotCanonical as error:
        raise ChatError("bad_grant", evidence=str(error)) from error
    said = statement.says
    earlier = already_there(group, said.id, hashlib.sha256(frame.grant).digest())
    if earlier is not None:
        return _given(earlier, group, frame)
    check_time(said.time)
    if said.circle != frame.circle:
        raise ChatError("bad_grant", evidence="another circle")
    _check_people(group, statement, device)
    begins = _check_epochs(group, said)
    if len(frame.keys) != said.last - said.first + 1 or any(
        len(frame.keys.get(epoch, b"")) != SEALED_KEY_BYTES for epoch in range(said.first, said.last + 1)
    ):
        raise ChatError("invalid_keys")
    EpochKey.objects.bulk_create(
        EpochKey(group=group, epoch=epoch, user_id=said.user, sealed=sealed, grant=said.id)
        for epoch, sealed in frame.keys.items()
    )
    Horizon.objects.filter(group=group, user_id=said.user).update(seq=begins)
    item = next_item(group, Item.Kind.GRANT, frame.grant, at=timezone.now(), device_id=device.id, id=said.id)
    group.save(update_fields=["seq", "log_hash"])
    item.event_id = audit.record(
        "history.grant",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=frame.circle,
        obj=("Grant", said.id),
        seq=item.seq,
        sha=bytes(item.digest),
        cnt=len(frame.keys),
        detail={"user": str(said.user), "from": said.first, "to": said.last},
    )
    item.save(force_insert=True)
    return _given(item, group, frame)


def _check_people(group: Group, statement: Unverified[HistoryGrant], device: ProvedDevice) -> None:
    """By a coordinator's device in the roster, to a member who is not there for a while only."""
    state, said = PublicGroup.from_bytes(bytes(group.state)), statement.says
    persons = read_policy(policy_bytes(state)).persons
    leaf = next((member for member in state.roster() if member.signature_key == device.key), None)
    if leaf is None:
        raise ChatError("bad_grant", evidence="no leaf")
    try:
        certificate = certificate_of(leaf.identity, leaf.signature_key, persons)
        verify_grant(statement, certificate)
    except (NotCanonical, RefusedByRules) as error:
        raise ChatError("bad_grant", evidence=str(error)) from error
    giver, person = persons[certificate.user], persons.get(said.user)
    if giver.role != "coordinator" or is_past(giver, said.time):
        raise ChatError("bad_grant", evidence="not by a coordinator")
    member = Member.objects.filter(circle_id=group.circle_id, user_id=said.user, ended=None).first()
    if person is None or member is None or "guest" in (person.role, member.role) or is_past(person, said.time):
        raise ChatError("bad_grant", evidence="not to a member")


def _check_epochs(group: Group, said: HistoryGrant) -> int:
    """The grant ends where what the person has begins, or gives again what a grant gave; the answer: the place after
    which the person may read.
    """
    horizon = Horizon.objects.filter(group=group, user_id=said.user).first()
    given = EpochKey.objects.filter(group=group, user_id=said.user, epoch__range=(said.first, said.last))
    again = given.exclude(grant=None).values("epoch").distinct().count()
    if horizon is not None and again == said.last - said.first + 1:
        return horizon.seq
    begun = Item.objects.filter(group=group, kind=Item.Kind.COMMIT)
    first = None if horizon is None else begun.filter(seq=horizon.seq + 1).first()
    if first is None or said.last != first.epoch - 1:
        raise ChatError("bad_grant", evidence="not the epochs before what the person has")
    return 0 if said.first == 0 else begun.get(epoch=said.first).seq - 1


def _given(item: Item, group: Group, frame: protocol.Grant) -> Given:
    shown = protocol.GrantItem(
        circle=frame.circle,
        seq=item.seq,
        at=wire_time(item.at),
        hash=bytes(item.hash),
        grant=frame.grant,
        device=item.device_id,
    )
    return Given(item.seq, bytes(item.hash), group.rights_version, protocol.encode(shown))
