"""A place in a circle ends: by a coordinator, by the person, or because its time is over.

The row stays, with its end; every right goes in the same transaction; `chat` hears of an ended membership and closes
the sockets.
"""

from __future__ import annotations

from typing import Final, Literal, get_args
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.events import SYSTEM, Actor
from audit.services import record
from circles import access, notices
from circles.errors import Conflict, NotFound, Unacceptable
from circles.models import Circle, Closure, Consent, Invitation, Member
from circles.roles import DeclineCode
from circles.rules import check_reason, claimed, lasting_coordinators, locked, person
from circles.services.closing import close_locked
from circles.signals import invitation_ended, membership_ended

EndCode = Literal["removed", "declined", "left", "expired", "withdrawn", "opposition"]
END_CODES: Final[tuple[EndCode, ...]] = get_args(EndCode)
# Ends that the patient asked for: the trail names that purpose. They follow from what was recorded of the patient's
# wish (`wishes`), so nobody decides them.
_BY_THE_PATIENT: Final = frozenset({"withdrawn", "opposition"})
_ACTS: Final = {
    Invitation.State.DECLINED: "invitation.decline",
    Invitation.State.EXPIRED: "invitation.expire",
    Invitation.State.REVOKED: "invitation.revoke",
}


@transaction.atomic
def end_membership(*, actor: Actor, circle_id: UUID, user_id: UUID, code: str, reason: str, due: bool = False) -> None:
    """End a person's place: a membership, or an invitation that was not answered.

    By a coordinator, or by the member who leaves (`left`); by any member when it is `due`, because the end date has
    passed or the server has ordered it. What the patient asked for is recorded instead (`wishes`). Where the tables
    have ended it before (declined, expired), a coordinator's later commit finds nothing to do here and is not refused.
    `reason` is for the trail alone.
    Errors: `not_found`, `bad_end_code`, `bad_input` (the reason is too long), `last_coordinator`.
    """
    if code not in END_CODES or (code in _BY_THE_PATIENT and not due):
        raise Unacceptable("bad_end_code", code)
    check_reason(reason)
    circle = locked(circle_id)
    leaves = code == "left" and actor.user_id == user_id
    access.circle_for(person(actor), circle_id, "read" if leaves or due else "remove")
    member = circle.members.filter(user_id=user_id, ended=None).first()
    if member is not None:
        if not due:
            _check_somebody_stays(member, circle)
        _end_member(member, circle, actor=actor, code=code, reason=reason)
        return
    latest = circle.invitations.filter(user_id=user_id).order_by("-created").first()
    if latest is None and not circle.members.filter(user_id=user_id).exists():
        raise NotFound
    if latest is not None and latest.state == Invitation.State.PENDING:
        in_time = latest.expires > timezone.now()
        state = Invitation.State.REVOKED if in_time else Invitation.State.EXPIRED
        end_invitation(latest, circle, actor=actor, state=state)


def end_place(user_id: UUID, circle: Circle, *, actor: Actor, code: EndCode, resting_on: Consent | None = None) -> None:
    """The patient's wish ends this person's membership or open invitation, if there is one (`resting_on`: one that
    rests on this consent). Call it with the circle locked.
    """
    of_consent = {} if resting_on is None else {"consent": resting_on}
    member = circle.members.filter(user_id=user_id, ended=None, **of_consent).first()
    if member is not None:
        _end_member(member, circle, actor=actor, code=code, reason="")
    offered = circle.invitations.filter(user_id=user_id, state=Invitation.State.PENDING, **of_consent).first()
    if offered is not None:
        end_invitation(offered, circle, actor=actor, state=Invitation.State.REVOKED)
        invitation_ended.send(Circle, circle_id=circle.id, user_id=user_id, code=code)


def end_by_organisation(*, actor: Actor, circle: Circle, member: Member) -> None:
    """The organisation for which somebody is in the circle says that they are no longer; the caller has checked that it
    is theirs. Call it with the circle locked. Errors: `last_coordinator`.
    """
    _check_somebody_stays(member, circle)
    _end_member(member, circle, actor=actor, code="removed", reason="")


@transaction.atomic
def decline(*, actor: Actor, invitation_id: UUID, because: DeclineCode = "other", text: str = "") -> None:
    """`because` is shown to the coordinators, `text` is for the trail alone.

    Errors: `not_found` (also somebody else's), `invitation_not_open`, `invitation_expired`.
    """
    invitation, circle = own_invitation(person(actor), invitation_id)
    check_open(invitation)
    invitation.declined_because = because
    invitation.save(update_fields=("declined_because",))
    end_invitation(invitation, circle, actor=actor, state=Invitation.State.DECLINED, reason=text)
    invitation_ended.send(Circle, circle_id=circle.id, user_id=invitation.user_id, code="declined")


def expire_invitations() -> int:
    """End the invitations that nobody answered in time; how many. One transaction each: it can be stopped anywhere, and
    a circle that somebody holds is left for the next time.
    """
    due = Invitation.objects.filter(state=Invitation.State.PENDING, expires__lte=timezone.now())
    return sum(_expire_invitation(*each) for each in due.values_list("circle_id", "id"))


def expire_memberships() -> int:
    """End the memberships whose end date has passed; how many. Their rights ended at that minute by themselves."""
    due = Member.objects.filter(ended=None, not_after__lte=timezone.now())
    return sum(_expire_member(*each) for each in due.values_list("circle_id", "id"))


def own_invitation(user_id: UUID, invitation_id: UUID) -> tuple[Invitation, Circle]:
    """An invitation of this person's as it stands once its circle is locked. Raises NotFound."""
    mine = Invitation.objects.filter(id=invitation_id, user_id=user_id)
    circle_id = mine.values_list("circle_id", flat=True).first()
    if circle_id is None:
        raise NotFound
    circle = locked(circle_id)
    return mine.get(), circle


def check_open(invitation: Invitation) -> None:
    """Raises unless the invitation may still be answered."""
    late = invitation.expires <= timezone.now()
    if invitation.state == Invitation.State.EXPIRED or (invitation.state == Invitation.State.PENDING and late):
        raise Conflict("invitation_expired")
    if invitation.state != Invitation.State.PENDING:
        raise Conflict("invitation_not_open", invitation.state)


def end_invitation(
    invitation: Invitation, circle: Circle, *, actor: Actor, state: Invitation.State, reason: str = ""
) -> None:
    """Call it with the circle locked. An exchange to which the other does not come is over."""
    invitation.state = state
    invitation.save(update_fields=("state",))
    access.revoke(user_id=invitation.user_id, circle=circle)
    notices.invitation_over(user_id=invitation.user_id, circle_id=circle.id)
    record(
        _ACTS[state],
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=("Invitation", invitation.id),
        reason=reason,
        detail={"user": str(invitation.user_id), "because": invitation.declined_because},
    )
    if circle.kind == Circle.Kind.DIRECT:
        _end_exchange(circle, actor=actor)


def _check_somebody_stays(member: Member, circle: Circle) -> None:
    """An exchange does not go on when one of its two goes. A compartment does: who leaves the circle by their own wish
    hands over there first.
    """
    if circle.kind == Circle.Kind.DIRECT:
        return
    if member.role == "coordinator" and not lasting_coordinators(circle).exclude(id=member.id).exists():
        raise Conflict("last_coordinator", str(circle.id))


def _end_member(member: Member, circle: Circle, *, actor: Actor, code: str, reason: str) -> None:
    member.ended, member.end_code, member.ended_by_id = timezone.now(), code, actor.user_id
    member.save(update_fields=("ended", "end_code", "ended_by"))
    access.revoke(user_id=member.user_id, circle=circle)
    record(
        "member.end",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=("Member", member.id),
        why="PATRQT" if code in _BY_THE_PATIENT else None,
        reason=reason,
        detail={"user": str(member.user_id), "code": code},
    )
    if code == "left":
        coordinators = lasting_coordinators(circle).values_list("user_id", flat=True)
        notices.tell(users=list(coordinators), what="left", circle_id=circle.id, by=member.user_id)
    elif not _ended_in_circle(circle, member.user_id):
        notices.tell(users=[member.user_id], what="removed", circle_id=circle.id, by=actor.user_id)
    membership_ended.send(Circle, circle_id=circle.id, user_id=member.user_id, code=code)
    circle.handovers.filter(taker_id=member.user_id, until__isnull=False, returned=None).update(returned=member.ended)
    for secretariat in circle.members.filter(delegate_of=member.user_id, ended=None):
        _end_member(secretariat, circle, actor=actor, code="removed", reason="")
    for offered in circle.invitations.filter(delegate_of=member.user_id, state=Invitation.State.PENDING):
        end_invitation(offered, circle, actor=actor, state=Invitation.State.REVOKED)
        invitation_ended.send(Circle, circle_id=circle.id, user_id=offered.user_id, code="removed")
    if circle.kind == Circle.Kind.DIRECT:
        _end_exchange(circle, actor=actor)
    _end_in_compartments(circle, member.user_id, actor=actor, code=code, reason=reason)


def _end_exchange(circle: Circle, *, actor: Actor) -> None:
    """One of the two has gone, or did not come: who was asked need not answer, and nobody writes any more."""
    for offered in circle.invitations.filter(state=Invitation.State.PENDING):
        end_invitation(offered, circle, actor=actor, state=Invitation.State.REVOKED)
        invitation_ended.send(Circle, circle_id=circle.id, user_id=offered.user_id, code="removed")
    if circle.state == Circle.State.OPEN:
        close_locked(circle, actor=actor, code=Closure.Code.NOBODY_LEFT, reason="")


def _end_in_compartments(circle: Circle, user_id: UUID, *, actor: Actor, code: str, reason: str) -> None:
    """Whoever goes from a circle goes from its compartments, for the same reason, though nobody else coordinate them:
    the organisation's registrars name somebody. Nobody remains an invitee there.
    """
    for compartment in circle.compartments.select_for_update(no_key=True).order_by("id"):
        for member in compartment.members.filter(user_id=user_id, ended=None):
            if code == "left" and compartment.members.filter(ended=None).exclude(id=member.id).exists():
                _check_somebody_stays(member, compartment)
            _end_member(member, compartment, actor=actor, code=code, reason=reason)
        for invitation in compartment.invitations.filter(user_id=user_id, state=Invitation.State.PENDING):
            end_invitation(invitation, compartment, actor=actor, state=Invitation.State.REVOKED)
            invitation_ended.send(Circle, circle_id=compartment.id, user_id=user_id, code=code)
        if compartment.state == Circle.State.OPEN and not compartment.members.filter(ended=None).exists():
            close_locked(compartment, actor=actor, code=Closure.Code.NOBODY_LEFT, reason="")


def _ended_in_circle(compartment: Circle, user_id: UUID) -> bool:
    """Whether a compartment's member is none of the circle any more."""
    if compartment.parent_id is None:
        return False
    return not Member.objects.filter(circle=compartment.parent_id, user_id=user_id, ended=None).exists()


@transaction.atomic
def _expire_invitation(circle_id: UUID, invitation_id: UUID) -> bool:
    circle = claimed(circle_id)
    invitation = Invitation.objects.filter(id=invitation_id, state=Invitation.State.PENDING).first()
    if circle is None or invitation is None:  # held by somebody, or answered meanwhile
        return False
    end_invitation(invitation, circle, actor=SYSTEM, state=Invitation.State.EXPIRED)
    invitation_ended.send(Circle, circle_id=circle.id, user_id=invitation.user_id, code="expired")
    return True


@transaction.atomic
def _expire_member(circle_id: UUID, member_id: UUID) -> bool:
    circle = claimed(circle_id)
    # Asked again under the lock: a coordinator may have put the end off meanwhile.
    member = Member.objects.filter(id=member_id, ended=None, not_after__lte=timezone.now()).first()
    if circle is None or member is None:
        return False
    _end_member(member, circle, actor=SYSTEM, code="expired", reason="")
    return True
