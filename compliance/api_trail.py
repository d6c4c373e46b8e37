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
from audit.doors import audited
from audit.services import actor_of, record
from compliance import searching
from compliance.filters import TrailFilter
from compliance.schemas import TrailEvent, TrailFacets, TrailPage, event_of
from compliance.scope import as_officer, scope_for

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
    record("audit.read", actor=as_officer(actor_of(request), organisation_id), obj=("Event", event.id), cnt=1)
    return event_of(event, searching.places_of([event]))


def _searched(request: SignedInRequest, organisation_id: UUID, wanted: TrailFilter, shown: int) -> None:
    """`cnt` events were shown; what was looked for is sealed, for the officer who reviews this one."""
    record(
        "audit.search",
        actor=as_officer(actor_of(request), organisation_id),
        obj=("Organization", organisation_id),
        cnt=shown,
        detail=wanted.model_dump(mode="json", by_alias=True, exclude_defaults=True),
    )
