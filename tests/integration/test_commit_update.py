"""Renewing one's keys: an empty commit with a path makes the next epoch, and changes nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

import pytest
from uuid_utils.compat import uuid7

from chat.canonical import from_base64
from chat.mls import Extension, MlsError
from chat.models import EpochKey, Group, Leaf
from circles.models import Member
from tests.chat_commits import REQUIRED, Rope, sealed_keys
from tests.chat_log import check_log, stored_rows
from tests.chat_members import Fields, now, text
from tests.chat_people import CareCircle, Person, Scene, a_care_circle
from tests.chat_socket import Socket, told
from tests.mls_members import POLICY, remove, replace_extensions
from tests.mls_members import REQUIRED as MORE_REQUIRED


@pytest.fixture(scope="module")
def circle(scene: Scene) -> CareCircle:
    return a_care_circle(scene.gp, scene.nurse)


def test_members_who_write_renew_their_keys_and_nobody_else(scene: Scene) -> None:
    circle = scene.another_circle()

    def update(person: Person, socket: Socket) -> str:
        device = person.device if circle.rope.leaves_of(person.id) else scene.gp.device
        frame, after = circle.rope.update(device)
        answer = told(socket.commit(frame))
        if answer == "committed":
            circle.rope = after
        return answer

    assert scene.over_socket(update) == {
        "nobody": "4401",
        "signed out": "4401",
        "without MFA": "4401",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": "not_found",
        "guest": "not_found",
        "member": "committed",
        "coordinator": "committed",
    }
    check_log(circle.id)


def test_it_makes_the_next_epoch_and_everybody_hears_it(scene: Scene, circle: CareCircle) -> None:
    frame, after = circle.rope.update(scene.nurse.device)
    members = set(Member.objects.filter(circle_id=circle.id, ended=None).values_list("user_id", flat=True))
    leaves = set(Leaf.objects.filter(group_id=circle.id).values_list("index", "device_id"))
    with scene.nurse.socket(scene.server) as nurse, scene.gp.socket(scene.server) as gp:
        nurse.listen(circle.id)
        gp.listen(circle.id)
        committed = nurse.commit(frame)
        item = gp.expect("item")
        assert nurse.expect("item") == item
        assert told(gp.post(scene.gp.device.send(circle.id, circle.epoch))) == "stale_epoch"
        circle.rope = after
        assert told(gp.post(scene.gp.device.send(circle.id, circle.epoch))) == "ack"
    assert committed == {
        "t": "committed",
        "ref": frame["ref"],
        "circle": str(circle.id),
        "seq": item["seq"],
        "epoch": after.epoch,
        "hash": item["hash"],
    }
    assert (item["kind"], item["epoch"], item["commit"]) == ("commit", after.epoch, frame["commit"])
    assert item["device"] == str(scene.nurse.device.id)
    assert set(Member.objects.filter(circle_id=circle.id, ended=None).values_list("user_id", flat=True)) == members
    assert set(Leaf.objects.filter(group_id=circle.id).values_list("index", "device_id")) == leaves
    sealed = EpochKey.objects.filter(group_id=circle.id, epoch=after.epoch).values_list("user_id", "sealed")
    assert {str(user): text(bytes(each)) for user, each in sealed} == frame["keys"]
    assert bytes(Group.objects.get(circle_id=circle.id).state) == after.group.to_bytes()


def test_the_trail_has_roster_and_policy_after_it(scene: Scene, circle: CareCircle) -> None:
    frame, after = circle.rope.update(scene.gp.device)
    circle.accepts(scene.gp, (frame, after))
    [*_, item] = check_log(circle.id)
    leaf = json.loads(item.event.leaf)
    assert (leaf["epo"], leaf["seq"]) == (after.epoch, item.seq)
    assert leaf["sha"] == text(sha256(from_base64(str(frame["commit"]))).digest())
    roster = b"".join(member.identity for member in after.group.roster())
    assert (leaf["ros"], leaf["pol"]) == (text(sha256(roster).digest()), text(sha256(after.chain.extension()).digest()))


# --- what is no update ---

Make = Callable[[Rope, Scene], Fields]


def _update(rope: Rope, scene: Scene) -> Fields:
    return rope.update(scene.gp.device)[0]


def _commit(rope: Rope, scene: Scene, *proposals: bytes, **options: object) -> Fields:
    """A commit by the GP with these proposals, and what goes with it if it could be."""
    message = scene.gp.device.commit(rope.group, *proposals, data=rope.chain.note(), **options)  # type: ignore[arg-type]
    try:
        return rope.shown(scene.gp.device, message, rope.chain, {"do": "update"})[0]
    except MlsError:
        return _update(rope, scene) | {"commit": text(message)}


def _flip(frame: Fields, name: str, at: int) -> Fields:
    raw = bytearray(from_base64(str(frame[name])))
    raw[at] ^= 1
    return frame | {name: text(bytes(raw))}


BAD: dict[str, tuple[Make, str]] = {
    "noise": (lambda rope, scene: _update(rope, scene) | {"commit": text(bytes(300))}, "invalid_commit"),
    "nothing": (lambda rope, scene: _update(rope, scene) | {"commit": ""}, "invalid_commit"),
    "a byte of the path changed": (lambda rope, scene: _flip(_update(rope, scene), "commit", -200), "invalid_commit"),
    "one byte more": (
        lambda rope, scene: (f := _update(rope, scene)) | {"commit": text(from_base64(str(f["commit"])) + b"\0")},
        "invalid_commit",
    ),
    "of an epoch that is over": (lambda rope, scene: _of_epoch(rope, scene, rope.epoch - 1), "stale_epoch"),
    "of an epoch to come": (lambda rope, scene: _of_epoch(rope, scene, rope.epoch + 1), "stale_epoch"),
    "of another circle": (
        lambda rope, scene: _update(rope, scene) | {"commit": _update(scene.circle.rope, scene)["commit"]},
        "invalid_commit",
    ),
    "for a circle that does not exist": (
        lambda rope, scene: _update(rope, scene) | {"circle": str(uuid7())},
        "not_found",
    ),
    "without a path": (lambda rope, scene: _commit(rope, scene, with_path=False), "invalid_commit"),
    "an Add": (
        lambda rope, scene: _commit(rope, scene, adding=[scene.stranger.device.key_package()]),
        "invalid_commit",
    ),
    "a removal that the act does not name": (
        lambda rope, scene: _commit(rope, scene, removing=rope.leaves_of(scene.nurse.id)),
        "invalid_commit",
    ),
    "a removal of oneself": (
        lambda rope, scene: _commit(rope, scene, remove(rope.leaves_of(scene.gp.id)[0])),
        "invalid_commit",
    ),
    "a removal of nobody": (lambda rope, scene: _commit(rope, scene, remove(77)), "invalid_commit"),
    "another extension": (
        lambda rope, scene: _commit(
            rope, scene, replace_extensions(REQUIRED, Extension(POLICY, rope.chain.extension()), Extension(0x0A0A, b""))
        ),
        "invalid_commit",
    ),
    "the extensions in another order": (
        lambda rope, scene: _commit(
            rope, scene, replace_extensions(Extension(POLICY, rope.chain.extension()), REQUIRED)
        ),
        "invalid_commit",
    ),
    "other capabilities required": (
        lambda rope, scene: _commit(
            rope, scene, replace_extensions(MORE_REQUIRED, Extension(POLICY, rope.chain.extension()))
        ),
        "invalid_commit",
    ),
    "the policy taken away": (lambda rope, scene: _commit(rope, scene, replace_extensions(REQUIRED)), "invalid_commit"),
    "a policy that no change writes": (
        lambda rope, scene: _commit(
            rope, scene, replace_extensions(REQUIRED, Extension(POLICY, scene.circle.rope.chain.extension()))
        ),
        "invalid_policy",
    ),
    "no note": (
        lambda rope, scene: _signed_with(rope, scene, b""),
        "invalid_policy",
    ),
    "a note of a later version": (
        lambda rope, scene: _signed_with(rope, scene, rope.chain.note(v=2)),
        "invalid_policy",
    ),
    "six minutes late": (
        lambda rope, scene: _signed_with(rope, scene, rope.chain.note(time=now() - timedelta(minutes=6))),
        "clock_skew",
    ),
    "six minutes ahead": (
        lambda rope, scene: _signed_with(rope, scene, rope.chain.note(time=now() + timedelta(minutes=6))),
        "clock_skew",
    ),
    "another external key than signed": (
        lambda rope, scene: _update(rope, scene) | {"external_pub": text(scene.gp.device.fresh_key())},
        "invalid_commit",
    ),
    "an external key of small order": (
        lambda rope, scene: _update(rope, scene) | {"external_pub": text(bytes(32))},
        "invalid_commit",
    ),
    "a GroupInfo signature of noise": (
        lambda rope, scene: _update(rope, scene) | {"group_info_sig": text(bytes(64))},
        "invalid_commit",
    ),
    "the keys of nobody": (lambda rope, scene: _update(rope, scene) | {"keys": {}}, "invalid_keys"),
    "a key short": (
        lambda rope, scene: _update(rope, scene) | {"keys": dict(list(sealed_keys(rope.group).items())[:1])},
        "invalid_keys",
    ),
    "a key for a stranger": (
        lambda rope, scene: (
            _update(rope, scene) | {"keys": sealed_keys(rope.group) | {str(scene.stranger.id): text(bytes(80))}}
        ),
        "invalid_keys",
    ),
    "a key too long": (
        lambda rope, scene: _update(rope, scene) | {"keys": dict.fromkeys(sealed_keys(rope.group), text(bytes(81)))},
        "invalid_keys",
    ),
    "said to be a join": (lambda rope, scene: _update(rope, scene) | {"act": {"do": "join"}}, "invalid_commit"),
    "said to be an end": (
        lambda rope, scene: (
            _update(rope, scene) | {"act": {"do": "end", "user": str(scene.nurse.id), "code": "removed", "reason": ""}}
        ),
        "invalid_commit",
    ),
    "said to be an invitation": (
        lambda rope, scene: (
            _update(rope, scene)
            | {"act": {"do": "invite", "role_id": str(scene.stranger.role_id), "invitation": text(b"{}")}}
        ),
        "invalid_commit",
    ),
    "by another device of the circle": (
        lambda rope, scene: rope.update(scene.nurse.device)[0],
        "wrong_device",
    ),
}


def _of_epoch(rope: Rope, scene: Scene, epoch: int) -> Fields:
    device = scene.gp.device
    sender = b"\1" + device.index_in(rope.group).to_bytes(4, "big")
    message = device.frame(rope.group, sender, b"\0\0", data=rope.chain.note(), epoch=epoch)
    return _update(rope, scene) | {"commit": text(message)}


def _signed_with(rope: Rope, scene: Scene, data: bytes) -> Fields:
    """An update whose authenticated data is this, with everything that goes with it."""
    message = scene.gp.device.commit(rope.group, data=data)
    return rope.shown(scene.gp.device, message, rope.chain, {"do": "update"})[0]


def test_an_end_of_membership_is_judged_by_the_commits_own_time(scene: Scene) -> None:
    """As every client judges it: a commit that only our clock allows would stop the circle for all of them."""
    circle, ends = a_care_circle(scene.gp), now() + timedelta(minutes=2)
    circle.with_members(scene.nurse, not_after=ends)
    with scene.nurse.socket(scene.server) as socket:
        for moment, outcome in (
            (ends + timedelta(minutes=1), "invalid_commit"),
            (ends, "invalid_commit"),
            (ends - timedelta(milliseconds=1), "committed"),
        ):
            frame, _ = circle.rope.update(scene.nurse.device, time=moment)
            assert told(socket.commit(frame)) == outcome
    check_log(circle.id)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_commit_changes_nothing(scene: Scene, circle: CareCircle, name: str) -> None:
    make, code = BAD[name]
    with scene.gp.socket(scene.server) as socket:
        before = stored_rows()
        frame = make(circle.rope, scene)
        answer = socket.commit(frame)
        assert (told(answer), answer["ref"], answer["circle"]) == (code, frame["ref"], frame["circle"])
        assert stored_rows() == before
        [*_, trace] = scene.gp.traces("mls.commit")
        assert (trace.out in (4, 8), trace.err, trace.dev) == (True, code, scene.gp.device.id)
        honest, after = circle.rope.update(scene.gp.device)
        assert told(socket.commit(honest)) == "committed"
        circle.rope = after
    check_log(circle.id)
