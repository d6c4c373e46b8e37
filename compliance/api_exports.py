"""HTTP of exports and legal holds (docs/protocol.md, "The officer's desk").

Thin doors: decode, one service or selector, answer. The gate answers `not_found` to everybody but the organisation's
compliance officers.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpResponseBase, StreamingHttpResponse
from ninja import Router, Schema
from pydantic import ConfigDict, Field
from pydantic.types import AwareDatetime

from accounts.http import SignedInRequest, signed_in
from audit.doors import audited, not_audited
from audit.services import actor_of
from compliance.asked import ExportRow, HoldRow, exports_for, holds_for
from compliance.exports import store
from compliance.exports.people import Format
from compliance.filters import TrailFilter
from compliance.services.exports import ask_export, export_to_read
from compliance.services.holds import hold_period, hold_subject, lift_hold

router = Router(auth=signed_in, tags=["exports"])

EXPORTS, HOLDS = "/organisations/{organisation_id}/exports", "/organisations/{organisation_id}/holds"
Reason = Annotated[str, Field(min_length=1, max_length=500)]


class Sent(Schema):
    model_config = ConfigDict(extra="forbid")


class ExportIn(Sent):
    """`formats` beside the proof, which is always in it."""

    filters: TrailFilter
    formats: Annotated[list[Format], Field(max_length=4)]
    reason: Reason


class ExportsOut(Schema):
    exports: list[ExportRow]


class HoldSubjectIn(Sent):
    kind: Literal["Person", "Patient", "Circle"]
    pseudonym: UUID
    reason: Reason


class HoldPeriodIn(Sent):
    kind: Literal["Period"]
    since: AwareDatetime
    until: AwareDatetime
    reason: Reason


class LiftIn(Sent):
    reason: Reason


class MadeOut(Schema):
    id: UUID


class LiftedOut(Schema):
    """False: asked for; another officer lifts it."""

    lifted: bool


class HoldsOut(Schema):
    holds: list[HoldRow]


@router.get(EXPORTS, response=ExportsOut)
@not_audited("Shows officers what their own organisation's officers have asked for; what it holds is `export.read`.")
def read_exports(request: SignedInRequest, organisation_id: UUID) -> ExportsOut:
    return ExportsOut(exports=exports_for(request.user.id, organisation_id))


@router.post(EXPORTS, response=MadeOut)
@audited("export.create")
def ask(request: SignedInRequest, organisation_id: UUID, body: ExportIn) -> MadeOut:
    made = ask_export(
        actor=actor_of(request),
        organization_id=organisation_id,
        filters=body.filters,
        formats=body.formats,
        reason=body.reason,
    )
    return MadeOut(id=made)


@router.get(f"{EXPORTS}/{{export_id}}/file")
@audited("export.read")
def read_file(request: SignedInRequest, organisation_id: UUID, export_id: UUID) -> HttpResponseBase:
    export = export_to_read(actor=actor_of(request), organization_id=organisation_id, export_id=export_id)
    headers = {
        "Content-Disposition": f'attachment; filename="journal-{export.asked:%Y-%m-%d}.zip"',
        "Content-Length": str(export.size),
        "Cache-Control": "no-store",
    }
    return StreamingHttpResponse(store.read(export.id), content_type="application/zip", headers=headers)


@router.get(HOLDS, response=HoldsOut)
@not_audited("Shows officers what their own organisation's officers hold; placing and lifting are in the trail.")
def read_holds(request: SignedInRequest, organisation_id: UUID) -> HoldsOut:
    return HoldsOut(holds=holds_for(request.user.id, organisation_id))


@router.post(HOLDS, response=MadeOut)
@audited("audit.hold")
def place(request: SignedInRequest, organisation_id: UUID, body: HoldSubjectIn | HoldPeriodIn) -> MadeOut:
    actor = actor_of(request)
    if isinstance(body, HoldPeriodIn):
        made = hold_period(
            actor=actor, organization_id=organisation_id, since=body.since, until=body.until, reason=body.reason
        )
    else:
        made = hold_subject(
            actor=actor,
            organization_id=organisation_id,
            kind=body.kind,
            pseudonym=body.pseudonym,
            reason=body.reason,
        )
    return MadeOut(id=made)


@router.post(f"{HOLDS}/{{hold_id}}/lift", response=LiftedOut)
@audited("audit.hold")
def lift(request: SignedInRequest, organisation_id: UUID, hold_id: UUID, body: LiftIn) -> LiftedOut:
    return LiftedOut(
        lifted=lift_hold(actor=actor_of(request), organization_id=organisation_id, hold_id=hold_id, reason=body.reason)
    )
