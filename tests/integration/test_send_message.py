"""Sending a message: who may, what it becomes, and that a repeat is no second message."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256

from uuid_utils.compat import uuid7

from audit.selectors import events_about
from chat.canonical import from_base64, to_base64
from chat.log import chain_hash, wire_time
from chat.models import Group, Item
from tests.chat_members import id_of, now, text
from tests.chat_people import Person, Scene, a_care_circle
from tests.chat_socket import Socket, told


def stored(envelope: str) -> Item | None:
    return Item.objects.filter(body=from_base64(envelope)).select_related("event").first()


def test_members_and_coordinators_write_and_nobody_else(scene: Scene) -> None:
    def write(person: Person, socket: Socket) -> str:
        socket.listen(scene.circle.id)
        return told(socket.post(person.device.send(scene.circle.id, scene.circle.epoch)))

    before = Item.objects.filter(group_id=scene.circle.id).count()
    assert scene.over_socket(write) == {
        "nobody": "4401",
        "signed out": "4401",
        "without MFA": "4401",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": "not_found",
        "guest": "not_found",
        "member": "ack",
        "coordinator": "ack",
    }
    assert Item.objects.filter(group_id=scene.circle.id).count() == before + 2


def test_a_message_gets_its_place_in_the_log(scene: Scene) -> None:
    circle = scene.circle
    group = Group.objects.get(circle_id=circle.id)
    frame = scene.nurse.device.send(circle.id, circle.epoch)
    with scene.nurse.socket(scene.server) as socket:
        socket.listen(circle.id)
        ack = socket.post(frame)
    item = stored(str(frame["env"]))
    assert item is not None
    raw = from_base64(str(frame["env"]))
    hash_, digest = chain_hash(bytes(group.log_hash), group.seq + 1, raw)
    assert ack == {
        "t": "ack",
        "id": id_of(frame),
        "circle": str(circle.id),
        "seq": group.seq + 1,
        "at": wire_time(item.at),
        "hash": to_base64(hash_),
    }
    assert (item.kind, item.epoch, item.device_id) == (Item.Kind.MESSAGE, circle.epoch, scene.nurse.device.id)
    assert (bytes(item.hash), bytes(item.digest), digest) == (hash_, digest, sha256(raw).digest())
    after = Group.objects.get(circle_id=circle.id)
    assert (after.seq, bytes(after.log_hash), after.epoch) == (group.seq + 1, hash_, group.epoch)


def test_the_trail_says_who_wrote_how_much_and_never_what(scene: Scene) -> None:
    circle = scene.circle
    frame = scene.nurse.device.send(circle.id, circle.epoch)
    with scene.nurse.socket(scene.server) as socket:
        socket.listen(circle.id)
        seq = socket.post(frame)["seq"]
    item = stored(str(frame["env"]))
    assert item is not None
    raw = from_base64(str(frame["env"]))
    event = item.event
    leaf = json.loads(event.leaf)
    assert (event.act, event.out, event.dev) == ("message.send", 0, scene.nurse.device.id)
    assert [each.id for each in events_about(obj=("Message", item.message_id or uuid7()))] == [event.id]
    assert (leaf["epo"], leaf["seq"], leaf["siz"]) == (circle.epoch, seq, len(raw))
    assert (leaf["sha"], leaf["auth"], leaf["ses"]) == (
        text(sha256(raw).digest()),
        leaf["auth"],
        scene.nurse.actor.session,
    )
    assert text(raw[122:150]) not in event.leaf


def test_the_same_bytes_again_get_the_same_answer(scene: Scene) -> None:
    circle = scene.circle
    frame = scene.nurse.device.send(circle.id, circle.epoch)
    with scene.nurse.socket(scene.server) as socket, scene.gp.socket(scene.server) as gp:
        socket.listen(circle.id)
        gp.listen(circle.id)
        first = socket.post(frame)
        socket.post(scene.nurse.device.send(circle.id, circle.epoch))
        assert socket.post(frame) == first
        # And told again: perhaps nobody heard it the first time. Who did knows the place.
        assert [item["seq"] for item in gp.items(circle.id, 3)] == [first["seq"], first["seq"] + 1, first["seq"]]
    with scene.nurse.socket(scene.server) as again:  # after a reconnect too
        again.listen(circle.id)
        assert again.post(frame) == first
    assert Item.objects.filter(message_id=id_of(frame)).count() == 1
    assert events_about(obj=("Message", Item.objects.get(message_id=id_of(frame)).message_id or uuid7())).count() == 1


def test_two_of_the_same_in_one_batch_are_one_message(scene: Scene) -> None:
    circle = scene.circle
    frame = scene.nurse.device.send(circle.id, circle.epoch)
    with scene.nurse.socket(scene.server) as socket:
        socket.listen(circle.id)
        for _ in range(3):
            socket.send(frame)
        answers = [socket.answer(id_of(frame)) for _ in range(3)]
    assert answers[0]["t"] == "ack"
    assert answers.count(answers[0]) == 3
    assert Item.objects.filter(message_id=id_of(frame)).count() == 1


def test_an_id_is_taken_once_wherever(scene: Scene) -> None:
    circle, elsewhere = scene.circle, a_care_circle(scene.gp, scene.nurse)
    taken = uuid7()
    with scene.nurse.socket(scene.server) as nurse, scene.gp.socket(scene.server) as gp:
        for socket in (nurse, gp):
            socket.listen(circle.id)
            socket.listen(elsewhere.id)
        assert told(nurse.post(scene.nurse.device.send(circle.id, circle.epoch, id=taken))) == "ack"
        for socket, device, where in (
            (nurse, scene.nurse.device, circle),
            (gp, scene.gp.device, circle),
            (nurse, scene.nurse.device, elsewhere),
        ):
            assert told(socket.post(device.send(where.id, where.epoch, id=taken))) == "replayed_id"
    assert Item.objects.filter(message_id=taken).count() == 1


def test_an_outbox_may_be_old_and_no_clock_runs_ahead(scene: Scene) -> None:
    circle, device = scene.circle, scene.nurse.device
    with scene.nurse.socket(scene.server) as socket:
        socket.listen(circle.id)
        for behind, answer in (
            (timedelta(days=40), "ack"),
            (timedelta(minutes=-4), "ack"),
            (timedelta(minutes=-6), "clock_skew"),
        ):
            assert told(socket.post(device.send(circle.id, circle.epoch, created=now() - behind))) == answer


def test_the_largest_message_that_a_browser_pads_passes(scene: Scene) -> None:
    circle = scene.circle
    size = 47104 + 16  # the greatest length that Padmé makes below 47 KiB, and the tag
    frame = scene.nurse.device.send(circle.id, circle.epoch, size=size)
    with scene.nurse.socket(scene.server) as socket, scene.gp.socket(scene.server) as gp:
        socket.listen(circle.id)
        gp.listen(circle.id)
        assert told(socket.post(frame)) == "ack"
        assert gp.expect("item")["env"] == frame["env"]


def test_text_is_taken_where_binary_is(scene: Scene) -> None:
    circle = scene.circle
    frame = scene.nurse.device.send(circle.id, circle.epoch)
    with scene.nurse.socket(scene.server) as socket:
        socket.listen(circle.id)
        socket.send(json.dumps(frame))
        assert told(socket.answer(id_of(frame))) == "ack"
