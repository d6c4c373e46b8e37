"""Who takes much out of the trail: many exports in a week, a large one, or one at night."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from compliance.findings.day import EXPORTS, Day, Found

WEEK: Final = timedelta(days=7)


def find(day: Day) -> Iterator[Found]:
    for who, acts in day.by_person.items():
        out = [act for act in acts if act.act in EXPORTS and act.out == 0]
        if not out:
            continue
        week = len(out) + day.known.count(who, EXPORTS, out[-1].t - WEEK, day.start)
        largest, night = max(act.cnt for act in out), sum(day.is_night(act.t) for act in out)
        large = largest >= day.thresholds["export_events"]
        if week >= day.thresholds["exports_week"] or large or night:
            yield Found(
                rule="exports",
                about=f"{who} {day.day}",
                score=min(90, 30 + 5 * week + 20 * large + 20 * bool(night)),
                evidence=tuple(out),
                who=who,
                facts={"exports": len(out), "week": week, "largest": largest, "night": night},
            )
