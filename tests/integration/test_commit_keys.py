"""Keys that are new in a circle: of somebody who had none, rotated by the person, or reset and confirmed by hand."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from chat.canonical import encode, from_base64
from chat.models import EpochKey, Group, Horizon, Leaf
from circles.models import Invitation
from directory.models import PractitionerRole
from tests import factories
from tests.chat_log import check_log, stored_rows
from tests.chat_members import Fields, PersonKeys, now, text
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_socket import told
from tests.integration.test_reset_identity import at_a_new_browser, reset
from tests.integration.test_rotate_identity import rotation


def duties(person: Person, circle: CareCircle) -> Any:
    status, answer = person.get(f"circles/{circle.id}/duties")
    assert status == 200, answer
    return answer


def devices_in(circle: CareCircle) -> set[object]:
    return set(Leaf.objects.filter(group_id=circle.id).values_list("device_id", flat=True))


# --- rotated ---


def rotated(person: Person) -> tuple[PersonKeys, bytes, bytes]:
    """New keys for a person, their rotation, and the certificate of the present device under them."""
    new = PersonKeys(person.id)
    body = rotation(person, new)
    assert person.post("identity/rotate", body) == (200, {})
    certificates = body["certificates"]
    assert isinstance(certificates, list)
    return new, from_base64(str(body["rotation"])), from_base64(certificates[0])


def test_ones_own_device_stays_under_its_new_certificate(scene: Scene) -> None:
    owner = a_person()
    circle = a_care_circle(scene.gp, scene.nurse, owner)
    old = owner.device.certificate
    new, statement, certificate = rotated(owner)
    assert duties(scene.nurse, circle)["rotations"] == [text(statement)]
    circle.change(owner, circle.rope.chain.rotate(statement), certificate=certificate)
    assert duties(scene.nurse, circle)["rotations"] == []
    assert owner.device.id in devices_in(circle)
    with owner.socket(scene.server) as socket:
        socket.listen(circle.id)
        assert told(socket.post(owner.device.send(circle.id, circle.epoch))) == "ack"
    # What it signed before is still known to be its own.
    assert {text(old), text(certificate)} <= set(scene.nurse.get(f"circles/{circle.id}/chain")[1]["certificates"])
    assert circle.rope.chain.persons[str(owner.id)]["identity"] == text(new.identity)
    check_log(circle.id)


def test_anybody_brings_a_rotation_and_every_leaf_of_the_person_goes(scene: Scene) -> None:
    owner = a_person()
    circle = a_care_circle(scene.gp, scene.nurse, owner)
    _, statement, certificate = rotated(owner)
    with scene.nurse.socket(scene.server) as nurse:
        kept, _ = circle.rope.change(scene.nurse.device, circle.rope.chain.rotate(statement), removing=[])
        assert told(nurse.commit(kept)) == "invalid_commit"
        frame, circle.rope = circle.rope.change(scene.nurse.device, circle.rope.chain.rotate(statement))
        assert told(nurse.commit(frame)) == "committed"
    assert owner.device.id not in devices_in(circle)
    owner.device.identity = certificate
    circle.join(owner)
    assert owner.device.id in devices_in(circle)
    check_log(circle.id)


def test_two_rotations_one_after_the_other(scene: Scene) -> None:
    owner = a_person()
    circle = a_care_circle(scene.gp, owner)
    new, first, certificate = rotated(owner)
    owner.keys, owner.device.owner = new, new
    _, second, last = rotated(owner)
    assert duties(owner, circle)["rotations"] == [text(first), text(second)]
    with owner.socket(scene.server) as socket:
        # Half of the way is not where the person is.
        half, _ = circle.rope.change(owner.device, circle.rope.chain.rotate(first), certificate=certificate)
        assert told(socket.commit(half)) == "invalid_policy"
    owner.device.identity = next(
        member.identity for member in circle.rope.group.roster() if str(owner.id) in member.identity.decode()
    )
    chain = circle.rope.chain
    circle.accepts(scene.gp, circle.rope.change(scene.gp.device, chain.rotate(first), chain.rotate(second)))
    assert duties(scene.gp, circle)["rotations"] == []
    owner.device.identity = last
    circle.join(owner)


def test_a_certificate_that_was_never_registered_is_not_taken(scene: Scene) -> None:
    owner = a_person()
    circle = a_care_circle(scene.gp, owner)
    new, statement, _ = rotated(owner)
    another = new.certify(owner.device.id, owner.device.signature_key)
    with owner.socket(scene.server) as socket:
        before = stored_rows()
        frame, _ = circle.rope.change(owner.device, circle.rope.chain.rotate(statement), certificate=another)
        assert told(socket.commit(frame)) == "wrong_device"
        assert stored_rows() == before


# --- reset ---


def lost(person: Person) -> Person:
    """The person at a new browser with a new identity, everything before it lost."""
    anew = at_a_new_browser(person)
    assert anew.post("identity/reset", reset(anew))[0] == 200
    return anew


def test_a_reset_waits_for_a_coordinator(scene: Scene) -> None:
    owner = a_person()
    circle = a_care_circle(scene.gp, scene.nurse, owner)
    anew = lost(owner)
    for watcher in (scene.gp, scene.nurse):
        [waiting] = duties(watcher, circle)["resets"]
        assert (waiting["user"], waiting["identity_key"]) == (str(owner.id), text(anew.keys.identity))
    op = circle.rope.chain.reset(anew.keys)
    with scene.nurse.socket(scene.server) as nurse, anew.socket(scene.server) as new:
        assert told(new.commit(circle.rope.join(anew.device)[0])) == "invalid_commit"
        assert told(nurse.commit(circle.rope.change(scene.nurse.device, op)[0])) == "invalid_policy"
    circle.change(scene.gp, op)
    assert duties(scene.gp, circle)["resets"] == []
    circle.join(anew)
    assert devices_in(circle) == {scene.gp.device.id, scene.nurse.device.id, anew.device.id}
    assert not Group.objects.get(circle_id=circle.id).rekey_required
    [trace] = scene.gp.traces("member.admit")[-1:]
    assert trace.out == 0
    check_log(circle.id)


def test_after_a_reset_the_log_begins_anew(scene: Scene) -> None:
    owner = a_person()
    circle = a_care_circle(scene.gp, owner)
    anew = lost(owner)
    circle.change(scene.gp, circle.rope.chain.reset(anew.keys))
    assert not EpochKey.objects.filter(group_id=circle.id, user_id=owner.id).exists()
    assert anew.get(f"circles/{circle.id}/items")[1]["items"] == []
    circle.accepts(scene.gp, circle.rope.update(scene.gp.device))
    circle.join(anew)
    head = Group.objects.get(circle_id=circle.id).seq
    assert [item["seq"] for item in anew.get(f"circles/{circle.id}/items")[1]["items"]] == [head]
    assert Horizon.objects.get(group_id=circle.id, user_id=owner.id).seq == head - 1
    assert [key["epoch"] for key in anew.get("keys", circle=str(circle.id))[1]["keys"]] == [circle.epoch]


def test_other_keys_than_the_persons_are_not_confirmed(scene: Scene) -> None:
    owner = a_person()
    circle = a_care_circle(scene.gp, owner)
    anew = lost(owner)
    with scene.gp.socket(scene.server) as gp:
        before = stored_rows()
        frame, _ = circle.rope.change(scene.gp.device, circle.rope.chain.reset(PersonKeys(owner.id)))
        assert told(gp.commit(frame)) == "invalid_policy"
        assert stored_rows() == before
    circle.change(scene.gp, circle.rope.chain.reset(anew.keys))


# --- admitted ---


def a_pending_invitation(scene: Scene) -> tuple[CareCircle, Person]:
    """Somebody who has an account and no keys, invited."""
    circle, invitee = a_care_circle(scene.gp, scene.nurse), a_person(factories.SOCIAL_WORKER, registered=False)
    circle.accepts(scene.gp, inviting(circle, scene.gp, invitee))
    return circle, invitee


def commitment(invitee: Person, **changes: str) -> bytes:
    """To the name and the national identifier that the directory shows."""
    known = PractitionerRole.objects.select_related("practitioner").get(id=invitee.role_id).practitioner
    shown: Fields = {
        "name": f"{known.family_name.upper()} {known.given_name}",
        "number": known.identifier_value,
        "system": known.identifier_system,
        "user": str(invitee.id),
    }
    return sha256(b"cordee pending person" + encode(shown | changes)).digest()


def inviting(circle: CareCircle, inviter: Person, invitee: Person, pinned: bytes | None = None) -> Any:
    """The commit that pins this person without keys."""
    rope, device = circle.rope, inviter.device
    chain = rope.chain.copy()
    moment = now()
    chain.append(
        chain.signed_by(device, chain.invite(invitee.keys.pending(pinned or commitment(invitee))), time=moment)
    )
    signed = chain.invitation(device, invitee.keys, created=moment)
    act: Fields = {"do": "invite", "role_id": str(invitee.role_id), "invitation": text(signed)}
    return rope.changing(device, chain, act, time=moment)


def test_who_has_no_keys_yet_is_admitted_by_a_coordinator(scene: Scene) -> None:
    circle, invitee = a_pending_invitation(scene)
    assert duties(scene.gp, circle)["admissions"] == []
    invitee.register(first=invitee.keys.first(f"device:{invitee.device.id}"))
    with invitee.socket(scene.server) as socket:
        assert told(socket.commit(circle.rope.join(invitee.device)[0])) == "invalid_commit"
    [mine] = invitee.get("invitations")[1]["invitations"]
    with scene.gp.socket(scene.server) as gp:
        gp.listen(circle.id)
        assert invitee.post(f"invitations/{mine['id']}/accept", {}) == (200, {})
        gp.expect("changed", what="circle", circle=str(circle.id))
    for watcher in (scene.gp, scene.nurse):
        [waiting] = duties(watcher, circle)["admissions"]
        assert (waiting["user"], waiting["identity_key"]) == (str(invitee.id), text(invitee.keys.identity))
    op = circle.rope.chain.admit(invitee.keys)
    with scene.nurse.socket(scene.server) as nurse:
        assert told(nurse.commit(circle.rope.change(scene.nurse.device, op)[0])) == "invalid_policy"
    circle.change(scene.gp, op)
    assert duties(scene.gp, circle)["admissions"] == []
    assert Invitation.objects.get(circle_id=circle.id, user_id=invitee.id).admission == "not_needed"
    circle.join(invitee)
    check_log(circle.id)


@pytest.mark.parametrize("registered", [True, False])
def test_who_has_keys_is_not_pinned_without_them(scene: Scene, registered: bool) -> None:
    circle, invitee = a_care_circle(scene.gp), a_person(factories.SOCIAL_WORKER, registered=registered)
    with scene.gp.socket(scene.server) as gp:
        assert told(gp.commit(inviting(circle, scene.gp, invitee)[0])) == (
            "invalid_policy" if registered else "committed"
        )


def test_somebody_else_than_in_the_directory_is_not_pinned(scene: Scene) -> None:
    circle, invitee = a_care_circle(scene.gp), a_person(factories.SOCIAL_WORKER, registered=False)
    with scene.gp.socket(scene.server) as gp:
        before = stored_rows()
        for pinned in (bytes(32), commitment(invitee, name="MARTIN Alix"), commitment(scene.stranger)):
            assert told(gp.commit(inviting(circle, scene.gp, invitee, pinned)[0])) == "invalid_policy"
        assert stored_rows() == before
        assert told(gp.commit(inviting(circle, scene.gp, invitee)[0])) == "committed"


def test_other_keys_than_the_persons_are_not_admitted(scene: Scene) -> None:
    circle, invitee = a_pending_invitation(scene)
    invitee.register(first=invitee.keys.first(f"device:{invitee.device.id}"))

    def admitting(keys: PersonKeys) -> Fields:
        return circle.rope.change(scene.gp.device, circle.rope.chain.admit(keys))[0]

    with scene.gp.socket(scene.server) as gp:
        before = stored_rows()
        assert told(gp.commit(admitting(PersonKeys(invitee.id)))) == "invalid_policy"
        assert stored_rows() == before
        assert told(gp.commit(admitting(invitee.keys))) == "committed"
