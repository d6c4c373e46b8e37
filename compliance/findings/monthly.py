"""The report of a month: what was found, what became of it, how much was done and refused, how the log is.

A round of `manage.py tend` makes last month's once every day of it has been looked at, keeps it as data and as PDF,
and leaves the officers a notice that says that it is there and nothing of what is in it; who does not come gets the
letter that all notices get. A report shows codes, never names, and is never changed afterwards.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from uuid_utils.compat import uuid7

from audit.events import SYSTEM
from audit.services import record
from circles import access
from circles.errors import NotFound
from circles.notices import tell
from compliance.codes import code_of
from compliance.findings.day import ZONE, beginning
from compliance.findings.monthly_pdf import printed
from compliance.findings.reading import counted_by_rule
from compliance.findings.thresholds import RULES
from compliance.models import Finding, MonthlyReport, Watch
from compliance.scope import as_officer, scope_of
from directory.models import Organization

SHOWN: Final = 40  # findings listed, the most pressing first; the desk has the rest
KINDS: Final = (("who", "Person"), ("pat", "Patient"), ("cir", "Circle"))


@dataclass(frozen=True, slots=True)
class Row:
    id: UUID
    month: date
    made: datetime
    findings: int
    open: int


def make_monthly_reports() -> int:
    """How many were made. Any number of processes may: the report of a month is there once."""
    month = _last_month(timezone.now())
    ready = Watch.objects.filter(through__gte=_last_day(month), organization__in=access.organizations_with("review"))
    reported = MonthlyReport.objects.filter(month=month).values("organization")
    due = ready.exclude(organization__in=reported).select_related("organization")
    return sum(make(watch.organization, month) for watch in due)


def make(organization: Organization, month: date) -> bool:
    """False when another process was first."""
    content = _content(organization, month)
    pdf = printed(content)
    with transaction.atomic():
        Watch.objects.select_for_update().get(organization=organization)
        if MonthlyReport.objects.filter(organization=organization, month=month).exists():
            return False
        report = MonthlyReport(id=uuid7(), organization=organization, month=month, content=content, pdf=pdf)
        report.save(force_insert=True)
        detail = {"monthly": month.isoformat()}
        record(
            "export.create",
            actor=as_officer(SYSTEM, organization.id),
            obj=("Export", report.id),
            detail=detail,
            cnt=sum(row["n"] for row in content["days"]),
        )
        held = access.people_with_roles(organization.id)
        tell(users=[user for user, abilities in held.items() if "review" in abilities], what="monthly_report")
    return True


def reports_for(user_id: UUID, organization_id: UUID) -> list[Row]:
    """Newest first. Raises NotFound unless this person is a compliance officer there."""
    access.organization_for(user_id, organization_id, "review")
    rows = MonthlyReport.objects.filter(organization=organization_id).order_by("-month").defer("pdf")
    return [Row(row.id, row.month, row.made, row.content["findings"], row.content["open"]) for row in rows]


def report_for(user_id: UUID, organization_id: UUID, month: date) -> MonthlyReport:
    """Raises NotFound also for a month that has none."""
    access.organization_for(user_id, organization_id, "review")
    report = MonthlyReport.objects.filter(organization=organization_id, month=month).first()
    if report is None:
        raise NotFound
    return report


def _content(organization: Organization, month: date) -> dict[str, Any]:
    """Plain JSON; docs/audit.md has its keys."""
    start, end = beginning(month), beginning(_last_day(month) + timedelta(days=1))
    found = Finding.objects.filter(organization=organization, began__gte=start, began__lt=end)
    counted = {each.rule: asdict(each) for each in counted_by_rule(found)}
    none = dict.fromkeys(Finding.Status.values, 0)
    events = scope_of(organization).events().order_by().filter(t__gte=start, t__lt=end)
    by_day = events.annotate(day=TruncDate("t", tzinfo=ZONE)).values("day")
    days = by_day.annotate(n=Count("id"), refused=Count("id", filter=~Q(out=0))).order_by("day")
    return {
        "organisation": organization.name,
        "month": month.isoformat(),
        "made": timezone.now().isoformat(timespec="seconds"),
        "findings": found.count(),
        "open": found.filter(status=Finding.Status.OPEN).count(),
        "waiting": Finding.objects.filter(organization=organization, began__lt=start, status="open").count(),
        "rules": [{"rule": rule} | counted.get(rule, none) for rule in RULES],
        "days": [{"day": row["day"].isoformat(), "n": row["n"], "refused": row["refused"]} for row in days],
        "list": [_listed(each) for each in found.order_by("-score", "began")[:SHOWN]],
    }


def _listed(finding: Finding) -> dict[str, Any]:
    codes = {key: code_of(kind, named) for key, kind in KINDS if (named := getattr(finding, key)) is not None}
    return {
        "rule": finding.rule,
        "began": finding.began.isoformat(timespec="seconds"),
        "events": finding.events,
        "status": finding.status,
        **codes,
    }


def _last_month(moment: datetime) -> date:
    """The first day of the month before, in France."""
    return (moment.astimezone(ZONE).date().replace(day=1) - timedelta(days=1)).replace(day=1)


def _last_day(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
