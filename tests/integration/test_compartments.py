"""A compartment of a care circle: of some of its members, with a log of its own, and gone with who goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from chat import orders
from chat.models import EndOrder, Group
from circles.errors import CircleError
from circles.models import Circle, Invitation, Member
from circles.services import expire_memberships, hand_over, join
from tests import factories
from tests.cast import Clock
from tests.chat_commits import Rope
from tests.chat_members import now
from tests.chat_people import Answer, CareCircle, Person, Scene, a_care_circle, a_compartment, a_person, a_team
from tests.chat_socket import told


def asked(person: Person, parent: UUID, *, name: str = "Social", circle: UUID | None = None, **begun: Any) -> Answer:
    rope, shown = Rope.begun(person.device, circle or uuid7(), **begun)
    return person.post(f"circles/{parent}/compartments", {"id": str(rope.circle), "name": name, "group": shown})


def shown(person: Person, circle: UUID) -> dict[str, Any]:
    status, answer = person.get(f"circles/{circle}")
    assert status == 200, answer
    detail: dict[str, Any] = answer
    return detail


@pytest.fixture
def gp(scene: Scene) -> Person:
    return a_person(factories.GP)


@pytest.fixture
def nurse(scene: Scene) -> Person:
    return a_person(factories.NURSE)


@pytest.fixture
def aide(scene: Scene) -> Person:
    return a_person(factories.SOCIAL_WORKER)


@pytest.fixture
def circle(gp: Person, nurse: Person, aide: Person) -> CareCircle:
    return a_care_circle(gp, nurse, aide)


# --- opening ---


def test_coordinators_of_the_circle_open_one_and_nobody_else(scene: Scene) -> None:
    circle = scene.another_circle()
    answers = scene.over_http(lambda person: asked(person, circle.id))
    assert answers.pop("coordinator") == 200
    assert {answers.pop(rung) for rung in ("nobody", "signed out")} == {"signed_out"}
    assert answers.pop("without MFA") == "mfa_required"
    assert set(answers.values()) == {"not_found"}


def test_it_is_about_the_same_patient_in_another_weave(gp: Person, circle: CareCircle) -> None:
    compartment = a_compartment(circle, gp, name="Social")
    whole, part = shown(gp, circle.id), shown(gp, compartment.id)
    assert (part["patient"], part["colour"], part["initials"]) == (whole["patient"], whole["colour"], whole["initials"])
    assert (part["parent"], part["name"], part["kind"]) == (str(circle.id), "Social", "care")
    assert part["weave"] != whole["weave"]


@pytest.mark.parametrize(
    ("name", "begun", "code"),
    [
        (" ", {}, "bad_title"),
        ("SOCIAL", {}, "name_taken"),
        ("Autre", {"ground": "same_structure"}, "invalid_policy"),
        ("Autre", {"circle": UUID("01900000-0000-7000-8000-000000000000")}, "bad_circle_id"),
    ],
)
def test_a_bad_beginning_leaves_nothing(
    gp: Person, circle: CareCircle, name: str, begun: dict[str, Any], code: str
) -> None:
    a_compartment(circle, gp, name="Social")
    assert asked(gp, circle.id, name=name, **begun)[1]["code"] == code
    assert Circle.objects.filter(parent=circle.id).count() == 1


def test_only_a_care_circle_has_any(gp: Person, circle: CareCircle) -> None:
    compartment = a_compartment(circle, gp)
    assert asked(gp, compartment.id)[1]["code"] == "not_a_circle"
    assert asked(gp, a_team(gp).id)[1]["code"] == "not_a_circle"


# --- who is in it ---


def test_nobody_who_is_not_in_the_circle(gp: Person, nurse: Person, circle: CareCircle, scene: Scene) -> None:
    compartment = a_compartment(circle, gp, nurse)
    with pytest.raises(CircleError, match="not_in_circle"):
        compartment.invite(scene.stranger)
    circle.invite(scene.stranger)  # asked, has not come
    with pytest.raises(CircleError, match="not_in_circle"):
        compartment.invite(scene.stranger)


def test_candidates_are_the_members_of_the_circle(gp: Person, nurse: Person, aide: Person, circle: CareCircle) -> None:
    compartment = a_compartment(circle, gp, nurse)
    found = gp.get(f"circles/{compartment.id}/candidates", q="")[1]["candidates"]
    assert {each["user"]: each["why"] for each in found} == {
        str(gp.id): "already_member",
        str(nurse.id): "already_member",
        str(aide.id): None,
    }


def test_nobody_is_more_in_a_part_than_in_the_whole(gp: Person, circle: CareCircle) -> None:
    guest = a_person()
    week = now() + timedelta(days=7)
    circle.with_members(guest, role="guest", not_after=week)
    compartment = a_compartment(circle, gp)
    with pytest.raises(CircleError, match="role_not_allowed"):
        compartment.invite(guest, not_after=week)
    with pytest.raises(CircleError, match="end_after_circle"):
        compartment.invite(guest, role="guest", not_after=week + timedelta(days=1))
    with pytest.raises(CircleError, match="bad_ground"):
        compartment.invite(guest, ground="same_structure", role="guest", not_after=week)
    compartment.with_members(guest, role="guest", not_after=week)
    with pytest.raises(CircleError, match="role_not_allowed"):
        compartment.change(gp, compartment.rope.chain.role(guest.id, "member"))


def test_who_becomes_a_guest_of_the_circle_writes_in_no_part_of_it(
    scene: Scene, gp: Person, nurse: Person, circle: CareCircle
) -> None:
    compartment = a_compartment(circle, gp, nurse)
    week = now() + timedelta(days=7)
    with nurse.socket(scene.server) as socket:
        socket.listen(compartment.id)
        assert told(socket.post(nurse.device.send(compartment.id, compartment.epoch))) == "ack"
        circle.change(gp, circle.rope.chain.role(nurse.id, "guest", week))
        socket.expect("changed", what="circle", circle=str(compartment.id))
        assert told(socket.post(nurse.device.send(compartment.id, compartment.epoch))) == "not_found"
    assert shown(nurse, compartment.id)["abilities"] == ["read"]


def test_who_became_a_guest_of_the_circle_gets_no_more_in_a_part_by_another_way(
    gp: Person, nurse: Person, aide: Person, circle: CareCircle
) -> None:
    compartment = a_compartment(circle, gp, nurse)
    compartment.invite(aide)
    for person in (nurse, aide):
        circle.change(gp, circle.rope.chain.role(person.id, "guest", now() + timedelta(days=7)))
    with pytest.raises(CircleError, match="role_not_allowed"):
        hand_over(actor=gp.actor, circle_id=compartment.id, taker_id=nurse.id, until=None, steps_down_to=None)
    with pytest.raises(CircleError, match="role_not_allowed"):
        join(actor=aide.actor, circle_id=compartment.id)
    assert shown(nurse, compartment.id)["abilities"] == ["read"]
    assert aide.get(f"circles/{compartment.id}")[1]["code"] == "not_found"


def test_only_its_members_see_into_it(gp: Person, nurse: Person, aide: Person, circle: CareCircle) -> None:
    compartment = a_compartment(circle, gp, nurse)
    for path in ("", "/items", "/group", "/chain", "/duties", "/receipts"):
        assert nurse.get(f"circles/{compartment.id}{path}")[0] == 200
        assert aide.get(f"circles/{compartment.id}{path}")[0] == 404
    assert str(compartment.id) not in {each["id"] for each in aide.get("circles")[1]["circles"]}
    assert shown(aide, circle.id)["compartments"] == []
    one = {"id": str(compartment.id), "name": "Social", "member_count": 2}
    assert shown(nurse, circle.id)["compartments"] == [one | {"role": "member"}]


def test_who_coordinates_the_circle_knows_that_it_exists_and_no_more(
    gp: Person, nurse: Person, aide: Person, circle: CareCircle
) -> None:
    circle.change(gp, circle.rope.chain.role(aide.id, "coordinator"))
    compartment = a_compartment(circle, gp, nurse)
    assert shown(aide, circle.id)["compartments"] == [
        {"id": str(compartment.id), "name": "Social", "member_count": 2, "role": None}
    ]
    assert aide.get(f"circles/{compartment.id}")[0] == 404
    assert aide.get(f"circles/{compartment.id}/items")[0] == 404


# --- who goes ---


def test_who_is_removed_from_the_circle_is_out_of_every_part(
    scene: Scene, gp: Person, nurse: Person, aide: Person, circle: CareCircle
) -> None:
    social, medical = a_compartment(circle, gp, nurse, aide), a_compartment(circle, gp, nurse, name="Médical")
    medical.invite(aide)
    with aide.socket(scene.server) as socket:
        socket.listen(social.id)
        circle.end(aide)
        assert socket.expect("left", circle=str(circle.id))["code"] == "removed"
    for each in (circle, social, medical):
        assert aide.get(f"circles/{each.id}")[0] == 404
    assert Member.objects.get(circle=social.id, user=aide.user).end_code == "removed"
    assert Invitation.objects.get(circle=medical.id, user=aide.user).state == Invitation.State.REVOKED
    # Each is keyed anew by any device of its members, on the server's order; until then nothing is sent.
    assert Group.objects.get(circle_id=social.id).rekey_required
    assert {str(each.group_id): each.code for each in EndOrder.objects.filter(user=aide.user)} == {
        str(social.id): "removed",
        str(medical.id): "removed",
    }
    (order,) = orders.open_orders(social.id)
    social.accepts(nurse, social.rope.end(nurse.device, aide.id, order=order))
    assert not Group.objects.get(circle_id=social.id).rekey_required


def test_an_end_date_in_the_circle_ends_every_part(gp: Person, nurse: Person, circle: CareCircle, clock: Clock) -> None:
    compartment = a_compartment(circle, gp, nurse)
    circle.change(gp, circle.rope.chain.role(nurse.id, "member", now() + timedelta(minutes=10)))
    clock(now() + timedelta(minutes=11))
    assert nurse.get(f"circles/{compartment.id}")[0] == 404  # before the job has come round
    expire_memberships()
    ended = Member.objects.filter(circle__in=(circle.id, compartment.id), user=nurse.user)
    assert list(ended.values_list("end_code", flat=True)) == ["expired", "expired"]


def test_a_part_never_keeps_somebody_in_the_circle(gp: Person, nurse: Person, aide: Person, circle: CareCircle) -> None:
    """Its only coordinator goes all the same; a registrar names another one."""
    circle.change(gp, circle.rope.chain.role(nurse.id, "coordinator"))
    compartment = a_compartment(circle, nurse, aide)
    circle.end(nurse)
    assert not Member.objects.filter(circle=compartment.id, role="coordinator", ended=None).exists()
    assert Circle.objects.get(id=compartment.id).state == Circle.State.OPEN


def test_who_leaves_of_their_own_accord_hands_over_first(
    gp: Person, nurse: Person, aide: Person, circle: CareCircle
) -> None:
    circle.change(gp, circle.rope.chain.role(nurse.id, "coordinator"))
    compartment = a_compartment(circle, nurse, aide)
    status, answer = nurse.post(f"circles/{circle.id}/leave", {"reason": "congé"})
    assert (status, answer) == (409, {"code": "last_coordinator", "detail": str(compartment.id)})
    assert shown(nurse, compartment.id)["role"] == "coordinator"
    compartment.change(nurse, compartment.rope.chain.role(aide.id, "coordinator"))
    assert nurse.post(f"circles/{circle.id}/leave", {"reason": "congé"})[0] == 200
    assert nurse.get(f"circles/{compartment.id}")[0] == 404


def test_who_goes_from_a_part_stays_in_the_circle(gp: Person, nurse: Person, circle: CareCircle) -> None:
    compartment = a_compartment(circle, gp, nurse)
    compartment.end(nurse)
    assert nurse.get(f"circles/{compartment.id}")[0] == 404
    assert shown(nurse, circle.id)["role"] == "member"


def test_a_part_without_anybody_is_closed(gp: Person, nurse: Person, circle: CareCircle) -> None:
    circle.change(gp, circle.rope.chain.role(nurse.id, "coordinator"))
    compartment = a_compartment(circle, nurse)
    circle.end(nurse)
    assert Circle.objects.get(id=compartment.id).state == Circle.State.CLOSED
