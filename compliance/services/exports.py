"""Asking for an export, and fetching it: each an act of the officer, with a reason.

Used by `compliance.api_exports`. The export itself is made by a round (`compliance.exports.jobs`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import transaction
from uuid_utils.compat import uuid7

from audit.events import Actor
from audit.services import record
from circles.errors import Conflict, NotFound, TooMany
from circles.rules import check_reason, person
from compliance.exports.people import Format
from compliance.filters import TrailFilter, condition
from compliance.models_exports import Export
from compliance.scope import as_officer, scope_for

WAITING_MOST: Final = 5  # of one organisation: the next go after one another
KEPT_MOST: Final = 50  # of one organisation, until they expire: each takes room on the disk


@transaction.atomic
def ask_export(
    *, actor: Actor, organization_id: UUID, filters: TrailFilter, formats: Sequence[Format], reason: str
) -> UUID:
    """Returns its id. Errors: `not_found` (no officer there), `bad_input` (reason, filter), `too_many` (five wait, or
    fifty are kept).
    """
    scope = scope_for(person(actor), organization_id)
    check_reason(reason)
    condition(filters)
    ours = Export.objects.filter(organization_id=organization_id)
    kept = ours.filter(state=Export.State.READY)
    if ours.filter(state=Export.State.WAITING).count() >= WAITING_MOST or kept.count() >= KEPT_MOST:
        raise TooMany("too_many")
    identifier, chosen = uuid7(), filters.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    event = record(
        "export.create",
        actor=as_officer(actor, organization_id),
        obj=("Export", identifier),
        reason=reason,
        detail={"filters": chosen, "formats": [*formats]},
    )
    Export.objects.create(
        id=identifier,
        organization=scope.organization,
        event_id=event,
        asked_by_id=person(actor),
        filters=chosen,
        formats=[*dict.fromkeys(formats)],
    )
    return identifier


@transaction.atomic
def export_to_read(*, actor: Actor, organization_id: UUID, export_id: UUID) -> Export:
    """One that may be fetched now; the act is recorded with its size. Errors: `not_found`, `export_not_ready`."""
    scope_for(person(actor), organization_id)
    export = Export.objects.filter(organization_id=organization_id, id=export_id).first()
    if export is None:
        raise NotFound
    if export.state != Export.State.READY or export.size is None:
        raise Conflict("export_not_ready", export.state)
    record("export.read", actor=as_officer(actor, organization_id), obj=("Export", export.id), siz=export.size)
    return export
