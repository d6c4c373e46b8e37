"""The policy chain: who may be in a circle, and who said so. Each rule in both directions, from one set-up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from chat import policy
from chat.canonical import encode, to_time
from chat.policy import PolicyRefused
from tests.chat_chain import Chain
from tests.chat_members import ChatDevice, Fields, PersonKeys, now, signed, text

DAY = timedelta(days=1)


def person() -> ChatDevice:
    return ChatDevice(PersonKeys(uuid7()))


@pytest.fixture
def coordinator() -> ChatDevice:
    return person()


@pytest.fixture
def nurse() -> ChatDevice:
    return person()


@pytest.fixture
def chain(coordinator: ChatDevice) -> Chain:
    return Chain.begun(uuid7(), coordinator)


def outcome(act: Callable[..., object], *given: object) -> str | None:
    """The code with which it is refused; None when it is not."""
    try:
        act(*given)
    except PolicyRefused as refused:
        return refused.code
    return None


def fold(chain: Chain, *more: bytes) -> policy.Policy:
    return policy.fold([*chain.changes, *more], chain.circle)


def invited(chain: Chain, by: ChatDevice, whom: ChatDevice, role: str = "member", **more: object) -> Chain:
    grown = chain.copy()
    grown.append(grown.signed_by(by, grown.invite(whom.owner.person(role, **more))))  # type: ignore[arg-type]
    return grown


# --- the state is the fold ---


def test_the_state_is_the_fold_of_the_chain(chain: Chain, coordinator: ChatDevice, nurse: ChatDevice) -> None:
    both = invited(chain, coordinator, nurse)
    ended = both.copy()
    ended.append(ended.signed_by(coordinator, ended.end(nurse.user, "left")))
    again = invited(ended, coordinator, nurse, "guest", not_after=now() + DAY)
    for state in (chain, both, ended, again):
        assert fold(state).to_extension() == state.extension()
        assert policy.read_policy(state.extension()) == fold(state)
    assert set(fold(both).persons) == {coordinator.user, nurse.user}
    assert set(fold(ended).persons) == {coordinator.user}


def test_an_empty_chain_writes_nothing() -> None:
    assert outcome(policy.fold, [], uuid7()) == "bad_first_change"


# --- the first change ---


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"n": 1}, "bad_first_change"),
        ({"prev": text(b"\1" * 32)}, "bad_first_change"),
        ({"circle": str(uuid7())}, "bad_first_change"),
        ({"v": 2}, "bad_change"),
        ({"more": 1}, "bad_change"),
        ({"time": to_time(now() - DAY)}, "certificate_expired"),
    ],
)
def test_a_chain_begins_with_its_creation(coordinator: ChatDevice, changes: Fields, code: str | None) -> None:
    chain = Chain(uuid7())
    op = chain.create(coordinator.owner.person("coordinator"))
    raw = chain.signed_by(coordinator, op) if not changes else _signed(chain, coordinator, op, changes)
    assert outcome(policy.fold, [raw], chain.circle) == code


def _signed(chain: Chain, device: ChatDevice, op: Fields, changes: Fields) -> bytes:
    """`signed_by` with any field replaced, before it is signed."""
    content = json.loads(chain.signed_by(device, op)) | changes
    del content["sig"]
    return signed(device.seed, "CordeePolicyChange", content)


@pytest.mark.parametrize("role", ["member", "guest", "delegate"])
def test_the_creator_is_a_coordinator(coordinator: ChatDevice, role: str) -> None:
    chain = Chain(uuid7())
    raw = chain.signed_by(coordinator, chain.create(coordinator.owner.person(role)))
    assert outcome(policy.fold, [raw], chain.circle) == "bad_first_change"


def test_the_suite_is_the_one_that_the_circle_keeps(coordinator: ChatDevice) -> None:
    chain = Chain(uuid7())
    raw = chain.signed_by(coordinator, chain.create(coordinator.owner.person("coordinator"), suite=3))
    assert outcome(policy.fold, [raw], chain.circle) == "bad_first_change"


def test_nobody_is_made_creator_by_another(coordinator: ChatDevice, nurse: ChatDevice) -> None:
    chain = Chain(uuid7())
    raw = chain.signed_by(nurse, chain.create(coordinator.owner.person("coordinator")))
    assert outcome(policy.fold, [raw], chain.circle) == "bad_change_signature"


# --- links ---


def test_a_change_follows_the_head(chain: Chain, coordinator: ChatDevice, nurse: ChatDevice) -> None:
    op = chain.invite(nurse.owner.person())
    assert fold(chain, chain.signed_by(coordinator, op)).head.n == 1
    others: list[Fields] = [{"n": 0}, {"n": 2}, {"prev": text(bytes(32))}, {"circle": str(uuid7())}]
    for other in others:
        raw = _signed(chain, coordinator, op, other)
        assert outcome(fold, chain, raw) == "broken_chain"


def test_a_circle_is_created_once(chain: Chain, coordinator: ChatDevice) -> None:
    again = chain.signed_by(coordinator, chain.create(coordinator.owner.person("coordinator")))
    assert outcome(fold, chain, again) == "bad_change"


# --- who may sign ---


@pytest.mark.parametrize("role", ["member", "delegate", "guest"])
def test_only_a_coordinator_changes_who_is_in(
    chain: Chain, coordinator: ChatDevice, nurse: ChatDevice, role: str
) -> None:
    end = None if role != "guest" else now() + DAY
    both = invited(chain, coordinator, nurse, role, not_after=end)
    for op in (both.invite(person().owner.person()), both.end(coordinator.user), both.end(nurse.user, "left")):
        assert outcome(fold, both, both.signed_by(nurse, op)) == "not_allowed"
    equals = invited(chain, coordinator, nurse, "coordinator")
    for op in (equals.invite(person().owner.person()), equals.end(coordinator.user), equals.end(nurse.user, "left")):
        assert outcome(fold, equals, equals.signed_by(nurse, op)) is None


def test_a_stranger_changes_nothing(chain: Chain) -> None:
    stranger = person()
    raw = chain.signed_by(stranger, chain.invite(stranger.owner.person()))
    assert outcome(fold, chain, raw) == "not_allowed"


def test_a_coordinator_past_the_end_changes_nothing(chain: Chain, coordinator: ChatDevice, nurse: ChatDevice) -> None:
    end = now() + timedelta(minutes=10)
    both = invited(chain, coordinator, nurse, "coordinator", not_after=end)
    op = both.invite(person().owner.person())
    assert outcome(fold, both, both.signed_by(nurse, op, time=end - timedelta(milliseconds=1))) is None
    assert outcome(fold, both, both.signed_by(nurse, op, time=end)) == "not_allowed"


def test_a_device_signs_while_its_certificate_lives(coordinator: ChatDevice, nurse: ChatDevice) -> None:
    begins, ends = now(), now() + DAY
    device = ChatDevice(coordinator.owner, created=begins, not_after=ends)
    chain = Chain.begun(uuid7(), device)
    op = chain.invite(nurse.owner.person())
    for moment, lives in ((begins, True), (ends, True), (begins - DAY, False), (ends + DAY, False)):
        raw = chain.signed_by(device, op, time=moment)
        assert outcome(fold, chain, raw) == (None if lives else "certificate_expired")


def test_the_signature_is_by_the_certified_key(chain: Chain, coordinator: ChatDevice, nurse: ChatDevice) -> None:
    op = chain.invite(nurse.owner.person())
    assert outcome(fold, chain, chain.signed_by(coordinator, op)) is None
    foreign = ChatDevice(coordinator.owner)
    foreign.identity = nurse.owner.certify(
        foreign.id, foreign.signature_key
    )  # by another identity, for the nurse: no coordinator
    assert outcome(fold, chain, chain.signed_by(foreign, op)) == "not_allowed"
    stolen = ChatDevice(coordinator.owner)
    stolen.identity = coordinator.certificate  # another key under the coordinator's certificate
    assert outcome(fold, chain, chain.signed_by(stolen, op)) == "bad_change_signature"
    raw = chain.signed_by(coordinator, op)
    altered = raw.replace(b'"role":"member"', b'"role":"delegate"')
    assert outcome(fold, chain, altered) == "bad_change_signature"


# --- what may be said ---


def test_a_person_is_in_once(chain: Chain, coordinator: ChatDevice, nurse: ChatDevice) -> None:
    both = invited(chain, coordinator, nurse)
    again = both.signed_by(coordinator, both.invite(nurse.owner.person("coordinator")))
    assert outcome(fold, both, again) == "already_in_policy"


def test_only_who_is_in_can_be_ended(chain: Chain, coordinator: ChatDevice, nurse: ChatDevice) -> None:
    nobody_there = chain.signed_by(coordinator, chain.end(nurse.user))
    assert outcome(fold, chain, nobody_there) == "unknown_person"
    both = invited(chain, coordinator, nurse)
    assert outcome(fold, both, both.signed_by(coordinator, both.end(nurse.user))) is None


def test_a_circle_keeps_a_coordinator(chain: Chain, coordinator: ChatDevice, nurse: ChatDevice) -> None:
    member, equal = invited(chain, coordinator, nurse), invited(chain, coordinator, nurse, "coordinator")
    assert outcome(fold, member, member.signed_by(coordinator, member.end(coordinator.user))) == "last_coordinator"
    assert fold(equal, equal.signed_by(coordinator, equal.end(coordinator.user))).coordinators() == 1


def test_a_guest_has_an_end_and_no_end_is_past(chain: Chain, coordinator: ChatDevice, nurse: ChatDevice) -> None:
    moment = now()
    for role, end, code in (
        ("guest", None, "guest_without_end"),
        ("guest", moment, "end_in_the_past"),
        ("member", moment - DAY, "end_in_the_past"),
        ("guest", moment + timedelta(milliseconds=1), None),
        ("member", None, None),
    ):
        raw = chain.signed_by(coordinator, chain.invite(nurse.owner.person(role, not_after=end)), time=moment)
        assert outcome(fold, chain, raw) == code


def test_a_history_key_is_signed_by_the_identity(chain: Chain, coordinator: ChatDevice, nurse: ChatDevice) -> None:
    other = PersonKeys(uuid7())
    for swap in (
        {"history": text(other.history)},
        {"history_sig": text(other.history_sig)},
        {"user": str(other.user)},
        {"identity": text(other.identity)},
    ):
        raw = chain.signed_by(coordinator, chain.invite(nurse.owner.person() | swap))
        assert outcome(fold, chain, raw) == "bad_history_key"


@pytest.mark.parametrize(
    "swap",
    [
        {"role": "owner"},
        {"ground": "curiosity"},
        {"not_after": "later"},
        {"revoked": []},
        {"since": to_time(now())},
        {"pending": text(bytes(32))},
        {"pending": text(bytes(31)), "identity": None, "history": None, "history_sig": None},
        {"identity": None},
        {"user": 1},
        {"more": 1},
    ],
)
def test_a_person_has_known_fields_and_values(
    chain: Chain, coordinator: ChatDevice, nurse: ChatDevice, swap: Fields
) -> None:
    raw = chain.signed_by(coordinator, chain.invite(nurse.owner.person() | swap))
    assert outcome(fold, chain, raw) == "bad_change"


@pytest.mark.parametrize(
    "op",
    [
        {"type": "promote", "user": str(uuid7())},
        {"type": "end", "user": str(uuid7()), "code": "bored"},
        {"type": "end", "code": "removed"},
        {"type": "invite"},
        {"type": "create"},
        {},
        {"type": None},
    ],
)
def test_an_operation_is_one_of_those_known(chain: Chain, coordinator: ChatDevice, op: Fields) -> None:
    assert outcome(fold, chain, chain.signed_by(coordinator, op)) == "bad_change"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"orders": None}, None),
        ({"orders": text(b"k" * 32)}, None),
        ({"orders": text(b"k" * 31)}, "bad_change"),
        ({}, "bad_change"),
        ({"orders": None, "a": 1}, "bad_change"),
    ],
)
def test_settings_are_the_order_key(coordinator: ChatDevice, settings: Fields, code: str | None) -> None:
    chain = Chain(uuid7())
    raw = chain.signed_by(coordinator, chain.create(coordinator.owner.person("coordinator"), settings=settings))
    assert outcome(policy.fold, [raw], chain.circle) == code


def test_a_person_has_at_most_64_revoked_devices(chain: Chain, coordinator: ChatDevice) -> None:
    state = fold(chain)
    raw = policy.read_change(chain.signed_by(coordinator, chain.revoke(coordinator.user, uuid7())))
    for count, code in ((63, None), (64, "too_many_revoked")):
        known = replace(state.persons[coordinator.user], revoked=devices(count))
        crowded = replace(state, persons={coordinator.user: known})
        assert outcome(policy.apply, crowded, raw) == code
        assert policy.read_policy(crowded.to_extension()) == crowded


def devices(count: int) -> tuple[UUID, ...]:
    return tuple(sorted((uuid7() for _ in range(count)), key=str))


def test_a_policy_that_nobody_could_read_again_is_refused(chain: Chain, coordinator: ChatDevice) -> None:
    state = fold(chain)
    known = replace(state.persons[coordinator.user], revoked=devices(64))
    note = policy.read_note(chain.note())
    for count, code in ((60, None), (120, "circle_full")):
        persons = {user: replace(known, user=user) for user in (uuid7() for _ in range(count))}
        crowded = replace(state, persons=persons)
        assert outcome(policy.apply_note, crowded, note, crowded.to_extension()) == code


def test_a_circle_has_at_most_250_people(chain: Chain, coordinator: ChatDevice, nurse: ChatDevice) -> None:
    state = fold(chain)
    known = state.persons[coordinator.user]
    raw = policy.read_change(chain.signed_by(coordinator, chain.invite(nurse.owner.person())))
    for count, code in ((249, None), (250, "circle_full")):
        persons = {coordinator.user: known} | {uuid7(): known for _ in range(count - 1)}
        crowded = replace(state, persons=persons)
        assert outcome(policy.apply, crowded, raw) == code


# --- the extension and the note ---


@pytest.mark.parametrize(
    "swap",
    [
        {"v": 2},
        {"more": 1},
        {"settings": {"a": 1}},
        {"settings": None},
        {"steward": text(bytes(31))},
        {"head": {"n": 0}},
        {"head": {"n": 0, "hash": text(bytes(32)), "more": 1}},
        {"persons": {}},
        {"suite": "1"},
        {"circle": "x"},
    ],
)
def test_an_extension_has_one_form(chain: Chain, swap: Fields) -> None:
    content = json.loads(chain.extension())
    assert policy.read_policy(encode(content)).circle == chain.circle
    assert outcome(policy.read_policy, encode(content | swap)) == "bad_policy"


def test_persons_stand_in_order_and_once(chain: Chain, coordinator: ChatDevice, nurse: ChatDevice) -> None:
    content = json.loads(invited(chain, coordinator, nurse).extension())
    for persons in (content["persons"][::-1], content["persons"][:1] * 2):
        assert outcome(policy.read_policy, encode(content | {"persons": persons})) == "bad_policy"


def test_a_commit_leads_to_the_fold_of_its_note(chain: Chain, coordinator: ChatDevice, nurse: ChatDevice) -> None:
    moment: datetime = now()
    grown = chain.copy()
    change = grown.signed_by(coordinator, grown.invite(nurse.owner.person()), time=moment)
    grown.append(change)
    before = fold(chain)
    carries, carries_none = (policy.read_note(chain.note(*each, time=moment)) for each in ([change], []))
    assert policy.apply_note(before, carries, grown.extension()).to_extension() == grown.extension()
    assert policy.apply_note(before, carries_none, chain.extension()) == before
    assert outcome(policy.apply_note, before, carries, chain.extension()) == "wrong_fold"
    assert outcome(policy.apply_note, before, carries_none, grown.extension()) == "wrong_fold"
    late = policy.read_note(chain.note(change, time=moment + DAY))
    assert outcome(policy.apply_note, before, late, grown.extension()) == "bad_change"


def test_a_note_has_one_form(chain: Chain) -> None:
    assert policy.read_note(chain.note()).changes == ()
    seventeen = [chain.changes[0]] * 17
    assert len(policy.read_note(chain.note(*seventeen[:16])).changes) == 16
    for raw in (b"", b"later", chain.note(v=2), chain.note(more=1), chain.note(*seventeen), chain.note() + b" "):
        assert outcome(policy.read_note, raw) == "bad_note"
    assert outcome(policy.read_note, chain.note(b"{}")) == "bad_change"
