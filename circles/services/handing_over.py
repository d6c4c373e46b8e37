"""Coordination passes from one person to another: for good, or for as long as somebody is away.

What is lent ends at its minute by itself, as every right; the role in the policy follows when a coordinator's device
commits it (`chat.duties`). Whoever lends stays coordinator, so that a circle never depends on a loan.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.events import SYSTEM, Actor
from audit.services import record
from circles import access, notices
from circles.errors import Conflict, NotAllowed, NotFound, Unacceptable
from circles.models import Circle, Handover, Member
from circles.roles import ROLE_ABILITIES
from circles.rules import check_place, claimed, locked, person
from circles.services.changing import write_role
from circles.services.compartments import check_within
from circles.signals import circle_state_changed

WARNED_BEFORE: Final = timedelta(days=7)


@transaction.atomic
def hand_over(
    *, actor: Actor, circle_id: UUID, taker_id: UUID, until: datetime | None, steps_down_to: str | None
) -> None:
    """A member becomes coordinator: `until` a day for who is away, otherwise for good. For good only, the giver may
    step down in the same act. A loan given again is a longer or a shorter one.

    Errors: `not_found`, `bad_input`, `role_not_allowed` (who takes is a plain member), `already_coordinator`,
    `end_in_the_past`, `last_coordinator`, what `check_place` refuses, and in a compartment `check_within`.
    """
    circle = locked(circle_id)
    giver = person(actor)
    access.circle_for(giver, circle_id, "invite")
    places = {each.user_id: each for each in circle.members.filter(user_id__in=(giver, taker_id), ended=None)}
    taker = places.get(taker_id)
    if taker is None or giver not in places:
        raise NotFound
    if giver == taker_id or (until is not None and steps_down_to is not None):
        raise Unacceptable("bad_input")
    if until is not None and until <= timezone.now():
        raise Unacceptable("end_in_the_past")
    is_lent = circle.handovers.filter(taker_id=taker_id, until__isnull=False, returned=None).exists()
    if taker.role == "coordinator" and not is_lent:
        raise Conflict("already_coordinator")
    if taker.role not in ("member", "coordinator"):
        raise NotAllowed("role_not_allowed", taker.role)
    check_place("coordinator", taker.practitioner_role, not_after=taker.not_after)
    if circle.parent_id is not None:
        whole = Member.objects.get(circle=circle.parent_id, user_id=taker_id, ended=None)
        check_within(whole, role="coordinator", not_after=taker.not_after)
    write_role(taker, circle, actor=actor, role="coordinator", not_after=taker.not_after)
    if steps_down_to is not None:
        own = places[giver]
        check_place(steps_down_to, own.practitioner_role, not_after=own.not_after)
        write_role(own, circle, actor=actor, role=steps_down_to, not_after=own.not_after)
    if until is not None:
        _lend(taker, circle, until)
    handover = Handover.objects.create(circle=circle, giver_id=giver, taker_id=taker_id, until=until)
    _record(handover, circle, actor)
    notices.tell(users=[taker_id], what="handed_over", circle_id=circle.id, by=giver)


def _lend(taker: Member, circle: Circle, until: datetime) -> None:
    own, lent = ROLE_ABILITIES["member"], ROLE_ABILITIES["coordinator"] - ROLE_ABILITIES["member"]
    end = until if taker.not_after is None else min(until, taker.not_after)
    access.grant(user_id=taker.user_id, circle=circle, abilities=own, until=taker.not_after)
    access.add(user_id=taker.user_id, circle=circle, abilities=lent, until=end)


def loans_over(circle_id: UUID) -> list[UUID]:
    """Who still has the role of a coordinator in the policy although what was lent to them has ended."""
    over = Handover.objects.filter(circle_id=circle_id, until__lte=timezone.now(), returned=None)
    return list(over.order_by("until").values_list("taker_id", flat=True))


def return_loans() -> int:
    """Say where coordination has gone back; how many. One transaction each: it can be stopped anywhere."""
    over = Handover.objects.filter(until__lte=timezone.now(), returned=None, due=False)
    return sum(_say_over(*each) for each in over.values_list("circle_id", "id"))


@transaction.atomic
def _say_over(circle_id: UUID, handover_id: UUID) -> bool:
    circle = claimed(circle_id)
    handover = Handover.objects.filter(id=handover_id, returned=None, due=False).first()
    if circle is None or handover is None:
        return False
    handover.due = True
    handover.save(update_fields=("due",))
    _record(handover, circle, SYSTEM)
    people = [handover.giver_id, handover.taker_id]
    notices.tell(users=people, what="role_changed", circle_id=circle.id)
    circle_state_changed.send(Circle, circle_id=circle.id, user_ids=people)
    return True


def warn_of_ends() -> int:
    """Tell people, and their coordinators, whose access ends within a week; how many were warned. Once for each end
    date. One transaction each.
    """
    now = timezone.now()
    near = Member.objects.filter(
        ended=None, warned=None, not_after__gt=now, not_after__lte=now + WARNED_BEFORE, circle__state=Circle.State.OPEN
    )
    return sum(_warn(*each) for each in near.values_list("circle_id", "id"))


@transaction.atomic
def _warn(circle_id: UUID, member_id: UUID) -> bool:
    circle = claimed(circle_id)
    member = Member.objects.filter(id=member_id, ended=None, warned=None).first()
    if circle is None or member is None:
        return False
    member.warned = timezone.now()
    member.save(update_fields=("warned",))
    record(
        "member.update",
        actor=SYSTEM,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=("Member", member.id),
        detail={"user": str(member.user_id), "warned": True},
    )
    coordinators = circle.members.filter(role="coordinator", ended=None).values_list("user_id", flat=True)
    notices.tell(users={member.user_id, *coordinators}, what="ending_soon", circle_id=circle.id)
    return True


def _record(handover: Handover, circle: Circle, actor: Actor) -> None:
    record(
        "member.handover",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=("Circle", circle.id),
        detail={
            "from": str(handover.giver_id),
            "to": str(handover.taker_id),
            "until": None if handover.until is None else handover.until.isoformat(),
            "over": handover.due,
        },
    )
