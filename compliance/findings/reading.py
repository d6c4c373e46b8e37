"""What officers see of the findings: how many of which rule, the rows, one with its evidence and what was said of it.

Each answers after the gate. Evidence is the trail's own rows, within the officer's scope.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncWeek
from django.utils import timezone
from nacl.exceptions import CryptoError

from audit.details import words_of
from audit.models import Detail, Event, Pseudonym
from circles import access
from circles.errors import NotFound
from circles.selectors import professionals
from compliance.findings.day import ZONE
from compliance.models import Annotation, Finding
from compliance.scope import scope_for

PAGE: Final = 50
WEEKS: Final = timedelta(weeks=26)


@dataclass(frozen=True, slots=True)
class Counted:
    """Of one rule: how many findings are in which status."""

    rule: str
    open: int
    explained: int
    confirmed: int
    dismissed: int


@dataclass(frozen=True, slots=True)
class Week:
    """By its Monday: how many findings began in it, and how many of those were confirmed."""

    rule: str
    week: date
    n: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class Page:
    """`own`: pseudonyms of the officer who asks. `following`: there are more."""

    counted: list[Counted]
    weeks: list[Week]
    findings: list[Finding]
    following: UUID | None
    own: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Said:
    """`text` is None once its words were erased with the retention of the trail."""

    annotation: Annotation
    author: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Opened:
    finding: Finding
    evidence: list[Event]
    said: list[Said]
    own: frozenset[UUID]


def findings_for(
    user_id: UUID, organization_id: UUID, *, rule: str | None, status: str | None, after: UUID | None
) -> Page:
    """Newest first. Raises NotFound unless this person is a compliance officer there. Six queries."""
    organization = access.organization_for(user_id, organization_id, "review")
    everything = Finding.objects.filter(organization=organization)
    rows = everything.filter(**{key: value for key, value in (("rule", rule), ("status", status)) if value})
    page = list(_after(rows, after).order_by("-began", "-id")[: PAGE + 1])
    return Page(
        counted=counted_by_rule(everything),
        weeks=_weeks(everything),
        findings=page[:PAGE],
        following=page[PAGE - 1].id if len(page) > PAGE else None,
        own=_own(user_id),
    )


def finding_for(user_id: UUID, organization_id: UUID, finding_id: UUID) -> Opened:
    """Raises NotFound also for the finding of another organisation."""
    scope = scope_for(user_id, organization_id)
    finding = Finding.objects.filter(id=finding_id, organization=organization_id).first()
    if finding is None:
        raise NotFound
    evidence = scope.events().filter(id__in=finding.evidence.values("event")).order_by("id")
    return Opened(finding, list(evidence), _said(finding), _own(user_id))


def _after(rows: QuerySet[Finding], after: UUID | None) -> QuerySet[Finding]:
    last = rows.filter(id=after).first() if after else None
    return rows if last is None else rows.filter(Q(began__lt=last.began) | Q(began=last.began, id__lt=last.id))


def counted_by_rule(rows: QuerySet[Finding]) -> list[Counted]:
    found: dict[str, dict[str, int]] = {}
    for rule, status, number in rows.values_list("rule", "status").annotate(Count("id")).order_by("rule"):
        found.setdefault(rule, dict.fromkeys(Finding.Status.values, 0))[status] = number
    return [Counted(rule=rule, **counts) for rule, counts in found.items()]


def _weeks(rows: QuerySet[Finding]) -> list[Week]:
    lately = rows.filter(began__gte=timezone.now() - WEEKS).annotate(week=TruncWeek("began", tzinfo=ZONE))
    confirmed = Count("id", filter=Q(status=Finding.Status.CONFIRMED))
    counted = lately.values("rule", "week").annotate(n=Count("id"), confirmed=confirmed).order_by("rule", "week")
    return [Week(row["rule"], row["week"].date(), row["n"], row["confirmed"]) for row in counted]


def _said(finding: Finding) -> list[Said]:
    annotations = list(finding.annotations.order_by("at", "id"))
    cards = professionals({each.author_id for each in annotations})
    words = _words(annotations)
    return [
        Said(each, cards[each.author_id].name if each.author_id in cards else "", words.get(each.event_id))
        for each in annotations
    ]


def _words(annotations: Sequence[Annotation]) -> dict[UUID, str]:
    opened: dict[UUID, str] = {}
    for detail in Detail.objects.filter(event__in=[each.event_id for each in annotations], key="rsn"):
        try:
            said = words_of(detail)
        except (CryptoError, KeyError):  # its key was destroyed with the retention of the trail
            continue
        if said is not None:
            opened[detail.event_id] = said
    return opened


def _own(user_id: UUID) -> frozenset[UUID]:
    return frozenset(Pseudonym.objects.filter(kind="Person", subject=user_id).values_list("pseudonym", flat=True))
