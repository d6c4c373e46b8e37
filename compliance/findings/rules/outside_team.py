"""Who reads, or tries to, without a place in the circle, or on a consent that the patient has withdrawn.

The gate lets nobody read without a place: what succeeded without one is an error of ours or somebody past the gate.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from compliance.findings.day import Act, Day, Found, Standing, circles_of

GRACE: Final = timedelta(minutes=1)  # what was asked before the place ended may be written down after it


def find(day: Day) -> Iterator[Found]:
    for who, acts in day.by_person.items():
        placed = [(act, day.known.standing(who, act.cir, act.t)) for act in acts if act.cir and _judged(act)]
        known = [(act, standing) for act, standing in placed if standing is not None]
        tries = [act for act, standing in known if act.refused and standing.never]
        if len(tries) >= day.thresholds["outside_tries"]:
            yield _found(day, "tries", tries, 30 + min(40, 5 * len(tries)))
        without = [act for act, standing in known if act.reads and not _covered(day, act, standing)]
        if without:
            yield _found(day, "without", without, 95)
        withdrawn = [act for act, standing in known if act.reads and standing.in_force and not standing.consent]
        if withdrawn:
            yield _found(day, "withdrawn", withdrawn, 85)


def _judged(act: Act) -> bool:
    """What a break-glass showed has its own rule."""
    return (act.reads or act.refused) and not act.broken


def _covered(day: Day, act: Act, standing: Standing) -> bool:
    if standing.in_force or act.cir is None or act.who is None:
        return True
    before = day.known.standing(act.who, act.cir, act.t - GRACE)
    return before is not None and before.in_force


def _found(day: Day, kind: str, acts: list[Act], score: int) -> Found:
    circles = circles_of(acts)
    return Found(
        rule="outside_team",
        about=f"{kind} {acts[0].who} {day.day}",
        score=score,
        evidence=tuple(acts),
        who=acts[0].who,
        pat=acts[0].pat if len(circles) == 1 else None,
        cir=acts[0].cir if len(circles) == 1 else None,
        facts={kind: len(acts), "circles": len(circles)},
    )
