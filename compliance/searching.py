"""Searching the trail within an organisation's scope: pages, what they would be narrowed to, one event.

Used by `compliance.api_trail`; every disclosure is recorded there. Relies on the indexes of `audit_event`
(docs/decisions/0016): a page reads what it shows, a total stops at CAP, the facets read the period once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from time import perf_counter
from typing import Any, Final, Literal, cast
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from audit import proofs
from audit.models import Event
from circles.errors import NotFound
from compliance.filters import TrailFilter, acts_wanted, condition, narrowed
from compliance.groups import GROUP_OF, TRAIL_ACTS, Group
from compliance.schemas import (
    TrailDay,
    TrailFacets,
    TrailOrganisation,
    TrailOutcomes,
    TrailPage,
    row_of,
)
from compliance.scope import Scope
from directory.models import Organization

CAP: Final = 10_000  # beyond it the exact number helps nobody
PAGE: Final = 200
ZONE: Final = "Europe/Paris"  # the days of the people who read them
DAYS: Final = 62  # a longer period is shown by weeks

# The period is read once; each facet's counts leave out its own filter, so that its other boxes say what they hold.
_FACETS: Final = """
    WITH cell AS MATERIALIZED (
        SELECT (t AT TIME ZONE %s)::date AS day, act, org, "out" <> 0 AS refused, count(*) AS n
        FROM ({events}) AS event GROUP BY 1, 2, 3, 4
    ), ticked AS (
        SELECT *, %s OR act = ANY(%s) AS of_acts, %s OR refused = %s AS of_outcome, %s OR org = ANY(%s) AS of_orgs
        FROM cell
    )
    SELECT grouping(act, org, day), act, org, day,
        coalesce(sum(n) FILTER (WHERE of_outcome AND of_orgs), 0)::bigint,
        coalesce(sum(n) FILTER (WHERE of_acts AND of_outcome), 0)::bigint,
        coalesce(sum(n) FILTER (WHERE of_acts AND of_orgs AND NOT refused), 0)::bigint,
        coalesce(sum(n) FILTER (WHERE of_acts AND of_orgs AND refused), 0)::bigint
    FROM ticked GROUP BY GROUPING SETS ((act), (org), (day), ())"""
_BY_ACT, _BY_ORG, _BY_DAY, _ALL = 0b011, 0b101, 0b110, 0b111


def page(scope: Scope, wanted: TrailFilter, *, after: UUID | None, limit: int) -> TrailPage:
    """As `_page`, of what is wanted. Errors: `bad_input`."""
    return _page(scope.events().filter(condition(wanted)), after=after, limit=limit)


def officers_page(scope: Scope, *, after: UUID | None, limit: int) -> TrailPage:
    """What officers did with the trail. Members who read their own circle's are no officers."""
    officers = scope.events().filter(act__in=TRAIL_ACTS, who__isnull=False)
    return _page(officers.exclude(act="audit.read", obj=None), after=after, limit=limit)


def _page(found: QuerySet[Event], *, after: UUID | None, limit: int) -> TrailPage:
    """At most `limit` events before `after`, newest first. An event that another transaction commits late may have a
    smaller id than one already shown: it is found by asking again from the top. Three queries.
    """
    began = perf_counter()
    total = _count(found)
    shown = found.filter(id__lt=after) if after is not None else found
    events = list(shown[: limit + 1])
    places = places_of(events[:limit])
    return TrailPage(
        events=[row_of(event, places) for event in events[:limit]],
        next=events[limit - 1].id if len(events) > limit else None,
        total=min(total, CAP),
        capped=total > CAP,
        took_ms=_since(began),
    )


def one(scope: Scope, event_id: UUID) -> Event:
    """Raises NotFound for an event that does not exist and for one of others alike."""
    event = scope.events().filter(id=event_id).first()
    if event is None:
        raise NotFound
    return event


def facets(scope: Scope, wanted: TrailFilter) -> TrailFacets:
    """What ticking one more box would show, and acts per day. Errors: `bad_input`. Six queries."""
    began = perf_counter()
    groups: Counter[Group] = Counter()
    organisations: Counter[UUID] = Counter()
    days: dict[date, TrailDay] = {}
    outcomes = TrailOutcomes(done=0, refused=0)
    for level, act, org, day, by_act, by_org, done, refused in _cells(scope, wanted):
        if level == _BY_ACT:
            groups[GROUP_OF[act]] += by_act
        elif level == _BY_ORG and org is not None:
            organisations[org] += by_org
        elif level == _BY_DAY:
            shown = _outcomes(wanted, done, refused)
            days[day] = TrailDay(day=day, done=shown.done, refused=shown.refused)
        elif level == _ALL:
            outcomes = TrailOutcomes(done=done, refused=refused)
    per, columns = _columns(days)
    return TrailFacets(
        groups={group: n for group, n in groups.items() if n},
        outcomes=outcomes,
        organisations=_named(organisations),
        per=per,
        days=columns,
        took_ms=_since(began),
    )


def _cells(scope: Scope, wanted: TrailFilter) -> list[tuple[Any, ...]]:
    events = scope.events().filter(narrowed(wanted)).order_by().values("t", "act", "org", "out")
    inner, within = events.query.sql_with_params()
    acts = acts_wanted(wanted)
    ticked = (not acts, acts, wanted.out is None, wanted.out == "refused", not wanted.org, wanted.org)
    with connection.cursor() as cursor:
        cursor.execute(_FACETS.format(events=inner), (ZONE, *within, *ticked))
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _outcomes(wanted: TrailFilter, done: int, refused: int) -> TrailOutcomes:
    return TrailOutcomes(
        done=0 if wanted.out == "refused" else done,
        refused=0 if wanted.out == "done" else refused,
    )


def _columns(days: dict[date, TrailDay]) -> tuple[Literal["day", "week"], list[TrailDay]]:
    """Every day between the first and the last, or every week: an empty one is an answer too."""
    if not days:
        return "day", []
    first, last = min(days), max(days)
    per, step = ("day", 1) if (last - first).days < DAYS else ("week", 7)
    begin = first if per == "day" else first - timedelta(days=first.weekday())
    columns = [
        TrailDay(day=begin + timedelta(days=number), done=0, refused=0)
        for number in range(0, (last - begin).days + 1, step)
    ]
    for each in days.values():
        column = columns[(each.day - begin).days // step]
        column.done += each.done
        column.refused += each.refused
    return cast(Literal["day", "week"], per), columns


def _named(organisations: Counter[UUID]) -> list[TrailOrganisation]:
    names = dict(Organization.objects.filter(id__in=organisations).values_list("id", "name"))
    return [TrailOrganisation(id=each, name=names.get(each), n=n) for each, n in organisations.most_common() if n]


def _count(found: QuerySet[Event]) -> int:
    return found.order_by()[: CAP + 1].count()


def places_of(events: Iterable[Event]) -> dict[UUID, tuple[str, int]]:
    """Origin and index of those that are sealed. One query."""
    return proofs.indices(event.id for event in events)


def _since(began: float) -> int:
    return round((perf_counter() - began) * 1000)
