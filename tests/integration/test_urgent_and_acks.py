"""Urgent messages and their acknowledgements: the log takes them like messages, the trail tells them apart."""

from __future__ import annotations

import pytest

from chat.models import Item
from tests.chat_log import check_log
from tests.chat_members import id_of
from tests.chat_people import Scene, a_care_circle
from tests.chat_socket import told

URGENT, NOTICE, RECEIPT, ACK = 2, 3, 4, 5


@pytest.mark.parametrize(("kind", "act"), [(URGENT, "message.send"), (ACK, "message.ack")])
def test_it_gets_its_place_and_its_own_act(scene: Scene, kind: int, act: str) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    frame = scene.nurse.device.send(circle.id, circle.epoch, kind=kind)
    with scene.nurse.socket(scene.server) as nurse, scene.gp.socket(scene.server) as gp:
        nurse.listen(circle.id)
        gp.listen(circle.id)
        ack = nurse.post(frame)
        assert gp.expect("item")["env"] == frame["env"]
        assert nurse.post(frame) == ack
    item = Item.objects.get(message_id=id_of(frame))
    assert (item.seq, item.event.act, item.event.dev) == (ack["seq"], act, scene.nurse.device.id)
    check_log(circle.id)


def test_one_batch_holds_all_kinds_in_their_order(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    frames = [scene.nurse.device.send(circle.id, circle.epoch, kind=kind) for kind in (1, URGENT, ACK, 1)]
    with scene.nurse.socket(scene.server) as nurse:
        nurse.listen(circle.id)
        for frame in frames:
            nurse.send(frame)
        places = [nurse.answer(id_of(frame))["seq"] for frame in frames]
    assert places == sorted(places)
    check_log(circle.id)


@pytest.mark.parametrize(("kind", "refusal"), [(NOTICE, "not_found"), (RECEIPT, "bad_envelope")])
def test_other_kinds_are_no_messages(scene: Scene, kind: int, refusal: str) -> None:
    circle = scene.circle
    with scene.nurse.socket(scene.server) as nurse:
        nurse.listen(circle.id)
        assert told(nurse.post(scene.nurse.device.send(circle.id, circle.epoch, kind=kind))) == refusal
        assert told(nurse.post(scene.nurse.device.send(circle.id, circle.epoch))) == "ack"
