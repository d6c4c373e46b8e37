"""What any member's device may commit, because it is due: ends that the server ordered, ends that have passed, a
coordinator that a registrar restores.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from chat.canonical import from_base64
from chat.models import Group
from circles import access
from circles.models import Member
from circles.roles import ROLE_ABILITIES
from tests.chat_commits import Rope
from tests.chat_log import check_log, stored_rows
from tests.chat_members import Fields, now
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_server import ChatHouse
from tests.chat_socket import told
from tests.integration.test_registrars import House


def duties(person: Person, circle: CareCircle) -> Any:
    status, answer = person.get(f"circles/{circle.id}/duties")
    assert status == 200, answer
    return answer


def left(scene: Scene) -> tuple[CareCircle, Person, bytes]:
    """Somebody has left a circle of the gp, the nurse and the aide; the order that lets others commit it."""
    leaver = a_person()
    circle = a_care_circle(scene.gp, scene.nurse, leaver)
    assert leaver.post(f"circles/{circle.id}/leave", {"reason": "change de service"}) == (200, {})
    [order] = duties(scene.nurse, circle)["orders"]
    return circle, leaver, from_base64(order)


def test_any_member_commits_that_somebody_has_left(scene: Scene) -> None:
    circle, leaver, order = left(scene)
    with scene.nurse.socket(scene.server) as nurse:
        nurse.listen(circle.id)
        assert told(nurse.post(scene.nurse.device.send(circle.id, circle.epoch))) == "rekey_required"
        frame, circle.rope = circle.rope.end(scene.nurse.device, leaver.id, code="left", order=order)
        assert told(nurse.commit(frame)) == "committed"
        assert told(nurse.post(scene.nurse.device.send(circle.id, circle.epoch))) == "ack"
    assert duties(scene.nurse, circle)["orders"] == []
    member = Member.objects.get(circle_id=circle.id, user_id=leaver.id)
    assert (member.end_code, member.ended_by_id) == ("left", leaver.id)
    check_log(circle.id)


def test_an_order_counts_though_the_role_was_given_by_a_clock_ahead(scene: Scene) -> None:
    leaver = a_person()
    circle = a_care_circle(scene.gp, scene.nurse, leaver)
    with scene.gp.socket(scene.server) as gp:
        role = circle.rope.chain.role(leaver.id, "coordinator")
        frame, circle.rope = circle.rope.change(scene.gp.device, role, time=now() + timedelta(minutes=4))
        assert told(gp.commit(frame)) == "committed"
    assert leaver.post(f"circles/{circle.id}/leave", {"reason": "change de service"}) == (200, {})
    [order] = duties(scene.nurse, circle)["orders"]
    with scene.nurse.socket(scene.server) as nurse:
        end = circle.rope.end(scene.nurse.device, leaver.id, code="left", order=from_base64(order))[0]
        assert told(nurse.commit(end)) == "committed"


BAD: dict[str, Callable[[Rope, Scene, Person, bytes], Fields]] = {
    "without the order": lambda r, s, p, o: r.end(s.nurse.device, p.id, code="left")[0],
    "with another code": lambda r, s, p, o: r.end(s.nurse.device, p.id, code="removed", order=o)[0],
    "of another person": lambda r, s, p, o: r.end(s.nurse.device, s.gp.id, code="left", order=o)[0],
    "with an order of nobody's": lambda r, s, p, o: r.end(
        s.nurse.device, p.id, code="left", order=r.chain.end_order(bytes(32), p.id)
    )[0],
}


@pytest.mark.parametrize("name", BAD)
def test_an_end_that_is_not_due_is_refused(scene: Scene, name: str) -> None:
    circle, leaver, order = left(scene)
    with scene.nurse.socket(scene.server) as nurse:
        before = stored_rows()
        assert told(nurse.commit(BAD[name](circle.rope, scene, leaver, order))) == "invalid_policy"
        assert stored_rows() == before
        assert told(nurse.commit(circle.rope.end(scene.nurse.device, leaver.id, code="left", order=order)[0])) == (
            "committed"
        )


def test_any_member_commits_an_end_that_has_passed(scene: Scene) -> None:
    circle, guest = a_care_circle(scene.gp, scene.nurse), a_person()
    end = now() + timedelta(seconds=2)
    circle.invite(guest, role="guest", not_after=end, time=now() - timedelta(minutes=2))
    circle.accepts(guest, circle.rope.join(guest.device, time=now() - timedelta(minutes=2)))
    with scene.nurse.socket(scene.server) as nurse:
        early, _ = circle.rope.end(scene.nurse.device, guest.id, code="expired", time=end - timedelta(milliseconds=1))
        assert told(nurse.commit(early)) == "invalid_policy"
        other, _ = circle.rope.end(scene.nurse.device, guest.id, code="removed", time=end)
        assert told(nurse.commit(other)) == "invalid_policy"
        frame, circle.rope = circle.rope.end(scene.nurse.device, guest.id, code="expired", time=end)
        assert told(nurse.commit(frame)) == "committed"
    assert Member.objects.get(circle_id=circle.id, user_id=guest.id).end_code == "expired"
    check_log(circle.id)


def test_a_coordinator_who_was_ended_ends_nobody_through_another(scene: Scene) -> None:
    """In the policy until it is committed, in the tables no longer: their word is none, whoever carries it."""
    circle, second = a_care_circle(scene.gp, scene.nurse), a_person()
    circle.with_members(second, role="coordinator")
    assert second.post(f"circles/{circle.id}/leave", {"reason": ""}) == (200, {})
    chain, moment = circle.rope.chain.copy(), now()
    chain.append(chain.signed_by(second.device, chain.end(scene.gp.id), time=moment))
    act: Fields = {"do": "end", "user": str(scene.gp.id), "code": "removed", "reason": ""}
    frame, _ = circle.rope.changing(
        scene.nurse.device, chain, act, removing=circle.rope.leaves_of(scene.gp.id), time=moment
    )
    with scene.nurse.socket(scene.server) as nurse:
        before = stored_rows()
        assert told(nurse.commit(frame)) == "not_found"
        assert stored_rows() == before


# --- restored ---


def test_a_registrars_order_restores_a_coordinator(house: ChatHouse, scene: Scene) -> None:
    here = House()
    here.set_steward()
    circle = here.a_circle(scene.nurse)
    lost = here.colleague.device
    assert here.colleague.post(f"devices/{lost.id}/revoke", here.colleague.revocation(lost, "lost"))[0] == 200
    assert here.registrar.post(f"{here.path}/restorations", here.restoration(circle, scene.nurse)) == (200, {})
    [order] = duties(scene.nurse, circle)["restorations"]
    chain = circle.rope.chain
    with scene.nurse.socket(scene.server) as nurse:
        before = stored_rows()
        for seed in (os.urandom(32), settings.ORDER_KEY):
            forged = chain.restore(chain.restore_order(seed, scene.nurse.id))
            assert told(nurse.commit(circle.rope.change(scene.nurse.device, forged)[0])) == "invalid_policy"
        assert stored_rows() == before
        frame, circle.rope = circle.rope.change(scene.nurse.device, chain.restore(from_base64(order)))
        assert told(nurse.commit(frame)) == "committed"
        nurse.expect("changed", what="circles")
    assert access.abilities(scene.nurse.id, circle.id) == ROLE_ABILITIES["coordinator"]
    assert duties(scene.nurse, circle)["restorations"] == []
    # The device that was lost still has its leaf.
    assert Group.objects.get(circle_id=circle.id).rekey_required
    circle.invite(scene.stranger, by=scene.nurse)
    check_log(circle.id)
