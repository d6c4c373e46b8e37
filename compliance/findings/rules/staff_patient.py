"""Who reads the circle of somebody who bears a colleague's name, or their own: a colleague may be a patient."""

from __future__ import annotations

from collections.abc import Iterator

from compliance.findings.day import Day, Found
from compliance.findings.rules.pairs import readings


def find(day: Day) -> Iterator[Found]:
    """Once for each reader and circle, for good: whoever was found to be in charge of a colleague stays so."""
    for who, cir, acts in readings(day):
        name, patient = day.known.name(who), day.known.patient(cir)
        if name is None or patient is None:
            continue
        own = name.whole in patient.wholes
        if own or any(day.known.is_colleague(whole) for whole in patient.wholes):
            yield Found(
                rule="staff_patient",
                about=f"{who} {cir}",
                score=75 if own else 45,
                evidence=tuple(acts),
                who=who,
                cir=cir,
                pat=next((act.pat for act in acts if act.pat), None),
                facts={"readings": len(acts), "own": int(own)},
            )
