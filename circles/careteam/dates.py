"""FHIR search by date: a prefix and a moment of some precision, as a condition on a column. Pure.

Source: FHIR R4, "Search", date. A value stands for the whole of its year, month, day, minute or second.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import Q

from circles.careteam.errors import refused

_VALUE: Final = re.compile(
    r"(?P<prefix>eq|ne|gt|lt|ge|le|sa|eb)?(?P<date>\d{4}(?:-\d\d(?:-\d\d)?)?)"
    r"(?P<time>T\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?(?P<zone>Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class When:
    """`low` belongs to it, `high` no more."""

    prefix: str
    low: datetime
    high: datetime

    @classmethod
    def read(cls, value: str, parameter: str) -> When:
        """A day without a zone is UTC's."""
        found = _VALUE.fullmatch(value)
        if found is None or (found["zone"] and not found["time"]):
            raise refused("bad_search_value", parameter, type="value", status=400)
        try:
            low, high = _span(found["date"], found["time"] or "", found["zone"] or "+00:00")
        except (ValueError, OverflowError) as error:
            raise refused("bad_search_value", parameter, type="value", status=400) from error
        return cls(found["prefix"] or "eq", low, high)

    def of(self, column: str) -> Q:
        """The condition on one moment; a column without a value meets none."""
        before, within, after = (
            Q(**{f"{column}__lt": self.low}),
            Q(**{f"{column}__gte": self.low, f"{column}__lt": self.high}),
            Q(**{f"{column}__gte": self.high}),
        )
        return {
            "eq": within,
            "ne": before | after,
            "gt": after,
            "sa": after,
            "ge": within | after,
            "lt": before,
            "eb": before,
            "le": before | within,
        }[self.prefix]

    def of_period(self, start: str, end: str) -> Q:
        """The condition on a period whose end may be open."""
        whole = Q(**{f"{start}__gte": self.low, f"{end}__lt": self.high})
        return {
            "eq": whole,
            "ne": ~whole | Q(**{f"{end}__isnull": True}),
            "gt": Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gte": self.high}),
            "ge": Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gte": self.low}),
            "sa": Q(**{f"{start}__gte": self.high}),
            "lt": Q(**{f"{start}__lt": self.low}),
            "le": Q(**{f"{start}__lt": self.high}),
            "eb": Q(**{f"{end}__lt": self.low}),
        }[self.prefix]


def _span(date: str, time: str, zone: str) -> tuple[datetime, datetime]:
    parts = [int(each) for each in date.split("-")]
    if not time:
        year, month, day = [*parts, 1, 1][:3]
        low = datetime(year, month, day, tzinfo=UTC)
        if len(parts) == 1:
            return low, low.replace(year=low.year + 1)
        if len(parts) == 2:
            return low, (low.replace(day=28) + timedelta(days=4)).replace(day=1)
        return low, low + timedelta(days=1)
    low = datetime.fromisoformat(f"{date}{time}{zone}").astimezone(UTC)
    if time.count(":") == 1:
        return low, low + timedelta(minutes=1)
    return low, low + (timedelta(milliseconds=1) if "." in time else timedelta(seconds=1))
