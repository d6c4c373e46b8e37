"""HTTP of certificates "who was entitled to read" (docs/protocol.md, "The officer's desk").

Thin doors: decode, one service or selector, answer. The gate answers `not_found` to everybody but the organisation's
compliance officers; making one and fetching one are acts of theirs.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import AwareDatetime, ConfigDict, Field

from accounts.http import SignedInRequest, signed_in
from audit.doors import audited
from audit.services import actor_of, record
from compliance import certificate_pdf, certifying
from compliance.scope import as_officer

router = Router(auth=signed_in, tags=["certificates"])

CERTIFICATES = "/organisations/{organisation_id}/certificates"


class CertifyIn(Schema):
    """A message by its id; or a circle, by its pseudonym, and a period."""

    model_config = ConfigDict(extra="forbid")

    message: UUID | None = None
    circle: UUID | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class CertificateOut(Schema):
    """`circle` is its pseudonym; `until` is null for a message."""

    id: UUID
    circle: UUID
    message: UUID | None
    since: datetime
    until: datetime | None
    people: int
    named: bool
    made: datetime
    kept_until: datetime
    by: str | None
    own: bool


class CertificatesOut(Schema):
    certificates: list[CertificateOut]


@router.post(CERTIFICATES, response=CertificateOut)
@audited("audit.certify")
def make(request: SignedInRequest, organisation_id: UUID, body: CertifyIn) -> CertificateOut:
    made = certifying.make(
        actor=actor_of(request),
        organization_id=organisation_id,
        reason=body.reason,
        message=body.message,
        circle=body.circle,
        since=body.since,
        until=body.until,
    )
    return _shown(request, certifying.rows_of([made]))[0]


@router.get(CERTIFICATES, response=CertificatesOut)
@audited("audit.search")
def read_list(request: SignedInRequest, organisation_id: UUID) -> CertificatesOut:
    rows = certifying.rows_for(request.user.id, organisation_id)
    _fetched(request, organisation_id, "audit.search", ("Organization", organisation_id), len(rows))
    return CertificatesOut(certificates=_shown(request, rows))


@router.get(f"{CERTIFICATES}/{{certificate_id}}")
@audited("audit.read")
def read(request: SignedInRequest, organisation_id: UUID, certificate_id: UUID) -> HttpResponse:
    """The document, byte for byte as it was made."""
    found = certifying.certificate_for(request.user.id, organisation_id, certificate_id)
    _fetched(request, organisation_id, "audit.read", ("Certificate", found.id), found.people)
    return _file(certifying.document_of(found), "application/json", f"certificat-{found.id}.json")


@router.get(f"{CERTIFICATES}/{{certificate_id}}/pdf")
@audited("audit.read")
def read_pdf(request: SignedInRequest, organisation_id: UUID, certificate_id: UUID) -> HttpResponse:
    found = certifying.certificate_for(request.user.id, organisation_id, certificate_id)
    _fetched(request, organisation_id, "audit.read", ("Certificate", found.id), found.people)
    document = certifying.document_of(found)
    return _file(
        certificate_pdf.render(document, organisation=found.organization.name),
        "application/pdf",
        f"certificat-{found.id}.pdf",
    )


def _shown(request: HttpRequest, rows: list[certifying.Row]) -> list[CertificateOut]:
    return [
        CertificateOut(
            id=row.certificate.id,
            circle=row.circle,
            message=row.certificate.message,
            since=row.certificate.since,
            until=row.certificate.until,
            people=row.certificate.people,
            named=row.certificate.named,
            made=row.certificate.made,
            kept_until=row.certificate.made + certifying.KEPT,
            by=row.by,
            own=row.certificate.made_by_id == request.user.id,
        )
        for row in rows
    ]


def _fetched(request: SignedInRequest, organisation_id: UUID, act: str, obj: tuple[str, UUID], shown: int) -> None:
    record(act, actor=as_officer(actor_of(request), organisation_id), obj=obj, cnt=shown)


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=kind, headers=headers)
