"""HTTP of an organisation's administration (docs/protocol.md): its people, their roles there, who leaves, how long
what is kept, and what a patient asks to know or to have erased.

Thin doors: decode, one service or selector, answer. The gate answers `not_found` to everybody else.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from ninja import Router, Schema
from pydantic import Field

from accounts.http import SignedInRequest, check_presence, signed_in
from audit.doors import audited, not_audited
from audit.services import actor_of, record
from chat.departures import depart
from chat.schemas import Base64, Body, Done
from circles import access
from circles import services as circles
from circles.bodies import PatientIn, PatientQueryIn
from circles.durations import PURPOSES, Purpose
from circles.patient_report_pdf import render
from circles.report_document import ReportDocument
from circles.retention import retention_for
from circles.roles import OrganisationRole
from circles.schemas import Profession
from circles.staff import staff_for

router = Router(auth=signed_in, tags=["organisations"])


class StaffOut(Schema):
    user: UUID
    name: str
    profession: Profession
    roles: list[OrganisationRole]
    here: bool


class StaffListOut(Schema):
    people: list[StaffOut]


class RetentionOut(Schema):
    """In the units of `circles.durations`: days, months, months, days, months, months."""

    archive: int
    purge: int
    break_glass: int
    notices: int
    security: int
    access: int


class RetentionIn(Body):
    archive: int
    purge: int
    break_glass: int
    notices: int
    security: int
    access: int


class PatientReportOut(Schema):
    """`document` in plain French, to be shown and printed; `pdf` is the same."""

    circles: int
    document: ReportDocument
    pdf: Base64


class PatientErasureOut(Schema):
    """`text` in plain French, to be printed."""

    circles: int
    text: str


class ErasePatientIn(Body):
    patient: PatientIn
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class DepartIn(Body):
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class DepartedOut(Schema):
    places: int
    elsewhere: bool


@router.get("/organisations/{organisation_id}/staff", response=StaffListOut)
@audited("organisation.read")
def read_staff(request: SignedInRequest, organisation_id: UUID) -> StaffListOut:
    rows = staff_for(request.user.id, organisation_id)
    record("organisation.read", actor=actor_of(request), obj=("Organization", organisation_id), cnt=len(rows))
    return StaffListOut(
        people=[
            StaffOut(
                user=each.user,
                name=each.card.name,
                profession=each.card.profession,
                roles=each.roles,
                here=each.here,
            )
            for each in rows
        ]
    )


@router.put("/organisations/{organisation_id}/staff/{user_id}/roles/{role}", response=Done)
@audited("perm.change")
def appoint(request: SignedInRequest, organisation_id: UUID, user_id: UUID, role: OrganisationRole, body: Body) -> Done:
    circles.appoint(actor=actor_of(request), user_id=user_id, organization_id=organisation_id, role=role)
    return Done()


@router.delete("/organisations/{organisation_id}/staff/{user_id}/roles/{role}", response=Done)
@audited("perm.change")
def dismiss(request: SignedInRequest, organisation_id: UUID, user_id: UUID, role: OrganisationRole) -> Done:
    circles.dismiss(actor=actor_of(request), user_id=user_id, organization_id=organisation_id, role=role)
    return Done()


@router.post("/organisations/{organisation_id}/staff/{user_id}/depart", response=DepartedOut)
@audited("person.depart")
def let_depart(request: SignedInRequest, organisation_id: UUID, user_id: UUID, body: DepartIn) -> DepartedOut:
    """Ends an account: a stolen session alone must not."""
    access.organization_for(request.user.id, organisation_id, "administer")
    check_presence(request)
    left = depart(actor=actor_of(request), organization_id=organisation_id, user_id=user_id, reason=body.reason)
    return DepartedOut(places=left.places, elsewhere=left.elsewhere)


@router.get("/organisations/{organisation_id}/retention", response=RetentionOut)
@not_audited("Shows those who answer for an organisation its own settings; a change of them is in the trail.")
def read_retention(request: SignedInRequest, organisation_id: UUID) -> RetentionOut:
    return RetentionOut(**retention_for(request.user.id, organisation_id))


@router.put("/organisations/{organisation_id}/retention", response=Done)
@audited("setting.change")
def set_retention(request: SignedInRequest, organisation_id: UUID, body: RetentionIn) -> Done:
    durations: dict[Purpose, int] = {purpose: getattr(body, purpose) for purpose in PURPOSES}
    circles.set_retention(actor=actor_of(request), organization_id=organisation_id, durations=durations)
    return Done()


@router.post("/organisations/{organisation_id}/patient-report", response=PatientReportOut)
@audited("patient.report")
def report_for_patient(request: SignedInRequest, organisation_id: UUID, body: PatientQueryIn) -> PatientReportOut:
    made = circles.report_for_patient(
        actor=actor_of(request), organization_id=organisation_id, patient=body.patient.traits()
    )
    return PatientReportOut(circles=len(made.circles), document=made.document, pdf=render(made.document))


@router.post("/organisations/{organisation_id}/patient-erasure", response=PatientErasureOut)
@audited("patient.erase")
def erase_for_patient(request: SignedInRequest, organisation_id: UUID, body: ErasePatientIn) -> PatientErasureOut:
    """Closes circles to everybody in them: a stolen session alone must not."""
    access.organization_for(request.user.id, organisation_id, "review")
    check_presence(request)
    made = circles.erase_for_patient(
        actor=actor_of(request), organization_id=organisation_id, patient=body.patient.traits(), reason=body.reason
    )
    return PatientErasureOut(circles=made.circles, text=made.text)
