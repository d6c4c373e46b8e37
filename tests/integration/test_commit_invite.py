"""Inviting: a coordinator's commit that carries the signed change, and the signed invitation that goes with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from audit.selectors import events_about
from chat.canonical import from_base64
from chat.mls import Extension
from chat.models import Change, Leaf
from circles.models import Invitation
from tests import factories
from tests.chat_chain import Chain
from tests.chat_commits import REQUIRED, Rope
from tests.chat_log import check_log, stored_rows
from tests.chat_members import ChatDevice, Fields, PersonKeys, now, text
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_server import ChatHouse
from tests.chat_socket import Socket, told
from tests.mls_members import POLICY, replace_extensions


@pytest.fixture(scope="module")
def circle(scene: Scene) -> CareCircle:
    """The GP coordinates, the nurse is a member."""
    return a_care_circle(scene.gp, scene.nurse)


@pytest.fixture(scope="module")
def invitee(house: ChatHouse) -> Person:
    return a_person(factories.SOCIAL_WORKER)


def test_coordinators_invite_and_nobody_else(scene: Scene, invitee: Person) -> None:
    circle = scene.another_circle()

    def invite(person: Person, socket: Socket) -> str:
        device = person.device if circle.rope.leaves_of(person.id) else scene.gp.device
        return told(socket.commit(circle.rope.invite(device, invitee.keys, invitee.role_id)[0]))

    assert scene.over_socket(invite) == {
        "nobody": "4401",
        "signed out": "4401",
        "without MFA": "4401",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": "not_found",
        "guest": "not_found",
        "member": "not_found",
        "coordinator": "committed",
    }


def test_the_commit_is_the_write(scene: Scene) -> None:
    circle, invitee = a_care_circle(scene.gp, scene.nurse), a_person(factories.SOCIAL_WORKER)
    ends = factories.in_days(30).replace(microsecond=0)
    frame, after = circle.rope.invite(scene.gp.device, invitee.keys, invitee.role_id, role="guest", not_after=ends)
    leaves = list(Leaf.objects.filter(group_id=circle.id).values_list("index", "device_id"))
    with scene.gp.socket(scene.server) as gp, scene.nurse.socket(scene.server) as nurse:
        nurse.listen(circle.id)
        committed = gp.commit(frame)
        item = nurse.expect("item")
    assert (item["kind"], item["epoch"], item["seq"]) == ("commit", after.epoch, committed["seq"])
    invitation = Invitation.objects.get(circle_id=circle.id, user_id=invitee.id)
    assert (invitation.state, invitation.role, invitation.ground) == ("pending", "guest", "formal_team")
    assert (invitation.not_after, invitation.inviter_id) == (ends, scene.gp.id)
    assert invitation.practitioner_role_id == invitee.role_id
    act = frame["act"]
    assert isinstance(act, dict)
    assert bytes(invitation.signed) == from_base64(act["invitation"])
    changes = Change.objects.filter(group_id=circle.id).order_by("n")
    assert [(each.n, bytes(each.raw)) for each in changes] == list(enumerate(after.chain.changes))
    # Nobody has come in: the invitee has no leaf and no key.
    assert list(Leaf.objects.filter(group_id=circle.id).values_list("index", "device_id")) == leaves
    keys = frame["keys"]
    assert isinstance(keys, dict)
    assert str(invitee.id) not in keys
    check_log(circle.id)


def test_invitation_and_commit_are_traced_by_one_transaction(scene: Scene) -> None:
    circle, invitee = a_care_circle(scene.gp), a_person(factories.SOCIAL_WORKER)
    circle.invite(invitee)
    [invited] = events_about(circle_id=circle.id).filter(act="member.invite")
    [*_, committed] = events_about(circle_id=circle.id).filter(act="mls.commit")
    assert invited.xid == committed.xid
    assert (invited.dev, committed.dev) == (scene.gp.device.id, scene.gp.device.id)


def test_the_invitee_is_told_and_may_look_at_what_is_needed_to_join(scene: Scene) -> None:
    circle, invitee = a_care_circle(scene.gp), a_person(factories.SOCIAL_WORKER)
    frame, _ = circle.rope.invite(scene.gp.device, invitee.keys, invitee.role_id)
    with invitee.socket(scene.server) as waiting, scene.gp.socket(scene.server) as gp:
        assert told(gp.commit(frame)) == "committed"
        for what in ("circles", "invitations"):
            waiting.expect("changed", what=what, circle=str(circle.id))
        waiting.expect("changed", what="notices")
        assert told(waiting.listen(circle.id)) == "not_found"
    _, mine = invitee.get("invitations")
    assert [each["circle"] for each in mine["invitations"]] == [str(circle.id)]
    assert invitee.get(f"circles/{circle.id}/group")[0] == 200
    for path in ("", "/items", "/receipts"):
        assert invitee.get(f"circles/{circle.id}{path}")[1]["code"] == "not_found"


# --- what is no invitation ---

Make = Callable[[Rope, Scene, Person], Fields]
NOBODY = PersonKeys(uuid7())


def _invite(rope: Rope, scene: Scene, invitee: Person, **options: object) -> Fields:
    return rope.invite(scene.gp.device, invitee.keys, invitee.role_id, **options)[0]  # type: ignore[arg-type]


def _composed(
    rope: Rope,
    scene: Scene,
    invitee: Person,
    *,
    person: Fields | None = None,
    by: ChatDevice | None = None,
    with_invitation: dict[str, object] | None = None,
    invited_by: ChatDevice | None = None,
    extension: bytes | None = None,
    also: PersonKeys | None = None,
    removing: tuple[int, ...] = (),
    role_id: object = None,
) -> Fields:
    """An invitation with one part otherwise."""
    moment, device = now(), scene.gp.device
    chain = rope.chain.copy()
    if also is not None:
        chain.append(chain.signed_by(device, chain.invite(also.person()), time=moment))
    chain.append(chain.signed_by(by or device, chain.invite(person or invitee.keys.person()), time=moment))
    signed = chain.invitation(invited_by or device, invitee.keys, created=moment, **(with_invitation or {}))  # type: ignore[arg-type]
    act: Fields = {"do": "invite", "role_id": str(role_id or invitee.role_id), "invitation": text(signed)}
    return rope.changing(device, chain, act, removing=removing, time=moment, extension=extension)[0]


def _without_change(rope: Rope, scene: Scene, invitee: Person) -> Fields:
    """The policy grows in the extension alone: a ghost."""
    frame = _invite(rope, scene, invitee)
    chain = rope.chain.copy()
    chain.append(chain.signed_by(scene.gp.device, chain.invite(invitee.keys.person())))
    extensions = replace_extensions(REQUIRED, Extension(POLICY, chain.extension()))
    message = scene.gp.device.commit(rope.group, extensions, data=rope.chain.note())
    return rope.shown(scene.gp.device, message, rope.chain, dict(frame["act"]))[0]  # type: ignore[call-overload]


def _of_two_times(rope: Rope, scene: Scene, invitee: Person) -> Fields:
    """The change is a second older than the commit that carries it."""
    moment = now()
    chain = rope.chain.copy()
    chain.append(chain.signed_by(scene.gp.device, chain.invite(invitee.keys.person()), time=moment))
    signed = chain.invitation(scene.gp.device, invitee.keys, created=moment)
    act: Fields = {"do": "invite", "role_id": str(invitee.role_id), "invitation": text(signed)}
    return rope.changing(scene.gp.device, chain, act, time=moment + timedelta(seconds=1))[0]


def _other_chain(scene: Scene) -> Chain:
    return scene.circle.rope.chain


BAD: dict[str, tuple[Make, str]] = {
    "a change by a member": (lambda r, s, i: _composed(r, s, i, by=s.nurse.device), "invalid_policy"),
    "a change by a stranger": (lambda r, s, i: _composed(r, s, i, by=s.stranger.device), "invalid_policy"),
    "a change by a device that nobody certified": (
        lambda r, s, i: _composed(r, s, i, by=ChatDevice(PersonKeys(s.gp.id))),
        "invalid_policy",
    ),
    "a policy without a change": (_without_change, "invalid_policy"),
    "a change without the policy": (
        lambda r, s, i: _composed(r, s, i, extension=r.chain.extension()),
        "invalid_policy",
    ),
    "a change of another second than the commit": (_of_two_times, "invalid_policy"),
    "six minutes ahead": (lambda r, s, i: _invite(r, s, i, time=now() + timedelta(minutes=6)), "clock_skew"),
    "somebody who is in": (
        lambda r, s, i: _composed(r, s, i, person=s.nurse.keys.person("coordinator")),
        "invalid_policy",
    ),
    "two at once": (lambda r, s, i: _composed(r, s, i, also=s.stranger.keys), "invalid_commit"),
    "a removal beside it": (
        lambda r, s, i: _composed(r, s, i, removing=tuple(r.leaves_of(s.nurse.id))),
        "invalid_commit",
    ),
    "another identity key than the person has": (
        lambda r, s, i: _composed(r, s, i, person=PersonKeys(i.id).person()),
        "invalid_policy",
    ),
    "another history key than the person has": (
        lambda r, s, i: _composed(
            r, s, i, person=i.keys.person(history=text(bytes(32)), history_sig=text(i.keys.sign_history(bytes(32))))
        ),
        "invalid_policy",
    ),
    "somebody without an identity here": (
        lambda r, s, i: r.invite(s.gp.device, NOBODY, i.role_id)[0],
        "invalid_policy",
    ),
    "a guest without an end": (lambda r, s, i: _invite(r, s, i, role="guest"), "invalid_policy"),
    "an end in the past": (lambda r, s, i: _invite(r, s, i, not_after=now() - timedelta(days=1)), "invalid_policy"),
    "a secretariat of nobody": (lambda r, s, i: _invite(r, s, i, role="delegate"), "delegate_of_nobody"),
    "a ground without its consent": (
        lambda r, s, i: _composed(r, s, i, person=i.keys.person(ground="outside_team")),
        "consent_required",
    ),
    "a profession that the law does not list": (lambda r, s, _: _invite(r, s, s.officer), "profession_not_allowed"),
    "the place of another practitioner": (
        lambda r, s, i: _composed(r, s, i, role_id=s.stranger.role_id),
        "not_found",
    ),
    "a place that does not exist": (lambda r, s, i: _composed(r, s, i, role_id=uuid7()), "not_found"),
    "an invitation by another device": (
        lambda r, s, i: _composed(r, s, i, invited_by=s.nurse.device),
        "invalid_policy",
    ),
    "an invitation to another circle": (
        lambda r, s, i: _composed(r, s, i, with_invitation={"circle": str(s.circle.id)}),
        "invalid_policy",
    ),
    "an invitation for another person": (
        lambda r, s, i: _composed(r, s, i, with_invitation={"user": str(s.stranger.id)}),
        "invalid_policy",
    ),
    "an invitation for another key": (
        lambda r, s, i: _composed(r, s, i, with_invitation={"identity": text(s.stranger.keys.identity)}),
        "invalid_policy",
    ),
    "an invitation that pins another head": (
        lambda r, s, i: _composed(r, s, i, with_invitation={"head": r.chain.head}),
        "invalid_policy",
    ),
    "an invitation that pins another beginning": (
        lambda r, s, i: _composed(r, s, i, with_invitation={"change0": _other_chain(s).head["hash"]}),
        "invalid_policy",
    ),
    "an invitation with a field that nobody knows": (
        lambda r, s, i: _composed(r, s, i, with_invitation={"more": 1}),
        "invalid_policy",
    ),
    "an invitation for a year": (
        lambda r, s, i: _invite(r, s, i, expires=now() + timedelta(days=365)),
        "invalid_policy",
    ),
    "an invitation that ends before it begins": (
        lambda r, s, i: _invite(r, s, i, expires=now() - timedelta(days=1)),
        "invalid_policy",
    ),
    "no invitation": (
        lambda r, s, i: _invite(r, s, i) | {"act": {"do": "invite", "role_id": str(i.role_id), "invitation": ""}},
        "invalid_policy",
    ),
    "said to be an update": (lambda r, s, i: _invite(r, s, i) | {"act": {"do": "update"}}, "invalid_commit"),
    "said to be a join": (lambda r, s, i: _invite(r, s, i) | {"act": {"do": "join"}}, "invalid_commit"),
    "said to be an end": (
        lambda r, s, i: _invite(r, s, i) | {"act": {"do": "end", "user": str(i.id), "code": "removed", "reason": ""}},
        "invalid_commit",
    ),
    "a key for the invitee": (
        lambda r, s, i: (f := _invite(r, s, i)) | {"keys": f["keys"] | {str(i.id): text(bytes(80))}},  # type: ignore[operator]
        "invalid_keys",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_invitation_changes_nothing(scene: Scene, circle: CareCircle, invitee: Person, name: str) -> None:
    make, code = BAD[name]
    with scene.gp.socket(scene.server) as socket:
        before = stored_rows()
        assert told(socket.commit(make(circle.rope, scene, invitee))) == code
        assert stored_rows() == before
        [*_, trace] = scene.gp.traces("mls.commit")
        assert (trace.out in (4, 8), trace.err) == (True, code)
        frame, after = circle.rope.invite(scene.gp.device, invitee.keys, invitee.role_id)
        assert told(socket.commit(frame)) == "committed"
        circle.rope = after
    circle.end(invitee)  # so that the next one may be invited again


def test_nobody_is_invited_twice(scene: Scene) -> None:
    circle, invitee = a_care_circle(scene.gp), a_person(factories.SOCIAL_WORKER)
    circle.invite(invitee)
    with scene.gp.socket(scene.server) as socket:
        again = circle.rope.invite(scene.gp.device, invitee.keys, invitee.role_id)[0]
        assert told(socket.commit(again)) == "invalid_policy"
    circle.end(invitee)
    circle.invite(invitee)
    assert list(Invitation.objects.filter(circle_id=circle.id).order_by("created").values_list("state", flat=True)) == [
        "revoked",
        "pending",
    ]
