"""What an accepted commit means for the tables: one step for each operation of its policy changes.

Used by `commits`, in its transaction, after the log and the roster are written. The policy has decided whether the
signer may do this; the gate is asked again where it is a coordinator's act, because the tables may have ended a place
that the policy still has.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import F

from accounts import selectors as accounts
from audit.events import Actor
from chat import orders, protocol, telling
from chat.canonical import NotCanonical
from chat.errors import ChatError
from chat.invitations import check_invitation
from chat.models import EpochKey, Group, Horizon
from chat.policy import (
    Admit,
    CommitNote,
    End,
    Invite,
    Keys,
    NewPerson,
    Op,
    Policy,
    Reset,
    Restore,
    Revoke,
    Role,
    Rotate,
    UnverifiedChange,
    is_past,
    read_change,
)
from chat.statements import pending_commitment
from circles import access
from circles import services as circles
from circles.models import Member
from circles.registrars import named_in_directory

_COMPLETE = (Admit, Role, Revoke, Rotate, Reset, Restore)  # what the chain says completely


def carry_out(
    actor: Actor, user_id: UUID, group: Group, act: protocol.Act, note: CommitNote, before: Policy, after: Policy
) -> set[UUID]:
    """Do in the tables what the commit says; refuse when the act and the changes differ. The answer: whose list of
    circles or of invitations changed.
    """
    ops = [change.op for change in note.changes]
    match act, ops:
        case protocol.JoinAct(), []:
            _join(actor, user_id, group)
            return {user_id}
        case protocol.UpdateAct(), []:
            return set()
        case protocol.InviteAct(), [Invite(person)]:
            _invite(actor, group, act, note.changes[0], person, after)
            return {person.user}
        case protocol.EndAct(), [End(user, code, order)] if (user, code) == (act.user, act.code):
            _end(actor, group, act, due=order is not None or is_past(before.persons[user], note.time))
            return {user}
        case protocol.HandOverAct(), [Role(taker, "coordinator"), *rest] if taker == act.to and _is_own(note, user_id):
            _check_ends_stay({taker, user_id}, before, after)
            _hand_over(actor, user_id, group, act, rest)
            return {taker, user_id}
        case protocol.PolicyAct(), [_, *_] if all(isinstance(op, _COMPLETE) for op in ops):
            _check_keys({op.user for op in ops if isinstance(op, Admit | Rotate | Reset)}, after)
            return {told for op in ops if (told := _change(actor, user_id, group, op)) is not None}
        case _:
            raise ChatError("invalid_commit", evidence="another act than the changes")


def _join(actor: Actor, user_id: UUID, group: Group) -> None:
    """The log begins here for who is new; also for who was here and has other keys than then."""
    before = {"seq": group.seq - 1}
    if circles.join(actor=actor, circle_id=group.circle_id).first:
        Horizon.objects.update_or_create(group=group, user_id=user_id, defaults=before)
    else:
        Horizon.objects.get_or_create(group=group, user_id=user_id, defaults=before)


def _invite(
    actor: Actor,
    group: Group,
    act: protocol.InviteAct,
    change: UnverifiedChange,
    person: NewPerson,
    after: Policy,
) -> None:
    _check_keys({person.user}, after)
    if person.pending is not None and person.pending != _commitment_to(person.user):
        raise ChatError("invalid_policy", evidence="not who the directory says")
    try:
        invitation = check_invitation(
            act.invitation, change=change, person=person, change0=_first_change(group), head=after.head
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
        consent=None if act.consent is None else _consent(actor, act.consent),
        delegate_of=act.for_,
    )


def _consent(actor: Actor, given: protocol.ConsentGiven) -> circles.ConsentRecord:
    return circles.ConsentRecord(given_on=given.given_on, how=given.how, recorded_by=circles.person(actor))


def _is_own(note: CommitNote, user_id: UUID) -> bool:
    """Nobody gives away what is another's: the committer has signed every change."""
    return all(change.certificate.user == user_id for change in note.changes)


def _check_ends_stay(users: Collection[UUID], before: Policy, after: Policy) -> None:
    if any(before.persons[user].not_after != after.persons[user].not_after for user in users):
        raise ChatError("invalid_policy", evidence="a hand-over changes no end date")


def _hand_over(actor: Actor, user_id: UUID, group: Group, act: protocol.HandOverAct, rest: Sequence[Op]) -> None:
    """After the taker's role, at most the giver's own."""
    match rest:
        case []:
            steps_down_to = None
        case [Role(user, role)] if user == user_id:
            steps_down_to = role
        case _:
            raise ChatError("invalid_commit", evidence="another act than the changes")
    circles.hand_over(
        actor=actor, circle_id=group.circle_id, taker_id=act.to, until=act.until, steps_down_to=steps_down_to
    )
    _move_rights(group, user_id, act.to)


def _end(actor: Actor, group: Group, act: protocol.EndAct, *, due: bool) -> None:
    circles.end_membership(
        actor=actor,
        circle_id=group.circle_id,
        user_id=act.user,
        code=act.code,
        reason=act.reason,
        due=due,
    )
    orders.carry_out(group.circle_id, act.user, None)


def _change(actor: Actor, user_id: UUID, group: Group, op: Op) -> UUID | None:
    """The person whose list of circles or invitations changed, if anybody's."""
    circle = group.circle_id
    match op:
        case Admit(user):
            circles.admit(actor=actor, circle_id=circle, user_id=user)
            return user
        case Role(user, role, not_after):
            circles.change_role(actor=actor, circle_id=circle, user_id=user, role=role, not_after=not_after)
            _move_rights(group, user)
            return user
        case Revoke(user, device, order):
            if order is None and user != user_id:
                access.circle_for(user_id, circle, "remove")
            orders.carry_out(circle, user, device)
        case Reset(user):
            circles.confirm_keys(actor=actor, circle_id=circle, user_id=user)
            # The new keys open nothing from before: what there was comes back by a grant.
            Horizon.objects.filter(group=group, user_id=user).delete()
            EpochKey.objects.filter(group=group, user_id=user).delete()
            return user
        case Restore():
            circles.restore_coordinator(actor=actor, circle_id=circle, user_id=op.user)
            orders.carry_out_restoration(circle, op.user)
            _move_rights(group, op.user)
            return op.user
    return None


def _check_keys(users: Collection[UUID], after: Policy) -> None:
    """Whoever enters or has other keys from now on has those that this person has here; none while they have none."""
    active = accounts.active_identities(users)
    for user in users:
        known = active.get(user)
        keys = known and Keys(bytes(known.identity_key), bytes(known.history_key), bytes(known.history_sig))
        if after.persons[user].keys != keys:
            raise ChatError("invalid_policy", evidence="not the keys that this person has")


def _commitment_to(user: UUID) -> bytes | None:
    """What a coordinator's device pins of somebody who has no keys yet."""
    known = named_in_directory(user)
    if known is None:
        return None
    return pending_commitment(user=user, name=known.name, number=known.number, system=known.system)


def _move_rights(group: Group, *users: UUID) -> None:
    """Every connection asks the gate again before it hands over the next item; in the compartments at once, because no
    item of theirs follows.
    """
    Group.objects.filter(circle_id=group.circle_id).update(rights_version=F("rights_version") + 1)
    places = Member.objects.filter(circle__parent=group.circle_id, user_id__in=users, ended=None)
    within = Group.objects.select_for_update().filter(circle_id__in=places.values("circle_id"))
    for compartment in within.order_by("circle_id"):
        compartment.rights_version += 1
        compartment.save(update_fields=("rights_version",))
        telling.rights_moved(compartment.circle_id, compartment.rights_version)


def _first_change(group: Group) -> bytes:
    return read_change(bytes(group.changes.get(n=0).raw)).hash()
