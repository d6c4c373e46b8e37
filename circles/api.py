"""The door of this room: who I am, my circles, one circle, whom I could invite, what I was told.

Opening a circle is `chat.api`'s (it makes the MLS group), inviting and ending are commits on the socket. Every answer
that discloses something is in the trail before its first byte leaves.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from ninja import Router, Schema
from pydantic import ConfigDict, Field

from accounts.http import SignedInRequest, signed_in
from audit.doors import audited, not_audited
from audit.services import actor_of, record
from circles import notices, selectors, services
from circles.candidates import candidates
from circles.schemas import Candidates, CircleDetail, Circles, Me

router = Router(auth=signed_in, tags=["circles"])


class Empty(Schema):
    model_config = ConfigDict(extra="forbid")


class LeaveIn(Empty):
    reason: Annotated[str, Field(max_length=500)]


class SeenIn(Empty):
    ids: Annotated[list[UUID], Field(max_length=notices.SHOWN)]


@router.get("/me", response=Me)
@not_audited("Shows a person nothing but their own card.")
def read_me(request: SignedInRequest) -> Me:
    return selectors.me(request.user.id)


@router.get("/circles", response=Circles)
@audited("circle.list")
def list_circles(request: SignedInRequest) -> Circles:
    rows = selectors.circles_of(request.user.id)
    shown = {"circles": [str(row.id) for row in rows]}
    record("circle.list", actor=actor_of(request), cnt=len(rows), detail=shown)
    return Circles(rows)


@router.get("/circles/{circle_id}", response=CircleDetail)
@audited("circle.read")
def read_circle(request: SignedInRequest, circle_id: UUID) -> CircleDetail:
    detail = selectors.circle_detail(request.user.id, circle_id)
    patient_id = selectors.subject_of(circle_id)
    record("circle.read", actor=actor_of(request), circle_id=circle_id, patient_id=patient_id)
    return detail


@router.get("/circles/{circle_id}/candidates", response=Candidates)
@audited("candidate.search")
def search_candidates(request: SignedInRequest, circle_id: UUID, q: str) -> Candidates:
    return candidates(request.user.id, circle_id, q)


@router.get("/notices", response=notices.Notices)
@not_audited("Shows a person what they were told; the acts behind it are in the trail.")
def list_notices(request: SignedInRequest) -> notices.Notices:
    return notices.notices_of(request.user.id)


@router.post("/notices/seen", response=Empty)
@not_audited("A mark on one's own list, no part of the record.")
def see_notices(request: SignedInRequest, body: SeenIn) -> Empty:
    notices.mark_seen(user_id=request.user.id, ids=body.ids)
    return Empty()


@router.post("/circles/{circle_id}/leave", response=Empty)
@audited("member.end")
def leave_circle(request: SignedInRequest, circle_id: UUID, body: LeaveIn) -> Empty:
    actor = actor_of(request)
    services.end_membership(actor=actor, circle_id=circle_id, user_id=request.user.id, code="left", reason=body.reason)
    return Empty()
