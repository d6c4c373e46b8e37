"""Opening a circle: the tables, the group at epoch 0 and change 0 begin together, or nothing does."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from uuid_utils.compat import uuid7

from audit.selectors import events_about
from chat.canonical import from_base64
from chat.mls import Extension, sign_with_label
from chat.mls.codec import decode, opaque
from chat.mls.leaf import EXTENSION_RATCHET_TREE
from chat.mls.messages import group_info_unsigned, read_group_info
from chat.models import Change, EpochKey, Group, Horizon, Leaf
from circles.models import Circle
from circles.selectors import order_key
from tests.chat_chain import Chain
from tests.chat_commits import REQUIRED, Rope
from tests.chat_members import ChatDevice, Fields, now, text
from tests.chat_people import Answer, Person, Scene, opening
from tests.mls_members import POLICY
from tests.mls_members import REQUIRED as MORE_REQUIRED


def a_group(
    person: Person,
    *,
    circle: UUID | None = None,
    chain: Chain | None = None,
    extensions: Sequence[Extension] | None = None,
    leaf: ChatDevice | None = None,
    group_id: bytes | None = None,
    epoch: int = 0,
    **shown: object,
) -> Fields:
    """What opens a circle; right unless told otherwise."""
    circle = circle or uuid7()
    chain = chain or Chain.begun(circle, person.device, orders=order_key())
    own = (REQUIRED, Extension(POLICY, chain.extension()))
    group_info, tree = (leaf or person.device).create(
        group_id or circle.bytes, *(own if extensions is None else extensions), epoch=epoch
    )
    group: Fields = {
        "group_info": text(group_info),
        "tree": text(tree),
        "changes": [text(each) for each in chain.changes],
        "keys": {str(person.id): text(bytes(80))},
    }
    return opening(group | shown, circle)


def begun_by(
    person: Person, op: Fields | None = None, *, by: ChatDevice | None = None, late: timedelta = timedelta(0)
) -> Fields:
    """A circle whose change 0 has some fields of its operation otherwise, is by another device or of another time."""
    chain = Chain(uuid7())
    pinned: Fields = {"settings": {"orders": text(order_key())}}
    create = chain.create(person.keys.person("coordinator"), **pinned) | (op or {})
    chain.append(chain.signed_by(by or person.device, create, time=now() + late))
    return a_group(person, circle=chain.circle, chain=chain)


def with_tree_in_group_info(person: Person) -> Fields:
    body = a_group(person)
    shown = body["group"]
    assert isinstance(shown, dict)
    info = decode(from_base64(shown["group_info"]), read_group_info, limit=10**6)
    extensions = (*info.extensions, Extension(EXTENSION_RATCHET_TREE, from_base64(shown["tree"])))
    unsigned = group_info_unsigned(info.context, extensions, info.confirmation_tag, 0)
    signature = sign_with_label(person.device.seed, "GroupInfoTBS", unsigned)
    return body | {"group": shown | {"group_info": text(unsigned + opaque(signature))}}


def test_every_professional_of_the_list_opens_a_circle_and_nobody_else(scene: Scene) -> None:
    def open_circle(person: Person) -> Answer:
        return person.post("circles", a_group(person))

    assert scene.over_http(open_circle) == {
        "nobody": "signed_out",
        "signed out": "signed_out",
        "without MFA": "mfa_required",
        "stranger": 200,
        "officer": "profession_not_allowed",
        "invitee": 200,
        "guest": 200,
        "member": 200,
        "coordinator": 200,
    }


def test_the_group_begins_at_epoch_0_with_the_creators_leaf_and_change_0(scene: Scene) -> None:
    gp = scene.gp
    rope, shown = Rope.begun(gp.device, uuid7())
    status, detail = gp.post("circles", opening(shown, rope.circle))
    assert status == 200
    assert (detail["id"], detail["role"]) == (str(rope.circle), "coordinator")
    assert [each["user"] for each in detail["members"]] == [str(gp.id)]
    group = Group.objects.get(circle_id=rope.circle)
    assert (group.seq, group.epoch, group.rekey_required, bytes(group.log_hash)) == (0, 0, False, bytes(32))
    assert list(Leaf.objects.filter(group=group).values_list("index", "device_id")) == [(0, gp.device.id)]
    assert [bytes(each.raw) for each in Change.objects.filter(group=group)] == rope.chain.changes
    assert list(Horizon.objects.filter(group=group).values_list("user_id", "seq")) == [(gp.id, 0)]
    assert list(EpochKey.objects.filter(group=group).values_list("epoch", "user_id")) == [(0, gp.id)]


def test_the_trail_has_roster_and_policy_of_the_beginning(scene: Scene) -> None:
    rope, shown = Rope.begun(scene.gp.device, uuid7())
    assert scene.gp.post("circles", opening(shown, rope.circle))[0] == 200
    events = events_about(circle_id=rope.circle)
    leaf = json.loads(events.get(act="mls.commit").leaf)
    assert (leaf["epo"], leaf["seq"]) == (0, 0)
    assert leaf["sha"] == text(sha256(from_base64(str(shown["group_info"]))).digest())
    assert leaf["ros"] == text(sha256(scene.gp.device.certificate).digest())
    assert leaf["pol"] == text(sha256(rope.chain.extension()).digest())
    assert events.filter(act="circle.create", out=0).count() == 1


def test_an_id_is_taken_once(scene: Scene) -> None:
    body = a_group(scene.gp)
    assert scene.gp.post("circles", body)[0] == 200
    assert scene.nurse.post("circles", a_group(scene.nurse, circle=UUID(str(body["id"]))))[1]["code"] == "id_taken"


BAD_GROUPS: dict[str, tuple[Callable[[Person], Fields], str]] = {
    "noise for a GroupInfo": (lambda p: a_group(p, group_info=text(bytes(300))), "invalid_commit"),
    "noise for a tree": (lambda p: a_group(p, tree=text(bytes(300))), "invalid_commit"),
    "a GroupInfo for another tree": (
        lambda p: a_group(p, tree=a_group(p)["group"]["tree"]),  # type: ignore[index]
        "invalid_commit",
    ),
    "a later epoch": (lambda p: a_group(p, epoch=1), "invalid_commit"),
    "the tree within the GroupInfo": (with_tree_in_group_info, "invalid_commit"),
    "capabilities not required": (
        lambda p: a_group(
            p, chain=(c := Chain.begun(uuid7(), p.device, orders=order_key())), circle=c.circle, extensions=[_policy(c)]
        ),
        "invalid_commit",
    ),
    "the extensions in another order": (
        lambda p: a_group(
            p,
            chain=(c := Chain.begun(uuid7(), p.device, orders=order_key())),
            circle=c.circle,
            extensions=[_policy(c), REQUIRED],
        ),
        "invalid_commit",
    ),
    "other capabilities required too": (
        lambda p: a_group(
            p,
            chain=(c := Chain.begun(uuid7(), p.device, orders=order_key())),
            circle=c.circle,
            extensions=[MORE_REQUIRED, _policy(c)],
        ),
        "invalid_commit",
    ),
    "the id of another group": (lambda p: a_group(p, group_id=uuid7().bytes), "invalid_policy"),
    "no policy": (lambda p: a_group(p, extensions=[REQUIRED]), "invalid_policy"),
    "the policy of another circle": (
        lambda p: a_group(p, extensions=[REQUIRED, _policy(Chain.begun(uuid7(), p.device, orders=order_key()))]),
        "invalid_policy",
    ),
    "a change for another circle": (
        lambda p: a_group(p, chain=Chain.begun(uuid7(), p.device, orders=order_key())),
        "invalid_policy",
    ),
    "no change": (lambda p: a_group(p, changes=[]), "bad_input"),
    "two changes": (lambda p: a_group(p, changes=[text(b"{}")] * 2), "bad_input"),
    "a change of noise": (lambda p: a_group(p, changes=[text(b"{}")]), "invalid_policy"),
    "a creator who is no coordinator": (lambda p: begun_by(p, {"person": p.keys.person("member")}), "invalid_policy"),
    "a ground that the tables do not have": (
        lambda p: begun_by(p, {"person": p.keys.person("coordinator", ground="same_structure")}),
        "invalid_policy",
    ),
    "an end that the tables do not have": (
        lambda p: begun_by(p, {"person": p.keys.person("coordinator", not_after=now() + timedelta(days=9))}),
        "invalid_policy",
    ),
    "another suite": (lambda p: begun_by(p, {"suite": 3}), "invalid_policy"),
    "no order key": (lambda p: begun_by(p, {"settings": {"orders": None}}), "invalid_policy"),
    "another order key": (lambda p: begun_by(p, {"settings": {"orders": text(p.keys.identity)}}), "invalid_policy"),
    "a steward of one's own": (lambda p: begun_by(p, {"steward": text(p.keys.identity)}), "invalid_policy"),
    "settings of a later version": (lambda p: begun_by(p, {"settings": {"a": 1}}), "invalid_policy"),
    "a change of ten minutes ago": (lambda p: begun_by(p, late=timedelta(minutes=-10)), "invalid_policy"),
    "a change in ten minutes": (lambda p: begun_by(p, late=timedelta(minutes=10)), "clock_skew"),
    "a change by a device that is not registered": (lambda p: begun_by(p, by=ChatDevice(p.keys)), "not_found"),
    "the leaf of a device that is not registered": (lambda p: a_group(p, leaf=ChatDevice(p.keys)), "wrong_device"),
    "no key for the creator": (lambda p: a_group(p, keys={}), "invalid_keys"),
    "a key for somebody else": (lambda p: a_group(p, keys={str(uuid7()): text(bytes(80))}), "invalid_keys"),
    "a key too short": (lambda p: a_group(p, keys={str(p.id): text(bytes(79))}), "invalid_keys"),
    "a field that nobody knows": (lambda p: a_group(p, more=1), "bad_input"),
    "an id of version 4": (lambda p: a_group(p, circle=uuid4()), "bad_circle_id"),
}


def _policy(chain: Chain) -> Extension:
    return Extension(POLICY, chain.extension())


@pytest.mark.parametrize("name", BAD_GROUPS)
def test_a_bad_beginning_leaves_nothing(scene: Scene, name: str) -> None:
    make, code = BAD_GROUPS[name]
    before = Circle.objects.count(), Group.objects.count(), Change.objects.count(), EpochKey.objects.count()
    assert scene.gp.post("circles", make(scene.gp))[1]["code"] == code
    assert before == (Circle.objects.count(), Group.objects.count(), Change.objects.count(), EpochKey.objects.count())
    [*_, trace] = scene.gp.traces("circle.create")
    assert (trace.out in (4, 8), trace.err) == (True, code)
    assert scene.gp.post("circles", a_group(scene.gp))[0] == 200


def test_nobody_opens_a_circle_in_anothers_name(scene: Scene) -> None:
    """The nurse's own signed beginning, sent by the GP."""
    body = a_group(scene.nurse)
    assert scene.gp.post("circles", body)[1]["code"] == "not_found"
    assert scene.nurse.post("circles", body)[0] == 200
