"""HTTP of what systems propose, for coordinators (docs/protocol.md "Circles"). Thin doors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from ninja import Router, Schema
from pydantic import ConfigDict, Field

from accounts.http import SignedInRequest, signed_in
from audit.doors import audited
from audit.services import actor_of, record
from circles.careteam import proposals
from circles.careteam.proposals import ProposedChanges, ProposedCircle

router = Router(auth=signed_in, tags=["circles"])


class Empty(Schema):
    model_config = ConfigDict(extra="forbid")


class PutAsideIn(Empty):
    reason: Annotated[str, Field(max_length=500)]


@dataclass(frozen=True, slots=True)
class Proposals:
    proposals: list[ProposedCircle]


@router.get("/proposals", response=Proposals)
@audited("proposal.read")
def list_proposals(request: SignedInRequest) -> Proposals:
    rows = proposals.circles_to_open(request.user.id)
    shown = {"proposals": [str(each.id) for each in rows]}
    record("proposal.read", actor=actor_of(request), cnt=len(rows), detail=shown)
    return Proposals(rows)


@router.get("/circles/{circle_id}/proposals", response=ProposedChanges)
@audited("proposal.read")
def list_changes(request: SignedInRequest, circle_id: UUID) -> ProposedChanges:
    return proposals.changes_for(request.user.id, circle_id)


@router.post("/proposals/{proposal_id}/dismiss", response=Empty)
@audited("proposal.settle")
def put_aside(request: SignedInRequest, proposal_id: UUID, body: PutAsideIn) -> Empty:
    proposals.put_aside(actor=actor_of(request), proposal_id=proposal_id, reason=body.reason)
    return Empty()
