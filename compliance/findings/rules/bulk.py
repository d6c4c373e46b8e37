"""Who reads far more circles in a day, or fetches far more files in an hour, than they ever do."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from compliance.findings.day import Act, Day, Found, circles_of

HOUR: Final = timedelta(hours=1)


def find(day: Day) -> Iterator[Found]:
    """The past of a person is asked for only when the day is above the floor."""
    for who, acts in day.by_person.items():
        read = [act for act in acts if act.reads]
        circles, files = len(circles_of(read)), _most_in_an_hour(read)
        if circles < day.thresholds["bulk_circles"] and len(files) < day.thresholds["bulk_files"]:
            continue
        habit = day.known.habit(who, day.start, day.night)
        many_circles = circles >= _limit(day, "bulk_circles", habit.circles)
        many_files = len(files) >= _limit(day, "bulk_files", habit.files)
        if many_circles or many_files:
            times = max(circles / max(habit.circles, 1), len(files) / max(habit.files, 1))
            yield Found(
                rule="bulk",
                about=f"{who} {day.day}",
                score=min(95, 40 + round(5 * times)),
                evidence=tuple(files if many_files and not many_circles else read),
                who=who,
                facts={
                    "circles": circles,
                    "usual_circles": habit.circles,
                    "files": len(files),
                    "usual_files": habit.files,
                },
            )


def _limit(day: Day, floor: str, usual: int) -> int:
    return max(day.thresholds[floor], usual * day.thresholds["bulk_percent"] // 100)


def _most_in_an_hour(read: Sequence[Act]) -> list[Act]:
    window: deque[Act] = deque()
    most: list[Act] = []
    for act in read:
        if act.act != "attachment.read":
            continue
        window.append(act)
        while window[0].t <= act.t - HOUR:
            window.popleft()
        if len(window) > len(most):
            most = list(window)
    return most
