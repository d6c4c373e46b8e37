"""A device leaves a circle: by its owner, by a coordinator, or by anybody whom the server's order lets do it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from uuid_utils.compat import uuid7

from chat.canonical import from_base64
from chat.models import Device, EndOrder, Group, Leaf
from tests.chat_commits import Rope
from tests.chat_log import check_log, stored_rows
from tests.chat_members import Fields
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_socket import told


def with_two_devices(scene: Scene) -> tuple[CareCircle, Person, Person]:
    """A circle of the gp and the aide, and somebody with two devices in it."""
    owner = a_person()
    other = owner.further_device()
    circle = a_care_circle(scene.gp, scene.nurse, owner)
    circle.join(other)
    return circle, owner, other


def revoking(circle: CareCircle, by: Person, whose: Person, order: bytes | None = None) -> tuple[Fields, Rope]:
    return circle.rope.change(by.device, circle.rope.chain.revoke(whose.id, whose.device.id, order))


def roster(circle: CareCircle) -> set[object]:
    return set(Leaf.objects.filter(group_id=circle.id).values_list("device_id", flat=True))


def test_owners_and_coordinators_take_a_device_out_and_nobody_else(scene: Scene) -> None:
    circle, owner, other = with_two_devices(scene)
    with scene.nurse.socket(scene.server) as nurse, owner.socket(scene.server) as mine:
        before = stored_rows()
        assert told(nurse.commit(revoking(circle, scene.nurse, other)[0])) == "invalid_policy"
        assert stored_rows() == before
        frame, circle.rope = revoking(circle, owner, other)
        assert told(mine.commit(frame)) == "committed"
    assert roster(circle) == {scene.gp.device.id, scene.nurse.device.id, owner.device.id}
    circle.accepts(scene.gp, revoking(circle, scene.gp, owner))
    assert roster(circle) == {scene.gp.device.id, scene.nurse.device.id}
    check_log(circle.id)


def test_a_coordinator_ends_it_for_this_circle_only(scene: Scene) -> None:
    circle, owner, other = with_two_devices(scene)
    elsewhere = a_care_circle(scene.gp, other)
    circle.accepts(scene.gp, revoking(circle, scene.gp, other))
    assert Device.objects.get(id=other.device.id).ended is None
    with other.socket(scene.server) as socket:
        socket.listen(circle.id)
        socket.listen(elsewhere.id)
        assert told(socket.post(other.device.send(elsewhere.id, elsewhere.epoch))) == "ack"
        assert told(socket.post(other.device.send(circle.id, circle.epoch))) == "not_found"
        # And it does not come back.
        before = stored_rows()
        assert told(socket.commit(circle.rope.join(other.device)[0])) == "invalid_commit"
        assert stored_rows() == before
    assert owner.device.id in roster(circle)


def test_a_device_that_was_ended_is_removed_by_whoever_is_there(scene: Scene) -> None:
    circle, owner, other = with_two_devices(scene)
    assert owner.post(f"devices/{other.device.id}/revoke", owner.revocation(other.device, "lost")) == (200, {})
    status, duties = scene.nurse.get(f"circles/{circle.id}/duties")
    assert status == 200
    [order] = duties["orders"]
    with scene.nurse.socket(scene.server) as nurse:
        nurse.listen(circle.id)
        assert told(nurse.post(scene.nurse.device.send(circle.id, circle.epoch))) == "rekey_required"
        # An update leaves the device where it is: still nothing may be sent.
        circle.accepts(scene.gp, circle.rope.update(scene.gp.device))
        assert Group.objects.get(circle_id=circle.id).rekey_required
        frame, circle.rope = revoking(circle, scene.nurse, other, from_base64(order))
        assert told(nurse.commit(frame)) == "committed"
        assert told(nurse.post(scene.nurse.device.send(circle.id, circle.epoch))) == "ack"
    assert scene.nurse.get(f"circles/{circle.id}/duties")[1]["orders"] == []
    assert EndOrder.objects.get(group_id=circle.id).carried_out is not None
    check_log(circle.id)


def test_one_commit_removes_several(scene: Scene) -> None:
    circle, owner, other = with_two_devices(scene)
    chain = circle.rope.chain
    circle.change(scene.gp, chain.revoke(owner.id, owner.device.id), chain.revoke(other.id, other.device.id))
    assert roster(circle) == {scene.gp.device.id, scene.nurse.device.id}


BAD: dict[str, tuple[Callable[[CareCircle, Scene, Person, Person], Fields], str]] = {
    "of the committing device itself": (
        lambda c, s, o, t: c.rope.change(s.gp.device, c.rope.chain.revoke(s.gp.id, s.gp.device.id), removing=[])[0],
        "invalid_commit",
    ),
    "no leaf removed": (
        lambda c, s, o, t: c.rope.change(s.gp.device, c.rope.chain.revoke(o.id, t.device.id), removing=[])[0],
        "invalid_commit",
    ),
    "the other leaf removed": (
        lambda c, s, o, t: c.rope.change(
            s.gp.device, c.rope.chain.revoke(o.id, t.device.id), removing=[c.rope.leaves_of(o.id)[0]]
        )[0],
        "invalid_commit",
    ),
    "all leaves removed": (
        lambda c, s, o, t: c.rope.change(
            s.gp.device, c.rope.chain.revoke(o.id, t.device.id), removing=c.rope.leaves_of(o.id)
        )[0],
        "invalid_commit",
    ),
    "with an order that nobody signed": (
        lambda c, s, o, t: revoking(
            c, s.nurse, t, c.rope.chain.end_order(bytes(32), t.id, device=t.device.id, code="revoked")
        )[0],
        "invalid_policy",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_revocation_changes_nothing(scene: Scene, name: str) -> None:
    circle, owner, other = with_two_devices(scene)
    make, code = BAD[name]
    by = scene.nurse if "order" in name else scene.gp
    with by.socket(scene.server) as socket:
        before = stored_rows()
        assert told(socket.commit(make(circle, scene, owner, other))) == code
        assert stored_rows() == before


def test_a_device_that_never_was_here_may_be_listed(scene: Scene) -> None:
    """A coordinator who hears of a loss does not wait for the device to come."""
    circle, owner, _ = with_two_devices(scene)
    circle.change(scene.gp, circle.rope.chain.revoke(owner.id, uuid7()))
    assert owner.device.id in roster(circle)
