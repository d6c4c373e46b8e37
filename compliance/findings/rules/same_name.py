"""Who reads the circle of somebody who bears their own family name: perhaps a relative."""

from __future__ import annotations

from collections.abc import Iterator

from compliance.findings.day import Day, Found
from compliance.findings.rules.pairs import readings


def find(day: Day) -> Iterator[Found]:
    """Once for each reader and circle, for good. A name that many bear says nothing and is passed over."""
    for who, cir, acts in readings(day):
        name, patient = day.known.name(who), day.known.patient(cir)
        if name is None or patient is None or name.family not in patient.families or name.whole in patient.wholes:
            continue
        bearers = day.known.bearers(who)
        if bearers > day.thresholds["name_bearers"]:
            continue
        yield Found(
            rule="same_name",
            about=f"{who} {cir}",
            score=55 if bearers < day.thresholds["name_bearers"] / 4 else 35,
            evidence=tuple(acts),
            who=who,
            cir=cir,
            pat=next((act.pat for act in acts if act.pat), None),
            facts={"readings": len(acts)},
        )
