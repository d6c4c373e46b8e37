"""Ending somebody's place: a coordinator's commit that removes every leaf of the person and carries the signed end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from audit.selectors import events_about
from chat.canonical import from_base64
from chat.mls import Extension
from chat.models import EpochKey, Group, Leaf
from circles import access
from circles.models import Invitation, Member
from tests import factories
from tests.chat_commits import REQUIRED, Rope
from tests.chat_log import check_log, stored_rows
from tests.chat_members import Fields, now, text
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_socket import Socket, told
from tests.mls_members import POLICY, replace_extensions


def leaves(circle: CareCircle, person: Person) -> int:
    return Leaf.objects.filter(group_id=circle.id, device__user_id=person.id).count()


def test_coordinators_end_a_place_and_nobody_else(scene: Scene) -> None:
    circle, victim = scene.another_circle(), a_person()
    circle.with_members(victim)

    def end(person: Person, socket: Socket) -> str:
        device = person.device if circle.rope.leaves_of(person.id) else scene.gp.device
        return told(socket.commit(circle.rope.end(device, victim.id)[0]))

    assert scene.over_socket(end) == {
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


def test_the_commit_takes_place_rights_leaves_and_keys(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    circle.join(scene.nurse.second)
    assert leaves(circle, scene.nurse) == 2
    frame, after = circle.rope.end(scene.gp.device, scene.nurse.id, code="removed", reason="a changé de service")
    with scene.gp.socket(scene.server) as socket:
        assert told(socket.commit(frame)) == "committed"
    member = Member.objects.get(circle_id=circle.id, user_id=scene.nurse.id)
    assert (member.end_code, member.ended_by_id, member.ended is not None) == ("removed", scene.gp.id, True)
    assert access.abilities(scene.nurse.id, circle.id) == frozenset()
    assert leaves(circle, scene.nurse) == 0
    assert not Group.objects.get(circle_id=circle.id).rekey_required
    assert list(EpochKey.objects.filter(group_id=circle.id, epoch=after.epoch).values_list("user_id", flat=True)) == [
        scene.gp.id
    ]
    check_log(circle.id)


def test_the_end_and_its_reason_are_traced_with_the_commit(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    frame, _ = circle.rope.end(scene.gp.device, scene.nurse.id, code="removed", reason="le patient s'oppose")
    with scene.gp.socket(scene.server) as socket:
        socket.commit(frame)
    [*_, ended], [*_, committed] = (
        events_about(circle_id=circle.id).filter(act=act) for act in ("member.end", "mls.commit")
    )
    assert ended.xid == committed.xid
    assert '"why":"COC"' in ended.leaf
    assert "oppose" not in ended.leaf


def test_an_invitation_is_taken_back_the_same_way(scene: Scene) -> None:
    circle, invitee = a_care_circle(scene.gp), a_person(factories.SOCIAL_WORKER)
    circle.invite(invitee)
    with invitee.socket(scene.server) as waiting, scene.gp.socket(scene.server) as gp:
        assert told(gp.commit(circle.rope.end(scene.gp.device, invitee.id)[0])) == "committed"
        assert {waiting.expect("changed")["what"] for _ in range(3)} == {"circles", "invitations", "notices"}
        assert waiting.fence() == []  # still connected: nobody who has no place loses one
    assert Invitation.objects.get(circle_id=circle.id).state == "revoked"
    assert invitee.get("invitations")[1]["invitations"] == []


def test_who_was_ended_may_be_invited_again(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    circle.end(scene.nurse)
    circle.with_members(scene.nurse)
    assert Member.objects.filter(circle_id=circle.id, user_id=scene.nurse.id).count() == 2
    check_log(circle.id)


def test_one_coordinator_ends_another_and_never_the_last(scene: Scene) -> None:
    circle = a_care_circle(scene.gp).with_members(scene.nurse, role="coordinator")
    with scene.nurse.socket(scene.server) as nurse:
        frame, after = circle.rope.end(scene.nurse.device, scene.gp.id)
        assert told(nurse.commit(frame)) == "committed"
        circle.rope = after
        last, _ = _ending_oneself(circle.rope, scene.nurse)
        before = stored_rows()
        assert told(nurse.commit(last)) == "invalid_policy"
        assert stored_rows() == before


def _ending_oneself(rope: Rope, person: Person) -> tuple[Fields, Rope]:
    return rope.end(person.device, person.id, code="left", removing=[])


def test_nobody_removes_their_own_leaf(scene: Scene) -> None:
    """MLS forbids it: somebody else's device makes the epoch that one cannot read."""
    circle = a_care_circle(scene.gp).with_members(scene.nurse, role="coordinator")
    with scene.nurse.socket(scene.server) as nurse:
        before = stored_rows()
        assert told(nurse.commit(_ending_oneself(circle.rope, scene.nurse)[0])) == "invalid_commit"
        assert stored_rows() == before
        assert told(nurse.commit(circle.rope.end(scene.nurse.device, scene.gp.id)[0])) == "committed"


# --- what is no end ---

Make = Callable[[Rope, Scene], Fields]


def _end(rope: Rope, scene: Scene, **options: object) -> Fields:
    return rope.end(scene.gp.device, scene.nurse.id, **options)[0]  # type: ignore[arg-type]


def _act(scene: Scene) -> Fields:
    return {"do": "end", "user": str(scene.nurse.id), "code": "removed", "reason": ""}


def _said(rope: Rope, scene: Scene, **act: object) -> Fields:
    """The honest commit with another act."""
    return _end(rope, scene) | {"act": _act(scene) | act}


def _without_change(rope: Rope, scene: Scene) -> Fields:
    """The leaves go, the policy stays."""
    message = scene.gp.device.commit(rope.group, removing=rope.leaves_of(scene.nurse.id), data=rope.chain.note())
    return rope.shown(scene.gp.device, message, rope.chain, _act(scene))[0]


def _by(rope: Rope, scene: Scene, signer: Person) -> Fields:
    """The GP's commit with a change that somebody else signed."""
    moment = now()
    chain = rope.chain.copy()
    chain.append(chain.signed_by(signer.device, chain.end(scene.nurse.id), time=moment))
    return rope.changing(scene.gp.device, chain, _act(scene), removing=rope.leaves_of(scene.nurse.id), time=moment)[0]


def _only_extension(rope: Rope, scene: Scene) -> Fields:
    """The policy forgets a person without a change that says so."""
    chain = rope.chain.copy()
    chain.append(chain.signed_by(scene.gp.device, chain.end(scene.nurse.id)))
    extensions = replace_extensions(REQUIRED, Extension(POLICY, chain.extension()))
    message = scene.gp.device.commit(
        rope.group, extensions, removing=rope.leaves_of(scene.nurse.id), data=rope.chain.note()
    )
    return rope.shown(scene.gp.device, message, chain, _act(scene))[0]


BAD: dict[str, tuple[Make, str]] = {
    "a leaf left behind": (lambda r, s: _end(r, s, removing=r.leaves_of(s.nurse.id)[:1]), "invalid_commit"),
    "no leaf removed": (lambda r, s: _end(r, s, removing=[]), "invalid_commit"),
    "another's leaf removed too": (
        lambda r, s: _end(r, s, removing=[*r.leaves_of(s.nurse.id), *r.leaves_of(s.aide.id)]),
        "invalid_commit",
    ),
    "another's leaf removed instead": (lambda r, s: _end(r, s, removing=r.leaves_of(s.aide.id)), "invalid_commit"),
    "leaves removed and nobody ended": (_without_change, "invalid_commit"),
    "a policy that forgets without a change": (_only_extension, "invalid_policy"),
    "a change by the person": (lambda r, s: _by(r, s, s.nurse), "invalid_policy"),
    "a change by another member": (lambda r, s: _by(r, s, s.aide), "invalid_policy"),
    "a change by a stranger": (lambda r, s: _by(r, s, s.stranger), "invalid_policy"),
    "somebody who is not in": (
        lambda r, s: r.end(s.gp.device, s.stranger.id)[0],
        "invalid_policy",
    ),
    "another person in the act": (lambda r, s: _said(r, s, user=str(s.aide.id)), "invalid_commit"),
    "another code in the act": (lambda r, s: _said(r, s, code="opposition"), "invalid_commit"),
    "said to be an update": (lambda r, s: _end(r, s) | {"act": {"do": "update"}}, "invalid_commit"),
    "a key for who goes": (
        lambda r, s: (f := _end(r, s)) | {"keys": f["keys"] | {str(s.nurse.id): text(bytes(80))}},  # type: ignore[operator]
        "invalid_keys",
    ),
    "of an epoch that is over": (lambda r, s: _before(r, s), "stale_epoch"),
}


def _before(rope: Rope, scene: Scene) -> Fields:
    """Made before the epoch that everybody is in."""
    frame = _end(rope, scene)
    raw = bytearray(from_base64(str(frame["commit"])))
    # version (2), wire format (2), group id (1 + 16), epoch (8)
    raw[21:29] = (rope.epoch - 1).to_bytes(8, "big")
    return frame | {"commit": text(bytes(raw))}


@pytest.fixture(scope="module")
def circle(scene: Scene) -> CareCircle:
    """The nurse has two devices in it, the aide one."""
    circle = a_care_circle(scene.gp, scene.nurse, scene.aide)
    circle.join(scene.nurse.second)
    return circle


@pytest.mark.parametrize("name", BAD)
def test_a_bad_end_changes_nothing(scene: Scene, circle: CareCircle, name: str) -> None:
    make, code = BAD[name]
    with scene.gp.socket(scene.server) as socket:
        before = stored_rows()
        assert told(socket.commit(make(circle.rope, scene))) == code
        assert stored_rows() == before
        [*_, trace] = scene.gp.traces("mls.commit")
        assert (trace.out in (4, 8), trace.err) == (True, code)


def test_after_all_of_them_the_honest_end_is_accepted(scene: Scene, circle: CareCircle) -> None:
    with scene.gp.socket(scene.server) as socket:
        assert told(socket.commit(_end(circle.rope, scene))) == "committed"
    assert leaves(circle, scene.nurse) == 0
    check_log(circle.id)
