"""Changing a circle's group: **the commit is the write**.

What a commit changes is applied to the tables of `circles` in the transaction that accepts it, never the other way
round. Used by `chat.consumers`. Lock order: the circle, then its group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import selectors as accounts
from audit.events import Actor
from chat import protocol
from chat.canonical import NotCanonical
from chat.certificates import read_certificate
from chat.devices import active_device
from chat.epochs import check_time, policy_bytes, record_epoch, write_keys, write_roster
from chat.errors import ChatError, Conflict, NotFound
from chat.invitations import check_invitation
from chat.log import chain_hash, wire_time
from chat.mls import MlsError, PublicGroup, StaleEpoch, VerifiedCommit, decode_commit
from chat.models import Change, Device, Group, Horizon, Item
from chat.policy import (
    CommitNote,
    End,
    Invite,
    Policy,
    PolicyRefused,
    UnverifiedChange,
    advance,
    check_extension,
    read_change,
    read_note,
    read_policy,
)
from chat.rules import CircleRules
from circles import access
from circles import services as circles
from circles.models import Circle, Member
from circles.roles import Ability


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


@transaction.atomic
def commit(*, actor: Actor, user_id: UUID, device_id: UUID, frame: protocol.Commit) -> Accepted:
    """Verify a commit against the circle's public state and apply it, with everything it means for the tables.

    The first valid commit of an epoch wins: later ones are refused with `stale_epoch` and change nothing.
    Refuses with `not_found`, `stale_epoch`, `invalid_commit`, `invalid_policy`, `invalid_keys`, `wrong_device`,
    `clock_skew`,
    `not_allowed`, and what `circles.services` refuses.
    """
    device, _ = active_device(user_id, device_id)
    group = _locked(frame.circle)
    _ask_the_gate(actor, user_id, frame)
    state = PublicGroup.from_bytes(bytes(group.state))
    now = timezone.now()
    policy = read_policy(policy_bytes(state))
    try:
        # Ends of membership and certificate are judged by the commit's own time, as every client will: a commit that
        # passes here by our clock and fails there by its own would stop the circle for good.
        framed = decode_commit(frame.commit).framed
        if framed.epoch != state.epoch:
            raise Conflict("stale_epoch")
        note = read_note(framed.authenticated_data)
        new_policy = advance(policy, note)
        verified = state.verify_commit(frame.commit, rules=CircleRules(policy, new_policy, note.time))
        after = state.apply(verified)
        after.verify_group_info(frame.external_pub, frame.group_info_sig, verified.committer.leaf_index)
        check_extension(new_policy, policy_bytes(after))
    except StaleEpoch as error:
        raise Conflict("stale_epoch", evidence=str(error)) from error
    except MlsError as error:
        raise ChatError("invalid_commit", evidence=str(error)) from error
    except PolicyRefused as error:
        raise ChatError("invalid_policy", evidence=error.code) from error
    check_time(note.time)
    if verified.committer.identity != bytes(device.certificate):
        raise ChatError("wrong_device")
    if not verified.has_path:
        raise ChatError("invalid_commit", evidence="no update path")

    # The log and the roster first, so that what `circles` whispers finds them as they are from now on.
    item = _append(group, frame, after, device, now)
    write_roster(group, after)
    write_keys(group, after, new_policy, frame.keys)
    for change in note.changes:
        Change.objects.create(group=group, n=change.n, raw=change.raw)
    tell = _apply_act(actor, user_id, group, frame, verified, note, new_policy)
    if group.rekey_required and not _ended_have_leaves(group):
        Group.objects.filter(circle_id=group.circle_id).update(rekey_required=False)
    item.event_id = record_epoch(actor, group, after, bytes(item.digest))
    item.save(force_insert=True)
    group.refresh_from_db(fields=["rights_version"])
    return Accepted(
        circle=frame.circle,
        seq=item.seq,
        epoch=after.epoch,
        hash=bytes(item.hash),
        rights_version=group.rights_version,
        frame=protocol.encode(
            protocol.CommitItem(
                circle=frame.circle,
                seq=item.seq,
                at=wire_time(item.at),
                hash=bytes(item.hash),
                epoch=after.epoch,
                commit=frame.commit,
                device=device.id,
            )
        ),
        tell=tell,
    )


_ABILITIES: Mapping[type[protocol.Act], Ability] = {
    protocol.InviteAct: "invite",
    protocol.EndAct: "remove",
    protocol.UpdateAct: "send",
}


def _ask_the_gate(actor: Actor, user_id: UUID, frame: protocol.Commit) -> None:
    """Before anything of the commit is looked at: a stranger learns nothing from how it is refused."""
    if isinstance(frame.act, protocol.JoinAct):
        circles.check_may_join(actor=actor, circle_id=frame.circle)
    else:
        access.circle_for(user_id, frame.circle, _ABILITIES[type(frame.act)])


def _locked(circle_id: UUID) -> Group:
    """The circle's group with both rows locked, in the order that everybody keeps. Raises NotFound."""
    if not Circle.objects.select_for_update().filter(id=circle_id).exists():
        raise NotFound
    group = Group.objects.select_for_update().filter(circle_id=circle_id).first()
    if group is None:
        raise NotFound
    return group


def _append(group: Group, frame: protocol.Commit, after: PublicGroup, device: Device, now: datetime) -> Item:
    group.seq += 1
    group.epoch = after.epoch
    group.log_hash, digest = chain_hash(bytes(group.log_hash), group.seq, frame.commit)
    group.state = after.to_bytes()
    group.external_pub = frame.external_pub
    group.group_info_sig = frame.group_info_sig
    group.signer_leaf = _leaf_of(after, bytes(device.certificate))
    group.save(update_fields=["seq", "epoch", "log_hash", "state", "external_pub", "group_info_sig", "signer_leaf"])
    return Item(
        group=group,
        seq=group.seq,
        kind=Item.Kind.COMMIT,
        at=now,
        epoch=after.epoch,
        device=device,
        body=frame.commit,
        digest=digest,
        hash=group.log_hash,
    )


def _leaf_of(state: PublicGroup, certificate: bytes) -> int:
    return next(member.leaf_index for member in state.roster() if member.identity == certificate)


def _apply_act(
    actor: Actor,
    user_id: UUID,
    group: Group,
    frame: protocol.Commit,
    verified: VerifiedCommit,
    note: CommitNote,
    policy: Policy,
) -> tuple[UUID, ...]:
    """Do in the tables what the commit says; refuse when the two differ. The answer: whom to tell."""
    ops = [change.op for change in note.changes]
    removed = {read_certificate(member.identity).user for member in verified.removed}
    match frame.act:
        case protocol.JoinAct():
            if not verified.external or ops:
                raise ChatError("invalid_commit", evidence="not a join")
            if circles.join(actor=actor, circle_id=group.circle_id).first:
                Horizon.objects.update_or_create(group=group, user_id=user_id, defaults={"seq": group.seq - 1})
            return (user_id,)
        case protocol.UpdateAct():
            if verified.external or ops or removed:
                raise ChatError("invalid_commit", evidence="not an update")
            return ()
        case protocol.InviteAct() as act:
            if verified.external or removed or len(ops) != 1 or not isinstance(ops[0], Invite):
                raise ChatError("invalid_commit", evidence="not an invitation")
            _invite(actor, group, act, note.changes[0], ops[0], policy)
            return (ops[0].person.user,)
        case protocol.EndAct() as act:
            if verified.external or ops != [End(act.user, act.code, None)]:
                raise ChatError("invalid_commit", evidence="not an end")
            if removed - {act.user} or _leaves_of(group, act.user):
                raise ChatError("invalid_commit", evidence="not all leaves of the person, or leaves of others")
            circles.end_membership(
                actor=actor, circle_id=group.circle_id, user_id=act.user, code=act.code, reason=act.reason
            )
            return (act.user,)


def _leaves_of(group: Group, user_id: UUID) -> int:
    """How many leaves a person has in the roster."""
    return group.leaves.filter(device__user_id=user_id).count()


def _ended_have_leaves(group: Group) -> bool:
    """Whether somebody whose membership ended still holds the epoch's key."""
    members = Member.objects.filter(circle_id=group.circle_id, ended=None)
    return group.leaves.exclude(device__user_id__in=members.values("user_id")).exists()


def _invite(
    actor: Actor, group: Group, act: protocol.InviteAct, change: UnverifiedChange, op: Invite, policy: Policy
) -> None:
    person = op.person
    identity = accounts.identity_of(person.user)
    if identity is None or person.keys is None or (bytes(identity.identity_key), bytes(identity.history_key)) != (
        person.keys.identity,
        person.keys.history,
    ):
        raise ChatError("invalid_policy", evidence="not the identity that this person has")
    try:
        invitation = check_invitation(
            act.invitation, change=change, person=person, change0=_first_change(group), head=policy.head
        )
    except NotCanonical as error:
        raise ChatError("invalid_policy", evidence=str(error)) from error
    circles.invite(
        actor=actor,
        circle_id=group.circle_id,
        user_id=person.user,
        role_id=act.role_id,
        role=person.role,
        ground=person.ground,
        not_after=person.not_after,
        signed=act.invitation,
        expires=invitation.expires,
    )


def _first_change(group: Group) -> bytes:
    return read_change(bytes(group.changes.get(n=0).raw)).hash()
