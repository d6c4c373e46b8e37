"""Bad input at the socket: each a stable code, the connection kept where that is safe, nothing stored, all traced.

Every refusal is followed, on the same connection, by the message that it almost was: it cannot have been refused for
another reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from uuid_utils.compat import uuid7

from audit.models import Event
from chat import protocol
from chat.connection import MISTAKES
from chat.models import Item
from config.server import MAX_FRAME_BYTES
from tests.chat_log import stored_rows
from tests.chat_members import Fields, id_of, now, text
from tests.chat_people import Person, Scene, a_care_circle
from tests.chat_socket import Socket, told
from tests.server import Server


class Wire(NamedTuple):
    """A connection of the nurse, listening to the circle, and what she could say."""

    scene: Scene
    socket: Socket

    @property
    def nurse(self) -> Person:
        return self.scene.nurse

    def envelope(self, **changes: Any) -> bytes:
        changes.setdefault("circle", self.scene.circle.id)
        changes.setdefault("epoch", self.scene.circle.epoch)
        return self.nurse.device.envelope(**changes)

    def refused(self, frame: Fields | bytes, act: str) -> str:
        """The code; after making sure that nothing was stored, that it was traced, and that the connection lives."""
        before, traced = stored_rows(), len(self.nurse.traces(act))
        self.socket.send(frame)
        error = self.socket.expect("error")
        assert told(self.socket.post({"t": "send", "env": text(self.envelope())})) == "ack"
        after = stored_rows()
        assert after == before | {"Item": before["Item"] + 1, "places": before["places"] + 1}
        [*_, trace] = [event for event in self.nurse.traces(act) if event.out != 0]
        assert len(self.nurse.traces(act)) == traced + 1 + (act == "message.send")
        assert (trace.err, trace.dev) == (error["code"], self.nurse.device.id)
        return str(error["code"])


@pytest.fixture
def wire(scene: Scene) -> Iterator[Wire]:
    with scene.nurse.socket(scene.server) as socket:
        socket.listen(scene.circle.id)
        yield Wire(scene, socket)


# --- bytes that are no frame ---


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "bad_frame"),
        (b"null", "bad_frame"),
        (b"{}", "bad_frame"),
        (b"\xff\xff", "bad_frame"),
        (b'{"t":"send","env":"\xff"}', "bad_frame"),
        (b'{"t":"ping","more":1}', "bad_frame"),
        (b'{"t":"send","env":7}', "bad_frame"),
        (b'{"t":"send","env":"not base64"}', "bad_frame"),
        (b'{"t":"join","circle":"mine"}', "bad_frame"),
        (b"[" * 60_000, "bad_frame"),
        (b'{"t":"typing"}', "unknown_frame"),
        (b'{"t":"' + b"x" * 60_000 + b'"}', "unknown_frame"),
        (b" " * (protocol.FRAME_LIMIT + 1), "frame_too_large"),
        (b'{"t":"ping"' + b" " * protocol.FRAME_LIMIT + b"}", "frame_too_large"),
        (b'{"t":"commit"' + b" " * protocol.COMMIT_LIMIT + b"}", "frame_too_large"),
    ],
)
def test_bytes_that_are_no_frame_are_refused(wire: Wire, raw: bytes, code: str) -> None:
    assert wire.refused(raw, "socket.frame") == code


def test_twenty_mistakes_end_the_connection(scene: Scene) -> None:
    with scene.stranger.socket(scene.server) as socket:
        for _ in range(MISTAKES):
            socket.send(b"{}")
        assert socket.close_code() == 4400
        assert [frame["code"] for frame in socket.seen] == ["bad_frame"] * MISTAKES
    traced = scene.stranger.traces("socket.frame")
    assert [(event.out, event.err) for event in traced] == [(4, "bad_frame")] * MISTAKES


def test_a_frame_beyond_every_limit_ends_the_connection(scene: Scene) -> None:
    with scene.stranger.socket(scene.server) as socket:
        socket.send(b"x" * (MAX_FRAME_BYTES + 1))
        assert socket.close_code() == 1009


# --- envelopes ---

BAD_ENVELOPES: dict[str, tuple[Callable[[Wire], bytes], str]] = {
    "no bytes": (lambda _: b"", "bad_envelope"),
    "noise": (lambda _: bytes(300), "bad_envelope"),
    "of a later version": (lambda wire: wire.envelope(version=2), "bad_envelope"),
    "of an unknown kind": (lambda wire: wire.envelope(kind=7), "bad_envelope"),
    "a receipt in place of a message": (lambda wire: wire.envelope(kind=4), "bad_envelope"),
    "a notice where there is a patient": (lambda wire: wire.envelope(kind=3), "not_found"),
    "with a byte changed": (lambda wire: _flipped(wire.envelope(), 130), "bad_signature"),
    "with its signature cut": (lambda wire: wire.envelope()[:-1], "bad_signature"),
    "in another device's name": (lambda wire: wire.envelope(device=wire.scene.gp.device.id), "wrong_device"),
    "by another device": (
        lambda wire: wire.scene.gp.device.envelope(wire.scene.circle.id, wire.scene.circle.epoch),
        "wrong_device",
    ),
    "in my name, signed by another": (
        lambda wire: wire.scene.gp.device.envelope(
            wire.scene.circle.id, wire.scene.circle.epoch, device=wire.nurse.device.id
        ),
        "bad_signature",
    ),
    "for a circle that does not exist": (lambda wire: wire.envelope(circle=uuid7()), "not_found"),
    "for an epoch that is over": (lambda wire: wire.envelope(epoch=wire.scene.circle.epoch - 1), "stale_epoch"),
    "for an epoch to come": (lambda wire: wire.envelope(epoch=wire.scene.circle.epoch + 1), "stale_epoch"),
    "for an epoch beyond counting": (lambda wire: wire.envelope(epoch=2**64 - 1), "stale_epoch"),
    "from the future": (lambda wire: wire.envelope(created=now() + timedelta(minutes=6)), "clock_skew"),
    "from the year 10889": (lambda wire: _at_time(wire, 2**48 - 1), "bad_envelope"),
}


def _flipped(raw: bytes, at: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def _at_time(wire: Wire, milliseconds: int) -> bytes:
    raw = wire.envelope()
    return raw[:58] + milliseconds.to_bytes(8, "big") + raw[66:]


@pytest.mark.parametrize("name", BAD_ENVELOPES)
def test_a_bad_envelope_is_refused(wire: Wire, name: str) -> None:
    make, code = BAD_ENVELOPES[name]
    raw = make(wire)
    assert wire.refused({"t": "send", "env": text(raw)}, "message.send") == code


def test_a_circle_of_others_is_refused_as_one_that_does_not_exist(wire: Wire) -> None:
    others = a_care_circle(wire.scene.gp)
    frame: Fields = {"t": "send", "env": text(wire.envelope(circle=others.id, epoch=0))}
    assert wire.refused(frame, "message.send") == "not_found"
    assert Item.objects.filter(group_id=others.id).count() == 0


def test_a_refusal_says_what_it_answers_to(wire: Wire) -> None:
    frame: Fields = {"t": "send", "env": text(wire.envelope(epoch=99))}
    answer = wire.socket.post(frame)
    assert answer == {
        "t": "error",
        "code": "stale_epoch",
        "ref": id_of(frame),
        "circle": str(wire.scene.circle.id),
    }


def test_more_in_flight_than_a_device_needs_is_refused_as_busy(scene: Scene) -> None:
    """A burst is answered message by message, `ack` or `busy`; what is busy may be sent again."""
    circle = scene.circle
    frames = [scene.nurse.device.send(circle.id, circle.epoch) for _ in range(200)]
    with scene.nurse.socket(scene.server) as socket:
        socket.listen(circle.id)
        for frame in frames:
            socket.send(frame)
        answers = {id_of(frame): told(socket.answer(id_of(frame))) for frame in frames}
        assert set(answers.values()) <= {"ack", "busy"}
        for frame in frames:
            assert told(socket.post(frame)) == "ack"
    assert Item.objects.filter(message_id__in=answers).count() == len(frames)


# --- nothing of it is written down ---


def test_what_was_refused_is_named_in_no_log_and_no_trace(wire: Wire, chat_server: Server) -> None:
    canary = "AUBERTIN-CANARY"
    for raw in (canary.encode(), json.dumps({"t": "send", "env": canary}).encode(), json.dumps({"t": canary}).encode()):
        wire.refused(raw, "socket.frame")
    assert canary not in chat_server.log.read_text()
    assert not Event.objects.filter(leaf__contains=canary).exists()
