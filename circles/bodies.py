"""What the operations about a patient take. Unknown fields are refused. Used by the doors of `circles` and `chat`."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from circles.ins import Attribute, Document, PatientTraits, Sex, Status
from circles.schemas_patients import Verdict, WhyJoin
from circles.services.break_glass import LONGEST_TEXT

Name = Annotated[str, Field(max_length=100)]


class Body(Schema):
    model_config = ConfigDict(extra="forbid")


class PatientIn(Body):
    birth_name: Name
    used_name: Name | None
    given_names: Name
    birth_date: date
    sex: Sex
    birthplace: Annotated[str, Field(max_length=5)]
    identity_status: Status
    attributes: Annotated[list[Attribute], Field(max_length=3)]
    matricule: Annotated[str, Field(max_length=15)] | None
    oid: Annotated[str, Field(max_length=64)] | None
    document: Document | None = None

    def traits(self, **number: str | None) -> PatientTraits:
        """`number`: `matricule` and `oid` in place of those that came."""
        return PatientTraits(**self.model_dump() | {"attributes": tuple(self.attributes)} | number)


class ChangePatientIn(Body):
    patient: PatientIn
    # The number is not shown before the identity is qualified: who changes the rest keeps it without knowing it.
    keep_number: bool


class PatientQueryIn(Body):
    patient: PatientIn


class AskIn(PatientQueryIn):
    why: WhyJoin


class BreakGlassIn(PatientQueryIn):
    reason: Annotated[str, Field(max_length=LONGEST_TEXT)]


class ReviewIn(Body):
    verdict: Verdict
    comment: Annotated[str, Field(max_length=LONGEST_TEXT)]


class Started(Schema):
    id: UUID
