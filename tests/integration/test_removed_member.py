"""Somebody is removed while their socket is open: they hear it, the connection ends, the circle is gone for them."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from chat import whispers
from chat.models import EpochKey, Item
from tests import factories
from tests.chat_log import stored_rows
from tests.chat_members import now, text
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_socket import Socket, told
from tests.server import Server


@pytest.fixture
def circle(scene: Scene) -> CareCircle:
    return a_care_circle(scene.gp, scene.nurse, scene.stranger)


def remove(circle: CareCircle, victim: Person, by: Socket, coordinator: Person) -> None:
    frame, after = circle.rope.end(coordinator.device, victim.id)
    assert told(by.commit(frame)) == "committed"
    circle.rope = after


def test_every_open_socket_of_the_person_says_so_and_closes(
    scene: Scene, chat_server: Server, circle: CareCircle
) -> None:
    second = scene.nurse.second
    circle.join(second)
    with (
        scene.gp.socket(chat_server) as gp,
        scene.nurse.socket(chat_server) as listening,
        second.socket(chat_server) as elsewhere,
        scene.stranger.socket(chat_server) as other,
    ):
        listening.listen(circle.id)
        elsewhere.listen(scene.circle.id)
        gp.listen(circle.id)
        other.listen(circle.id)
        remove(circle, scene.nurse, gp, scene.gp)
        for socket in (listening, elsewhere):
            assert socket.close_code() == 4403
            left = [frame for frame in socket.seen if frame["t"] == "left"]
            assert left == [{"t": "left", "circle": str(circle.id), "code": "removed"}]
        # The others stay, hear of it and go on.
        assert other.expect("item")["kind"] == "commit"
        assert told(gp.post(scene.gp.device.send(circle.id, circle.epoch))) == "ack"
        assert other.expect("item", kind="message")["circle"] == str(circle.id)
        assert other.fence() == []


def test_nothing_written_after_the_end_reaches_the_person(
    scene: Scene, chat_server: Server, circle: CareCircle
) -> None:
    with scene.gp.socket(chat_server) as gp, scene.nurse.socket(chat_server) as nurse:
        gp.listen(circle.id)
        nurse.listen(circle.id)
        before = gp.post(scene.gp.device.send(circle.id, circle.epoch))
        remove(circle, scene.nurse, gp, scene.gp)
        after = gp.post(scene.gp.device.send(circle.id, circle.epoch))
        nurse.close_code()
        heard = [frame["seq"] for frame in nurse.seen if frame["t"] == "item"]
    assert before["seq"] in heard
    assert after["seq"] not in heard
    assert not EpochKey.objects.filter(group_id=circle.id, user_id=scene.nurse.id, epoch=circle.epoch).exists()


def test_for_the_person_the_circle_is_as_if_it_had_never_been(
    scene: Scene, chat_server: Server, circle: CareCircle
) -> None:
    nurse = scene.nurse
    paths = (
        "circles/{}",
        "circles/{}/group",
        "circles/{}/chain",
        "circles/{}/items",
        "circles/{}/receipts",
        "keys?circle={}",
    )
    for path in paths:
        assert nurse.get(path.format(circle.id))[0] == 200, path
    with scene.gp.socket(chat_server) as gp:
        remove(circle, nurse, gp, scene.gp)
    for path in paths:
        assert nurse.get(path.format(circle.id)) == nurse.get(path.format(uuid7())), path
    epoch = circle.epoch - 1
    assert nurse.put(f"circles/{circle.id}/keys/{epoch}", {"sealed": text(bytes(80))})[1]["code"] == "not_found"
    assert str(circle.id) not in {each["circle"] for each in nurse.get("keys")[1]["keys"]}
    assert str(circle.id) not in {each["id"] for each in nurse.get("circles")[1]["circles"]}
    before = stored_rows()
    with nurse.socket(chat_server) as socket:  # signed in as ever
        assert told(socket.listen(circle.id)) == "not_found"
        for frame in (
            nurse.device.send(circle.id, circle.epoch),
            nurse.device.send(circle.id, epoch),
            {"t": "receipt", "env": text(nurse.device.envelope(circle.id, epoch, kind=4))},
            {"t": "received", "circle": str(circle.id), "seq": 1},
        ):
            socket.send(frame)
            assert socket.expect("error")["code"] == "not_found"
        for commit in (circle.rope.join(nurse.device)[0], circle.rope.update(scene.gp.device)[0]):
            assert told(socket.commit(commit)) == "not_found"
        assert told(socket.listen(scene.circle.id)) == "joined"  # and in other circles at home as before
    assert stored_rows() == before


def test_no_item_outlives_the_right_when_the_order_to_close_is_lost(
    scene: Scene, chat_server: Server, circle: CareCircle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Valkey may lose the order; the item itself carries that rights have moved, and the connection asks the gate."""
    with scene.gp.socket(chat_server) as gp, scene.nurse.socket(chat_server) as nurse:
        gp.listen(circle.id)
        nurse.listen(circle.id)
        monkeypatch.setattr(whispers, "close_user", lambda *_, **__: None)
        circle.end(scene.nurse)
        ack = gp.post(scene.gp.device.send(circle.id, circle.epoch))
        gp.items(circle.id, 1)
        assert {frame["what"] for frame in nurse.fence()} == {"notices"}  # that it ended, and nothing of the circle
        assert told(nurse.post(scene.nurse.device.send(circle.id, circle.epoch))) == "not_found"
    assert Item.objects.get(group_id=circle.id, seq=ack["seq"]).epoch == circle.epoch


def test_a_right_that_ends_by_itself_is_not_heard_past_its_minute(scene: Scene, chat_server: Server) -> None:
    circle, guest = a_care_circle(scene.gp), a_person(factories.NURSE)
    ends = now() + timedelta(seconds=2)
    circle.with_members(guest, role="guest", not_after=ends)
    with scene.gp.socket(chat_server) as gp, guest.socket(chat_server) as listening:
        gp.listen(circle.id)
        assert told(listening.listen(circle.id)) == "joined"
        gp.post(scene.gp.device.send(circle.id, circle.epoch))
        listening.expect("item")
        while now() <= ends:
            time.sleep(0.02)
        gp.post(scene.gp.device.send(circle.id, circle.epoch))
        gp.items(circle.id, 2)
        assert listening.fence() == []
        assert told(listening.listen(circle.id)) == "not_found"
