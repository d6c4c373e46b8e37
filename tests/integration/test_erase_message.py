"""Erasing a message: who may, what goes, what stays, and that the erasure is an item of the log like any other."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

import pytest
from uuid_utils.compat import uuid7

from audit.selectors import events_about
from chat import files
from chat.canonical import from_base64
from chat.models import File, Group, Item
from tests import factories
from tests.chat_log import check_log, stored_rows
from tests.chat_members import Fields, id_of, text
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_socket import Socket, told


def write(circle: CareCircle, who: Person, socket: Socket, *, kind: int = 1) -> bytes:
    """A message's envelope, with its place in the log."""
    socket.listen(circle.id)
    frame = who.device.send(circle.id, circle.epoch, kind=kind)
    assert told(socket.post(frame)) == "ack"
    return from_base64(str(frame["env"]))


def erasing(circle: CareCircle, who: Person, target: bytes, **options: object) -> Fields:
    return {"t": "send", "env": text(who.device.erasure(circle.id, circle.epoch, target, **options))}  # type: ignore[arg-type]


def item_of(envelope: bytes) -> Item:
    return Item.objects.get(digest=sha256(envelope).digest())


def test_authors_and_coordinators_erase_and_nobody_else(scene: Scene) -> None:
    circle = scene.circle
    with scene.nurse.socket(scene.server) as socket:
        target = write(circle, scene.nurse, socket)

    def erase(person: Person, socket: Socket) -> str:
        socket.listen(circle.id)
        return told(socket.post(erasing(circle, person, target)))

    assert scene.over_socket(erase) == {
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


def test_a_colleague_does_not_erase(scene: Scene) -> None:
    circle, colleague = a_care_circle(scene.gp, scene.nurse), a_person(factories.NURSE)
    circle.with_members(colleague)
    with scene.nurse.socket(scene.server) as nurse, colleague.socket(scene.server) as other:
        target = write(circle, scene.nurse, nurse)
        other.listen(circle.id)
        assert told(other.post(erasing(circle, colleague, target))) == "not_found"
        assert item_of(target).body is not None
        assert told(nurse.post(erasing(circle, scene.nurse, target))) == "ack"
        assert item_of(target).body is None


@pytest.mark.parametrize("kind", [1, 2])
def test_the_ciphertext_goes_and_place_and_digest_stay(scene: Scene, kind: int) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    with scene.nurse.socket(scene.server) as nurse, scene.gp.socket(scene.server) as gp:
        gp.listen(circle.id)
        target = write(circle, scene.nurse, nurse, kind=kind)
        before = item_of(target)
        frame = erasing(circle, scene.nurse, target)
        ack = nurse.post(frame)
        heard = gp.items(circle.id, 2)[1]
    assert (heard["env"], heard["seq"], heard["hash"]) == (frame["env"], ack["seq"], ack["hash"])
    after = item_of(target)
    assert (after.body, after.seq, bytes(after.hash)) == (None, before.seq, bytes(before.hash))
    status, page = scene.gp.get(f"circles/{circle.id}/items", since=before.seq - 1)
    assert status == 200
    erased, erasure = page["items"]
    assert (erased["env"], erased["digest"]) == (None, text(sha256(target).digest()))
    assert {**erasure, "t": "item", "circle": str(circle.id)} == heard
    check_log(circle.id)


def test_the_trail_says_who_erased_what(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    with scene.nurse.socket(scene.server) as nurse, scene.gp.socket(scene.server) as gp:
        target = write(circle, scene.nurse, nurse)
        gp.listen(circle.id)
        frame = erasing(circle, scene.gp, target)
        gp.post(frame)
    event = Item.objects.get(message_id=id_of(frame)).event
    assert (event.act, event.out, event.dev) == ("message.erase", 0, scene.gp.device.id)
    target_id = item_of(target).message_id
    assert target_id is not None
    assert [each.act for each in events_about(obj=("Message", target_id))] == ["message.send", "message.erase"]


def test_the_same_bytes_again_get_the_same_answer(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    with scene.nurse.socket(scene.server) as nurse:
        target = write(circle, scene.nurse, nurse)
        frame = erasing(circle, scene.nurse, target)
        first = nurse.post(frame)
        assert nurse.post(frame) == first
        # Another erasure of the same message is one more item: two coordinators do not have to agree first.
        assert nurse.post(erasing(circle, scene.nurse, target))["seq"] == first["seq"] + 1
        taken = first["id"]
        other = scene.nurse.device.send(circle.id, circle.epoch, id=uuid7())
        assert told(nurse.post(other)) == "ack"
        repeated = scene.nurse.device.erasure(circle.id, circle.epoch, target, id=item_of(target).message_id)
        assert told(nurse.post({"t": "send", "env": text(repeated)})) == "replayed_id"
    assert Item.objects.filter(message_id=taken).count() == 1
    check_log(circle.id)


def test_messages_and_erasures_share_one_order(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    with scene.nurse.socket(scene.server) as nurse:
        targets = [write(circle, scene.nurse, nurse) for _ in range(8)]
        frames = [
            frame
            for target in targets
            for frame in (
                erasing(circle, scene.nurse, target),
                scene.nurse.device.send(circle.id, circle.epoch),
            )
        ]
        for frame in frames:
            nurse.send(frame)
        places = {nurse.answer(id_of(frame))["seq"] for frame in frames}
    assert len(places) == len(frames)
    check_log(circle.id)


def test_the_files_of_the_author_in_this_circle_go_with_it(scene: Scene) -> None:
    circle, elsewhere = a_care_circle(scene.gp, scene.nurse), a_care_circle(scene.gp, scene.nurse)
    brought = {}
    for name, who, where in (
        ("hers", scene.nurse, circle),
        ("the coordinator's", scene.gp, circle),
        ("elsewhere", scene.nurse, elsewhere),
    ):
        brought[name] = uuid7()
        files.announce(actor=who.actor, user_id=who.id, circle_id=where.id, file_id=brought[name], size=100)
    with scene.nurse.socket(scene.server) as nurse, scene.gp.socket(scene.server) as gp:
        target = write(circle, scene.nurse, nurse)
        gp.listen(circle.id)
        assert told(gp.post(erasing(circle, scene.gp, target, files=[*brought.values(), uuid7()]))) == "ack"
    standing = {name: File.objects.get(id=id_).erased is None for name, id_ in brought.items()}
    assert standing == {"hers": False, "the coordinator's": True, "elsewhere": True}


# --- what is no erasure ---


class Place(NamedTuple):
    scene: Scene
    circle: CareCircle
    target: bytes
    ack: bytes  # an acknowledgement


@pytest.fixture(scope="module")
def place(scene: Scene) -> Place:
    circle = a_care_circle(scene.gp, scene.nurse)
    with scene.nurse.socket(scene.server) as nurse:
        return Place(scene, circle, write(circle, scene.nurse, nurse), write(circle, scene.nurse, nurse, kind=5))


def _of(place: Place, target: bytes, **options: object) -> bytes:
    device = place.scene.nurse.device
    return device.erasure(place.circle.id, place.circle.epoch, target, **options)  # type: ignore[arg-type]


def _with_digest(place: Place, digest: bytes) -> bytes:
    unsigned = _of(place, place.target)[:-64]
    return place.scene.nurse.device.sealed(unsigned[:138] + digest)


BAD: dict[str, tuple[Callable[[Place], bytes], str]] = {
    "of nothing that is there": (lambda p: _of(p, p.scene.nurse.device.envelope(p.circle.id, 1)), "not_found"),
    "of other bytes than are there": (lambda p: _with_digest(p, bytes(32)), "not_found"),
    "of an acknowledgement": (lambda p: _of(p, p.ack), "bad_envelope"),
    "with a commitment": (
        lambda p: p.scene.nurse.device.sealed(_of(p, p.target)[:66] + b"\1" * 56 + _of(p, p.target)[122:-64]),
        "bad_envelope",
    ),
    "of an epoch that is over": (
        lambda p: p.scene.nurse.device.erasure(p.circle.id, p.circle.epoch - 1, p.target),
        "stale_epoch",
    ),
    "signed by nobody": (lambda p: _of(p, p.target)[:-64] + bytes(64), "bad_signature"),
    "by another device": (
        lambda p: p.scene.gp.device.erasure(p.circle.id, p.circle.epoch, p.target),
        "wrong_device",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_erasure_changes_nothing(place: Place, name: str) -> None:
    make, code = BAD[name]
    with place.scene.nurse.socket(place.scene.server) as nurse:
        nurse.listen(place.circle.id)
        before = stored_rows()
        assert told(nurse.post({"t": "send", "env": text(make(place))})) == code
        assert stored_rows() == before
    assert item_of(place.target).body is not None


def test_while_a_removal_is_due_nothing_is_erased(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    with scene.nurse.socket(scene.server) as nurse:
        target = write(circle, scene.nurse, nurse)
        Group.objects.filter(circle_id=circle.id).update(rekey_required=True)
        assert told(nurse.post(erasing(circle, scene.nurse, target))) == "rekey_required"
        Group.objects.filter(circle_id=circle.id).update(rekey_required=False)
        assert told(nurse.post(erasing(circle, scene.nurse, target))) == "ack"


def test_what_a_further_device_of_hers_wrote_is_hers(scene: Scene) -> None:
    circle, second = a_care_circle(scene.gp, scene.nurse), scene.nurse.second
    circle.join(second)
    with second.socket(scene.server) as other, scene.nurse.socket(scene.server) as nurse:
        target = write(circle, second, other)
        nurse.listen(circle.id)
        assert told(nurse.post(erasing(circle, scene.nurse, target))) == "ack"
