"""What the operations about patients, and about who stands outside their circles, answer (docs/protocol.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from circles.ins import Attribute, Document, Sex, Status
from circles.insi import Found, Outcome
from circles.roles import Role
from circles.schemas import Card, Inviter

Verdict = Literal["justified", "unjustified"]
WhyJoin = Literal["in_charge", "replacing", "coordinating", "patient_asked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientIdentity:
    """The whole identity, to members. `matricule` only when qualified; `numbered` says that there is one."""

    birth_name: str
    used_name: str | None
    given_names: str
    birth_date: date
    sex: Sex
    birthplace: str
    identity_status: Status
    attributes: list[Attribute]
    document: Document | None
    matricule: str | None
    oid: str | None
    numbered: bool
    warnings: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Whether a patient has a circle: mine, by its id, or somebody else's, of which nothing is said."""

    circle: UUID | None
    exists: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """What the national service answered: an identity to compare, or why there is none."""

    outcome: Outcome
    found: Found | None
    differs: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachable(Card):
    """A coordinator as somebody outside may call on them in an emergency."""

    email: str
    mssante: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Within(Card):
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlassView:
    """What breaking the glass shows, while it lasts: who is in the circle, how to reach its coordinators."""

    id: UUID
    started: datetime
    until: datetime
    members: list[Within]
    coordinators: list[Reachable]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlassRow:
    """One that happened, to the circle's members and to the officers whom it concerns. No patient."""

    id: UUID
    circle: UUID
    by: Inviter
    reason: str
    started: datetime
    ended: datetime | None
    verdict: Verdict | None
    comment: str | None
    reviewed: datetime | None
    mine: bool


@dataclass(frozen=True, slots=True)
class BreakGlasses:
    breakglasses: list[BreakGlassRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRequestRow(Card):
    id: UUID
    user: UUID
    role: UUID
    why: WhyJoin
    created: datetime


@dataclass(frozen=True, slots=True)
class JoinRequests:
    requests: list[JoinRequestRow]
