"""While somebody who was ended still has a leaf, nothing is said; a member's device commits the removal first."""

from __future__ import annotations

import pytest

from chat.errors import ChatError
from chat.models import Group, Item
from circles.services import end_membership
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_socket import Socket, told


@pytest.fixture
def circle(scene: Scene) -> CareCircle:
    """The nurse has left by the tables alone: her device still holds the epoch's key."""
    circle = a_care_circle(scene.gp, scene.nurse)
    leave(circle, scene.nurse)
    return circle


def leave(circle: CareCircle, who: Person) -> None:
    end_membership(actor=who.actor, circle_id=circle.id, user_id=who.id, code="left", reason="")


def requires_rekey(circle: CareCircle) -> bool:
    return Group.objects.get(circle_id=circle.id).rekey_required


def listening(scene: Scene, circle: CareCircle) -> Socket:
    socket = scene.gp.socket(scene.server)
    socket.listen(circle.id)
    return socket


def test_nothing_is_said_until_the_removal_is_committed(scene: Scene, circle: CareCircle) -> None:
    gp = scene.gp
    with gp.socket(scene.server) as socket:
        assert socket.listen(circle.id)["rekey_required"] is True
        assert gp.get(f"circles/{circle.id}/group")[1]["rekey_required"] is True
        before = Item.objects.filter(group_id=circle.id).count()
        message = gp.device.send(circle.id, circle.epoch)
        assert told(socket.post(message)) == "rekey_required"
        assert Item.objects.filter(group_id=circle.id).count() == before
        [*_, refused] = gp.traces("message.send")
        assert (refused.out, refused.err) == (4, "rekey_required")

        frame, after = circle.rope.end(gp.device, scene.nurse.id, code="left")
        assert told(socket.commit(frame)) == "committed"
        assert not requires_rekey(circle)
        assert told(socket.post(message)) == "stale_epoch"
        assert told(socket.post(gp.device.send(circle.id, after.epoch))) == "ack"
        assert socket.listen(circle.id)["rekey_required"] is False


def test_a_commit_that_removes_nobody_does_not_help(scene: Scene, circle: CareCircle) -> None:
    circle.accepts(scene.gp, circle.rope.update(scene.gp.device))
    assert requires_rekey(circle)
    circle.invite(scene.stranger)
    assert requires_rekey(circle)
    with listening(scene, circle) as socket:
        assert told(socket.post(scene.gp.device.send(circle.id, circle.epoch))) == "rekey_required"


def test_who_was_invited_may_join_meanwhile(scene: Scene) -> None:
    circle, newcomer = a_care_circle(scene.gp, scene.nurse), a_person()
    circle.invite(newcomer)
    leave(circle, scene.nurse)
    circle.join(newcomer)
    assert requires_rekey(circle)
    circle.end(scene.nurse, code="left")
    with listening(scene, circle) as socket:
        assert told(socket.post(scene.gp.device.send(circle.id, circle.epoch))) == "ack"


def test_every_leaf_of_everybody_who_was_ended_has_to_go(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse, scene.stranger)
    second = scene.nurse.second
    circle.join(second)
    leave(circle, scene.nurse)
    leave(circle, scene.stranger)
    first_leaf, _ = circle.rope.leaves_of(scene.nurse.id)
    with pytest.raises(ChatError) as refused:
        circle.accepts(scene.gp, circle.rope.end(scene.gp.device, scene.nurse.id, code="left", removing=[first_leaf]))
    assert refused.value.code == "invalid_commit"
    circle.end(scene.nurse, code="left")
    assert requires_rekey(circle)
    circle.end(scene.stranger, code="left")
    assert not requires_rekey(circle)


def test_an_end_by_commit_never_stops_the_conversation(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    circle.end(scene.nurse)
    assert not requires_rekey(circle)


def test_who_was_ended_commits_nothing_more(scene: Scene, circle: CareCircle) -> None:
    nurse = scene.nurse
    with nurse.socket(scene.server) as socket:
        assert told(socket.listen(circle.id)) == "not_found"
        assert told(socket.post(nurse.device.send(circle.id, circle.epoch))) == "not_found"
        for frame, _ in (
            circle.rope.update(nurse.device),
            circle.rope.join(nurse.device, resync=circle.rope.leaves_of(nurse.id)[0]),
        ):
            assert told(socket.commit(frame)) == "not_found"
