"""A device says hello: only the holder of its leaf key, on this very connection, in time."""

from __future__ import annotations

import pytest
from websockets.exceptions import InvalidStatus

from chat.canonical import from_base64
from tests.chat_members import ChatDevice, PersonKeys, text
from tests.chat_people import Person, Scene
from tests.chat_server import ChatHouse, wait_until
from tests.chat_socket import Socket


def challenged(socket: Socket) -> bytes:
    return from_base64(socket.expect("challenge")["nonce"])


def test_everybody_who_signed_in_with_a_device_may(scene: Scene) -> None:
    def ready(person: Person, socket: Socket) -> str:
        assert socket.fence() == []
        return "ready"

    assert scene.over_socket(ready) == {
        "nobody": "4401",
        "signed out": "4401",
        "without MFA": "4401",
        "stranger": "ready",
        "officer": "ready",
        "invitee": "ready",
        "guest": "ready",
        "member": "ready",
        "coordinator": "ready",
    }


def test_a_device_proves_its_key_to_this_connection(scene: Scene) -> None:
    nurse = scene.nurse
    other = ChatDevice(PersonKeys(nurse.id))
    with Socket(scene.server, nurse.cookie) as socket:
        nonce = challenged(socket)
        hello = nurse.device.hello(nonce)
        for wrong, code in (
            (nurse.device.hello(bytes(32)), "bad_signature"),  # to another connection
            (hello | {"sig": text(bytes(64))}, "bad_signature"),
            (hello | {"sig": ""}, "bad_signature"),
            (hello | {"device": str(other.id)}, "not_found"),
            (scene.gp.device.hello(nonce), "not_found"),  # a device of somebody else
            (other.hello(nonce, device=str(nurse.device.id)), "bad_signature"),
        ):
            socket.send(wrong)
            assert socket.expect("error")["code"] == code
        socket.send({"t": "join", "circle": str(scene.circle.id)})
        assert socket.expect("error")["code"] == "not_ready"
        socket.send(hello)
        assert socket.expect("ready")["device"] == str(nurse.device.id)
        socket.send(hello)
        assert socket.expect("error")["code"] == "bad_frame"
    refused = [event.err for event in nurse.traces("device.connect") if event.out != 0]
    assert refused[-7:] == ["bad_signature"] * 3 + ["not_found"] * 2 + ["bad_signature", "bad_frame"]


def test_the_trail_says_which_device_connected_and_how_its_person_signed_in(scene: Scene) -> None:
    with scene.nurse.socket(scene.server):
        [*_, event] = scene.nurse.traces("device.connect")
    assert (event.out, event.dev, event.ses) == (0, scene.nurse.device.id, scene.nurse.actor.session)
    assert event.obj == f"Device/{scene.nurse.device.id}"
    assert '"auth":"pwd+totp"' in event.leaf


def test_nothing_is_done_for_a_device_that_has_not_said_hello(scene: Scene) -> None:
    with Socket(scene.server, scene.nurse.cookie) as socket:
        socket.expect("challenge")
        for frame in (
            {"t": "join", "circle": str(scene.circle.id)},
            scene.nurse.device.send(scene.circle.id, scene.circle.epoch),
            {"t": "received", "circle": str(scene.circle.id), "seq": 1},
        ):
            socket.send(frame)
            assert socket.expect("error")["code"] == "not_ready"
        assert socket.fence() == []


def test_every_connection_is_challenged_anew(scene: Scene) -> None:
    nonces = set()
    for _ in range(3):
        with Socket(scene.server, scene.nurse.cookie) as socket:
            nonces.add(challenged(socket))
    assert len(nonces) == 3
    assert {len(nonce) for nonce in nonces} == {32}


def test_another_version_is_sent_away(scene: Scene) -> None:
    with Socket(scene.server, scene.nurse.cookie) as socket:
        socket.send(scene.nurse.device.hello(challenged(socket), v=2))
        assert socket.close_code() == 4426
        assert socket.seen == []
    # The end of the connection does not wait for its trace.
    wait_until(lambda: scene.nurse.traces("device.connect", err="version", out=4) != [])


@pytest.mark.parametrize("offered", [("cordee.v2",), ("graphql-ws", "cordee")])
def test_another_subprotocol_is_sent_away(scene: Scene, offered: tuple[str, ...]) -> None:
    with Socket(scene.server, scene.nurse.cookie, offered=offered) as socket:
        assert socket.close_code() == 4426
        assert socket.seen == []


def test_a_page_of_another_origin_opens_no_socket(scene: Scene) -> None:
    with pytest.raises(InvalidStatus) as refused:
        Socket(scene.server, scene.nurse.cookie, origin="https://elsewhere.example")
    assert refused.value.response.status_code == 403


def test_silence_after_the_challenge_ends_the_connection(house: ChatHouse, scene: Scene) -> None:
    assert house.silent.close_code() == 4408
    assert [frame["t"] for frame in house.silent.seen] == ["challenge"]
