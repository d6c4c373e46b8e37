"""What a report counts, row by row; kept as JSON between the steps of a job. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any, Final

from compliance.exports.rows import Row

NOTABLE_KEPT: Final = 60  # rows that a director can read
LOUD: Final = frozenset({"alert"})


@dataclass(slots=True)
class Summary:
    """`days`: done and refused by ISO date. `people`: acts by code. `notable`: what a director reads line by line."""

    total: int = 0
    refused: int = 0
    pruned: int = 0
    first: str = ""
    last: str = ""
    days: dict[str, list[int]] = field(default_factory=dict)
    groups: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    patients: set[str] = field(default_factory=set)
    circles: set[str] = field(default_factory=set)
    notable: list[list[str]] = field(default_factory=list)
    notable_left: int = 0

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._add(row)

    def _add(self, row: Row) -> None:
        at, refused = row.text("t"), row.outcome != 0
        self.total += 1
        self.refused += refused
        self.first, self.last = min(self.first or at, at), max(self.last, at)
        self.days.setdefault(at[:10], [0, 0])[refused] += 1
        self.groups[row.group] += 1
        if refused:
            self.refusals[row.text("err") or str(row.outcome)] += 1
        for key, counted in (("pat", self.patients), ("cir", self.circles)):
            if row.text(key):
                counted.add(row.code(key))
        if row.text("who"):
            self.people[row.code("who")] += 1
        if row.kind.severity in LOUD or row.outcome == 8:
            self._note(row)

    def _note(self, row: Row) -> None:
        if len(self.notable) == NOTABLE_KEPT:
            self.notable_left += 1
            return
        about = row.code("cir") or row.code("pat")
        self.notable.append([row.text("t"), row.code("who"), row.words, row.text("err"), about, str(row.index)])

    def to_json(self) -> dict[str, Any]:
        kept = {each.name: getattr(self, each.name) for each in fields(self)}
        return kept | {"patients": sorted(self.patients), "circles": sorted(self.circles)}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Summary:
        """Of what `to_json` gave; of nothing, an empty one."""
        counted = {each: Counter(kept.get(each, {})) for each in ("groups", "refusals", "people")}
        sets = {each: set(kept.get(each, ())) for each in ("patients", "circles")}
        return cls(**(kept | counted | sets))
