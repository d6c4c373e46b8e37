"""What people outside a circle learn of it, and what its people and the officers learn of them.

Used by `circles.api_patients` and `circles.api_break_glass`; every answer is about the person who asks, or follows the
gate.
"""

from __future__ import annotations

from typing import Final, cast
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from accounts.sealing import unseal
from accounts.selectors import email_of
from circles import access, insi
from circles.errors import NotFound
from circles.ins import PatientTraits
from circles.insi import Found
from circles.models import BreakGlass, Circle, Member
from circles.patients import main_circles
from circles.roles import Role
from circles.rules import check_vouched, count_search, practising
from circles.schemas import Inviter
from circles.schemas_patients import (
    BreakGlassRow,
    BreakGlassView,
    JoinRequestRow,
    Known,
    Reachable,
    Retrieved,
    Verdict,
    WhyJoin,
    Within,
)
from circles.selectors import card
from circles.services.break_glass import purpose
from directory.keys import key

_HELD: Final = ("practitioner_role__practitioner", "practitioner_role__organization")


def known(user_id: UUID, traits: PatientTraits) -> Known:
    """Whether this patient has an open main circle. Raises what keeps this person out of any circle, `too_many`."""
    practising(user_id)
    count_search(user_id)
    found = main_circles(traits)
    mine = found.filter(members__user_id=user_id, members__ended=None).values_list("id", flat=True).first()
    return Known(circle=mine, exists=mine is not None or found.exists())


def ask_nationally(user_id: UUID, traits: PatientTraits) -> Retrieved:
    """What the national identity service has of this person, and in which strict traits it differs from `traits`.

    Raises what keeps this person out of any circle, `too_many`, and what `insi.search` refuses.
    """
    check_vouched(practising(user_id))
    count_search(user_id)
    answer = insi.search(traits)
    return Retrieved(outcome=answer.outcome, found=answer.found, differs=_differences(traits, answer.found))


def _differences(asked: PatientTraits, found: Found | None) -> list[str]:
    """Accents, hyphens and case are none."""
    if found is None:
        return []
    named = {each: key(getattr(asked, each)) != key(getattr(found, each)) for each in ("birth_name", "given_names")}
    other = {each: getattr(asked, each) != getattr(found, each) for each in ("birth_date", "sex", "birthplace")}
    return [name for name, differs in (named | other).items() if differs]


def broken_glass(user_id: UUID, break_glass_id: UUID) -> tuple[BreakGlassView, Circle]:
    """What this person's own break-glass shows while it lasts, and of which circle. Raises NotFound."""
    row = (
        BreakGlass.objects.filter(id=break_glass_id, user_id=user_id, ended=None, until__gt=timezone.now())
        .select_related("circle")
        .first()
    )
    if row is None:
        raise NotFound
    members = list(row.circle.members.filter(ended=None).select_related(*_HELD).order_by("joined"))
    view = BreakGlassView(
        id=row.id,
        started=row.started,
        until=row.until,
        members=[Within(**card(each.practitioner_role), role=cast("Role", each.role)) for each in members],
        coordinators=[_reachable(each) for each in members if each.role == "coordinator"],
    )
    return view, row.circle


def break_glasses_of_circle(user_id: UUID, circle_id: UUID) -> list[BreakGlassRow]:
    """Newest first. Raises NotFound unless this person may read the circle."""
    circle = access.circle_for(user_id, circle_id, "read")
    return _rows(BreakGlass.objects.filter(circle=circle), user_id)


def break_glasses_of_organisation(user_id: UUID, organisation_id: UUID) -> list[BreakGlassRow]:
    """Newest first. Raises NotFound unless this person is a compliance officer there."""
    organization = access.organization_for(user_id, organisation_id, "review")
    return _rows(BreakGlass.objects.filter(organizations=organization), user_id)


def join_requests(user_id: UUID, circle_id: UUID) -> list[JoinRequestRow]:
    """Those that wait for an answer, the oldest first. Raises NotFound unless this person may invite."""
    circle = access.circle_for(user_id, circle_id, "invite")
    waiting = circle.join_requests.filter(answered=None).select_related(*_HELD).order_by("created")
    return [
        JoinRequestRow(
            **card(each.practitioner_role),
            id=each.id,
            user=each.user_id,
            role=each.practitioner_role_id,
            why=cast("WhyJoin", each.why),
            created=each.created,
        )
        for each in waiting
    ]


def _reachable(member: Member) -> Reachable:
    held = member.practitioner_role
    return Reachable(
        **card(held), email=email_of(member.user_id), mssante=held.mssante or held.practitioner.mssante or None
    )


def _rows(rows: QuerySet[BreakGlass], user_id: UUID) -> list[BreakGlassRow]:
    return [_row(each, user_id) for each in rows.select_related(*_HELD).order_by("-started")]


def _row(row: BreakGlass, user_id: UUID) -> BreakGlassRow:
    who = card(row.practitioner_role)
    over = row.ended is None and row.until <= timezone.now()  # until the next round of `manage.py tend` writes it down
    return BreakGlassRow(
        id=row.id,
        circle=row.circle_id,
        by=Inviter(name=who["name"], profession=who["profession"], organisation=who["organisation"]),
        reason=unseal(row.reason, purpose=purpose(row.id, "reason")),
        started=row.started,
        ended=row.until if over else row.ended,
        verdict=cast("Verdict", row.verdict) if row.verdict else None,
        comment=unseal(row.comment, purpose=purpose(row.id, "comment")) if row.verdict else None,
        reviewed=row.reviewed,
        mine=row.user_id == user_id,
    )
