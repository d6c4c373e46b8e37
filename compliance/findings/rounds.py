"""The round of `manage.py tend` that looks at what has happened, for every organisation that has a compliance officer.

Each day is looked at until it is over, a quarter of an hour apart, and a last time an hour after; then it is done with.
A process claims an organisation before it looks; what a killed one had claimed is free again after ten minutes.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from circles import access
from compliance.findings.day import HABIT, ZONE, beginning
from compliance.findings.looking import look
from compliance.models import Watch

APART: Final = timedelta(minutes=15)
SETTLED: Final = timedelta(hours=1)  # after midnight: what began before it has been written down
GIVEN_UP: Final = timedelta(minutes=10)  # the longest day takes seconds
AT_ONCE: Final = 20  # organisations' days of one go: the other rounds wait meanwhile


def find_what_stands_out() -> int:
    """How many new findings there are."""
    _begin()
    found = 0
    for _ in range(AT_ONCE):
        watch = _claim()
        if watch is None:
            break
        found += _look(watch)
    return found


def _begin() -> None:
    """An organisation is watched from its first officer on, and the four weeks before."""
    new = access.organizations_with("review").difference(Watch.objects.values_list("organization", flat=True))
    through = timezone.now().astimezone(ZONE).date() - HABIT
    Watch.objects.bulk_create([Watch(organization_id=each, through=through) for each in new], ignore_conflicts=True)


@transaction.atomic
def _claim() -> Watch | None:
    """The one that waits longest: days to catch up on first, then today."""
    now = timezone.now()
    behind = Q(through__lt=_last_settled(now))
    due = Q(looked=None) | Q(looked__lte=now - APART) | behind
    free = Q(claimed=None) | Q(claimed__lte=now - GIVEN_UP)
    rows = Watch.objects.filter(due, free, organization__in=access.organizations_with("review"))
    watch = (
        rows.select_for_update(skip_locked=True, of=("self",))
        .select_related("organization")
        .order_by(F("looked").asc(nulls_first=True))
        .first()
    )
    if watch is not None:
        watch.claimed = now
        watch.save(update_fields=("claimed",))
    return watch


def _look(watch: Watch) -> int:
    now = timezone.now()
    day = watch.through + timedelta(days=1)
    try:
        found = look(watch.organization, day)
        over = day <= _last_settled(now)
        Watch.objects.filter(organization=watch.organization_id).update(
            looked=now, through=day if over else watch.through
        )
    finally:
        Watch.objects.filter(organization=watch.organization_id).update(claimed=None)
    return found


def _last_settled(now: datetime) -> date:
    """The newest day to which nothing more is added."""
    day = now.astimezone(ZONE).date() - timedelta(days=1)
    return day if now >= beginning(day + timedelta(days=1)) + SETTLED else day - timedelta(days=1)
