"""What a rule sees, and what it says. Pure: a rule decides over a day of acts and over what is known beside them.

Used by `compliance.findings.rules`; `looking` fetches the day, `rooms` answers what is known.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from compliance.findings.thresholds import Rule

ZONE: Final = ZoneInfo("Europe/Paris")  # a working day and a night are those of metropolitan France
HABIT: Final = timedelta(days=28)  # four weeks hold every day of the week, and each round of duties

# What shows somebody something of a circle: its people and patient, its log, its files.
READINGS: Final = frozenset(
    {"circle.read", "circle.open", "message.read", "attachment.read", "patient.read", "circle.listen"}
)
EXPORTS: Final = frozenset({"export.create", "export.read", "patient.report", "audit.certify"})
NO_RIGHT: Final = 8  # FHIR AuditEvent.outcome of a refusal for want of a right


@dataclass(frozen=True, slots=True)
class Act:
    """One event. `who`, `pat`, `cir` are pseudonyms; `broken` says that it was shown by a break-glass."""

    id: UUID
    t: datetime
    act: str
    out: int
    who: UUID | None
    org: UUID | None
    pat: UUID | None
    cir: UUID | None
    obj: str | None
    cnt: int = 0

    @property
    def reads(self) -> bool:
        return self.act in READINGS and self.out == 0

    @property
    def refused(self) -> bool:
        return self.out == NO_RIGHT

    @property
    def broken(self) -> bool:
        return self.obj is not None and self.obj.startswith("BreakGlass/")


@dataclass(frozen=True, slots=True)
class Habit:
    """What a person did in the four weeks before: on how many nights they were at work, and the most of one day."""

    nights: int
    circles: int
    files: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's place in a circle at a moment. `never`: there was none before that moment either. `consent`: it needs
    the patient's and has it.
    """

    in_force: bool
    never: bool
    consent: bool


@dataclass(frozen=True, slots=True)
class Health:
    """The log at the moment of looking, `now`. `lag_seconds`: how long the oldest event has waited to be signed.
    `rejected`: events set aside by the sequencer; `gaps`: missing numbers of writers; `witnesses_missing`: how many of
    those asked for have not countersigned the newest checkpoint. `outside`: when a checkpoint was last taken elsewhere,
    where a changed log shows, or when the log began.
    """

    now: datetime
    lag_seconds: float
    rejected: int
    gaps: int
    witnesses_missing: int
    outside: datetime


class Known(Protocol):
    """What the rooms and the trail know beside the day's acts. Names are keyed digests, never letters."""

    def habit(self, who: UUID, before: datetime, night: tuple[int, int]) -> Habit: ...

    def standing(self, who: UUID, cir: UUID, at: datetime) -> Standing | None:
        """None for a circle or a person who is known no more."""

    def last_act(self, who: UUID, before: datetime) -> datetime | None:
        """Of whatever kind."""

    def departed(self, who: UUID) -> datetime | None: ...

    def count(self, who: UUID, acts: frozenset[str], since: datetime, before: datetime) -> int: ...

    def name(self, who: UUID) -> Name | None: ...

    def patient(self, cir: UUID) -> PatientNames | None: ...

    def is_colleague(self, whole: bytes) -> bool:
        """Whether somebody of this family and given name works in the organisation."""

    def bearers(self, who: UUID) -> float:
        """Of ten thousand professionals, how many bear the family name of this one."""

    def health(self) -> Health | None:
        """None: the day is not today."""


@dataclass(frozen=True, slots=True)
class Name:
    """Keyed digests: of the family name, and of family and first given name."""

    family: bytes
    whole: bytes


@dataclass(frozen=True, slots=True)
class PatientNames:
    """Of the birth name and the used name."""

    families: frozenset[bytes]
    wholes: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Found:
    """Something to look at. The same `about` in another look at the same day, or for two people on another day, is the
    same finding. `facts` are counts that the browser words. `score`: 0 to 100, the order in which to look.
    """

    rule: Rule
    about: str
    score: int
    evidence: tuple[Act, ...]
    who: UUID | None = None
    pat: UUID | None = None
    cir: UUID | None = None
    facts: Mapping[str, int] = field(default_factory=dict)

    @property
    def key(self) -> bytes:
        return hashlib.sha256(f"{self.rule}\0{self.about}".encode()).digest()


@dataclass(frozen=True)
class Day:
    """A day of an organisation, oldest act first. `earlier`: refusals of the 24 hours before."""

    day: date
    acts: Sequence[Act]
    earlier: Sequence[Act]
    known: Known
    thresholds: Mapping[str, int]

    @property
    def start(self) -> datetime:
        return beginning(self.day)

    @cached_property
    def by_person(self) -> Mapping[UUID, Sequence[Act]]:
        found: defaultdict[UUID, list[Act]] = defaultdict(list)
        for act in self.acts:
            if act.who is not None:
                found[act.who].append(act)
        return found

    def is_night(self, moment: datetime) -> bool:
        return night_hour(moment.astimezone(ZONE).hour, self.night)

    @property
    def night(self) -> tuple[int, int]:
        return self.thresholds["night_from"], self.thresholds["night_to"]


def night_hour(hour: int, night: tuple[int, int]) -> bool:
    return hour >= night[0] or hour < night[1]


def beginning(day: date) -> datetime:
    """Midnight in France, in a year with its summer time."""
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


def first_id(moment: datetime) -> UUID:
    """The smallest UUIDv7 of that moment: indexes of events begin with ids, not with times."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def circles_of(acts: Iterable[Act]) -> set[UUID]:
    return {act.cir for act in acts if act.cir is not None}
