"""What one needs in order to join: the group's public state and the whole chain, for members and invitees."""

from __future__ import annotations

import pytest

from chat import policy
from chat.canonical import from_base64
from chat.mls import PublicGroup
from chat.models import Group
from circles.models import Invitation
from circles.services import decline
from tests.chat_commits import Rope
from tests.chat_people import Answer, Person, Scene, a_care_circle, a_person
from tests.mls_members import RULES


@pytest.mark.parametrize("what", ["group", "chain"])
def test_members_and_invitees_fetch_it_and_nobody_else(scene: Scene, what: str) -> None:
    def fetch(person: Person) -> Answer:
        return person.get(f"circles/{scene.circle.id}/{what}")

    assert scene.over_http(fetch) == {
        "nobody": "signed_out",
        "signed out": "signed_out",
        "without MFA": "mfa_required",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": 200,
        "guest": 200,
        "member": 200,
        "coordinator": 200,
    }


def test_the_group_is_the_one_that_the_last_commit_made(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    _, shown = scene.nurse.get(f"circles/{circle.id}/group")
    group = PublicGroup.from_group_info(
        from_base64(shown["group_info"]), ratchet_tree=from_base64(shown["tree"]), rules=RULES
    )
    assert group == circle.rope.group
    stored = Group.objects.get(circle_id=circle.id)
    assert (shown["epoch"], shown["seq"], shown["rekey_required"]) == (circle.epoch, stored.seq, False)
    assert shown["epoch"] == group.epoch == 2


def test_the_chain_folds_to_the_policy_of_the_group(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    circle.invite(scene.social_worker)
    for person in (scene.gp, scene.nurse, scene.social_worker):
        _, shown = person.get(f"circles/{circle.id}/chain")
        folded = policy.fold([from_base64(each) for each in shown["changes"]], circle.id)
        assert folded.to_extension() == circle.rope.group.extension(0xF0C1)


def test_who_was_invited_gets_the_invitation_that_the_inviter_signed(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    circle.invite(scene.social_worker)
    for person, invited in ((scene.gp, False), (scene.nurse, True), (scene.social_worker, True)):
        _, shown = person.get(f"circles/{circle.id}/chain")
        kept = Invitation.objects.filter(circle_id=circle.id, user_id=person.id).values_list("signed", flat=True)
        assert (shown["invitation"] is not None) == invited
        assert [from_base64(shown["invitation"])] == [bytes(each) for each in kept] if invited else not kept


def test_the_certificates_of_all_who_ever_wrote_come_with_the_chain(scene: Scene) -> None:
    """Also of who has left: history is verified with them."""
    circle = a_care_circle(scene.gp, scene.nurse)
    circle.end(scene.nurse)
    _, shown = scene.gp.get(f"circles/{circle.id}/chain")
    wrote = {person.device.certificate for person in (scene.gp, scene.nurse)}
    assert {from_base64(each) for each in shown["certificates"]} == wrote
    assert len(shown["certificates"]) == 2


def test_a_joiner_needs_nothing_else(scene: Scene) -> None:
    circle, newcomer = a_care_circle(scene.gp), a_person()
    circle.invite(newcomer)
    (_, group), (_, chain) = (newcomer.get(f"circles/{circle.id}/{what}") for what in ("group", "chain"))
    circle.rope = Rope.fetched(circle.id, group, chain)
    circle.join(newcomer)
    assert newcomer.get(f"circles/{circle.id}")[0] == 200


def test_who_declined_fetches_nothing_more(scene: Scene) -> None:
    circle, invitee = a_care_circle(scene.gp), a_person()
    circle.invite(invitee)
    invitation = Invitation.objects.get(circle_id=circle.id, user_id=invitee.id)
    for what in ("group", "chain"):
        assert invitee.get(f"circles/{circle.id}/{what}")[0] == 200
    decline(actor=invitee.actor, invitation_id=invitation.id)
    for what in ("group", "chain"):
        assert invitee.get(f"circles/{circle.id}/{what}")[1]["code"] == "not_found"


def test_every_look_is_in_the_trail_with_its_circle(scene: Scene) -> None:
    scene.nurse.get(f"circles/{scene.circle.id}/group")
    scene.stranger.get(f"circles/{scene.circle.id}/group")
    [*_, looked], [*_, refused] = scene.nurse.traces("mls.read"), scene.stranger.traces("mls.read")
    assert (looked.out, looked.err) == (0, None)
    assert (refused.out, refused.err) == (8, "not_found")
    assert looked.cir is not None
    assert refused.cir == looked.cir
