"""A place ends: by a coordinator, by oneself, by the date. Rights go at once, and a circle keeps a coordinator."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from threading import Barrier, Thread
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from uuid_utils.compat import uuid7

from audit.events import SYSTEM
from audit.selectors import events_about
from circles import access
from circles.errors import CircleError
from circles.models import Circle, CircleUserObjectPermission, Invitation, Member
from circles.services import decline, end_membership, expire_invitations, expire_memberships
from circles.signals import membership_ended
from tests import factories
from tests.cast import Clock
from tests.factories import Colleague


@pytest.fixture
def circle(gp: Colleague) -> Circle:
    return factories.a_circle(gp)


def ended(circle: Circle, person: Colleague, *, by: Colleague, code: str = "removed", reason: str = "?") -> str:
    """`ended`, or the code of the refusal."""
    try:
        end_membership(actor=by.actor, circle_id=circle.id, user_id=person.id, code=code, reason=reason)
    except CircleError as error:
        return error.code
    return "ended"


def command_says() -> str:
    out = StringIO()
    call_command("end_expired", stdout=out)
    return out.getvalue().strip()


def coordinators(circle: Circle) -> int:
    return Member.objects.filter(circle=circle, role="coordinator", ended=None).count()


def test_the_ladder(
    circle: Circle,
    gp: Colleague,
    nurse: Colleague,
    social_worker: Colleague,
    coordinator: Colleague,
    stranger: Colleague,
    officer: Colleague,
) -> None:
    factories.a_member(circle, nurse, by=gp)
    factories.a_member(circle, social_worker, by=gp, role="guest", not_after=factories.in_days(7))
    invitee, leaving = factories.a_colleague(), factories.a_colleague()
    factories.an_invitation(circle, invitee, by=gp)
    factories.a_member(circle, leaving, by=gp)
    with pytest.raises(CircleError, match="not_found"):
        end_membership(actor=SYSTEM, circle_id=circle.id, user_id=leaving.id, code="removed", reason="")
    for refused in (stranger, invitee, social_worker, nurse, officer):
        assert ended(circle, leaving, by=refused) == "not_found"
    factories.a_member(circle, coordinator, by=gp, role="coordinator")
    assert ended(circle, leaving, by=coordinator) == "ended"


def test_every_right_is_gone_and_the_row_stays_with_its_end(circle: Circle, gp: Colleague, nurse: Colleague) -> None:
    factories.a_member(circle, nurse, by=gp)
    assert ended(circle, nurse, by=gp) == "ended"
    assert not CircleUserObjectPermission.objects.filter(user=nurse.user, content_object=circle).exists()
    member = Member.objects.get(circle=circle, user=nurse.user)
    assert (member.end_code, member.ended_by_id) == ("removed", gp.id)
    assert member.ended is not None
    assert member.ended >= member.joined


def test_anybody_may_leave(circle: Circle, gp: Colleague, nurse: Colleague, stranger: Colleague) -> None:
    factories.a_member(circle, nurse, by=gp)
    assert ended(circle, nurse, by=nurse, code="removed") == "not_found"
    assert ended(circle, stranger, by=stranger, code="left") == "not_found"
    assert ended(circle, nurse, by=nurse, code="left") == "ended"


def test_an_unanswered_invitation_is_revoked(circle: Circle, gp: Colleague, nurse: Colleague) -> None:
    invitation = factories.an_invitation(circle, nurse, by=gp)
    assert ended(circle, nurse, by=gp) == "ended"
    invitation.refresh_from_db()
    assert invitation.state == Invitation.State.REVOKED
    assert access.abilities(nurse.id, circle.id) == frozenset()
    assert events_about(obj=("Invitation", invitation.id)).latest("id").act == "invitation.revoke"


def test_what_ended_before_ends_again_without_an_act(circle: Circle, gp: Colleague, nurse: Colleague) -> None:
    """What was declined stays in the policy until a coordinator's device commits its end: not to be refused."""
    invitation = factories.an_invitation(circle, nurse, by=gp)
    decline(actor=nurse.actor, invitation_id=invitation.id)
    before = events_about(circle_id=circle.id).count()
    assert ended(circle, nurse, by=gp, code="declined") == "ended"
    invitation.refresh_from_db()
    assert invitation.state == Invitation.State.DECLINED
    assert events_about(circle_id=circle.id).count() == before


def test_who_was_never_there_cannot_be_ended(circle: Circle, gp: Colleague, stranger: Colleague) -> None:
    assert ended(circle, stranger, by=gp) == "not_found"
    assert ended(Circle(id=uuid7()), stranger, by=gp) == "not_found"


@pytest.mark.parametrize("code", ["", "fired", "REMOVED", "withdrawn", "opposition"])
def test_an_end_has_a_known_code_and_the_patients_wish_is_recorded_instead(
    circle: Circle, gp: Colleague, nurse: Colleague, code: str
) -> None:
    factories.a_member(circle, nurse, by=gp)
    assert ended(circle, nurse, by=gp, code=code) == "bad_end_code"


def test_a_reason_is_a_sentence_or_two(circle: Circle, gp: Colleague, nurse: Colleague) -> None:
    factories.a_member(circle, nurse, by=gp)
    assert ended(circle, nurse, by=gp, reason="é" * 501) == "bad_input"
    assert ended(circle, nurse, by=gp, reason="é" * 500) == "ended"


def test_a_circle_never_loses_its_last_coordinator(
    circle: Circle, gp: Colleague, nurse: Colleague, coordinator: Colleague, clock: Clock
) -> None:
    factories.a_member(circle, nurse, by=gp)
    assert ended(circle, gp, by=gp) == "last_coordinator"
    assert ended(circle, gp, by=gp, code="left") == "last_coordinator"
    # A coordinator who goes in a week does not keep the circle going.
    replacement = factories.a_member(circle, coordinator, by=gp, role="coordinator", not_after=factories.in_days(7))
    assert ended(circle, gp, by=gp, code="left") == "last_coordinator"
    assert replacement.not_after is not None
    clock(replacement.not_after)
    assert expire_memberships() == 1
    assert coordinators(circle) == 1
    clock(factories.in_days(0))
    factories.a_member(circle, coordinator, by=gp, role="coordinator")
    assert ended(circle, gp, by=gp, code="left") == "ended"
    assert ended(circle, coordinator, by=coordinator, code="left") == "last_coordinator"


def test_the_date_ends_a_membership_and_an_invitation(
    circle: Circle, gp: Colleague, nurse: Colleague, social_worker: Colleague, clock: Clock
) -> None:
    end = factories.in_days(7)
    guest = factories.a_member(circle, nurse, by=gp, role="guest", not_after=end)
    invitation = factories.an_invitation(circle, social_worker, by=gp, expires=end)
    clock(end - timedelta(seconds=1))
    assert (expire_memberships(), expire_invitations()) == (0, 0)
    clock(end)
    assert command_says() == "memberships: 1, invitations: 1"
    assert command_says() == "memberships: 0, invitations: 0"
    guest.refresh_from_db()
    invitation.refresh_from_db()
    assert (guest.end_code, guest.ended_by, invitation.state) == ("expired", None, "expired")


def test_an_end_is_announced_with_its_code(
    circle: Circle, gp: Colleague, nurse: Colleague, social_worker: Colleague
) -> None:
    heard: list[object] = []

    def listen(*, circle_id: UUID, user_id: UUID, code: str, **_: object) -> None:
        heard.append((circle_id, user_id, code, connection.in_atomic_block, access.abilities(user_id, circle_id)))

    factories.a_member(circle, nurse, by=gp)
    factories.an_invitation(circle, social_worker, by=gp)
    membership_ended.connect(listen)
    try:
        ended(circle, nurse, by=gp)
        ended(circle, social_worker, by=gp)
    finally:
        membership_ended.disconnect(listen)
    assert heard == [(circle.id, nurse.id, "removed", True, frozenset())]


def test_an_end_is_in_the_trail_with_its_reason(circle: Circle, gp: Colleague, nurse: Colleague) -> None:
    member = factories.a_member(circle, nurse, by=gp)
    ended(circle, nurse, by=gp, reason="treating is over")
    event = events_about(obj=("Member", member.id)).latest("id")
    assert event.act == "member.end"
    assert '"why":"COC"' in event.leaf
    assert "treating" not in event.leaf
    assert set(event.details.values_list("key", flat=True)) == {"rsn", "det"}


def test_two_coordinators_who_remove_each_other_at_once_leave_one(
    committed_db: str, gp: Colleague, nurse: Colleague
) -> None:
    for _ in range(3):
        circle = factories.a_circle(gp)
        factories.a_member(circle, nurse, by=gp, role="coordinator")
        start, answers = Barrier(2), []

        def remove(person: Colleague, by: Colleague, circle: Circle = circle, start: Barrier = start) -> None:
            start.wait()
            answers.append(ended(circle, person, by=by))  # noqa: B023
            connection.close()

        threads = [Thread(target=remove, args=pair) for pair in ((gp, nurse), (nurse, gp))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == ["ended", "not_found"]
        assert coordinators(circle) == 1


@pytest.mark.parametrize("model", [Member, Invitation, CircleUserObjectPermission, Circle])
def test_the_database_refuses_a_change_without_an_event(
    committed_db: str, gp: Colleague, nurse: Colleague, model: type[Member]
) -> None:
    circle = factories.a_circle(gp)
    factories.an_invitation(circle, nurse, by=gp)
    rows = list(model.objects.all())
    assert rows
    for row in rows:
        with pytest.raises(DatabaseError, match="without an event"):
            row.save()
