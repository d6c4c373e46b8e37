"""Joining: an external commit by the device of somebody who was invited, or of a member at a further device."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from audit.selectors import events_about
from chat.models import Device, Horizon, Leaf
from circles.models import Invitation, Member
from circles.services import decline
from tests import factories
from tests.chat_commits import Rope, sealed_keys
from tests.chat_log import check_log, stored_rows
from tests.chat_members import ChatDevice, Fields, PersonKeys, now, text
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_socket import Socket, told
from tests.mls_members import remove


def leaves(circle: CareCircle, person: Person) -> int:
    return Leaf.objects.filter(group_id=circle.id, device__user_id=person.id).count()


def test_invitees_join_and_members_bring_a_further_device(scene: Scene) -> None:
    circle = scene.another_circle()
    further = {rung: person.second for rung, person in scene.people.items()}

    def join(person: Person, socket: Socket) -> str:
        other = next(each for each in further.values() if each.id == person.id)
        device = other if circle.rope.leaves_of(person.id) else person
        frame, after = circle.rope.join(device.device)
        with device.socket(scene.server) as own:
            answer = told(own.commit(frame))
        if answer == "committed":
            circle.rope = after
        return answer

    assert scene.over_socket(join) == {
        "nobody": "4401",
        "signed out": "4401",
        "without MFA": "4401",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": "committed",
        "guest": "committed",
        "member": "committed",
        "coordinator": "committed",
    }
    check_log(circle.id)
    assert {rung: leaves(circle, person) for rung, person in scene.people.items()} == {
        "stranger": 0,
        "officer": 0,
        "invitee": 1,
        "guest": 2,
        "member": 2,
        "coordinator": 2,
    }


def test_the_commit_makes_the_member(scene: Scene) -> None:
    circle, newcomer = a_care_circle(scene.gp), a_person(factories.SOCIAL_WORKER)
    circle.invite(newcomer)
    frame, after = circle.rope.join(newcomer.device)
    assert newcomer.get(f"circles/{circle.id}")[1]["code"] == "not_found"
    with newcomer.socket(scene.server) as socket, scene.gp.socket(scene.server) as gp:
        gp.listen(circle.id)
        committed = socket.commit(frame)
        assert gp.expect("item")["commit"] == frame["commit"]
        assert [socket.expect("changed")["what"] for _ in range(3)] == ["notices", "circles", "invitations"]
        assert socket.listen(circle.id)["abilities"] == ["read", "send"]
        assert told(socket.post(newcomer.device.send(circle.id, after.epoch))) == "ack"
    member = Member.objects.get(circle_id=circle.id, user_id=newcomer.id)
    assert (member.role, member.ground, member.ended) == ("member", "formal_team", None)
    assert Invitation.objects.get(circle_id=circle.id).state == "accepted"
    assert Horizon.objects.get(group_id=circle.id, user_id=newcomer.id).seq == committed["seq"] - 1
    assert leaves(circle, newcomer) == 1
    [*_, joined], [*_, committed_event] = (
        events_about(circle_id=circle.id).filter(act=act) for act in ("member.join", "mls.commit")
    )
    assert joined.xid == committed_event.xid
    assert joined.dev == newcomer.device.id


def test_a_further_device_changes_no_membership(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    before = Member.objects.filter(circle_id=circle.id).count(), Horizon.objects.filter(group_id=circle.id).count()
    second = scene.nurse.second
    circle.join(second)
    assert leaves(circle, scene.nurse) == 2
    assert before == (
        Member.objects.filter(circle_id=circle.id).count(),
        Horizon.objects.filter(group_id=circle.id).count(),
    )
    with second.socket(scene.server) as socket:
        socket.listen(circle.id)
        assert told(socket.post(second.device.send(circle.id, circle.epoch))) == "ack"


def test_a_device_that_lost_its_state_takes_its_own_leaf_again(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    [old] = circle.rope.leaves_of(scene.nurse.id)
    with scene.nurse.socket(scene.server) as socket:
        without, _ = circle.rope.join(scene.stranger.device)
        assert told(socket.commit(without)) == "invalid_commit"  # not even with a member's socket
        frame, after = circle.rope.join(scene.nurse.device, resync=old)
        assert told(socket.commit(frame)) == "committed"
        circle.rope = after
    assert leaves(circle, scene.nurse) == 1
    check_log(circle.id)


def test_nobody_takes_anothers_leaf_away_by_joining(scene: Scene) -> None:
    """Not another person's, and not another device's of one's own: that is a removal, and has its own rules."""
    circle = a_care_circle(scene.gp, scene.nurse)
    second = scene.nurse.second
    with second.socket(scene.server) as socket:
        for victim in (scene.gp, scene.nurse):
            [leaf] = circle.rope.leaves_of(victim.id)
            before = stored_rows()
            assert told(socket.commit(circle.rope.join(second.device, resync=leaf)[0])) == "invalid_commit"
            assert stored_rows() == before
        assert told(socket.commit(circle.rope.join(second.device)[0])) == "committed"


# --- what is no join ---

Make = Callable[[Rope, Person, Scene], Fields]


def _join(rope: Rope, person: Person, **options: object) -> Fields:
    return rope.join(person.device, **options)[0]  # type: ignore[arg-type]


def _as(rope: Rope, person: Person, certificate: bytes) -> Fields:
    """With the person's leaf key under another certificate."""
    disguised = ChatDevice(person.keys)
    disguised.seed, disguised.signature_key = person.device.seed, person.device.signature_key
    disguised.identity = certificate
    return rope.join(disguised)[0]


BAD: dict[str, tuple[Make, str]] = {
    "somebody else's device": (lambda rope, _, scene: _join(rope, scene.stranger), "invalid_commit"),
    "a device that is not registered": (
        lambda rope, person, _: rope.join(ChatDevice(person.keys))[0],
        "wrong_device",
    ),
    "a certificate by another identity": (
        lambda rope, person, _: _as(
            rope, person, PersonKeys(person.id).certify(person.device.id, person.device.signature_key)
        ),
        "invalid_commit",
    ),
    "a certificate for another key": (
        lambda rope, person, scene: _as(
            rope, person, person.keys.certify(person.device.id, scene.stranger.device.signature_key)
        ),
        "invalid_commit",
    ),
    "a member's own certificate, stolen": (
        lambda rope, person, scene: _as(rope, person, scene.gp.device.certificate),
        "invalid_commit",
    ),
    "a certificate that is over": (
        lambda rope, person, _: _as(
            rope,
            person,
            person.keys.certify(
                person.device.id,
                person.device.signature_key,
                created=now() - timedelta(days=2),
                not_after=now() - timedelta(days=1),
            ),
        ),
        "invalid_commit",
    ),
    "a removal beside it": (
        lambda rope, person, scene: _with_proposal(rope, person, remove(rope.leaves_of(scene.gp.id)[0])),
        "invalid_commit",
    ),
    "a leaf that ignores the policy": (
        lambda rope, person, _: _with_leaf(rope, person),
        "invalid_commit",
    ),
    "six minutes ahead": (
        lambda rope, person, _: _join(rope, person, time=now() + timedelta(minutes=6)),
        "clock_skew",
    ),
    "said to be an update": (lambda rope, person, _: _join(rope, person, act={"do": "update"}), "not_found"),
    "no key for the joiner": (
        lambda rope, person, _: _join(rope, person) | {"keys": sealed_keys(rope.group)},
        "invalid_keys",
    ),
}


def _with_proposal(rope: Rope, person: Person, proposal: bytes) -> Fields:
    message = person.device.join(rope.group, proposal, data=rope.chain.note())
    return _join(rope, person) | {"commit": text(message)}


def _with_leaf(rope: Rope, person: Person) -> Fields:
    device = person.device

    def leaf(source: bytes, place: bytes) -> bytes:
        return device.leaf(source, place, capabilities=())

    message = device.join(rope.group, data=rope.chain.note(), leaf=leaf)
    return _join(rope, person) | {"commit": text(message)}


@pytest.fixture(scope="module")
def invited(scene: Scene) -> tuple[CareCircle, Person]:
    circle, newcomer = a_care_circle(scene.gp), a_person(factories.SOCIAL_WORKER)
    circle.invite(newcomer)
    return circle, newcomer


@pytest.mark.parametrize("name", BAD)
def test_a_bad_join_changes_nothing(scene: Scene, invited: tuple[CareCircle, Person], name: str) -> None:
    circle, newcomer = invited
    make, code = BAD[name]
    with newcomer.socket(scene.server) as socket:
        before = stored_rows()
        assert told(socket.commit(make(circle.rope, newcomer, scene))) == code
        assert stored_rows() == before
        [*_, trace] = newcomer.traces("mls.commit")
        assert (trace.out in (4, 8), trace.err) == (True, code)


def test_after_all_of_them_the_honest_join_is_accepted(scene: Scene, invited: tuple[CareCircle, Person]) -> None:
    circle, newcomer = invited
    with newcomer.socket(scene.server) as socket:
        assert told(socket.commit(circle.rope.join(newcomer.device)[0])) == "committed"


def test_who_declined_is_not_let_in(scene: Scene) -> None:
    circle, newcomer = a_care_circle(scene.gp), a_person(factories.SOCIAL_WORKER)
    circle.invite(newcomer)
    with newcomer.socket(scene.server) as socket:
        frame, _ = circle.rope.join(newcomer.device)
        decline(actor=newcomer.actor, invitation_id=Invitation.objects.get(circle_id=circle.id).id)
        before = stored_rows()
        assert told(socket.commit(frame)) == "invitation_not_open"
        assert stored_rows() == before
        # Invited again, the very same device is let in: it was the invitation and nothing else.
        circle.end(newcomer, code="declined")
        circle.invite(newcomer)
        assert told(socket.commit(circle.rope.join(newcomer.device)[0])) == "committed"


def test_an_invitation_that_expired_lets_nobody_in(scene: Scene) -> None:
    circle, newcomer = a_care_circle(scene.gp), a_person(factories.SOCIAL_WORKER)
    expires = now() + timedelta(seconds=1)
    circle.invite(newcomer, expires=expires)
    with newcomer.socket(scene.server) as socket:
        frame, _ = circle.rope.join(newcomer.device)
        while now() <= expires:
            time.sleep(0.02)
        before = stored_rows()
        assert told(socket.commit(frame)) == "invitation_expired"
        assert stored_rows() == before
        circle.end(newcomer, code="expired")
        circle.invite(newcomer)
        assert told(socket.commit(circle.rope.join(newcomer.device)[0])) == "committed"


def test_a_device_that_ended_is_not_let_in(scene: Scene) -> None:
    circle, newcomer = a_care_circle(scene.gp), a_person(factories.SOCIAL_WORKER)
    circle.invite(newcomer)
    frame, _ = circle.rope.join(newcomer.device)
    with newcomer.socket(scene.server) as socket:
        device = Device.objects.filter(id=newcomer.device.id)
        device.update(ended=now())
        assert told(socket.commit(frame)) == "not_found"
        device.update(ended=None)
        assert told(socket.commit(frame)) == "committed"


def test_a_guest_past_the_end_is_not_let_in(scene: Scene) -> None:
    circle, newcomer = a_care_circle(scene.gp), a_person(factories.NURSE)
    ends = now() + timedelta(seconds=1)
    circle.invite(newcomer, role="guest", not_after=ends)
    with newcomer.socket(scene.server) as socket:
        frame, _ = circle.rope.join(newcomer.device)
        while now() <= ends:
            time.sleep(0.02)
        assert told(socket.commit(frame)) == "not_found"
