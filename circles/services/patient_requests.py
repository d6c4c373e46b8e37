"""What a patient asks of an organisation about themselves: to know what there is, and that it go (RGPD, articles 15
and 17). By its compliance officers; each is an act on behalf of the patient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from audit.events import Actor
from audit.services import record
from circles import access, patient_report
from circles.ins import PatientTraits
from circles.models import Circle, Closure
from circles.patient_report import Report, circles_about
from circles.retention import held_by, purged_from
from circles.rules import check_reason, locked, person
from circles.services.closing import close_locked
from circles.services.retention import archive_locked

# What an erasure leaves, and why: RGPD article 17, 3 b, c and e.
LIMITS: Final = (
    "Le contenu des échanges sera effacé à la fin de la durée de conservation de la structure : jusque-là la loi "
    "permet de le garder, pour les soins et pour se défendre en justice (RGPD, article 17, 3). Ensuite il ne restera "
    "que la trace de qui a été membre et de qui a consulté, sans votre identité. Les dossiers tenus par les "
    "professionnels eux-mêmes ne sont pas concernés : adressez-vous à eux."
)


@dataclass(frozen=True, slots=True)
class Erasure:
    """`circles`: how many are closed to everybody from now on."""

    circles: int
    text: str


@transaction.atomic
def report_for_patient(*, actor: Actor, organization_id: UUID, patient: PatientTraits) -> Report:
    """Of the circles in which this organisation had people; an officer learns nothing of others. Errors: `not_found`
    (no officer there).
    """
    organization = access.organization_for(person(actor), organization_id, "review")
    through = Q(members__practitioner_role__organization_id=organization_id)
    circles = list(circles_about(patient).filter(through).distinct())
    made = patient_report.report(
        circles, scope=f"Il porte sur les cercles auxquels la structure « {organization.name} » a participé."
    )
    _record("patient.report", actor, organization_id, circles)
    return made


@transaction.atomic
def erase_for_patient(*, actor: Actor, organization_id: UUID, patient: PatientTraits, reason: str) -> Erasure:
    """The circles that this organisation answers for close, and nobody reads them from now on; their content goes when
    its time is over (`manage.py retain`). Errors: `not_found` (no officer there), `bad_input` (the reason).
    """
    check_reason(reason)
    access.organization_for(person(actor), organization_id, "review")
    own = held_by(organization_id).exclude(state=Circle.State.ARCHIVED).values("id")
    ids = circles_about(patient).filter(id__in=own).order_by("id").values_list("id", flat=True)
    erased = [_put_away(circle_id, actor, reason) for circle_id in ids]
    _record("patient.erase", actor, organization_id, erased)
    days = [day for circle in erased if (day := purged_from(circle, organization_id)) is not None]
    when = f"Leur contenu sera effacé à partir du {max(days):%d/%m/%Y}. " if days else ""
    return Erasure(len(erased), f"Cercles fermés à tous : {len(erased)}. {when}{LIMITS}")


def _put_away(circle_id: UUID, actor: Actor, reason: str) -> Circle:
    circle = locked(circle_id)
    if circle.state == Circle.State.OPEN:
        close_locked(circle, actor=actor, code=Closure.Code.DECIDED, reason=reason)
    archive_locked(circle, actor=actor)
    return circle


def _record(act: str, actor: Actor, organization_id: UUID, circles: list[Circle]) -> None:
    """One event for each circle; one for the organisation when there is none."""
    for circle in circles:
        record(act, actor=actor, patient_id=circle.patient_id, circle_id=circle.id, obj=("Circle", circle.id))
    if not circles:
        record(act, actor=actor, obj=("Organization", organization_id), cnt=0)
