"""Another role or end date: a coordinator's commit, and the rights in the tables follow in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from circles import access
from circles.models import Invitation, Member
from circles.roles import ROLE_ABILITIES
from tests import factories
from tests.chat_commits import Rope
from tests.chat_log import check_log, stored_rows
from tests.chat_members import Fields, now
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_socket import Socket, told


def to(circle: CareCircle, person: Person, role: str) -> Fields:
    return circle.rope.chain.role(person.id, role)


def test_coordinators_change_roles_and_nobody_else(scene: Scene) -> None:
    circle, colleague = scene.another_circle(), a_person(factories.NURSE)
    circle.with_members(colleague)

    def change(person: Person, socket: Socket) -> str:
        device = person.device if circle.rope.leaves_of(person.id) else scene.gp.device
        return told(socket.commit(circle.rope.change(device, to(circle, colleague, "coordinator"))[0]))

    assert scene.over_socket(change) == {
        "nobody": "4401",
        "signed out": "4401",
        "without MFA": "4401",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": "not_found",
        "guest": "invalid_policy",
        "member": "invalid_policy",
        "coordinator": "committed",
    }


@pytest.mark.parametrize("role", ["coordinator", "member", "guest"])
def test_role_end_and_rights_change_together(scene: Scene, role: str) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    end = factories.in_days(9).replace(microsecond=0) if role == "guest" else None
    with scene.gp.socket(scene.server) as gp, scene.nurse.socket(scene.server) as nurse:
        nurse.listen(circle.id)
        frame, _ = circle.rope.change(scene.gp.device, circle.rope.chain.role(scene.nurse.id, role, end))
        assert told(gp.commit(frame)) == "committed"
        assert nurse.expect("item")["kind"] == "commit"
        nurse.expect("changed", what="circles")
        # What a connection may do follows without another join.
        wrote = told(nurse.post(scene.nurse.device.send(circle.id, circle.epoch + 1)))
        assert wrote == ("not_found" if role == "guest" else "ack")
    member = Member.objects.get(circle_id=circle.id, user_id=scene.nurse.id)
    assert (member.role, member.not_after) == (role, end)
    assert access.abilities(scene.nurse.id, circle.id) == ROLE_ABILITIES[member.role]
    assert access.until(scene.nurse.id, circle.id) == end
    [trace] = scene.gp.traces("member.role")[-1:]
    assert trace.out == 0
    check_log(circle.id)


def test_coordination_is_handed_over(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    chain = circle.rope.chain
    circle.change(scene.gp, chain.role(scene.nurse.id, "coordinator"), chain.role(scene.gp.id, "member"))
    assert access.abilities(scene.gp.id, circle.id) == ROLE_ABILITIES["member"]
    circle.invite(scene.stranger, by=scene.nurse)


def test_an_invitee_enters_in_the_new_role(scene: Scene) -> None:
    circle = a_care_circle(scene.gp)
    circle.invite(scene.nurse)
    circle.change(scene.gp, to(circle, scene.nurse, "coordinator"))
    assert Invitation.objects.get(circle_id=circle.id).role == "coordinator"
    circle.join(scene.nurse)
    assert access.abilities(scene.nurse.id, circle.id) == ROLE_ABILITIES["coordinator"]


BAD: dict[str, tuple[Callable[[Rope, Scene], Fields], str]] = {
    "of the last coordinator": (
        lambda r, s: r.change(s.gp.device, r.chain.role(s.gp.id, "member"))[0],
        "invalid_policy",
    ),
    "an end for the last coordinator": (
        lambda r, s: r.change(s.gp.device, r.chain.role(s.gp.id, "coordinator", factories.in_days(9)))[0],
        "last_coordinator",
    ),
    "a guest without end": (lambda r, s: r.change(s.gp.device, r.chain.role(s.nurse.id, "guest"))[0], "invalid_policy"),
    "an end in the past": (
        lambda r, s: r.change(s.gp.device, r.chain.role(s.nurse.id, "member", now() - timedelta(hours=1)))[0],
        "invalid_policy",
    ),
    "a delegate": (lambda r, s: r.change(s.gp.device, r.chain.role(s.nurse.id, "delegate"))[0], "delegate_of_nobody"),
    "of a stranger": (lambda r, s: _of_a_stranger(r, s), "invalid_policy"),
    "with a leaf removed": (
        lambda r, s: r.change(s.gp.device, r.chain.role(s.nurse.id, "coordinator"), removing=r.leaves_of(s.nurse.id))[
            0
        ],
        "invalid_commit",
    ),
    "said to be an update": (
        lambda r, s: r.change(s.gp.device, r.chain.role(s.nurse.id, "coordinator"))[0] | {"act": {"do": "update"}},
        "invalid_commit",
    ),
    "no change": (lambda r, s: r.update(s.gp.device)[0] | {"act": {"do": "policy"}}, "invalid_commit"),
    "an end among them": (
        lambda r, s: r.end(s.gp.device, s.nurse.id)[0] | {"act": {"do": "policy"}},
        "invalid_commit",
    ),
}


def _of_a_stranger(rope: Rope, scene: Scene) -> Fields:
    rope = rope.copy()
    rope.chain.persons[str(scene.officer.id)] = scene.officer.keys.person() | {"revoked": [], "since": ""}
    return rope.change(scene.gp.device, rope.chain.role(scene.officer.id, "member"))[0]


@pytest.fixture(scope="module")
def circle(scene: Scene) -> CareCircle:
    return a_care_circle(scene.gp, scene.nurse)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_change_of_role_changes_nothing(scene: Scene, circle: CareCircle, name: str) -> None:
    make, code = BAD[name]
    with scene.gp.socket(scene.server) as socket:
        before = stored_rows()
        assert told(socket.commit(make(circle.rope, scene))) == code
        assert stored_rows() == before
    assert {member.role for member in Member.objects.filter(circle_id=circle.id)} == {"coordinator", "member"}
