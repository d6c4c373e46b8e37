"""Who reads after having left, or after months of doing nothing: perhaps it is not they."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from compliance.findings.day import Day, Found, circles_of


def find(day: Day) -> Iterator[Found]:
    for who, acts in day.by_person.items():
        read = [act for act in acts if act.reads]
        if not read:
            continue
        left = day.known.departed(who)
        after = [act for act in read if left is not None and act.t > left]
        if after and left is not None:
            yield Found(
                rule="dormant",
                about=f"departed {who} {day.day}",
                score=90,
                evidence=tuple(after),
                who=who,
                facts={"readings": len(after), "departed": 1, "days": (after[0].t - left).days},
            )
            continue
        last = day.known.last_act(who, day.start)
        if last is None or acts[0].t - last < timedelta(days=day.thresholds["dormant_days"]):
            continue
        yield Found(
            rule="dormant",
            about=f"dormant {who} {day.day}",
            score=min(80, 30 + 5 * len(circles_of(read))),
            evidence=tuple(read),
            who=who,
            facts={"readings": len(read), "departed": 0, "days": (acts[0].t - last).days},
        )
