"""What systems have sent about a patient goes with the patient's circle: the content of the team, patient and family.

Used by `circles.services.retention`, in the transaction that empties a circle. Structures are nobody's data and stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from audit.events import SYSTEM
from audit.services import record
from circles.careteam.models import CareTeamContent, CareTeamVersion, Proposal, Supplied
from circles.careteam.sealing import unseal

_PERSONS = (Supplied.Type.PATIENT, Supplied.Type.RELATED_PERSON)


def forget_team(team: UUID) -> None:
    """Whom another team of the same organisation still names stays until that one goes too."""
    contents = list(CareTeamContent.objects.filter(team=team).select_related("system"))
    proposals = Proposal.objects.filter(team=team)
    named = {each for content in contents for each in _named(content)}
    named |= set(proposals.exclude(patient=None).values_list("patient_id", flat=True))
    if contents:
        record("careteam.erase", actor=SYSTEM, circle_id=team, obj=("Circle", team), cnt=len(contents))
        CareTeamVersion.objects.filter(team=team).update(content=None)
        CareTeamContent.objects.filter(team=team).delete()
    proposals.update(patient=None)
    for row in Supplied.objects.filter(id__in=named - _named_elsewhere(contents), type__in=_PERSONS):
        record("careteam.erase", actor=SYSTEM, circle_id=team, obj=("Supplied", row.id))
        row.delete()


def _named(content: CareTeamContent) -> Iterator[UUID]:
    """Whom a team's content points to, of what was supplied."""
    said = unseal(content.key_version, content.sealed, content.team)
    references = [said.get("subject") or {}, *(each["member"] for each in said.get("participant") or [])]
    for each in references:
        kind, _, supplied = str(each.get("reference", "")).partition("/")
        if kind in _PERSONS:
            yield UUID(supplied)


def _named_elsewhere(gone: list[CareTeamContent]) -> set[UUID]:
    organizations = {each.system.organization_id for each in gone}
    others = CareTeamContent.objects.filter(system__organization__in=organizations)
    open_proposals = Proposal.objects.filter(organization__in=organizations).exclude(patient=None)
    return {each for content in others.iterator() for each in _named(content)} | set(
        open_proposals.values_list("patient_id", flat=True)
    )
