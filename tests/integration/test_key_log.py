"""The log of everybody's keys, as the server keeps and shows it: each act a leaf, in the transaction of the act, and a
history with its proofs for those who meet the person.
"""

from __future__ import annotations

import base64
from importlib import import_module
from typing import Any

from django.apps import apps
from django.db import connections, transaction
from uuid_utils.compat import uuid7

from audit.key_log import key_log
from audit.merkle import leaf_hash, verify_consistency, verify_inclusion
from audit.models import KeyLeaf
from audit.note import Checkpoint, VerifyingKey, open_note
from chat.key_events import append_end, events_of
from chat.models import KeyEvent
from tests import factories
from tests.chat_members import ChatDevice, PersonKeys
from tests.chat_people import Person, a_care_circle, a_person, registration
from tests.chat_server import ChatHouse
from tests.log import seal


def shown(asking: Person, *people: Person, seen: tuple[int, ...] = ()) -> Any:
    query = "&".join([*(f"user={each.id}" for each in people), *(f"seen={size}" for size in seen)])
    status, answer = asking.get(f"key-log?{query}")
    assert status == 200, answer
    return answer


def checkpoint(answer: Any) -> Checkpoint:
    return Checkpoint.read(open_note(answer["checkpoint"], [VerifyingKey.from_vkey(answer["keys"][-1]["vkey"])]).text)


def raw(each: str) -> bytes:
    return base64.b64decode(each)


def test_each_act_is_a_leaf_with_its_place_under_one_signed_root(house: ChatHouse) -> None:
    person = a_person()
    seal()
    answer = shown(person, person)
    newest = checkpoint(answer)
    [history] = answer["people"]
    assert [raw(each["raw"]) for each in history["events"]] == events_of(person.id)
    for each in history["events"]:
        verify_inclusion(
            leaf=leaf_hash(raw(each["raw"])),
            index=each["index"],
            size=newest.size,
            path=[raw(one) for one in each["path"]],
            root=newest.root,
        )


def test_what_is_not_sealed_yet_has_no_place(house: ChatHouse) -> None:
    person = a_person()
    seal()
    further = registration(ChatDevice(person.keys))
    assert person.post("devices", further)[0] == 200
    *before, last = shown(person, person)["people"][0]["events"]
    if last["index"] is None:  # a sequencer may be at work beside the tests
        assert (last["path"], all(each["index"] is not None for each in before)) == ([], True)
    seal()
    assert all(each["index"] is not None for each in shown(person, person)["people"][0]["events"])


def test_the_log_goes_on_from_every_checkpoint_that_was_seen(house: ChatHouse) -> None:
    person = a_person()
    seal()
    before = checkpoint(shown(person))
    a_person()
    seal()
    answer = shown(person, seen=(before.size, before.size + 10_000))
    after = checkpoint(answer)
    # A log that is not so long yet shows nothing: the client refuses.
    [grown] = answer["consistency"]
    assert grown["size"] == before.size < after.size
    verify_consistency(
        old_size=before.size,
        old_root=before.root,
        size=after.size,
        root=after.root,
        path=[raw(one) for one in grown["path"]],
    )


def test_a_history_is_shown_to_whom_one_meets_and_to_nobody_else(house: ChatHouse) -> None:
    coordinator, member, invitee, stranger = (a_person() for _ in range(4))
    circle = a_care_circle(coordinator, member)
    circle.invite(invitee)

    def seen_by(person: Person) -> set[str]:
        return {each["user"] for each in shown(person, coordinator, member, invitee, stranger)["people"]}

    everybody = {str(each.id) for each in (coordinator, member, invitee)}
    assert seen_by(coordinator) == seen_by(member) == seen_by(invitee) == everybody
    assert seen_by(stranger) == {str(stranger.id)}


def test_an_act_that_is_rolled_back_leaves_no_leaf(house: ChatHouse) -> None:
    person = a_person()
    leaves = KeyLeaf.objects.filter(subject=person.id)
    before = leaves.count()
    identity = person.keys.identity
    with transaction.atomic():
        append_end(user_id=person.id, identity=identity, device_id=person.device.id)
        assert leaves.count() == before + 1
        transaction.set_rollback(True)
    assert leaves.count() == before == len(events_of(person.id))


def test_events_from_before_the_log_become_leaves_in_their_order(committed_db: str) -> None:
    user = factories.a_user()
    keys = PersonKeys(user.id)
    events = [raw(each) for each in keys.key_events([], ("bind", None, None), ("add", uuid7(), bytes(32)))]
    for seq, event in enumerate(events, 1):
        KeyEvent.objects.create(user_id=user.id, seq=seq, raw=event)

    with connections["owner"].schema_editor() as editor:
        import_module("chat.migrations.0009_key_log").append(apps, editor)

    seal()
    places = KeyLeaf.objects.filter(subject=user.id).order_by("xid", "id")
    assert [each.leaf.encode() for each in places] == events
    log = key_log(people=[user.id], seen=[])
    assert [log.places[user.id, seq].index for seq in (1, 2)] == [0, 1]
