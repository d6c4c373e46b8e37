"""Somebody outside a circle opened the list of its people for a stated reason. Each such access is to be looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from compliance.findings.day import Act, Day, Found

MONTH: Final = timedelta(days=30)


def find(day: Day) -> Iterator[Found]:
    """One finding for each access; more pressing when it followed refusals, or when the person does it often."""
    for who, acts in day.by_person.items():
        for first in _begun(acts):
            told = [act for act in day.acts if act.obj == first.obj]
            before = [
                act
                for act in (*day.earlier, *acts)
                if act.who == who and act.refused and act.cir == first.cir and act.t < first.t
            ]
            month = day.known.count(who, frozenset({"breakglass.start"}), first.t - MONTH, first.t) + 1
            often = month >= day.thresholds["break_glass_often"]
            yield Found(
                rule="break_glass",
                about=str(first.obj),
                score=40 + 20 * bool(before) + 30 * often,
                evidence=(*before, *told),
                who=who,
                pat=first.pat,
                cir=first.cir,
                facts={"readings": sum(act.reads for act in told), "refused": len(before), "month": month},
            )


def _begun(acts: Sequence[Act]) -> Iterator[Act]:
    """The first `breakglass.start` of each access: asking again while it lasts is the same."""
    seen: set[str] = set()
    for act in acts:
        if act.act == "breakglass.start" and act.out == 0 and act.obj not in seen:
            seen.add(str(act.obj))
            yield act
