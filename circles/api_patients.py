"""HTTP about patients: the identity of a circle's patient, whether somebody has a circle already, asking to be invited.

Thin doors: decode, one service or selector, answer. A refusal names no patient.
"""

from __future__ import annotations

from uuid import UUID

from ninja import Router

from accounts.http import SignedInRequest, signed_in
from audit.doors import audited
from audit.services import actor_of, record
from circles import identity, outsiders, selectors, services
from circles.api import Empty
from circles.bodies import AskIn, ChangePatientIn, PatientQueryIn
from circles.schemas_patients import JoinRequests, Known, PatientIdentity, Retrieved

router = Router(auth=signed_in, tags=["patients"])


@router.get("/circles/{circle_id}/patient", response=PatientIdentity)
@audited("patient.read")
def read_patient(request: SignedInRequest, circle_id: UUID) -> PatientIdentity:
    shown = identity.identity_for(request.user.id, circle_id)
    subject = selectors.subject_of(circle_id)
    record("patient.read", actor=actor_of(request), circle_id=circle_id, patient_id=subject)
    return shown


@router.put("/circles/{circle_id}/patient", response=Empty)
@audited("patient.update")
def change_patient(request: SignedInRequest, circle_id: UUID, body: ChangePatientIn) -> Empty:
    kept = identity.kept_number(request.user.id, circle_id) if body.keep_number else {}
    traits = body.patient.traits(**kept)
    services.change_patient(actor=actor_of(request), circle_id=circle_id, traits=traits)
    return Empty()


@router.post("/patients/search", response=Known)
@audited("patient.search")
def search_patient(request: SignedInRequest, body: PatientQueryIn) -> Known:
    """Of a circle that is not one's own, that there is one: enough not to open a second."""
    found = outsiders.known(request.user.id, body.patient.traits())
    subject = None if found.circle is None else selectors.subject_of(found.circle)
    record(
        "patient.search",
        actor=actor_of(request),
        circle_id=found.circle,
        patient_id=subject,
        detail={"exists": found.exists},
    )
    return found


@router.post("/patients/insi", response=Retrieved)
@audited("patient.verify")
def ask_nationally(request: SignedInRequest, body: PatientQueryIn) -> Retrieved:
    """Stores nothing: the person compares, and what they keep comes back with the circle or with a change."""
    answer = outsiders.ask_nationally(request.user.id, body.patient.traits())
    record("patient.verify", actor=actor_of(request), detail={"outcome": answer.outcome})
    return answer


@router.post("/patients/ask", response=Empty)
@audited("invitation.ask")
def ask_to_join(request: SignedInRequest, body: AskIn) -> Empty:
    services.ask_to_join(actor=actor_of(request), patient=body.patient.traits(), why=body.why)
    return Empty()


@router.get("/circles/{circle_id}/join-requests", response=JoinRequests)
@audited("invitation.asked")
def list_join_requests(request: SignedInRequest, circle_id: UUID) -> JoinRequests:
    return JoinRequests(outsiders.join_requests(request.user.id, circle_id))


@router.post("/join-requests/{request_id}/dismiss", response=Empty)
@audited("invitation.dismiss")
def dismiss_request(request: SignedInRequest, request_id: UUID, body: Empty) -> Empty:
    services.dismiss_request(actor=actor_of(request), request_id=request_id)
    return Empty()
