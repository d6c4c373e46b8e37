"""What each operation does to the persons of a circle, and who may do it: the table of docs/protocol.md, line by line.

`signer` is a person in good standing whose device has signed the operation; every refusal is a PolicyRefused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from chat.canonical import NotCanonical
from chat.policy.changes import Admit, End, Invite, Op, Reset, Restore, Revoke, Role, Rotate
from chat.policy.persons import CLOCK_TOLERANCE, MOST_REVOKED, Keys, NewPerson, Person, is_past
from chat.policy.refused import PolicyRefused
from chat.policy.state import MOST_PERSONS, Policy
from chat.statements import EndOrder, RestoreOrder, Unverified, verify, verify_rotation
from chat.statements.identity import verify_history_key

Order = TypeVar("Order", EndOrder, RestoreOrder)


def persons_after(policy: Policy, op: Op, signer: Person, time: datetime) -> Mapping[UUID, Person]:
    persons = dict(policy.persons)
    match op:
        case Invite(person):
            _require_coordinator(signer)
            _check_ground(person, signer)
            persons[person.user] = _invited(policy, person, time)
        case Admit(user, keys):
            _require_coordinator(signer)
            persons[user] = _admitted(policy, user, keys)
        case Role(user, role, not_after):
            _require_coordinator(signer)
            after = replace(_person(policy, user), role=role, not_after=not_after, since=time)
            _check_term(after, time)
            persons[user] = after
        case End(user, code, order):
            person = _person(policy, user)
            if order is not None:
                _check_order(policy.orders, order, EndOrder(policy.circle, user, None, code, order.says.time), time)
                _check_recent(order, person)
            elif not (code == "expired" and is_past(person, time)):
                _require_coordinator(signer)
            del persons[user]
        case Revoke(user, device, order):
            person = _person(policy, user)
            if order is not None:
                expected = EndOrder(policy.circle, user, device, "revoked", order.says.time)
                _check_order(policy.orders, order, expected, time)
            elif user != signer.user:
                _require_coordinator(signer)
            persons[user] = _without_device(person, device)
        case Rotate():
            persons[op.user] = _rotated(policy, op)
        case Reset(user, keys):
            _require_coordinator(signer)
            if user == signer.user:
                raise PolicyRefused("not_allowed")
            persons[user] = _reset(policy, user, keys)
        case Restore():
            persons[op.user] = _restored(policy, op, time)
        case _:
            raise PolicyRefused("bad_change")
    by_order = isinstance(op, End) and op.order is not None
    after_all = replace(policy, persons=persons)
    if after_all.coordinators() == 0 and policy.coordinators() > 0 and not by_order:
        raise PolicyRefused("last_coordinator")
    return persons


def check_keys(user: UUID, keys: Keys) -> None:
    try:
        verify_history_key(user=user, identity=keys.identity, history=keys.history, signature=keys.history_sig)
    except NotCanonical:
        raise PolicyRefused("bad_history_key") from None


def _require_coordinator(signer: Person) -> None:
    if signer.role != "coordinator":
        raise PolicyRefused("not_allowed")


def _person(policy: Policy, user: UUID) -> Person:
    person = policy.persons.get(user)
    if person is None:
        raise PolicyRefused("unknown_person")
    return person


def _keys_of(person: Person) -> Keys:
    if person.keys is None:
        raise PolicyRefused("pending")
    return person.keys


def _check_ground(person: NewPerson, signer: Person) -> None:
    """Everybody in a circle is there about a patient, or nobody is: as its creator began it."""
    if (person.ground == "no_patient") != (signer.ground == "no_patient"):
        raise PolicyRefused("wrong_ground")


def _check_term(person: NewPerson, time: datetime) -> None:
    if person.role == "guest" and person.not_after is None:
        raise PolicyRefused("guest_without_end")
    if is_past(person, time):
        raise PolicyRefused("end_in_the_past")


def _invited(policy: Policy, person: NewPerson, time: datetime) -> Person:
    if person.user in policy.persons:
        raise PolicyRefused("already_in_policy")
    if len(policy.persons) >= MOST_PERSONS:
        raise PolicyRefused("circle_full")
    _check_term(person, time)
    if person.keys is not None:
        check_keys(person.user, person.keys)
    return Person.entering(person, time)


def _admitted(policy: Policy, user: UUID, keys: Keys) -> Person:
    person = _person(policy, user)
    if person.keys is not None:
        raise PolicyRefused("not_pending")
    check_keys(user, keys)
    return replace(person, keys=keys, pending=None)


def _check_order(key: bytes | None, order: Unverified[Order], expected: Order, time: datetime) -> None:
    """Says exactly what is expected, not from the future, by the key that change 0 pins."""
    if key is None or order.says != expected or order.says.time > time + CLOCK_TOLERANCE:
        raise PolicyRefused("bad_order")
    try:
        verify(order, key)
    except NotCanonical:
        raise PolicyRefused("bad_order") from None


def _check_recent(order: Unverified[Order], person: Person) -> None:
    """Orders stay readable in the chain: one from before the person's present standing has had its effect."""
    if order.says.time < person.since:
        raise PolicyRefused("old_order")


def _without_device(person: Person, device: UUID) -> Person:
    _keys_of(person)
    if device in person.revoked:
        raise PolicyRefused("already_revoked")
    if len(person.revoked) >= MOST_REVOKED:
        raise PolicyRefused("too_many_revoked")
    return replace(person, revoked=tuple(sorted((*person.revoked, device), key=str)))


def _rotated(policy: Policy, op: Rotate) -> Person:
    person, says = _person(policy, op.user), op.rotation.says
    if says.old != _keys_of(person).identity:
        raise PolicyRefused("bad_rotation")
    try:
        verify_rotation(op.rotation)
    except NotCanonical:
        raise PolicyRefused("bad_rotation") from None
    return replace(person, keys=Keys(says.new, says.history, says.history_sig), revoked=())


def _reset(policy: Policy, user: UUID, keys: Keys) -> Person:
    person = _person(policy, user)
    if keys.identity == _keys_of(person).identity:
        raise PolicyRefused("same_identity")
    check_keys(user, keys)
    return replace(person, keys=keys, revoked=())


def _restored(policy: Policy, op: Restore, time: datetime) -> Person:
    person = _person(policy, op.user)
    _keys_of(person)
    _check_order(policy.steward, op.order, RestoreOrder(policy.circle, op.user, op.order.says.time), time)
    _check_recent(op.order, person)
    return replace(person, role="coordinator", not_after=None, since=time)
