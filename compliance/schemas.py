"""What the doors of the trail answer (docs/protocol.md, "The officer's desk"). Codes, numbers and ids only: nothing
here was typed by anybody, except words that were opened for a reason.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema

from audit.acts import ACTS, Severity
from audit.models import Event
from compliance.groups import GROUP_OF, Group


class TrailPlace(Schema):
    """Where a sealed event stands: the log's origin, and its leaf's index."""

    origin: str
    index: int


class TrailRow(Schema):
    """One event, by the keys of its leaf (docs/audit.md). `t` with microseconds; `place` is null until it is sealed."""

    id: UUID
    t: str
    act: str
    out: int
    err: str | None
    who: UUID | None
    on: UUID | None
    dev: UUID | None
    ses: str | None
    role: str | None
    org: UUID | None
    auth: str | None
    sys: UUID | None
    pat: UUID | None
    cir: UUID | None
    obj: str | None
    why: str | None
    epo: int | None
    seq: int | None
    siz: int | None
    cnt: int | None
    severity: Severity
    group: Group
    place: TrailPlace | None
    has_reason: bool
    has_detail: bool


class TrailPage(Schema):
    """Newest first. `next` continues; `capped`: there are more than `total`."""

    events: list[TrailRow]
    next: UUID | None
    total: int
    capped: bool
    took_ms: int


class TrailOrganisation(Schema):
    """`name` is null for one that the directory no longer has."""

    id: UUID
    name: str | None
    n: int


class TrailOutcomes(Schema):
    done: int
    refused: int


class TrailDay(Schema):
    """Of Paris. A week, by its Monday, when `per` is `week`."""

    day: date
    done: int
    refused: int


class TrailFacets(Schema):
    groups: dict[Group, int]
    outcomes: TrailOutcomes
    organisations: list[TrailOrganisation]
    per: Literal["day", "week"]
    days: list[TrailDay]
    took_ms: int


class TrailEvent(TrailRow):
    """`leaf`: exactly the text that is hashed; empty when its time is over and its hash alone is kept."""

    leaf: str


class RightAct(Schema):
    id: UUID
    t: str
    act: str


class RightChange(Schema):
    """`cir` null: roles in the organisation. `passing`: held in between, neither before nor after. Rights are abilities
    in a circle, roles in an organisation, or `history` with its `epochs` (from, to).
    """

    who: UUID | None
    cir: UUID | None
    role_before: str | None
    role_after: str | None
    gained: list[str]
    lost: list[str]
    passing: list[str]
    epochs: tuple[int, int] | None
    acts: list[RightAct]


class RightChanges(Schema):
    changes: list[RightChange]


ActedBy = Literal["member", "officer", "outsider", "erased", "software", "server", "nobody"]


class CircleAct(Schema):
    """One event as the members of its circle see it: who, by name when the circle knows them, and nothing of sessions
    or networks. `by`: a `member` is or was in the circle or asked into it; an `officer` of compliance acted for
    `organisation`; `nobody` had no session.
    """

    id: UUID
    t: str
    act: str
    out: int
    user: UUID | None
    name: str | None
    profession: str | None
    organisation: str | None
    by: ActedBy
    why: str | None
    epo: int | None
    cnt: int | None
    severity: Severity
    group: Group
    place: TrailPlace | None


class CircleTrail(Schema):
    """Newest first. `next` continues."""

    events: list[CircleAct]
    next: UUID | None


_SAID = ("role", "auth", "sys", "why", "epo", "seq", "siz", "cnt")
_SHOWN = ("id", "act", "out", "err", "who", "on", "dev", "ses", "org", "pat", "cir", "obj")


def row_of(event: Event, places: Mapping[UUID, tuple[str, int]]) -> TrailRow:
    return TrailRow(**_fields(event, places))


def event_of(event: Event, places: Mapping[UUID, tuple[str, int]]) -> TrailEvent:
    return TrailEvent(**_fields(event, places), leaf=event.leaf)


def _fields(event: Event, places: Mapping[UUID, tuple[str, int]]) -> dict[str, Any]:
    said = json.loads(event.leaf) if event.leaf else {}
    place = places.get(event.id)
    return {
        **{key: getattr(event, key) for key in _SHOWN},
        "t": wire_time(event.t),
        **{key: said.get(key) for key in _SAID},
        "severity": ACTS[event.act].severity,
        "group": GROUP_OF[event.act],
        "place": None if place is None else TrailPlace(origin=place[0], index=place[1]),
        "has_reason": "rsn" in said,
        "has_detail": "det" in said,
    }


def wire_time(moment: datetime) -> str:
    """As in a leaf."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
