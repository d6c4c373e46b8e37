"""POST /api/circles/{id}/leave: one's own place ends, and a member's device commits the removal."""

from __future__ import annotations

from audit.selectors import events_about
from chat import orders
from chat.canonical import to_base64
from chat.models import Group
from circles.models import Member
from tests.chat_members import Fields
from tests.chat_people import Answer, Person, Scene, a_care_circle
from tests.chat_socket import told


def test_members_leave_by_themselves_and_the_last_coordinator_stays(scene: Scene) -> None:
    circle = scene.another_circle()

    def leave(person: Person) -> Answer:
        return person.post(f"circles/{circle.id}/leave", {"reason": "Fin de remplacement"})

    assert scene.over_http(leave) == {
        "nobody": "signed_out",
        "signed out": "signed_out",
        "without MFA": "mfa_required",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": "not_found",
        "guest": 200,
        "member": 200,
        "coordinator": "last_coordinator",
    }
    left = Member.objects.filter(circle_id=circle.id, ended__isnull=False)
    assert {(each.user_id, each.end_code) for each in left} == {(scene.nurse.id, "left"), (scene.aide.id, "left")}
    assert len(orders.open_orders(circle.id)) == 2


def test_any_members_device_carries_the_order_out(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse, scene.stranger)
    with scene.nurse.socket(scene.server) as nurse, scene.stranger.socket(scene.server) as stranger:
        nurse.listen(circle.id)
        stranger.listen(circle.id)
        assert scene.nurse.post(f"circles/{circle.id}/leave", {"reason": ""}) == (200, {})
        assert nurse.close_code() == 4403
        stranger.expect("changed", what="circle", circle=str(circle.id))
        assert told(stranger.post(scene.stranger.device.send(circle.id, circle.epoch))) == "rekey_required"
        [order] = scene.stranger.get(f"circles/{circle.id}/duties")[1]["orders"]
        assert [order] == [to_base64(raw) for raw in orders.open_orders(circle.id)]
        raw = orders.open_orders(circle.id)[0]
        frame, after = circle.rope.end(scene.stranger.device, scene.nurse.id, code="left", order=raw)
        assert told(stranger.commit(frame)) == "committed"
        assert orders.open_orders(circle.id) == []
        assert not Group.objects.get(circle_id=circle.id).rekey_required
        assert told(stranger.post(scene.stranger.device.send(circle.id, after.epoch))) == "ack"


def test_what_is_no_leaving_is_refused(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    bad: list[Fields] = [{}, {"reason": "x" * 501}, {"reason": "", "user": str(scene.gp.id)}]
    for body in bad:
        assert scene.nurse.post(f"circles/{circle.id}/leave", body)[1]["code"] == "bad_input"
    assert Member.objects.get(circle_id=circle.id, user_id=scene.nurse.id).ended is None


def test_leaving_and_the_order_are_traced(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    scene.nurse.post(f"circles/{circle.id}/leave", {"reason": ""})
    acts = [event.act for event in events_about(circle_id=circle.id)]
    assert {"member.end", "order.issue"} <= set(acts)
