"""What an organisation's compliance officers choose to be told of: the thresholds of the rules."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.events import Actor
from audit.services import record
from circles import access
from circles.errors import Unacceptable
from circles.rules import person
from compliance.findings.looking import thresholds_of
from compliance.findings.thresholds import THRESHOLDS, allowed
from compliance.models import Thresholds
from compliance.scope import as_officer


def thresholds_for(user_id: UUID, organization_id: UUID) -> dict[str, int]:
    """What holds there. Raises NotFound unless this person is a compliance officer there."""
    access.organization_for(user_id, organization_id, "review")
    return thresholds_of(organization_id)


@transaction.atomic
def set_thresholds(*, actor: Actor, organization_id: UUID, chosen: Mapping[str, int]) -> None:
    """Hold from the next look on; what was found stays.

    Errors: `not_found` (no officer there), `bad_threshold` (detail: which, its least and its most).
    """
    access.organization_for(person(actor), organization_id, "review")
    for name, value in chosen.items():
        if not allowed(name, value):
            known = THRESHOLDS.get(name)
            raise Unacceptable("bad_threshold", f"{name} {known.least}–{known.most}" if known else name)
    Thresholds.objects.update_or_create(
        organization_id=organization_id,
        defaults={"chosen": dict(chosen), "changed": timezone.now(), "changed_by_id": person(actor)},
    )
    record(
        "setting.change",
        actor=as_officer(actor, organization_id),
        obj=("Organization", organization_id),
        detail={"thresholds": dict(chosen)},
    )
