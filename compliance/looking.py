"""What an officer does with the trail, recorded: for the organisation whose officer they are, and about the circle that
they look into, so that its members see that somebody did.

Used by the doors of the desk.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from audit.events import Actor
from audit.models import Event, Pseudonym
from audit.services import record
from circles.models import Circle
from compliance.scope import as_officer


def record_look(
    act: str, *, actor: Actor, organization_id: UUID, cir: UUID | None = None, pat: UUID | None = None, **said: Any
) -> None:
    """`cir` and `pat` are pseudonyms; of erased ones, and of those that do not exist, nothing is said. `said` as in
    `audit.services.record`; the object is the organisation by default.
    """
    subjects = dict(
        Pseudonym.objects.filter(pseudonym__in=[each for each in (cir, pat) if each]).values_list("kind", "subject")
    )
    circle = Circle.objects.filter(id=subjects["Circle"]).first() if "Circle" in subjects else None
    record(
        act,
        actor=as_officer(actor, organization_id),
        circle_id=None if circle is None else circle.id,
        patient_id=subjects.get("Patient") or (None if circle is None else circle.patient_id),
        **{"obj": ("Organization", organization_id), **said},
    )


def record_read(event: Event, *, actor: Actor, organization_id: UUID, reason: str | None = None) -> None:
    """One event was shown; `reason` when its words were opened."""
    record_look(
        "audit.read",
        actor=actor,
        organization_id=organization_id,
        cir=event.cir,
        pat=event.pat,
        obj=("Event", event.id),
        reason=reason,
        cnt=1,
    )
