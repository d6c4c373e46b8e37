"""Whatever people try in a circle, in whatever order: what a policy never becomes, and who never changes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.bindings import crypto_sign_seed_keypair
from uuid_utils.compat import uuid7

from chat import policy
from chat.certificates import read_certificate
from chat.policy import Create, End, Invite, Policy, PolicyRefused, UnverifiedChange, is_past
from tests.chat_chain import Chain
from tests.chat_members import ChatDevice, Fields, PersonKeys, now

BEGIN = now()
ORDERS, STEWARD = b"o" * 32, b"s" * 32
(ORDER_KEY, _), (STEWARD_KEY, _) = crypto_sign_seed_keypair(ORDERS), crypto_sign_seed_keypair(STEWARD)


@dataclass(frozen=True)
class Somebody:
    """A person with two devices, under the keys of today and those of tomorrow."""

    keys: tuple[PersonKeys, PersonKeys]
    devices: tuple[tuple[ChatDevice, ChatDevice], tuple[ChatDevice, ChatDevice]]

    @property
    def user(self) -> UUID:
        return self.keys[0].user


def somebody() -> Somebody:
    user, ids = uuid7(), (uuid7(), uuid7())
    keys = PersonKeys(user), PersonKeys(user)
    begins = BEGIN - timedelta(days=1)
    first, second = (
        (ChatDevice(each, id=ids[0], created=begins), ChatDevice(each, id=ids[1], created=begins)) for each in keys
    )
    return Somebody(keys, (first, second))


PEOPLE = [somebody() for _ in range(4)]
people, either = st.sampled_from(PEOPLE), st.integers(0, 1)
roles = st.sampled_from(["coordinator", "member", "guest", "delegate"])
TYPES = ("invite", "pending", "admit", "role", "end", "revoke", "rotate", "reset", "restore")
steps = st.fixed_dictionaries(
    {
        "type": st.sampled_from(TYPES),
        "signer": people,
        "with": st.tuples(either, either),
        "whom": people,
        "keys": either,
        "device": either,
        "role": roles,
        "ends_in": st.sampled_from([None, None, 5, 40]),
        "ordered": st.booleans(),
        "code": st.sampled_from(["left", "expired"]),
    }
)


def attempt(chain: Chain, step: dict[str, object], time: datetime) -> Fields:
    whom, keys, role = step["whom"], step["keys"], step["role"]
    assert isinstance(whom, Somebody)
    assert isinstance(keys, int)
    ends_in, device = step["ends_in"], whom.devices[0][int(str(step["device"]))].id
    end = time + timedelta(minutes=ends_in) if isinstance(ends_in, int) else None
    code = str(step["code"])
    match step["type"]:
        case "invite":
            return chain.invite(whom.keys[keys].person(str(role), not_after=end))
        case "pending":
            return chain.invite(whom.keys[keys].pending(bytes(32), str(role)))
        case "admit":
            return chain.admit(whom.keys[keys])
        case "role":
            return chain.role(whom.user, str(role), end)
        case "end":
            order = chain.end_order(ORDERS, whom.user, code=code, time=time)
            return chain.end(whom.user, code, order if step["ordered"] else None)
        case "revoke":
            order = chain.end_order(ORDERS, whom.user, device=device, code="revoked", time=time)
            return chain.revoke(whom.user, device, order if step["ordered"] else None)
        case "rotate":
            return chain.rotate(whom.keys[keys].rotation(whom.keys[1 - keys]))
        case "reset":
            return chain.reset(whom.keys[keys])
        case _:
            return chain.restore(chain.restore_order(STEWARD, whom.user, time=time))


def lived(story: list[dict[str, object]]) -> Iterator[tuple[Policy, UnverifiedChange, Policy | None]]:
    """Each attempt: the policy before it, the change, the policy after it when it was allowed."""
    creator = PEOPLE[0].devices[0][0]
    chain = Chain.begun(uuid7(), creator, orders=ORDER_KEY, steward=STEWARD_KEY, time=BEGIN)
    state = policy.fold(chain.changes, chain.circle)
    for number, step in enumerate(story, 1):
        time = BEGIN + timedelta(minutes=10 * number)
        signer, chosen = step["signer"], step["with"]
        assert isinstance(signer, Somebody)
        assert isinstance(chosen, tuple)
        device = signer.devices[chosen[0]][chosen[1]]
        raw = chain.signed_by(device, attempt(chain, step, time), time=time)
        change = policy.read_change(raw)
        try:
            after = policy.apply(state, change)
        except PolicyRefused:
            yield state, change, None
            continue
        yield state, change, after
        chain.append(raw)
        assert after.to_extension() == chain.extension(), "the plain dictionaries of the tests fold to the same"
        state = after


stories = st.lists(steps, max_size=40)


@settings(max_examples=60, deadline=None)
@given(stories)
def test_a_circle_loses_its_last_coordinator_by_an_order_only(story: list[dict[str, object]]) -> None:
    for before, change, after in lived(story):
        if after is not None and before.coordinators() > 0 and after.coordinators() == 0:
            assert isinstance(change.op, End)
            assert change.op.order is not None


@settings(max_examples=60, deadline=None)
@given(stories)
def test_nobody_changes_anything_who_is_not_in_good_standing(story: list[dict[str, object]]) -> None:
    for before, change, after in lived(story):
        signer = before.persons.get(change.certificate.user)
        stands = (
            signer is not None
            and signer.keys is not None
            and not is_past(signer, change.time)
            and change.certificate.device not in signer.revoked
        )
        assert after is None or stands


@settings(max_examples=60, deadline=None)
@given(stories)
def test_what_a_change_allows_is_what_a_reader_reads_and_keeps_to_its_bounds(story: list[dict[str, object]]) -> None:
    for before, change, after in lived(story):
        if after is None:
            continue
        assert policy.read_policy(after.to_extension()) == after
        assert (after.orders, after.steward, after.suite, after.circle) == (
            before.orders,
            before.steward,
            before.suite,
            before.circle,
        )
        assert after.head.n == before.head.n + 1 == change.n
        for person in after.persons.values():
            assert (person.keys is None) != (person.pending is None)
            assert person.role != "guest" or person.not_after is not None


@settings(max_examples=60, deadline=None)
@given(stories)
def test_whom_a_change_does_not_name_it_does_not_touch(story: list[dict[str, object]]) -> None:
    for before, change, after in lived(story):
        if after is None:
            continue
        op = change.op
        named = op.person.user if isinstance(op, Create | Invite) else op.user
        for user in before.persons.keys() | after.persons.keys():
            assert user == named or before.persons.get(user) == after.persons.get(user)


@settings(max_examples=60, deadline=None)
@given(stories, people)
def test_after_the_leaves_that_must_go_everybody_left_is_certified(
    story: list[dict[str, object]], committer: Somebody
) -> None:
    """For whatever roster stood before: who stays is in the policy, with the identity that signed the certificate."""
    for before, _, after in lived(story):
        if after is None:
            continue
        roster = [
            read_certificate(device.certificate)
            for each in PEOPLE
            for keys, devices in zip(each.keys, each.devices, strict=True)
            for device in devices
            if (person := before.persons.get(each.user)) and person.keys and person.keys.identity == keys.identity
            if device.id not in person.revoked
        ]
        own = committer.devices[0][0].id
        gone = policy.unfit(before, after, roster, own)
        for certificate in roster:
            person, old = after.persons.get(certificate.user), before.persons[certificate.user]
            fits = person is not None and person.keys == old.keys and certificate.device not in person.revoked
            spared = certificate.device == own and person is not None and certificate.device not in person.revoked
            assert (certificate.device in gone) == (not fits and not spared)
