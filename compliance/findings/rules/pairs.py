"""Who read which circle: what the two rules about names have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from compliance.findings.day import Act, Day


def readings(day: Day) -> Iterator[tuple[UUID, UUID, Sequence[Act]]]:
    """Each person with each circle that they were shown something of, and those acts."""
    for who, acts in day.by_person.items():
        circles: defaultdict[UUID, list[Act]] = defaultdict(list)
        for act in acts:
            if act.reads and act.cir is not None:
                circles[act.cir].append(act)
        for cir, read in circles.items():
            yield who, cir, read
