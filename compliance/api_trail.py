"""HTTP of the officer's desk: searching an organisation's trail (docs/protocol.md, "The officer's desk").

Thin doors: decode, one selector or service, answer. The gate answers `not_found` to everybody but the organisation's
compliance officers; whatever is shown is itself recorded, for them.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from accounts.http import SignedInRequest, signed_in
from audit.doors import audited, not_audited
from audit.services import actor_of
from compliance import proving, searching
from compliance.filters import TrailFilter
from compliance.looking import record_look, record_read
from compliance.proving import ConsistencyOut, TrailProofOut
from compliance.schemas import TrailEvent, TrailFacets, TrailPage, event_of
from compliance.scope import scope_for

router = Router(auth=signed_in, tags=["trail"])

TRAIL = "/organisations/{organisation_id}/trail"


class Paging(TrailFilter):
    after: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=searching.PAGE)] = 50


@router.get(TRAIL, response=TrailPage)
@audited("audit.search")
def search(request: SignedInRequest, organisation_id: UUID, wanted: Query[Paging]) -> TrailPage:
    found = searching.page(scope_for(request.user.id, organisation_id), wanted, after=wanted.after, limit=wanted.limit)
    _searched(request, organisation_id, wanted, len(found.events))
    return found


@router.get(f"{TRAIL}/facets", response=TrailFacets)
@audited("audit.search")
def count(request: SignedInRequest, organisation_id: UUID, wanted: Query[TrailFilter]) -> TrailFacets:
    counted = searching.facets(scope_for(request.user.id, organisation_id), wanted)
    _searched(request, organisation_id, wanted, 0)
    return counted


@router.get(f"{TRAIL}/events/{{event_id}}", response=TrailEvent)
@audited("audit.read")
def read(request: SignedInRequest, organisation_id: UUID, event_id: UUID) -> TrailEvent:
    event = searching.one(scope_for(request.user.id, organisation_id), event_id)
    record_read(event, actor=actor_of(request), organization_id=organisation_id)
    return event_of(event, searching.places_of([event]))


@router.get(f"{TRAIL}/events/{{event_id}}/proof", response=TrailProofOut)
@audited("audit.read")
def prove(
    request: SignedInRequest, organisation_id: UUID, event_id: UUID, seen: Annotated[int | None, Query(ge=0)] = None
) -> TrailProofOut:
    event = searching.one(scope_for(request.user.id, organisation_id), event_id)
    proof = proving.proof_of(event, seen=seen)
    record_read(event, actor=actor_of(request), organization_id=organisation_id)
    return proof


@router.get(f"{TRAIL}/consistency", response=ConsistencyOut)
@not_audited("Hashes of a public log: says of no act more than that there was one.")
def extend(
    request: SignedInRequest,
    organisation_id: UUID,
    origin: Annotated[str, Query(max_length=255)],
    old: Annotated[int, Query(ge=0)],
) -> ConsistencyOut:
    scope_for(request.user.id, organisation_id)
    return proving.consistency(origin, old)


def _searched(request: SignedInRequest, organisation_id: UUID, wanted: TrailFilter, shown: int) -> None:
    """`shown` events of whom was asked for, if any; what was looked for is sealed, for the officer who reviews this."""
    record_look(
        "audit.search",
        actor=actor_of(request),
        organization_id=organisation_id,
        cir=wanted.cir if shown else None,
        pat=wanted.pat if shown else None,
        cnt=shown,
        detail=wanted.model_dump(mode="json", by_alias=True, exclude_defaults=True),
    )
