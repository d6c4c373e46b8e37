"""Listening to a circle: who may, what they hear from then on, and that nothing is lost in between."""

from __future__ import annotations

from itertools import pairwise
from uuid import UUID

from uuid_utils.compat import uuid7

from chat.canonical import from_base64, to_base64
from chat.log import chain_hash
from tests.chat_people import Person, Scene, a_care_circle
from tests.chat_socket import Socket, told
from tests.server import Server


def test_members_of_every_role_listen_and_nobody_else(scene: Scene) -> None:
    def listen(_: Person, socket: Socket) -> str:
        return told(socket.listen(scene.circle.id))

    assert scene.over_socket(listen) == {
        "nobody": "4401",
        "signed out": "4401",
        "without MFA": "4401",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": "not_found",
        "guest": "joined",
        "member": "joined",
        "coordinator": "joined",
    }


def test_a_circle_that_is_not_mine_is_as_one_that_does_not_exist(scene: Scene) -> None:
    with scene.stranger.socket(scene.server) as socket:
        forbidden, absent = socket.listen(scene.circle.id), socket.listen(absent_id := uuid7())
    assert forbidden | {"circle": None} == absent | {"circle": None}
    assert (forbidden["circle"], absent["circle"]) == (str(scene.circle.id), str(absent_id))


def test_the_answer_says_where_the_log_stands_and_what_one_may(scene: Scene) -> None:
    expected = {
        "guest": ["read"],
        "member": ["read", "send"],
        "coordinator": ["erase", "grant_history", "invite", "read", "remove", "send"],
    }
    for rung, abilities in expected.items():
        with scene.people[rung].socket(scene.server) as socket:
            joined = socket.listen(scene.circle.id)
        assert joined["abilities"] == abilities
        assert (joined["epoch"], joined["rekey_required"]) == (scene.circle.epoch, False)
        assert joined["seq"] >= scene.circle.epoch  # each epoch is an item


def test_listening_and_being_refused_are_both_in_the_trail(scene: Scene) -> None:
    def traces(person: Person) -> list[tuple[int, str | None, UUID | None]]:
        return [(event.out, event.err, event.dev) for event in person.traces("circle.listen")]

    before = len(traces(scene.nurse)), len(traces(scene.stranger))
    for person in (scene.nurse, scene.stranger):
        with person.socket(scene.server) as socket:
            socket.listen(scene.circle.id)
    assert traces(scene.nurse)[before[0] :] == [(0, None, scene.nurse.device.id)]
    assert traces(scene.stranger)[before[1] :] == [(8, "not_found", scene.stranger.device.id)]
    [*_, refused] = scene.stranger.traces("circle.listen")
    [*_, heard] = scene.nurse.traces("circle.listen")
    assert refused.cir == heard.cir != None  # noqa: E711 — both name the circle


def test_a_listener_hears_every_item_once_in_order_under_the_chained_hash(scene: Scene) -> None:
    circle = scene.circle
    with scene.gp.socket(scene.server) as gp, scene.aide.socket(scene.server) as aide:
        aide.listen(circle.id)
        gp.listen(circle.id)
        acks = [gp.post(scene.gp.device.send(circle.id, circle.epoch)) for _ in range(5)]
        items = aide.items(circle.id, 5)
        assert [item["seq"] for item in items] == [ack["seq"] for ack in acks]
        assert [item["hash"] for item in items] == [ack["hash"] for ack in acks]
        assert [item["at"] for item in items] == [ack["at"] for ack in acks]
        for before, item in pairwise(items):
            assert item["seq"] == before["seq"] + 1
            hash_, _ = chain_hash(from_base64(before["hash"]), item["seq"], from_base64(item["env"]))
            assert item["hash"] == to_base64(hash_)
        # The sender's own device hears them too: one order for all.
        assert gp.items(circle.id, 5) == items


def test_who_does_not_listen_hears_nothing(scene: Scene, chat_server: Server) -> None:
    circle = scene.circle
    other = a_care_circle(scene.gp, scene.nurse)
    with scene.gp.socket(chat_server) as gp, scene.nurse.socket(chat_server) as nurse:
        gp.listen(circle.id)
        gp.listen(other.id)
        nurse.listen(other.id)
        gp.post(scene.gp.device.send(circle.id, circle.epoch))
        gp.post(scene.gp.device.send(other.id, other.epoch))
        # What came first would have been heard first.
        assert nurse.expect("item")["circle"] == str(other.id)
        assert nurse.fence() == []


def test_who_has_left_hears_no_more_and_says_no_more(scene: Scene, chat_server: Server) -> None:
    circle = scene.circle
    with scene.gp.socket(chat_server) as gp, scene.nurse.socket(chat_server) as nurse:
        gp.listen(circle.id)
        nurse.listen(circle.id)
        gp.post(scene.gp.device.send(circle.id, circle.epoch))
        nurse.expect("item")
        nurse.send({"t": "leave", "circle": str(circle.id)})
        nurse.fence()
        gp.post(scene.gp.device.send(circle.id, circle.epoch))
        gp.items(circle.id, 2)
        assert nurse.fence() == []
        assert told(nurse.post(scene.nurse.device.send(circle.id, circle.epoch))) == "not_found"
        nurse.listen(circle.id)
        assert told(nurse.post(scene.nurse.device.send(circle.id, circle.epoch))) == "ack"


def test_nothing_falls_between_the_answer_and_the_first_item(scene: Scene, chat_server: Server) -> None:
    """While others write, the first item after `joined` is the one that follows the place that `joined` tells."""
    circle = a_care_circle(scene.gp, scene.nurse)
    with scene.gp.socket(chat_server) as gp, scene.nurse.socket(chat_server) as nurse:
        gp.listen(circle.id)
        for _ in range(12):
            for _ in range(12):
                gp.send(scene.gp.device.send(circle.id, circle.epoch))
            joined = nurse.listen(circle.id)
            for _ in range(4):
                gp.send(scene.gp.device.send(circle.id, circle.epoch))
            while (item := nurse.expect("item"))["seq"] <= joined["seq"]:
                pass  # what was there already does no harm
            assert item["seq"] == joined["seq"] + 1
            for _ in range(16):
                gp.expect("ack")
            nurse.send({"t": "leave", "circle": str(circle.id)})
            nurse.fence()
            gp.fence()


def test_a_device_may_listen_to_many_circles(scene: Scene, chat_server: Server) -> None:
    circles = [scene.circle, a_care_circle(scene.gp, scene.nurse), a_care_circle(scene.gp, scene.nurse)]
    with scene.gp.socket(chat_server) as gp, scene.nurse.socket(chat_server) as nurse:
        for circle in circles:
            gp.listen(circle.id)
            nurse.listen(circle.id)
        for circle in circles:
            gp.post(scene.gp.device.send(circle.id, circle.epoch))
        assert [nurse.expect("item")["circle"] for _ in circles] == [str(circle.id) for circle in circles]
