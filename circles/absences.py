"""Who is away, until when, and who stands in: said by the person, shown to colleagues, followed by reminders.

Used by `circles.selectors`, `circles.network` and whoever escalates. A replacement named here gets no right by it: in a
circle they are somebody only if they are a member.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from circles.models import Profile
from circles.schemas import Absence, Replacement
from directory.selectors import addressed

# A day ends last in the zone farthest west (UTC−10 in French Polynesia).
_LATEST_ZONE: Final = timedelta(hours=10)


def absences(user_ids: Collection[UUID]) -> dict[UUID, Absence]:
    """The absences of these people that are not over, present and coming. One query."""
    rows = with_replacement().filter(user__in=list(user_ids), absent_until__gte=earliest_today())
    return {each.user_id: shown for each in rows if (shown := absence_of(each)) is not None}


def replacements(user_ids: Collection[UUID], on: date) -> dict[UUID, UUID | None]:
    """Who of these people is away on this day, and who stands in for each (None: nobody was named). One query."""
    away = Profile.objects.filter(user__in=list(user_ids), absent_from__lte=on, absent_until__gte=on)
    return dict(away.values_list("user_id", "replacement_id"))


def with_replacement() -> QuerySet[Profile]:
    return Profile.objects.select_related("replacement__professional__practitioner")


def absence_of(profile: Profile) -> Absence | None:
    """Of a profile whose replacement is loaded with it; None when there is none, or it is over."""
    if profile.absent_from is None or profile.absent_until is None or profile.absent_until < earliest_today():
        return None
    stands_in = profile.replacement
    return Absence(
        starts=profile.absent_from,
        ends=profile.absent_until,
        replacement=None
        if stands_in is None
        else Replacement(user=stands_in.id, name=addressed(stands_in.professional.practitioner)),
    )


def earliest_today() -> date:
    """The day that it is where it is earliest: what ended before is over everywhere."""
    return (timezone.now() - _LATEST_ZONE).date()
