"""HTTP of break-glass: opening the list of a circle's people in an emergency, and what becomes of it afterwards.

Thin doors: decode, one service or selector, answer.
"""

from __future__ import annotations

from uuid import UUID

from ninja import Router

from accounts.http import SignedInRequest, signed_in
from audit.doors import audited
from audit.services import actor_of, record
from circles import outsiders, services
from circles.api import Empty
from circles.bodies import BreakGlassIn, ReviewIn, Started
from circles.schemas_patients import BreakGlasses, BreakGlassView

router = Router(auth=signed_in, tags=["break-glass"])


@router.post("/breakglass", response=Started)
@audited("breakglass.start")
def start(request: SignedInRequest, body: BreakGlassIn) -> Started:
    actor = actor_of(request)
    return Started(id=services.break_glass(actor=actor, patient=body.patient.traits(), reason=body.reason))


@router.get("/breakglass/{break_glass_id}", response=BreakGlassView)
@audited("circle.read")
def look(request: SignedInRequest, break_glass_id: UUID) -> BreakGlassView:
    shown, circle = outsiders.broken_glass(request.user.id, break_glass_id)
    record(
        "circle.read",
        actor=actor_of(request),
        circle_id=circle.id,
        patient_id=circle.patient_id,
        obj=("BreakGlass", break_glass_id),
        why="BTG",
        cnt=len(shown.members),
    )
    return shown


@router.post("/breakglass/{break_glass_id}/end", response=Empty)
@audited("breakglass.end")
def end(request: SignedInRequest, break_glass_id: UUID, body: Empty) -> Empty:
    services.end_break_glass(actor=actor_of(request), break_glass_id=break_glass_id)
    return Empty()


@router.post("/breakglass/{break_glass_id}/review", response=Empty)
@audited("breakglass.review")
def review(request: SignedInRequest, break_glass_id: UUID, body: ReviewIn) -> Empty:
    services.review_break_glass(
        actor=actor_of(request), break_glass_id=break_glass_id, verdict=body.verdict, comment=body.comment
    )
    return Empty()


@router.get("/circles/{circle_id}/breakglasses", response=BreakGlasses)
@audited("breakglass.list")
def list_of_circle(request: SignedInRequest, circle_id: UUID) -> BreakGlasses:
    return BreakGlasses(outsiders.break_glasses_of_circle(request.user.id, circle_id))


@router.get("/organisations/{organisation_id}/breakglasses", response=BreakGlasses)
@audited("breakglass.list")
def list_of_organisation(request: SignedInRequest, organisation_id: UUID) -> BreakGlasses:
    rows = outsiders.break_glasses_of_organisation(request.user.id, organisation_id)
    record("breakglass.list", actor=actor_of(request), obj=("Organization", organisation_id), cnt=len(rows))
    return BreakGlasses(rows)
