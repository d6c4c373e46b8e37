"""HTTP of what changed and who looked: permission differences, the officers' own acts, a circle's own trail
(docs/protocol.md, "The officer's desk").

Thin doors: decode, one selector, answer.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from ninja import Query, Router, Schema
from pydantic import Field
from pydantic.types import AwareDatetime

from accounts.http import SignedInRequest, signed_in
from audit.doors import audited
from audit.services import actor_of
from compliance import searching
from compliance.api_trail import TRAIL
from compliance.circle_trail import circle_trail
from compliance.looking import record_look
from compliance.rights import differences
from compliance.schemas import CircleTrail, RightChanges, TrailPage
from compliance.scope import scope_for

router = Router(auth=signed_in, tags=["trail"])


class Period(Schema):
    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime = Field(alias="to")
    cir: UUID | None = None
    who: UUID | None = None


class Page(Schema):
    after: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=searching.PAGE)] = 50


@router.get(f"{TRAIL}/rights", response=RightChanges)
@audited("audit.search")
def compare_rights(request: SignedInRequest, organisation_id: UUID, wanted: Query[Period]) -> RightChanges:
    scope = scope_for(request.user.id, organisation_id)
    changes = differences(scope, cir=wanted.cir, who=wanted.who, since=wanted.since, until=wanted.until)
    record_look(
        "audit.search",
        actor=actor_of(request),
        organization_id=organisation_id,
        cir=wanted.cir if changes else None,
        cnt=len(changes),
        detail={"rights": wanted.model_dump(mode="json", by_alias=True, exclude_none=True)},
    )
    return RightChanges(changes=changes)


@router.get(f"{TRAIL}/officers", response=TrailPage)
@audited("audit.read")
def read_officers(request: SignedInRequest, organisation_id: UUID, wanted: Query[Page]) -> TrailPage:
    """What officers do with the trail, for another to look at."""
    scope = scope_for(request.user.id, organisation_id)
    found = searching.officers_page(scope, after=wanted.after, limit=wanted.limit)
    record_look("audit.read", actor=actor_of(request), organization_id=organisation_id, cnt=len(found.events))
    return found


@router.get("/circles/{circle_id}/trail", response=CircleTrail)
@audited("audit.read")
def read_circle_trail(request: SignedInRequest, circle_id: UUID, wanted: Query[Page]) -> CircleTrail:
    return circle_trail(request.user.id, circle_id, after=wanted.after, limit=wanted.limit)
