"""Changing a circle's group: **the commit is the write**.

What a commit changes is applied to the tables of `circles` in the transaction that accepts it, never the other way
round. Used by `chat.consumers`. Lock order: the circle, then its group.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.events import Actor
from chat import orders, protocol
from chat.appending import locked_group, next_item
from chat.certificates import read_certificate
from chat.consequences import carry_out
from chat.devices import active_device
from chat.epochs import check_time, policy_bytes, record_epoch, write_keys, write_roster
from chat.errors import ChatError, Conflict, NotFound
from chat.log import wire_time
from chat.mls import MlsError, PublicGroup, StaleEpoch, VerifiedCommit, decode_commit
from chat.models import Change, Device, DeviceCertificate, Group, Item
from chat.policy import CommitNote, Policy, PolicyRefused, advance, check_extension, read_note, read_policy, unfit
from chat.rules import CircleRules
from circles import access
from circles import services as circles
from circles.models import Circle


@dataclass(frozen=True, slots=True)
class Accepted:
    """A commit that became the log's item `seq` and made `epoch`; `frame` is what the members receive."""

    circle: UUID
    seq: int
    epoch: int
    hash: bytes
    rights_version: int
    frame: bytes
    tell: tuple[UUID, ...]  # people whose list of circles or invitations changed


@dataclass(frozen=True, slots=True)
class _Verified:
    """A commit that holds: `before` is the policy that judged it, `policy` and `state` are what it leads to."""

    commit: VerifiedCommit
    note: CommitNote
    before: Policy
    policy: Policy
    state: PublicGroup


@transaction.atomic
def commit(*, actor: Actor, user_id: UUID, device_id: UUID, frame: protocol.Commit) -> Accepted:
    """Verify a commit against the circle's public state and apply it, with everything it means for the tables.

    The first valid commit of an epoch wins: later ones are refused with `stale_epoch` and change nothing.
    Refuses with `not_found`, `stale_epoch`, `invalid_commit`, `invalid_policy`, `invalid_keys`, `wrong_device`,
    `clock_skew`, `not_allowed`, and what `circles.services` refuses.
    """
    group = _locked(frame.circle)
    # Under the lock that its end would take: a device that is just ending commits nothing any more.
    device, _ = active_device(user_id, device_id)
    _ask_the_gate(actor, user_id, frame)
    made = _verify(PublicGroup.from_bytes(bytes(group.state)), frame, device)
    # The log and the roster first, so that what `circles` whispers finds them as they are from now on.
    item = _append(group, frame, made, device, timezone.now())
    write_roster(group, made.state)
    write_keys(group, made.state, frame.keys)
    Change.objects.bulk_create(Change(group=group, n=change.n, raw=change.raw) for change in made.note.changes)
    tell = carry_out(actor, user_id, group, frame.act, made.note, made.before, made.policy)
    orders.settle(group)
    item.event_id = record_epoch(actor, group, made.state, bytes(item.digest))
    item.save(force_insert=True)
    group.refresh_from_db(fields=["rights_version"])
    return Accepted(
        circle=frame.circle,
        seq=item.seq,
        epoch=item.epoch,
        hash=bytes(item.hash),
        rights_version=group.rights_version,
        frame=protocol.encode(
            protocol.CommitItem(
                circle=frame.circle,
                seq=item.seq,
                at=wire_time(item.at),
                hash=bytes(item.hash),
                epoch=item.epoch,
                commit=frame.commit,
                device=device.id,
            )
        ),
        tell=tuple(tell),
    )


def _ask_the_gate(actor: Actor, user_id: UUID, frame: protocol.Commit) -> None:
    """Before anything of the commit is looked at: a stranger learns nothing from how it is refused. What ends or
    changes somebody's place is asked again once it is known on whose word (`consequences`).
    """
    match frame.act:
        case protocol.JoinAct():
            circles.check_may_join(actor=actor, circle_id=frame.circle)
        case protocol.InviteAct() | protocol.HandOverAct():
            access.circle_for(user_id, frame.circle, "invite")
        case protocol.UpdateAct():
            access.circle_for(user_id, frame.circle, "send")
        case protocol.EndAct() | protocol.PolicyAct():
            access.circle_for(user_id, frame.circle, "read")


def _locked(circle_id: UUID) -> Group:
    """The circle's group with both rows locked, in the order that everybody keeps: of a compartment the circle first.
    Raises NotFound.
    """
    circles.lock_parent(circle_id)
    if not Circle.objects.select_for_update().filter(id=circle_id).exists():
        raise NotFound
    return locked_group(circle_id)


def _verify(state: PublicGroup, frame: protocol.Commit, device: Device) -> _Verified:
    policy = read_policy(policy_bytes(state))
    try:
        # Ends of membership and certificate are judged by the commit's own time, as every client will: a commit that
        # passes here by our clock and fails there by its own would stop the circle for good.
        framed = decode_commit(frame.commit).framed
        if framed.group_id != state.group_id:
            raise ChatError("invalid_commit", evidence="another circle")
        if framed.epoch != state.epoch:
            raise Conflict("stale_epoch")
        note = read_note(framed.authenticated_data)
        after = advance(policy, note)
        verified = state.verify_commit(frame.commit, rules=CircleRules(policy, after, note.time))
        state_after = state.apply(verified)
        state_after.verify_group_info(frame.external_pub, frame.group_info_sig, verified.committer.leaf_index)
        check_extension(after, policy_bytes(state_after))
    except StaleEpoch as error:
        raise Conflict("stale_epoch", evidence=str(error)) from error
    except MlsError as error:
        raise ChatError("invalid_commit", evidence=str(error)) from error
    except PolicyRefused as error:
        raise ChatError("invalid_policy", evidence=error.code) from error
    check_time(note.time)
    certificates = DeviceCertificate.objects.filter(device=device)
    if not certificates.filter(raw=verified.committer.identity).exists():
        raise ChatError("wrong_device")
    if not verified.has_path:
        raise ChatError("invalid_commit", evidence="no update path")
    if verified.external != isinstance(frame.act, protocol.JoinAct):
        raise ChatError("invalid_commit", evidence="a join, or none")
    if not verified.external:
        _check_removals(state, verified, policy, after, device)
    return _Verified(verified, note, policy, after, state_after)


def _check_removals(
    state: PublicGroup, verified: VerifiedCommit, before: Policy, after: Policy, device: Device
) -> None:
    """A member's commit removes the leaves that its changes make unfit, no more and no less."""
    removed = {read_certificate(member.identity).device for member in verified.removed}
    roster = (read_certificate(member.identity) for member in state.roster())
    if removed != (unfit(before, after, roster, device.id) if after is not before else frozenset()):
        raise ChatError("invalid_commit", evidence="not the leaves that the changes make unfit")


def _append(group: Group, frame: protocol.Commit, made: _Verified, device: Device, now: datetime) -> Item:
    group.epoch = made.state.epoch
    group.state = made.state.to_bytes()
    group.external_pub = frame.external_pub
    group.group_info_sig = frame.group_info_sig
    group.signer_leaf = made.commit.committer.leaf_index
    item = next_item(group, Item.Kind.COMMIT, frame.commit, at=now, device_id=device.id)
    group.save(update_fields=["seq", "epoch", "log_hash", "state", "external_pub", "group_info_sig", "signer_leaf"])
    return item
