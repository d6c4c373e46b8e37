"""Takes what a directory says into our tables: good entries kept, bad ones in quarantine with their reason, all counted.

Used by `manage.py sync_directory` and the demo; relies on `directory.fhir` for reading, `directory.linking` for references and
`directory.rows` for what a row says. What a source no longer gives stays as it was: only `active: false` ends an entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
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
from directory.records import OrganizationRecord, PractitionerRecord, Record, RoleRecord, ServiceRecord
from directory.rows import Fields, organization_fields, practitioner_fields, role_fields, service_fields

# One chunk is one transaction: large enough to be quick, small enough not to hold locks for long.
CHUNK: Final = 500
MINOR_FAILURE: Final = 4  # FHIR AuditEvent.outcome: done, but not all of it
R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class SyncReport:
    """`counts`: by resource type, how many were created, updated, unchanged, quarantined. `skipped`: types we do not keep."""

    run: UUID
    counts: dict[str, dict[str, int]]
    skipped: dict[str, int]
    reasons: dict[str, int]

    @property
    def quarantined(self) -> int:
        return sum(self.reasons.values())


def sync(*, actor: Actor, source: str, entries: Iterable[Entry | BadFile], now: datetime | None = None) -> SyncReport:
    """Read all entries of `source` and bring our rows up to them. Entries are held in memory (records, not resources).

    A bad entry never stops the others. The same entries again change nothing.
    """
    started = now or timezone.now()
    run = SyncRun.objects.create(source=source, started=started)
    gathered = gather(entries, started.date())
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in READERS}
    for write in (_write_organizations, _write_practitioners, _write_roles, _write_services):
        write(source, gathered, counts)
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


def _write_organizations(source: str, gathered: Gathered, counts: dict[str, Counter[str]]) -> None:
    for chunk in _chunks(gathered, OrganizationRecord):
        counts["Organization"] += _upsert(
            Organization, source, {each.fhir_id: organization_fields(each) for each in chunk}
        )


def _write_practitioners(source: str, gathered: Gathered, counts: dict[str, Counter[str]]) -> None:
    for chunk in _chunks(gathered, PractitionerRecord):
        counts["Practitioner"] += _upsert(
            Practitioner, source, {each.fhir_id: practitioner_fields(each) for each in chunk}
        )


def _write_roles(source: str, gathered: Gathered, counts: dict[str, Counter[str]]) -> None:
    for chunk in _chunks(gathered, RoleRecord):
        structures = [each.organization for each in chunk if each.organization]
        organizations = Links(Organization, structures, source=source, urls=gathered.urls)
        practitioners = Links(Practitioner, [each.practitioner for each in chunk], source=source, urls=gathered.urls)

        def fields(each: RoleRecord) -> Fields:
            organization = organizations.find(each.organization) if each.organization else None
            return role_fields(each, practitioners.find(each.practitioner), organization)

        counts["PractitionerRole"] += _upsert(
            PractitionerRole, source, _acceptable(gathered, "PractitionerRole", chunk, fields)
        )


def _write_services(source: str, gathered: Gathered, counts: dict[str, Counter[str]]) -> None:
    for chunk in _chunks(gathered, ServiceRecord):
        organizations = Links(Organization, [each.organization for each in chunk], source=source, urls=gathered.urls)

        def fields(each: ServiceRecord) -> Fields:
            return service_fields(each, organizations.find(each.organization))

        counts["HealthcareService"] += _upsert(
            HealthcareService, source, _acceptable(gathered, "HealthcareService", chunk, fields)
        )


def _chunks(gathered: Gathered, kind: type[R]) -> Iterator[list[R]]:
    records = [record for found in gathered.records.values() for record in found.values() if isinstance(record, kind)]
    for start in range(0, len(records), CHUNK):
        yield records[start : start + CHUNK]


def _acceptable(gathered: Gathered, kind: str, chunk: Sequence[R], fields: Callable[[R], Fields]) -> dict[str, Fields]:
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
