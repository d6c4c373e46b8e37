"""Takes what a directory says into our tables: good entries kept, bad ones quarantined with their reason, all counted.

Used by `manage.py sync_directory` and the demo; relies on `directory.gathering` for reading, `directory.linking` for
references and `directory.rows` for what a row says. What a source no longer gives stays: only `active: false` ends it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from audit.events import Actor
from directory.fhir import READERS, FhirRefusal
from directory.gathering import Gathered, Refused, digest_of, gather
from directory.linking import Links
from directory.models import (
    HealthcareService,
    Imported,
    Organization,
    Practitioner,
    PractitionerRole,
    Quarantine,
    SyncRun,
)
from directory.reading import BadFile, Entry
from directory.records import Record, RoleRecord, ServiceRecord
from directory.rows import Fields, organization_fields, practitioner_fields, role_fields, service_fields

# One chunk is one transaction: large enough to be quick, small enough not to hold locks for long.
CHUNK: Final = 500
MINOR_FAILURE: Final = 4  # FHIR AuditEvent.outcome: done, but not all of it
# Looks up what a chunk refers to, and answers with what makes a row of one of its records.
Prepare = Callable[[Sequence[Any], str, Mapping[str, str]], Callable[[Any], Fields]]


@dataclass(frozen=True, slots=True)
class SyncReport:
    """`counts`: by type, how many were created, updated, unchanged, quarantined. `skipped`: types that are not kept."""

    run: UUID
    counts: dict[str, dict[str, int]]
    skipped: dict[str, int]
    reasons: dict[str, int]

    @property
    def quarantined(self) -> int:
        return sum(self.reasons.values())


def sync(*, actor: Actor, source: str, entries: Iterable[Entry | BadFile], now: datetime | None = None) -> SyncReport:
    """Read all entries of `source` and bring our rows up to them. Entries are held in memory (records, not resources).

    A bad entry never stops the others. The same entries again change nothing. Raises what `entries` raises, before any
    row is written.
    """
    started = now or timezone.now()
    gathered = gather(entries, started.date())
    run = SyncRun.objects.create(source=source, started=started)
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in READERS}
    for kind, model, prepare in _TABLES:
        records = list(gathered.records[kind].values())
        for start in range(0, len(records), CHUNK):
            chunk = records[start : start + CHUNK]
            accepted = _acceptable(gathered, kind, chunk, prepare(chunk, source, gathered.urls))
            counts[kind] += _upsert(model, source, accepted)
    for refused in gathered.refused:
        counts.setdefault(refused.kind or "unknown", Counter())["quarantined"] += 1
    reasons = Counter(refused.code for refused in gathered.refused)
    report = SyncReport(
        run=run.id,
        counts={kind: dict(counted) for kind, counted in counts.items()},
        skipped=dict(gathered.skipped),
        reasons=dict(reasons),
    )
    _finish(run, actor, gathered.refused, report)
    return report


def _plain(fields: Callable[[Any], Fields]) -> Prepare:
    return lambda chunk, source, urls: fields


def _roles(chunk: Sequence[RoleRecord], source: str, urls: Mapping[str, str]) -> Callable[[RoleRecord], Fields]:
    structures = [each.organization for each in chunk if each.organization]
    organizations = Links(Organization, structures, source=source, urls=urls)
    practitioners = Links(Practitioner, [each.practitioner for each in chunk], source=source, urls=urls)

    def fields(each: RoleRecord) -> Fields:
        organization = organizations.find(each.organization) if each.organization else None
        return role_fields(each, practitioners.find(each.practitioner), organization)

    return fields


def _offers(chunk: Sequence[ServiceRecord], source: str, urls: Mapping[str, str]) -> Callable[[ServiceRecord], Fields]:
    organizations = Links(Organization, [each.organization for each in chunk], source=source, urls=urls)
    return lambda each: service_fields(each, organizations.find(each.organization))


# In the order in which they refer to each other.
_TABLES: Final[tuple[tuple[str, type[Imported], Prepare], ...]] = (
    ("Organization", Organization, _plain(organization_fields)),
    ("Practitioner", Practitioner, _plain(practitioner_fields)),
    ("PractitionerRole", PractitionerRole, _roles),
    ("HealthcareService", HealthcareService, _offers),
)


def _acceptable(
    gathered: Gathered, kind: str, chunk: Sequence[Record], fields: Callable[[Any], Fields]
) -> dict[str, Fields]:
    """The fields of those records whose links are known; the others are refused."""
    accepted: dict[str, Fields] = {}
    for each in chunk:
        try:
            accepted[each.fhir_id] = fields(each)
        except FhirRefusal as refusal:
            digest = gathered.digests[kind, each.fhir_id]
            gathered.refused.append(Refused(kind, each.fhir_id, refusal.code, refusal.path, digest))
    return accepted


@transaction.atomic
def _upsert(model: type[Imported], source: str, wanted: dict[str, Fields]) -> Counter[str]:
    """Insert or update by (source, fhir id) those rows that would change. One query to compare, one to write."""
    existing = dict(model._default_manager.filter(source=source, fhir_id__in=wanted).values_list("fhir_id", "digest"))
    counted: Counter[str] = Counter()
    changed: list[Imported] = []
    for fhir_id, fields in wanted.items():
        digest = digest_of(fields)
        before = existing.get(fhir_id)
        if before is not None and bytes(before) == digest:
            counted["unchanged"] += 1
            continue
        counted["created" if before is None else "updated"] += 1
        changed.append(model(source=source, fhir_id=fhir_id, digest=digest, **fields))
    updated = [each.name for each in model._meta.concrete_fields if each.name not in ("id", "source", "fhir_id")]
    model._default_manager.bulk_create(
        changed, update_conflicts=True, unique_fields=["source", "fhir_id"], update_fields=updated
    )
    return counted


@transaction.atomic
def _finish(run: SyncRun, actor: Actor, refused: Iterable[Refused], report: SyncReport) -> None:
    seen = timezone.now()
    # The conflict key, once each: PostgreSQL updates a row at most once per statement.
    once = {(each.kind, each.fhir_id, each.code, each.digest): each for each in refused}
    Quarantine.objects.bulk_create(
        [
            Quarantine(
                run=run,
                source=run.source,
                resource_type=each.kind,
                fhir_id=each.fhir_id,
                code=each.code,
                detail=each.path,
                digest=each.digest,
                seen=seen,
            )
            for each in once.values()
        ],
        batch_size=CHUNK,
        update_conflicts=True,
        unique_fields=["source", "resource_type", "fhir_id", "code", "digest"],
        update_fields=["run", "detail", "seen"],
    )
    run.ended = seen
    run.counts = {"counts": report.counts, "skipped": report.skipped, "reasons": report.reasons}
    run.save(update_fields=["ended", "counts"])
    audit.record(
        "directory.sync",
        actor=actor,
        outcome=MINOR_FAILURE if report.quarantined else 0,
        error="quarantined" if report.quarantined else None,
        obj=("SyncRun", run.id),
        detail=run.counts,
    )
