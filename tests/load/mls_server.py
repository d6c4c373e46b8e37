"""What a commit and an envelope cost the server: a circle of a hundred devices made through the product's own services.

For bench_mls.py, with Django set up. Medians.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from uuid import UUID

from nacl.signing import SigningKey

from chat.canonical import from_base64
from chat.consumers import CordeeConsumer
from chat.envelope import Kind
from chat.hearing import Hearing
from chat.mls import PublicGroup, decode_commit
from chat.policy import advance, check_extension, read_note, read_policy
from chat.rules import CircleRules
from chat.sockets import ProvedDevice
from tests.chat_members import ChatDevice
from tests.chat_people import CareCircle, Person, a_care_circle, a_person
from tests.factories import GP
from tests.load.envelopes import signed_messages
from tests.mls_members import POLICY

LEAVES, DEVICES_A_PERSON = 100, 5
COMMITS, ENVELOPES, PAYLOAD = 60, 3000, 600


def figures() -> dict[str, float]:
    circle, people = a_circle_of_devices(LEAVES)
    return {
        "server_leaves": len(circle.rope.group.roster()),
        **verify_and_apply(circle, people),
        "server_commit_transaction_ms": transactions(circle, people),
        "server_envelope_check_us": envelope_checks(circle.id, people[0].device),
    }


def a_circle_of_devices(leaves: int) -> tuple[CareCircle, list[Person]]:
    """The circle, and its devices: each person has some."""
    people = [a_person(GP) for _ in range(-(-leaves // DEVICES_A_PERSON))]
    circle = a_care_circle(people[0], *people[1:])
    devices = list(people)
    for person in people:
        for _ in range(DEVICES_A_PERSON - 1):
            devices.append(person.further_device())
            circle.join(devices[-1])
    return circle, devices


def median_of(times: list[float], unit: float) -> float:
    return round(statistics.median(times) * unit, 3)


def timed(action: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    begun = clock()
    action()
    return clock() - begun


def verify_and_apply(circle: CareCircle, people: list[Person]) -> dict[str, float]:
    """The part of `chat.commits` that is not the database: state read, commit verified and applied, state written.

    Also as CPU time, which a busy machine does not stretch.
    """
    column = circle.rope.group.to_bytes()

    def one(commit: bytes, external_pub: bytes, signature: bytes) -> None:
        state = PublicGroup.from_bytes(column)
        extension = state.extension(POLICY)
        if extension is None:
            raise ValueError("a circle has a policy")
        policy = read_policy(extension)
        note = read_note(decode_commit(commit).framed.authenticated_data)
        after = advance(policy, note)
        verified = state.verify_commit(commit, rules=CircleRules(policy, after, note.time))
        state_after = state.apply(verified)
        state_after.verify_group_info(external_pub, signature, verified.committer.leaf_index)
        check_extension(after, state_after.extension(POLICY) or b"")
        state_after.to_bytes()

    walls, cpus = [], []
    for number in range(COMMITS):
        frame, _ = circle.rope.update(people[number % len(people)].device)
        parts = [from_base64(str(frame[name])) for name in ("commit", "external_pub", "group_info_sig")]
        cpus.append(timed(partial(one, *parts), time.process_time))
        walls.append(timed(partial(one, *parts)))
    return {
        "server_verify_and_apply_ms": median_of(walls, 1e3),
        "server_verify_and_apply_cpu_ms": median_of(cpus, 1e3),
    }


def transactions(circle: CareCircle, people: list[Person]) -> float:
    """The whole of `chat.commits.commit`, as the socket calls it: locks, verification, tables, log, audit, COMMIT."""
    times = []
    for number in range(COMMITS):
        who = people[number % len(people)]
        times.append(timed(partial(circle.accepts, who, circle.rope.update(who.device))))
    return median_of(times, 1e3)


def envelope_checks(circle: UUID, device: ChatDevice) -> float:
    """`CordeeConsumer._check`, which every message passes: header, device, ability, clock, signature."""
    consumer = CordeeConsumer()
    consumer.device = ProvedDevice(device.id, device.signature_key)
    consumer._hearings._of[circle] = Hearing(abilities=frozenset({"send"}))
    messages = signed_messages(circle, device.id, SigningKey(device.seed), PAYLOAD, count=ENVELOPES)
    return median_of([timed(partial(consumer._check, raw, {Kind.MESSAGE}, "send")) for raw in messages], 1e6)
