"""Read positions, signed by the reader and latest per device; and what the server itself saw delivered."""

from __future__ import annotations

from typing import Any

import pytest

from chat.canonical import from_base64
from chat.models import Cursor, Item
from tests.chat_log import stored_rows
from tests.chat_members import Fields, text
from tests.chat_people import Answer, CareCircle, Person, Scene, a_care_circle
from tests.chat_socket import Socket, told


def receipt(person: Person, circle: CareCircle, **envelope: Any) -> Fields:
    envelope.setdefault("epoch", circle.epoch)
    return {"t": "receipt", "env": text(person.device.envelope(circle.id, kind=4, **envelope))}


def received(circle: CareCircle, seq: int) -> Fields:
    return {"t": "received", "circle": str(circle.id), "seq": seq}


@pytest.fixture
def circle(scene: Scene) -> CareCircle:
    return a_care_circle(scene.gp, scene.nurse)


def fence_told(socket: Socket) -> str:
    """`taken` when the last frame was not answered with an error."""
    errors = [frame for frame in socket.fence() if frame["t"] == "error"]
    return str(errors[-1]["code"]) if errors else "taken"


def test_whoever_reads_signs_that_they_have_read_and_nobody_else(scene: Scene) -> None:
    def read(person: Person, socket: Socket) -> str:
        socket.listen(scene.circle.id)
        socket.seen.clear()
        socket.send(receipt(person, scene.circle))
        return fence_told(socket)

    assert scene.over_socket(read) == {
        "nobody": "4401",
        "signed out": "4401",
        "without MFA": "4401",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": "not_found",
        "guest": "taken",
        "member": "taken",
        "coordinator": "taken",
    }


def test_members_see_how_far_everybody_got_and_nobody_else(scene: Scene) -> None:
    def look(person: Person) -> Answer:
        return person.get(f"circles/{scene.circle.id}/receipts")

    assert scene.over_http(look) == {
        "nobody": "signed_out",
        "signed out": "signed_out",
        "without MFA": "mfa_required",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": "not_found",
        "guest": 200,
        "member": 200,
        "coordinator": 200,
    }


def test_others_hear_it_and_the_log_does_not_grow(scene: Scene, circle: CareCircle) -> None:
    frame = receipt(scene.nurse, circle)
    before = Item.objects.filter(group_id=circle.id).count()
    with scene.nurse.socket(scene.server) as nurse, scene.gp.socket(scene.server) as gp:
        nurse.listen(circle.id)
        gp.listen(circle.id)
        nurse.send(frame)
        assert gp.expect("receipt") == {
            "t": "receipt",
            "circle": str(circle.id),
            "device": str(scene.nurse.device.id),
            "user": str(scene.nurse.id),
            "env": frame["env"],
        }
        assert nurse.fence() == []  # one knows what one has read oneself
    assert Item.objects.filter(group_id=circle.id).count() == before


def test_the_latest_of_each_device_is_kept(scene: Scene, circle: CareCircle) -> None:
    second = scene.nurse.second
    circle.join(second)
    frames = [receipt(scene.nurse, circle) for _ in range(3)]
    other = receipt(second, circle)
    with scene.nurse.socket(scene.server) as nurse, second.socket(scene.server) as elsewhere:
        nurse.listen(circle.id)
        elsewhere.listen(circle.id)
        for frame in frames:
            nurse.send(frame)
        nurse.fence()
        elsewhere.send(other)
        assert [each["env"] for each in elsewhere.fence() if each["t"] == "receipt"] == [each["env"] for each in frames]
    _, shown = scene.gp.get(f"circles/{circle.id}/receipts")
    assert {each["device"]: each["env"] for each in shown["receipts"]} == {
        str(scene.nurse.device.id): frames[-1]["env"],
        str(second.device.id): other["env"],
    }
    assert {each["user"] for each in shown["receipts"]} == {str(scene.nurse.id)}


def test_what_was_delivered_is_noted_and_never_goes_back(scene: Scene, circle: CareCircle) -> None:
    with scene.nurse.socket(scene.server) as nurse, scene.gp.socket(scene.server) as gp:
        nurse.listen(circle.id)
        gp.listen(circle.id)
        seqs = [gp.post(scene.gp.device.send(circle.id, circle.epoch))["seq"] for _ in range(3)]
        nurse.send(received(circle, seqs[1]))
        assert gp.expect("delivered") == {
            "t": "delivered",
            "circle": str(circle.id),
            "device": str(scene.nurse.device.id),
            "user": str(scene.nurse.id),
            "seq": seqs[1],
        }
        for no_news in (seqs[0], seqs[1], 0, -1, seqs[2] + 1, 2**53):
            nurse.send(received(circle, no_news))
        nurse.send(received(circle, seqs[2]))
        assert gp.expect("delivered")["seq"] == seqs[2]
        gp.seen.clear()
        assert gp.fence() == []
    assert Cursor.objects.get(group_id=circle.id, device_id=scene.nurse.device.id).delivered == seqs[2]


@pytest.mark.parametrize(
    ("envelope", "code"),
    [
        ({"epoch": 0}, "stale_epoch"),
        ({"epoch": 99}, "stale_epoch"),
        ({"kind": 1}, "bad_envelope"),
        ({"version": 2}, "bad_envelope"),
        ({"size": 3}, "bad_envelope"),
    ],
)
def test_a_bad_receipt_is_refused_and_the_one_before_stays(
    scene: Scene, circle: CareCircle, envelope: dict[str, int], code: str
) -> None:
    good = receipt(scene.nurse, circle)
    with scene.nurse.socket(scene.server) as socket:
        socket.listen(circle.id)
        socket.send(good)
        socket.fence()
        before = stored_rows()
        made = {"kind": 4, "epoch": circle.epoch} | envelope
        raw = scene.nurse.device.envelope(circle.id, **made)  # type: ignore[arg-type]
        socket.send({"t": "receipt", "env": text(raw)})
        assert fence_told(socket) == code
    assert stored_rows() == before
    kept = Cursor.objects.get(group_id=circle.id, device_id=scene.nurse.device.id)
    assert bytes(kept.receipt or b"") == from_base64(str(good["env"]))


def test_nobody_reads_in_anothers_name(scene: Scene, circle: CareCircle) -> None:
    with scene.nurse.socket(scene.server) as socket:
        socket.listen(circle.id)
        forged = scene.nurse.device.envelope(circle.id, circle.epoch, kind=4, device=scene.gp.device.id)
        stolen = scene.gp.device.envelope(circle.id, circle.epoch, kind=4)
        disguised = scene.gp.device.envelope(circle.id, circle.epoch, kind=4, device=scene.nurse.device.id)
        for raw, code in ((forged, "wrong_device"), (stolen, "wrong_device"), (disguised, "bad_signature")):
            socket.send({"t": "receipt", "env": text(raw)})
            assert fence_told(socket) == code
    assert not Cursor.objects.filter(group_id=circle.id).exists()


def test_a_receipt_does_not_take_the_place_of_a_message(scene: Scene, circle: CareCircle) -> None:
    """Signed as a receipt it is a receipt; sent as a message it is refused."""
    frame = receipt(scene.nurse, circle)
    with scene.nurse.socket(scene.server) as socket:
        socket.listen(circle.id)
        assert told(socket.post({"t": "send", "env": frame["env"]})) == "bad_envelope"


def test_a_device_without_a_leaf_has_read_nothing(scene: Scene, circle: CareCircle) -> None:
    """The person may read, but this device is not in the group yet: it cannot have decrypted anything."""
    second = scene.nurse.second
    with second.socket(scene.server) as socket:
        socket.listen(circle.id)
        socket.send(receipt(second, circle))
        assert fence_told(socket) == "not_found"


def test_who_does_not_listen_has_received_nothing(scene: Scene, circle: CareCircle) -> None:
    with scene.nurse.socket(scene.server) as socket:
        socket.send(received(circle, 1))
        assert fence_told(socket) == "not_found"
        socket.listen(circle.id)
        socket.send(received(circle, 1))
        assert fence_told(socket) == "taken"


def test_who_was_removed_is_no_longer_among_the_readers(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    with scene.nurse.socket(scene.server) as nurse:
        nurse.listen(circle.id)
        nurse.send(receipt(scene.nurse, circle))
        nurse.fence()
    assert len(scene.gp.get(f"circles/{circle.id}/receipts")[1]["receipts"]) == 1
    circle.end(scene.nurse)
    assert scene.gp.get(f"circles/{circle.id}/receipts")[1]["receipts"] == []
