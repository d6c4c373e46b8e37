"""Who was refused at a circle and soon after let in: what changed in between, and by whom?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from compliance.findings.day import Act, Day, Found

# What lets somebody in.
_OPENS = frozenset({"member.invite", "member.join", "member.admit", "member.restore", "member.role", "perm.change"})


def find(day: Day) -> Iterator[Found]:
    within = timedelta(hours=day.thresholds["refused_hours"])
    refused: defaultdict[tuple[UUID, UUID], list[Act]] = defaultdict(list)
    for act in (*day.earlier, *(act for act in day.acts if act.refused)):
        if act.who is not None and act.cir is not None:
            refused[act.who, act.cir].append(act)
    for (who, cir), tried in refused.items():
        first = next(
            (act for act in day.by_person.get(who, ()) if act.cir == cir and act.reads and act.t > tried[0].t), None
        )
        if first is None:
            continue
        before = [act for act in tried if first.t - within <= act.t < first.t]
        if len(before) < day.thresholds["refusals"]:
            continue
        opened = [act for act in day.acts if act.cir == cir and act.act in _OPENS and before[0].t < act.t <= first.t]
        yield Found(
            rule="refused_then_allowed",
            about=f"{who} {cir} {day.day}",
            score=min(85, 40 + 5 * len(before) + 15 * first.broken),
            evidence=(*before, *opened, first),
            who=who,
            cir=cir,
            pat=first.pat,
            facts={
                "refused": len(before),
                "minutes": int((first.t - before[-1].t).total_seconds() // 60),
                "broken": int(first.broken),
            },
        )
