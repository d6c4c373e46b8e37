"""Break-glass: in an emergency a professional outside a circle sees who is in it and how to reach its coordinators.

Never what is said. Everybody in the circle is told at that moment, and the compliance officers of the coordinators'
organisations, who look at the reason afterwards.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.sealing import seal
from audit.events import SYSTEM, Actor
from audit.services import record
from circles import access
from circles.errors import Conflict, NotAllowed, NotFound, TooMany, Unacceptable
from circles.ins import PatientTraits
from circles.models import BreakGlass, Circle
from circles.notices import tell
from circles.rules import check_vouched, person, practising
from circles.services.patients import circle_of_others
from directory.models import Organization

LASTS: Final = timedelta(minutes=30)  # long enough to telephone, too short to come back to
SHORTEST_REASON: Final = 10  # characters: a word is no reason
LONGEST_TEXT: Final = 500
A_DAY: Final = 5  # somebody who needs it more often has another problem


def purpose(break_glass_id: UUID, what: str) -> bytes:
    """Ties what is sealed to its row: it does not open in another."""
    return f"cordee break-glass {what} {break_glass_id}".encode()


@transaction.atomic
def break_glass(*, actor: Actor, patient: PatientTraits, reason: str) -> UUID:
    """Thirty minutes, from now on, for the open main circle of this patient. Again before they are over is once.

    Errors: `not_registered`, `inactive`, `profession_not_allowed`, `not_vouched`, `reason_too_short`, `bad_input`,
    `not_found`, `several_circles`, `circle_exists` (detail: its id; one of its members needs none of this), `too_many`.
    """
    asker = practising(person(actor))
    check_vouched(asker)
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise Unacceptable("reason_too_short")
    if len(reason) > LONGEST_TEXT:
        raise Unacceptable("bad_input", "reason")
    circle = circle_of_others(patient, user_id=asker.user_id)
    now = timezone.now()
    mine = BreakGlass.objects.filter(user_id=asker.user_id)
    last = mine.select_for_update().filter(circle=circle, ended=None).first()
    if last is not None and last.until > now:
        record(
            "breakglass.start",
            actor=actor,
            patient_id=circle.patient_id,
            circle_id=circle.id,
            obj=("BreakGlass", last.id),
            detail={"again": True},
        )
        return last.id
    if last is not None:
        _end(last, actor=SYSTEM)
    if mine.filter(started__gt=now - timedelta(days=1)).count() >= A_DAY:
        raise TooMany("too_many")
    begun = BreakGlass(
        circle=circle, user_id=asker.user_id, practitioner_role_id=asker.practitioner_role_id, until=now + LASTS
    )
    begun.reason = seal(reason, purpose=purpose(begun.id, "reason"))
    begun.save(force_insert=True)
    concerned = organisations_of(circle)
    begun.organizations.set(concerned)
    record(
        "breakglass.start",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=("BreakGlass", begun.id),
        reason=reason,
        detail={"until": begun.until.isoformat()},
    )
    members = set(circle.members.filter(ended=None).values_list("user_id", flat=True))
    officers = {
        user_id
        for each in concerned
        for user_id, abilities in access.people_with_roles(each.id).items()
        if "review" in abilities
    }
    tell(users=members | officers, what="break_glass", circle_id=circle.id, by=asker.user_id)
    return begun.id


@transaction.atomic
def end_break_glass(*, actor: Actor, break_glass_id: UUID) -> None:
    """By the person who needs it no longer. Twice is once. Errors: `not_found`."""
    mine = BreakGlass.objects.select_for_update().filter(id=break_glass_id, user_id=person(actor)).first()
    if mine is None:
        raise NotFound
    _end(mine, actor=actor)


def end_break_glasses() -> int:
    """A round of `manage.py tend`: end those whose time is over; how many. What they showed ended at that minute."""
    done = 0
    while _end_one():
        done += 1
    return done


@transaction.atomic
def review_break_glass(*, actor: Actor, break_glass_id: UUID, verdict: str, comment: str) -> None:
    """By a compliance officer of an organisation that it concerns, once, never one's own.

    Errors: `not_found`, `own_access`, `already_reviewed`, `bad_input`.
    """
    officer = person(actor)
    row = BreakGlass.objects.select_for_update().filter(id=break_glass_id).first()
    if row is None or not concerns_officer(row, officer):
        raise NotFound
    if row.user_id == officer:
        raise NotAllowed("own_access")
    if row.verdict:
        raise Conflict("already_reviewed")
    if verdict not in BreakGlass.Verdict or len(comment) > LONGEST_TEXT:
        raise Unacceptable("bad_input")
    row.verdict, row.reviewed, row.reviewed_by_id = verdict, timezone.now(), officer
    row.comment = seal(comment.strip(), purpose=purpose(row.id, "comment"))
    row.save(update_fields=("verdict", "comment", "reviewed", "reviewed_by"))
    record(
        "breakglass.review",
        actor=actor,
        patient_id=row.circle.patient_id,
        circle_id=row.circle_id,
        obj=("BreakGlass", row.id),
        reason=comment.strip(),
        detail={"verdict": verdict},
    )


def concerns_officer(row: BreakGlass, user_id: UUID) -> bool:
    concerned = set(row.organizations.values_list("id", flat=True))
    held = access.organizations_for(user_id)
    return any(each.id in concerned and "review" in abilities for each, abilities in held.items())


def organisations_of(circle: Circle) -> list[Organization]:
    """Where the coordinators of this moment act."""
    coordinators = circle.members.filter(role="coordinator", ended=None)
    return list(Organization.objects.filter(roles__in=coordinators.values("practitioner_role")).distinct())


@transaction.atomic
def _end_one() -> bool:
    over = BreakGlass.objects.filter(ended=None, until__lte=timezone.now())
    row = over.select_for_update(skip_locked=True, of=("self",)).order_by("until").first()
    if row is not None:
        _end(row, actor=SYSTEM)
    return row is not None


def _end(row: BreakGlass, *, actor: Actor) -> None:
    first = row.ended is None
    if first:
        row.ended = min(timezone.now(), row.until)
        row.save(update_fields=("ended",))
    record(
        "breakglass.end",
        actor=actor,
        patient_id=row.circle.patient_id,
        circle_id=row.circle_id,
        obj=("BreakGlass", row.id),
        detail={"first": first},
    )
