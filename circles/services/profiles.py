"""What a professional says of themselves: languages, hours, and an absence with who stands in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.events import Actor
from audit.services import record
from circles.absences import earliest_today
from circles.errors import NotAllowed, Unacceptable
from circles.models import Professional, Profile
from circles.notices import tell
from circles.rules import person
from circles.schemas_network import AVAILABILITY_LENGTH, LANGUAGES, MOST_HOURS, Hours

MOST_LANGUAGES: Final = 10
LONGEST_ABSENCE: Final = timedelta(days=366)
_CLOCK: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceSaid:
    """Both days included."""

    starts: date
    ends: date
    replacement: UUID | None


@transaction.atomic
def update_profile(
    *, actor: Actor, languages: Sequence[str], availability: str, hours: Sequence[Hours], absence: AbsenceSaid | None
) -> None:
    """All of it at once, in place of what was said before. A replacement who is new is told.

    Errors: `not_registered`, `unknown_language`, `bad_hours`, `bad_input` (availability), `bad_absence` (ends before it
    starts, is over, is longer than a year), `replacement_unknown` (oneself, or nobody who can sign in).
    """
    me = person(actor)
    if not Professional.objects.select_for_update(no_key=True).filter(user_id=me).exists():
        raise NotAllowed("not_registered")
    text = availability.strip()
    if len(text) > AVAILABILITY_LENGTH or not text.replace("\n", "").isprintable():
        raise Unacceptable("bad_input", "availability")
    if not set(languages) <= set(LANGUAGES) or len(set(languages)) != len(languages) or len(languages) > MOST_LANGUAGES:
        raise Unacceptable("unknown_language")
    _check_hours(hours)
    _check_absence(absence, me)
    profile = Profile.objects.filter(user_id=me).first() or Profile(user_id=me)
    before = profile.replacement_id
    profile.languages, profile.availability = list(languages), text
    profile.hours = [asdict(each) for each in sorted(hours, key=lambda each: (each.day, each.opens))]
    profile.absent_from, profile.absent_until, profile.replacement_id = (
        (None, None, None) if absence is None else (absence.starts, absence.ends, absence.replacement)
    )
    profile.changed = timezone.now()
    profile.save()
    away = None if absence is None else [absence.starts.isoformat(), absence.ends.isoformat(), str(absence.replacement)]
    record("profile.update", actor=actor, obj=("Person", me), detail={"absence": away})
    if profile.replacement_id is not None and profile.replacement_id != before:
        tell(users=[profile.replacement_id], what="replaced", by=me)


def _check_hours(hours: Sequence[Hours]) -> None:
    sound = all(
        1 <= each.day <= 7
        and _CLOCK.fullmatch(each.opens)
        and _CLOCK.fullmatch(each.closes)
        and each.opens < each.closes
        for each in hours
    )
    in_order = sorted(hours, key=lambda each: (each.day, each.opens))
    apart = all(one.day != after.day or one.closes <= after.opens for one, after in pairwise(in_order))
    if not sound or not apart or len(hours) > MOST_HOURS:
        raise Unacceptable("bad_hours")


def _check_absence(absence: AbsenceSaid | None, me: UUID) -> None:
    if absence is None:
        return
    if absence.ends < max(absence.starts, earliest_today()) or absence.ends - absence.starts > LONGEST_ABSENCE:
        raise Unacceptable("bad_absence")
    stands_in = absence.replacement
    if stands_in is None:
        return
    if stands_in == me or not Professional.objects.filter(user_id=stands_in, user__is_active=True).exists():
        raise Unacceptable("replacement_unknown")
