"""What an organisation keeps how long, and what is past its time.

Used by `chat.api_structure`, `circles.services.retention` and `chat.retaining`. A circle belongs to the organisation
that it is a team of, or through which its creator held the first place in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from circles import access
from circles.durations import DURATIONS, ROW_PURPOSES, TRAIL_PURPOSES, Purpose, RowPurpose, TrailPurpose
from circles.models import BreakGlass, Circle, Member, Notice, Retention


@dataclass(frozen=True, slots=True)
class Due:
    """What is past its time: the circles, break-glasses or notices of one organisation (None: of those that chose
    nothing).
    """

    purpose: RowPurpose
    organisation: UUID | None
    before: datetime
    ids: list[UUID]


def retention_for(user_id: UUID, organization_id: UUID) -> dict[Purpose, int]:
    """What holds there. Raises NotFound unless this person administers it or reviews it."""
    access.organization_for(user_id, organization_id, "administer", "review")
    return _chosen().get(organization_id, _defaults())


def trail_kept_from() -> dict[UUID | None, dict[TrailPurpose, datetime]]:
    """From when on each organisation keeps what the log says of its people; None: of those that chose nothing."""
    now = timezone.now()
    return {
        organisation: {each: DURATIONS[each].before(now, durations[each]) for each in TRAIL_PURPOSES}
        for organisation, durations in (*_chosen().items(), (None, _defaults()))
    }


def everything_due() -> Iterator[Due]:
    """In the order in which it is carried out; nothing that has nothing due."""
    now, chosen = timezone.now(), _chosen()
    for purpose in ROW_PURPOSES:
        for organisation, durations in (*chosen.items(), (None, _defaults())):
            before = DURATIONS[purpose].before(now, durations[purpose])
            rows = _past(purpose, before)
            own = Q(held_by=organisation) if organisation else Q(held_by=None) | ~Q(held_by__in=list(chosen))
            if ids := list(rows.filter(own).order_by("id").values_list("id", flat=True)):
                yield Due(purpose, organisation, before, ids)


def is_past(purpose: RowPurpose, row: UUID, before: datetime) -> bool:
    """Asked again with the circle locked: it may have been reopened meanwhile."""
    return bool(_past(purpose, before).filter(id=row).exists())


def purged_from(circle: Circle, organization_id: UUID) -> datetime | None:
    """When the content of an archived circle of this organisation goes at the earliest."""
    if circle.archived is None:
        return None
    months = _chosen().get(organization_id, _defaults())["purge"]
    return DURATIONS["purge"].before(circle.archived, -months)


def held_by(organization_id: UUID) -> QuerySet[Circle]:
    """The circles that an organisation answers for."""
    return Circle.objects.annotate(held_by=_organisation_of("id")).filter(held_by=organization_id)


def _past(purpose: RowPurpose, before: datetime) -> QuerySet[Circle] | QuerySet[BreakGlass] | QuerySet[Notice]:
    """Each with `held_by`, the organisation that it belongs to."""
    match purpose:
        case "archive":
            closed = Circle.objects.filter(
                state=Circle.State.CLOSED, closures__reopened=None, closures__closed__lte=before
            )
            return closed.annotate(held_by=_organisation_of("id"))
        case "purge":
            archived = Circle.objects.filter(state=Circle.State.ARCHIVED, archived__lte=before)
            return archived.annotate(held_by=_organisation_of("id"))
        case "break_glass":
            ended = BreakGlass.objects.filter(ended__lte=before, reviewed__isnull=False)
            return ended.annotate(held_by=_organisation_of("circle_id"))
        case "notices":
            told = Notice.objects.filter(created__lte=before)
            return told.annotate(held_by=F("user__professional__practitioner_role__organization_id"))


def _organisation_of(circle: str) -> Coalesce:
    here = Circle.objects.filter(id=OuterRef(circle))
    first = Member.objects.filter(circle_id=OuterRef(circle), user_id=F("circle__created_by_id")).order_by("joined")
    return Coalesce(
        Subquery(here.values("organization_id")), Subquery(first.values("practitioner_role__organization_id")[:1])
    )


def _chosen() -> Mapping[UUID, dict[Purpose, int]]:
    return {
        row.organization_id: {
            "archive": row.archive_days,
            "purge": row.purge_months,
            "break_glass": row.break_glass_months,
            "notices": row.notices_days,
            "security": row.security_months,
            "access": row.access_months,
        }
        for row in Retention.objects.order_by("organization_id")
    }


def _defaults() -> dict[Purpose, int]:
    return {purpose: known.default for purpose, known in DURATIONS.items()}
