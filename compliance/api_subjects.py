"""HTTP of pseudonyms: finding somebody's, learning whose one is, opening sealed words (docs/protocol.md, "The officer's
desk").

Thin doors: decode, one selector or service, answer. Each disclosure is an event about whom it discloses.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from ninja import Router

from accounts.http import SignedInRequest, signed_in
from accounts.limits import check_rate
from audit.doors import audited
from audit.services import actor_of
from chat.schemas import Done
from circles.bodies import Body
from circles.errors import Unacceptable
from compliance import resolving, searching, subjects, words
from compliance.api_trail import TRAIL
from compliance.looking import record_look, record_read
from compliance.schemas_subjects import (
    OpenedWords,
    ReasonIn,
    ResolutionsOut,
    ResolvedOut,
    ResolveIn,
    SubjectFound,
    SubjectsIn,
    SubjectsOut,
)
from compliance.scope import Scope, scope_for

router = Router(auth=signed_in, tags=["trail"])

FINDING_RATE: Final = "60/h/user"
RESOLVING_RATE: Final = "20/h/user"


@router.post(f"{TRAIL}/subjects", response=SubjectsOut)
@audited("audit.search")
def find(request: SignedInRequest, organisation_id: UUID, body: SubjectsIn) -> SubjectsOut:
    scope = scope_for(request.user.id, organisation_id)
    check_rate(request, action="trail_subjects", rate=FINDING_RATE)
    found = _found(scope, body)
    record_look(
        "audit.search",
        actor=actor_of(request),
        organization_id=organisation_id,
        cnt=len(found),
        detail={"subjects": [str(each.pseudonym) for each in found], "by": sorted(body.model_dump(exclude_none=True))},
    )
    return SubjectsOut(subjects=found)


def _found(scope: Scope, body: SubjectsIn) -> list[SubjectFound]:
    match body:
        case SubjectsIn(patient=patient, number=None, person=None, circle=None) if patient is not None:
            return subjects.of_patient(scope, patient.traits())
        case SubjectsIn(patient=None, number=number, person=None, circle=None) if number is not None:
            return subjects.of_number(scope, number.oid, number.matricule)
        case SubjectsIn(patient=None, number=None, person=text, circle=None) if text is not None:
            return subjects.of_person(scope, text)
        case SubjectsIn(patient=None, number=None, person=None, circle=circle) if circle is not None:
            return subjects.of_circle(scope, circle)
        case _:
            raise Unacceptable("bad_input")


@router.post(f"{TRAIL}/resolve", response=ResolvedOut)
@audited("subject.resolve")
def resolve(request: SignedInRequest, organisation_id: UUID, body: ResolveIn) -> ResolvedOut:
    scope_for(request.user.id, organisation_id)
    check_rate(request, action="trail_resolve", rate=RESOLVING_RATE)
    return resolving.resolve(
        actor=actor_of(request), organization_id=organisation_id, pseudonyms=body.pseudonyms, reason=body.reason
    )


@router.get(f"{TRAIL}/resolutions", response=ResolutionsOut)
@audited("audit.read")
def list_resolutions(request: SignedInRequest, organisation_id: UUID) -> ResolutionsOut:
    rows = resolving.resolutions_for(request.user.id, organisation_id)
    record_look("audit.read", actor=actor_of(request), organization_id=organisation_id, cnt=len(rows))
    return ResolutionsOut(resolutions=rows)


@router.post(f"{TRAIL}/resolutions/{{resolution_id}}/approve", response=Done)
@audited("audit.review")
def approve(request: SignedInRequest, organisation_id: UUID, resolution_id: UUID, body: Body) -> Done:
    resolving.approve(actor=actor_of(request), organization_id=organisation_id, resolution_id=resolution_id)
    return Done()


@router.post(f"{TRAIL}/resolutions/{{resolution_id}}/open", response=ResolvedOut)
@audited("subject.resolve")
def open_resolution(request: SignedInRequest, organisation_id: UUID, resolution_id: UUID, body: Body) -> ResolvedOut:
    told = resolving.open_resolution(
        actor=actor_of(request), organization_id=organisation_id, resolution_id=resolution_id
    )
    return ResolvedOut(subjects=told, resolution=resolution_id)


@router.post(f"{TRAIL}/events/{{event_id}}/open", response=OpenedWords)
@audited("audit.read")
def open_words(request: SignedInRequest, organisation_id: UUID, event_id: UUID, body: ReasonIn) -> OpenedWords:
    event = searching.one(scope_for(request.user.id, organisation_id), event_id)
    record_read(event, actor=actor_of(request), organization_id=organisation_id, reason=body.reason)
    return words.opened(event)
