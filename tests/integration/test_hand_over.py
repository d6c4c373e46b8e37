"""Coordination passes to a member in one commit: for good, or until a day on which it goes back by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit.selectors import events_about
from circles import access
from circles.models import Circle, Handover, Member, Notice
from circles.roles import ROLE_ABILITIES
from circles.services import change_role, end_membership, expire_memberships, loans_over, return_loans, warn_of_ends
from tests import factories
from tests.cast import Clock
from tests.chat_commits import Rope
from tests.chat_log import check_log, stored_rows
from tests.chat_members import Fields, now
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_socket import Socket, told
from tests.factories import Colleague


def abilities(circle: CareCircle, person: Person) -> frozenset[str]:
    return access.abilities(person.id, circle.id)


def test_coordinators_hand_over_and_nobody_else(scene: Scene) -> None:
    circle, colleague = scene.another_circle(), a_person(factories.NURSE)
    circle.with_members(colleague)

    def give(person: Person, socket: Socket) -> str:
        device = person.device if circle.rope.leaves_of(person.id) else scene.gp.device
        return told(socket.commit(circle.rope.hand_over(device, colleague.id)[0]))

    answers = scene.over_socket(give)
    assert answers.pop("coordinator") == "committed"
    assert set(answers.values()) == {"4401", "not_found"}


def test_for_good_with_a_step_down_in_one_commit_names_both(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    chain = circle.rope.chain
    circle.accepts(scene.gp, circle.rope.hand_over(scene.gp.device, scene.nurse.id, chain.role(scene.gp.id, "member")))
    assert abilities(circle, scene.nurse) == ROLE_ABILITIES["coordinator"]
    assert abilities(circle, scene.gp) == ROLE_ABILITIES["member"]
    handover = Handover.objects.get(circle_id=circle.id)
    assert (handover.giver_id, handover.taker_id, handover.until) == (scene.gp.id, scene.nurse.id, None)
    [traced] = events_about(circle_id=circle.id).filter(act="member.handover")
    [*_, committed] = events_about(circle_id=circle.id).filter(act="mls.commit")
    assert traced.xid == committed.xid
    assert Notice.objects.filter(user_id=scene.nurse.id, what="handed_over", by_id=scene.gp.id).exists()
    circle.invite(scene.stranger, by=scene.nurse)
    check_log(circle.id)


def test_what_is_lent_ends_at_its_minute_and_the_policy_follows(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    until = factories.in_days(3).replace(microsecond=0)
    circle.accepts(scene.gp, circle.rope.hand_over(scene.gp.device, scene.nurse.id, until=until))
    assert abilities(circle, scene.nurse) == ROLE_ABILITIES["coordinator"]
    assert abilities(circle, scene.gp) == ROLE_ABILITIES["coordinator"]
    shown = scene.gp.get(f"circles/{circle.id}")[1]["members"]
    assert [each["lent_until"] is not None for each in shown] == [False, True]
    with pytest.MonkeyPatch.context() as later:
        later.setattr(timezone, "now", lambda: until)
        assert abilities(circle, scene.nurse) == ROLE_ABILITIES["member"]
        assert loans_over(circle.id) == [scene.nurse.id]
        assert (return_loans(), return_loans()) == (1, 0)
    circle.change(scene.gp, circle.rope.chain.role(scene.nurse.id, "member"))
    assert Member.objects.get(circle_id=circle.id, user_id=scene.nurse.id).role == "member"
    assert abilities(circle, scene.nurse) == ROLE_ABILITIES["member"]
    assert Handover.objects.get(circle_id=circle.id).returned is not None
    told_of = Notice.objects.filter(user_id__in=(scene.gp.id, scene.nurse.id), circle_id=circle.id)
    assert set(told_of.values_list("what", flat=True)) == {"invited", "handed_over", "role_changed"}


def test_a_loan_keeps_no_circle_going(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    circle.accepts(
        scene.gp,
        circle.rope.hand_over(scene.gp.device, scene.nurse.id, until=factories.in_days(3).replace(microsecond=0)),
    )
    assert scene.gp.post(f"circles/{circle.id}/leave", {"reason": "congés"})[1]["code"] == "last_coordinator"
    with scene.gp.socket(scene.server) as gp:
        down = circle.rope.change(scene.gp.device, circle.rope.chain.role(scene.gp.id, "member"))[0]
        assert told(gp.commit(down)) == "last_coordinator"


def test_a_loan_is_put_off_by_lending_again(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    for days in (3, 9):
        until = factories.in_days(days).replace(microsecond=0)
        circle.accepts(scene.gp, circle.rope.hand_over(scene.gp.device, scene.nurse.id, until=until))
    assert list(Handover.objects.filter(circle_id=circle.id, returned=None).values_list("until", flat=True)) == [until]


BAD: dict[str, tuple[Callable[[Rope, Scene], Fields], str]] = {
    "until yesterday": (
        lambda r, s: r.hand_over(s.gp.device, s.nurse.id, until=now() - timedelta(days=1))[0],
        "end_in_the_past",
    ),
    "to oneself": (lambda r, s: r.hand_over(s.gp.device, s.gp.id)[0], "bad_input"),
    "to nobody here": (lambda r, s: r.hand_over(s.gp.device, s.stranger.id)[0], "invalid_policy"),
    "a loan and a step down": (
        lambda r, s: r.hand_over(
            s.gp.device, s.nurse.id, r.chain.role(s.gp.id, "member"), until=now() + timedelta(days=3)
        )[0],
        "bad_input",
    ),
    "with another's role beside it": (
        lambda r, s: r.hand_over(s.gp.device, s.nurse.id, r.chain.role(s.nurse.id, "member"))[0],
        "invalid_commit",
    ),
    "with another end date": (
        lambda r, s: r.hand_over(s.gp.device, s.nurse.id, r.chain.role(s.gp.id, "member", now() + timedelta(days=3)))[
            0
        ],
        "invalid_policy",
    ),
    "without saying so of the one who takes": (
        lambda r, s: (
            r.hand_over(s.gp.device, s.nurse.id)[0] | {"act": {"do": "hand_over", "to": str(s.gp.id), "until": None}}
        ),
        "invalid_commit",
    ),
    "at a local time": (
        lambda r, s: (
            r.hand_over(s.gp.device, s.nurse.id)[0]
            | {"act": {"do": "hand_over", "to": str(s.nurse.id), "until": "2096-01-01T00:00:00"}}
        ),
        "bad_frame",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_hand_over_changes_nothing(scene: Scene, name: str) -> None:
    make, code = BAD[name]
    circle = a_care_circle(scene.gp, scene.nurse)
    frame: Any = None
    try:
        frame = make(circle.rope, scene)
    except KeyError:
        # Our own chain knows nobody of that name.
        assert code == "invalid_policy"
        return
    with scene.gp.socket(scene.server) as gp:
        before = stored_rows()
        gp.send(frame)
        answer = gp.answer(str(frame["ref"])) if code != "bad_frame" else gp.expect("error")
        assert told(answer) == code
        assert stored_rows() == before


# --- end dates -------------------------------------------------------------------------------------------------------


def test_whose_access_ends_within_a_week_is_warned_once_and_again_after_an_extension(
    db: None, gp: Colleague, nurse: Colleague, clock: Clock
) -> None:
    circle: Circle = factories.a_circle(gp)
    end = factories.in_days(20)
    member = factories.a_member(circle, nurse, by=gp, not_after=end)
    assert warn_of_ends() == 0
    clock(end - timedelta(days=7))
    assert (warn_of_ends(), warn_of_ends()) == (1, 0)
    told_of = Notice.objects.filter(circle=circle, what="ending_soon")
    assert set(told_of.values_list("user_id", flat=True)) == {gp.id, nurse.id}
    later = end + timedelta(days=30)
    change_role(actor=gp.actor, circle_id=circle.id, user_id=nurse.id, role="member", not_after=later)
    clock(end)
    assert expire_memberships() == 0
    clock(later - timedelta(days=6))
    assert warn_of_ends() == 1
    clock(later)
    assert expire_memberships() == 1
    member.refresh_from_db()
    assert member.end_code == "expired"


def test_a_secretariat_goes_with_the_member_whom_it_assists(db: None, gp: Colleague, nurse: Colleague) -> None:
    circle = factories.a_circle(gp, nurse)
    secretary, asked = factories.in_the_office_of(nurse), factories.in_the_office_of(nurse)
    member = factories.a_member(circle, secretary, by=gp, role="delegate", delegate_of=nurse)
    offer = factories.an_invitation(circle, asked, by=gp, role="delegate", delegate_of=nurse)
    assert access.abilities(secretary.id, circle.id) == ROLE_ABILITIES["delegate"]
    end_membership(actor=gp.actor, circle_id=circle.id, user_id=nurse.id, code="removed", reason="")
    member.refresh_from_db()
    offer.refresh_from_db()
    assert (member.end_code, offer.state) == ("removed", "revoked")
    assert access.abilities(asked.id, circle.id) == frozenset()
