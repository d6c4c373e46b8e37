"""What the doors of pseudonyms take and answer (docs/protocol.md, "The officer's desk")."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, StringConstraints

from circles.bodies import Body, PatientIn

SHORTEST_REASON = 10  # characters: a word is no reason
MOST_AT_ONCE = 500

Kind = Literal["Person", "Patient", "Circle"]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=SHORTEST_REASON, max_length=500)]


class NumberIn(Body):
    oid: Annotated[str, Field(max_length=64)]
    matricule: Annotated[str, Field(max_length=15)]


class SubjectsIn(Body):
    """One of the four."""

    patient: PatientIn | None = None
    number: NumberIn | None = None
    person: Annotated[str, Field(max_length=100)] | None = None
    circle: UUID | None = None


class SubjectFound(Schema):
    """`circles` (pseudonyms): those in which a patient is known, or the circle itself. `name` of a person alone."""

    kind: Kind
    pseudonym: UUID
    name: str | None = None
    circles: list[UUID]


class SubjectsOut(Schema):
    subjects: list[SubjectFound]


class ResolveIn(Body):
    pseudonyms: Annotated[list[UUID], Field(min_length=1, max_length=MOST_AT_ONCE)]
    reason: Reason


class SubjectResolved(Schema):
    """`kind` null: erased, or never bound. `name`: of a person, a patient ("BIRTH NAME Given"), a compartment or team;
    `patient` and `id` of a circle.
    """

    kind: Kind | None
    pseudonym: UUID
    name: str | None = None
    profession: str | None = None
    organisation: str | None = None
    birth_date: date | None = None
    patient: UUID | None = None
    id: UUID | None = None


class ResolvedOut(Schema):
    """`resolution`: more than a few were asked for; another officer has to approve first, and `subjects` is empty."""

    subjects: list[SubjectResolved]
    resolution: UUID | None = None


class ResolutionRow(Schema):
    """`asked_by` and `approved_by` are names. `mine`: asked by the one who reads this. `until`: how long the answer may
    be opened.
    """

    id: UUID
    asked: datetime
    asked_by: str | None
    mine: bool
    count: int
    reason: str | None
    approved: datetime | None
    approved_by: str | None
    until: datetime | None


class ResolutionsOut(Schema):
    resolutions: list[ResolutionRow]


class ReasonIn(Body):
    reason: Reason


class OpenedWords(Schema):
    """Sealed words of an event; null when it has none, or when they were erased."""

    reason: str | None
    detail: str | None
