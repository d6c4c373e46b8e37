"""What officers of an organisation have asked for: its exports, its legal holds, with who asked, by name: a colleague.

Used by `compliance.api_exports`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, Literal, cast
from uuid import UUID

from ninja import Schema

from audit.models import Hold
from circles.selectors import professionals
from compliance.exports.people import Format
from compliance.models_exports import Export
from compliance.scope import scope_for

State = Literal["waiting", "ready", "failed", "expired"]
Kind = Literal["Person", "Patient", "Circle", "Period"]
SHOWN: Final = 100  # of each, the newest


class ExportRow(Schema):
    """`filters` as they were asked (`TrailFilter`); `events` and `size` (bytes) once it is ready."""

    id: UUID
    by: str | None
    asked: datetime
    filters: dict[str, Any]
    formats: list[Format]
    state: State
    percent: int
    events: int | None
    size: int | None
    expires: datetime | None


class HoldRow(Schema):
    """`pseudonym` of a subject, or a period. `asked`: whether one officer has asked to lift it; `mine`: the asker."""

    id: UUID
    kind: Kind
    pseudonym: UUID | None
    since: datetime | None
    until: datetime | None
    by: str | None
    placed: datetime
    event: UUID
    asked: bool
    mine: bool
    lifted: datetime | None


def exports_for(user_id: UUID, organization_id: UUID) -> list[ExportRow]:
    """Newest first. Errors: `not_found` (no officer there)."""
    scope_for(user_id, organization_id)
    rows = list(Export.objects.filter(organization_id=organization_id).order_by("-asked")[:SHOWN])
    names = _names(row.asked_by_id for row in rows)
    return [
        ExportRow(
            id=row.id,
            by=names.get(row.asked_by_id),
            asked=row.asked,
            filters=row.filters,
            formats=cast(list[Format], row.formats),
            state=cast(State, row.state),
            percent=row.percent,
            events=row.events,
            size=row.size,
            expires=row.expires,
        )
        for row in rows
    ]


def holds_for(user_id: UUID, organization_id: UUID) -> list[HoldRow]:
    """Those that stand first, then the newest. Errors: `not_found` (no officer there)."""
    scope_for(user_id, organization_id)
    rows = list(Hold.objects.filter(organization=organization_id).order_by("-placed")[:SHOWN])
    names = _names(row.placed_by for row in rows)
    return [
        HoldRow(
            id=row.id,
            kind=cast(Kind, row.kind),
            pseudonym=row.subjects[0] if row.subjects else None,
            since=row.since,
            until=row.until,
            by=names.get(row.placed_by),
            placed=row.placed,
            event=row.event_id,
            asked=row.lift_asked is not None,
            mine=row.lift_asked_by == user_id,
            lifted=row.lifted,
        )
        for row in sorted(rows, key=lambda row: row.lifted is not None)
    ]


def _names(user_ids: Iterable[UUID]) -> dict[UUID, str]:
    return {user_id: card.name for user_id, card in professionals({*user_ids}).items()}
