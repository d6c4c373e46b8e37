"""From how much on a rule speaks: what holds until an organisation chooses, and what it may choose. One table; pure.

Used by the rules, by `compliance.findings.choosing` and by the form of the officer's desk, which words each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, get_args

Rule = Literal[
    "break_glass",
    "outside_team",
    "bulk",
    "out_of_hours",
    "staff_patient",
    "same_name",
    "dormant",
    "refused_then_allowed",
    "exports",
    "log_health",
]
RULES: Final[tuple[Rule, ...]] = get_args(Rule)


@dataclass(frozen=True, slots=True)
class Threshold:
    default: int
    least: int
    most: int


THRESHOLDS: Final = MappingProxyType[str, Threshold](
    {
        # From how many emergency accesses of one person in 30 days on they are many. Each is a finding all the same.
        "break_glass_often": Threshold(3, least=2, most=20),
        # Refused attempts in a day at circles in which the person has no place and had none. One is a mistyped link.
        "outside_tries": Threshold(3, least=1, most=50),
        # Circles read in a day, files fetched in an hour, and how many percent of the most that this person did on one
        # day of the last four weeks: who goes round a ward of forty each morning is not many.
        "bulk_circles": Threshold(30, least=5, most=500),
        "bulk_files": Threshold(40, least=5, most=1000),
        "bulk_percent": Threshold(200, least=110, most=1000),
        # Night, by the hour of metropolitan France; readings in it; and nights of the last four weeks on which the
        # person was at work from which on nights are theirs.
        "night_from": Threshold(22, least=18, most=23),
        "night_to": Threshold(6, least=4, most=9),
        "night_readings": Threshold(10, least=1, most=200),
        "night_usual": Threshold(3, least=1, most=20),
        # Of ten thousand professionals of the directory, how many may bear a name that still says something.
        "name_bearers": Threshold(10, least=1, most=1000),
        # Days without any act.
        "dormant_days": Threshold(90, least=14, most=730),
        "refusals": Threshold(2, least=1, most=20),
        "refused_hours": Threshold(24, least=1, most=24),
        # Exports of one person in seven days, and events in one export.
        "exports_week": Threshold(5, least=1, most=100),
        "export_events": Threshold(10_000, least=100, most=1_000_000),
        # The log: how late events may be signed, and for how many days no checkpoint may be taken elsewhere.
        "lag_seconds": Threshold(60, least=5, most=3600),
        "outside_days": Threshold(31, least=1, most=366),
    }
)


def allowed(name: str, value: int) -> bool:
    known = THRESHOLDS.get(name)
    return known is not None and known.least <= value <= known.most


def in_force(chosen: Mapping[str, int]) -> dict[str, int]:
    """Every threshold: what was chosen, otherwise the default."""
    return {name: chosen.get(name, known.default) for name, known in THRESHOLDS.items()}
