"""HTTP of what stands out in the trail: findings, what officers say of them, thresholds, monthly reports
(docs/protocol.md, "The officer's desk").

Thin doors: decode, one selector or service, answer. The gate answers `not_found` to everybody but the organisation's
compliance officers.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from django.http import HttpResponse
from ninja import Router, Schema
from pydantic import Field

from accounts.http import SignedInRequest, signed_in
from audit.doors import audited, not_audited
from audit.services import actor_of, record
from chat.schemas import Body, Done
from circles.rules import LONGEST_REASON
from compliance.findings import choosing, monthly, reading, reviewing
from compliance.findings.thresholds import THRESHOLDS, Rule
from compliance.schemas import TrailRow, row_of, wire_time
from compliance.scope import as_officer
from compliance.searching import places_of

router = Router(auth=signed_in, tags=["findings"])

ORGANISATION = "/organisations/{organisation_id}"
FindingStatus = Literal["open", "explained", "confirmed", "dismissed"]


class FindingOut(Schema):
    """`facts`: counts, by the rule (docs/audit.md). `own`: about what the officer who asks did."""

    id: UUID
    rule: Rule
    who: UUID | None
    pat: UUID | None
    cir: UUID | None
    began: str
    ended: str
    score: int
    facts: dict[str, int]
    events: int
    status: FindingStatus
    own: bool


class RuleCountOut(Schema):
    rule: Rule
    open: int
    explained: int
    confirmed: int
    dismissed: int


class RuleWeekOut(Schema):
    rule: Rule
    week: date
    n: int
    confirmed: int


class FindingsOut(Schema):
    rules: list[RuleCountOut]
    weeks: list[RuleWeekOut]
    findings: list[FindingOut]
    next: UUID | None


class AnnotationOut(Schema):
    author: str
    at: datetime
    status: FindingStatus | None
    text: str | None


class FindingDetailOut(FindingOut):
    evidence: list[TrailRow]
    annotations: list[AnnotationOut]


class AnnotationIn(Body):
    text: Annotated[str, Field(max_length=LONGEST_REASON)]
    status: FindingStatus | None


class ThresholdOut(Schema):
    name: str
    value: int
    default: int
    least: int
    most: int


class ThresholdsOut(Schema):
    thresholds: list[ThresholdOut]


class ThresholdsIn(Body):
    chosen: Annotated[dict[str, int], Field(max_length=len(THRESHOLDS))]


class MonthlyReportRowOut(Schema):
    month: date
    made: datetime
    findings: int
    open: int


class MonthlyReportsOut(Schema):
    reports: list[MonthlyReportRowOut]


@router.get(f"{ORGANISATION}/findings", response=FindingsOut)
@audited("audit.search")
def read_findings(
    request: SignedInRequest,
    organisation_id: UUID,
    rule: Rule | None = None,
    status: FindingStatus | None = None,
    after: UUID | None = None,
) -> FindingsOut:
    page = reading.findings_for(request.user.id, organisation_id, rule=rule, status=status, after=after)
    _record(request, "audit.search", organisation_id, ("Organization", organisation_id), len(page.findings))
    return FindingsOut(
        rules=[RuleCountOut.from_orm(each) for each in page.counted],
        weeks=[RuleWeekOut.from_orm(each) for each in page.weeks],
        findings=[FindingOut(**_shown(each, page.own)) for each in page.findings],
        next=page.following,
    )


@router.get(f"{ORGANISATION}/findings/{{finding_id}}", response=FindingDetailOut)
@audited("audit.read")
def read_finding(request: SignedInRequest, organisation_id: UUID, finding_id: UUID) -> FindingDetailOut:
    opened = reading.finding_for(request.user.id, organisation_id, finding_id)
    _record(request, "audit.read", organisation_id, ("Finding", finding_id), len(opened.evidence))
    places = places_of(opened.evidence)
    return FindingDetailOut(
        **_shown(opened.finding, opened.own),
        evidence=[row_of(event, places) for event in opened.evidence],
        annotations=[
            AnnotationOut(
                author=each.author,
                at=each.annotation.at,
                status=cast("FindingStatus", each.annotation.status) or None,
                text=each.text,
            )
            for each in opened.said
        ],
    )


@router.post(f"{ORGANISATION}/findings/{{finding_id}}/annotations", response=Done)
@audited("audit.review")
def annotate(request: SignedInRequest, organisation_id: UUID, finding_id: UUID, body: AnnotationIn) -> Done:
    reviewing.annotate(
        actor=actor_of(request),
        organization_id=organisation_id,
        finding_id=finding_id,
        text=body.text,
        status=body.status or "",
    )
    return Done()


@router.get(f"{ORGANISATION}/thresholds", response=ThresholdsOut)
@not_audited("Shows an organisation's officers its own settings; a change of them is in the trail.")
def read_thresholds(request: SignedInRequest, organisation_id: UUID) -> ThresholdsOut:
    held = choosing.thresholds_for(request.user.id, organisation_id)
    return ThresholdsOut(
        thresholds=[
            ThresholdOut(name=name, value=held[name], default=known.default, least=known.least, most=known.most)
            for name, known in THRESHOLDS.items()
        ]
    )


@router.put(f"{ORGANISATION}/thresholds", response=Done)
@audited("setting.change")
def set_thresholds(request: SignedInRequest, organisation_id: UUID, body: ThresholdsIn) -> Done:
    choosing.set_thresholds(actor=actor_of(request), organization_id=organisation_id, chosen=body.chosen)
    return Done()


@router.get(f"{ORGANISATION}/monthly-reports", response=MonthlyReportsOut)
@not_audited("Lists which months have a report; reading one is in the trail.")
def list_reports(request: SignedInRequest, organisation_id: UUID) -> MonthlyReportsOut:
    rows = monthly.reports_for(request.user.id, organisation_id)
    return MonthlyReportsOut(reports=[MonthlyReportRowOut.from_orm(row) for row in rows])


@router.get(f"{ORGANISATION}/monthly-reports/{{month}}", response=dict[str, Any])
@audited("export.read")
def read_report(request: SignedInRequest, organisation_id: UUID, month: date) -> dict[str, Any]:
    report = monthly.report_for(request.user.id, organisation_id, month)
    _record(request, "export.read", organisation_id, ("Export", report.id), report.content["findings"])
    return dict(report.content)


@router.get(f"{ORGANISATION}/monthly-reports/{{month}}/pdf")
@audited("export.read")
def print_report(request: SignedInRequest, organisation_id: UUID, month: date) -> HttpResponse:
    report = monthly.report_for(request.user.id, organisation_id, month)
    _record(request, "export.read", organisation_id, ("Export", report.id), report.content["findings"])
    return HttpResponse(
        bytes(report.pdf),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="cordee-journal-{month:%Y-%m}.pdf"'},
    )


def _record(request: SignedInRequest, act: str, organisation_id: UUID, obj: tuple[str, UUID], shown: int) -> None:
    record(act, actor=as_officer(actor_of(request), organisation_id), obj=obj, cnt=shown)


def _shown(finding: Any, own: frozenset[UUID]) -> dict[str, Any]:
    same = ("id", "rule", "who", "pat", "cir", "score", "facts", "events", "status")
    return {
        **{name: getattr(finding, name) for name in same},
        "began": wire_time(finding.began),
        "ended": wire_time(finding.ended),
        "own": finding.who in own,
    }
