"""The door for what a circle's coordinators record of the patient's wishes, for closing, and for the timeline.

Inviting, roles, hand-overs and ends are commits on the socket; what ends here by the patient's word is carried out in
the group by members' devices.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from ninja import Router, Schema
from pydantic import ConfigDict, Field

from accounts.http import SignedInRequest, signed_in
from audit.doors import audited
from audit.services import actor_of, record
from circles import selectors, services
from circles.rules import LONGEST_REASON
from circles.timeline import Timeline, timeline_for

router = Router(auth=signed_in, tags=["circles"])


class Nothing(Schema):
    model_config = ConfigDict(extra="forbid")


class ReasonIn(Nothing):
    reason: Annotated[str, Field(max_length=LONGEST_REASON)]


class OppositionIn(ReasonIn):
    user: UUID | None
    told_on: date
    how: Literal["spoken", "written", "electronic"]


class OppositionOut(Schema):
    id: UUID


@router.post("/circles/{circle_id}/consents/{consent_id}/withdraw", response=Nothing)
@audited("consent.withdraw")
def withdraw_consent(request: SignedInRequest, circle_id: UUID, consent_id: UUID, body: ReasonIn) -> Nothing:
    services.withdraw_consent(actor=actor_of(request), circle_id=circle_id, consent_id=consent_id, reason=body.reason)
    return Nothing()


@router.post("/circles/{circle_id}/oppositions", response=OppositionOut)
@audited("opposition.record")
def oppose(request: SignedInRequest, circle_id: UUID, body: OppositionIn) -> OppositionOut:
    opposition = services.oppose(
        actor=actor_of(request),
        circle_id=circle_id,
        user_id=body.user,
        told_on=body.told_on,
        how=body.how,
        reason=body.reason,
    )
    return OppositionOut(id=opposition.id)


@router.post("/circles/{circle_id}/oppositions/{opposition_id}/lift", response=Nothing)
@audited("opposition.lift")
def lift_opposition(request: SignedInRequest, circle_id: UUID, opposition_id: UUID, body: ReasonIn) -> Nothing:
    services.lift_opposition(
        actor=actor_of(request), circle_id=circle_id, opposition_id=opposition_id, reason=body.reason
    )
    return Nothing()


@router.post("/circles/{circle_id}/close", response=Nothing)
@audited("circle.close")
def close_circle(request: SignedInRequest, circle_id: UUID, body: ReasonIn) -> Nothing:
    services.close(actor=actor_of(request), circle_id=circle_id, reason=body.reason)
    return Nothing()


@router.post("/circles/{circle_id}/reopen", response=Nothing)
@audited("circle.reopen")
def reopen_circle(request: SignedInRequest, circle_id: UUID, body: ReasonIn) -> Nothing:
    services.reopen(actor=actor_of(request), circle_id=circle_id, reason=body.reason)
    return Nothing()


@router.get("/circles/{circle_id}/timeline", response=Timeline)
@audited("circle.read")
def read_timeline(request: SignedInRequest, circle_id: UUID) -> Timeline:
    timeline = timeline_for(request.user.id, circle_id)
    record(
        "circle.read",
        actor=actor_of(request),
        circle_id=circle_id,
        patient_id=selectors.subject_of(circle_id),
        detail={"timeline": len(timeline.rows)},
    )
    return timeline
