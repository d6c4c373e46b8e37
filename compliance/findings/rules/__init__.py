"""The ten rules. Each is a function over a day that yields what it finds. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Final

from compliance.findings.day import Day, Found
from compliance.findings.rules import (
    break_glass,
    bulk,
    dormant,
    exports,
    log_health,
    out_of_hours,
    outside_team,
    refused_then_allowed,
    same_name,
    staff_patient,
)
from compliance.findings.thresholds import Rule

FINDERS: Final = MappingProxyType[Rule, Callable[[Day], Iterator[Found]]](
    {
        "break_glass": break_glass.find,
        "outside_team": outside_team.find,
        "bulk": bulk.find,
        "out_of_hours": out_of_hours.find,
        "staff_patient": staff_patient.find,
        "same_name": same_name.find,
        "dormant": dormant.find,
        "refused_then_allowed": refused_then_allowed.find,
        "exports": exports.find,
        "log_health": log_health.find,
    }
)


def find_in(day: Day) -> Iterator[Found]:
    """Everything that every rule finds in the day."""
    for finder in FINDERS.values():
        yield from finder(day)
