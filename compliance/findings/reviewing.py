"""An officer says what a finding is: a note, or that it is explained, confirmed, dismissed, or open again.

The words are kept sealed beside the event that says so. Nobody reviews what they did themselves.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import transaction

from audit.events import Actor
from audit.models import Pseudonym
from audit.services import record
from circles import access
from circles.errors import NotAllowed, NotFound, Unacceptable
from circles.rules import LONGEST_REASON, person
from compliance.models import Annotation, Finding
from compliance.scope import as_officer

SHORTEST: Final = 3  # characters: what was decided has a reason


@transaction.atomic
def annotate(*, actor: Actor, organization_id: UUID, finding_id: UUID, text: str, status: str = "") -> UUID:
    """`status` of Finding.Status settles, or opens again; empty leaves it as it is.

    Errors: `not_found`, `own_finding` (it is about what this officer did), `bad_input` (status, or a text too short or
    too long).
    """
    officer = person(actor)
    access.organization_for(officer, organization_id, "review")
    finding = Finding.objects.select_for_update().filter(id=finding_id, organization=organization_id).first()
    if finding is None:
        raise NotFound
    if is_own(finding, officer):
        raise NotAllowed("own_finding")
    text = text.strip()
    if not SHORTEST <= len(text) <= LONGEST_REASON or (status and status not in Finding.Status):
        raise Unacceptable("bad_input")
    event = record(
        "audit.review",
        actor=as_officer(actor, organization_id),
        obj=("Finding", finding.id),
        reason=text,
        detail={"rule": finding.rule, "status": status or None},
    )
    if status:
        finding.status = status
        finding.save(update_fields=("status",))
    return Annotation.objects.create(finding=finding, author_id=officer, status=status, event_id=event).id


def is_own(finding: Finding, user_id: UUID) -> bool:
    """Whether the finding is about what this person did."""
    names = Pseudonym.objects.filter(kind="Person", subject=user_id)
    return finding.who is not None and names.filter(pseudonym=finding.who).exists()
