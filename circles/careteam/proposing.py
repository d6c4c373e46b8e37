"""A system proposes a care team: somebody may open it, and nobody is in a circle yet.

Used by `circles.careteam.receiving`, in its transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from audit.events import Actor
from circles import notices
from circles.careteam import reading
from circles.careteam.bearer import ActingSystem
from circles.careteam.errors import refused
from circles.careteam.models import CareTeamVersion, Proposal, Supplied
from circles.careteam.reading import Team
from circles.careteam.selectors import resource_of, visible
from circles.careteam.teams import OVER, Named, check_professionals, keep, record_write
from circles.models import Professional
from circles.patients import lock_identity, main_circles
from circles.rules import latest_today
from directory.models import PractitionerRole


def propose(
    *, actor: Actor, system: ActingSystem, team_id: UUID, team: Team, named: Named, place: str
) -> CareTeamVersion:
    """A care team that a coordinator may open: the first of its professionals who signs in and acts in the system's
    organisation, else the one who was named with the system.

    Errors: `circle_exists`, `proposal_exists`, `team_is_over`, `profession_not_allowed`, `inactive`.
    """
    if team.status in OVER or (team.end and team.end <= timezone.now()):
        raise refused("team_is_over", f"{place}.status", type="business-rule")
    check_professionals(named.roles)
    patient = _patient_of(system, named.subject, f"{place}.subject")
    _check_first(system, patient, f"{place}.subject")
    version = CareTeamVersion(
        team=team_id,
        version=1,
        at=timezone.now(),
        status=CareTeamVersion.Status.PROPOSED,
        started=team.start,
        ended=team.end,
    )
    version.content = keep(system, team_id, team, named.content)
    version.save()
    coordinator = _coordinator(system, named.roles)
    Proposal.objects.create(
        kind=Proposal.Kind.OPEN,
        team=team_id,
        system_id=system.id,
        organization_id=system.organization,
        to_id=coordinator,
        patient=patient,
    )
    record_write(actor, team_id, "propose")
    notices.tell(users=[coordinator], what="proposed")
    return version


def _patient_of(system: ActingSystem, subject: str, place: str) -> Supplied:
    """A patient that the organisation has sent; one whom a circle is about has a circle already."""
    found = Supplied.objects.filter(id=subject.removeprefix("Patient/"), organization_id=system.organization).first()
    if found is None:
        raise refused("circle_exists", place, type="duplicate", status=409)
    return found


def _check_first(system: ActingSystem, patient: Supplied, place: str) -> None:
    """One circle for one patient, as far as the organisation may know; two systems at once wait for each other."""
    traits = reading.traits(resource_of(patient), place, today=latest_today())
    lock_identity(traits)
    known = visible(system.organization).filter(until=None).values("team")
    if main_circles(traits).filter(id__in=known).exists():
        raise refused("circle_exists", place, type="duplicate", status=409)
    waiting = Proposal.objects.filter(organization_id=system.organization, kind=Proposal.Kind.OPEN, settled=None)
    if waiting.filter(patient=patient).exists() or (
        patient.identifier_index is not None
        and waiting.filter(patient__identifier_index=patient.identifier_index).exists()
    ):
        raise refused("proposal_exists", place, type="duplicate", status=409)


def _coordinator(system: ActingSystem, roles: Sequence[tuple[PractitionerRole, reading.Participant]]) -> UUID:
    """Of who has left the organisation nobody is told about its patients: what then waits, waits unseen."""
    own = [held.practitioner_id for held, _ in roles if held.organization_id == system.organization]
    acting = Professional.objects.filter(
        practitioner_id__in=own, practitioner_role__organization=system.organization, user__is_active=True
    )
    users = dict(acting.values_list("practitioner_id", "user_id"))
    return next((users[each] for each in own if each in users), system.coordinator)
