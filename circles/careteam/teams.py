"""A care team as systems speak of it: its references as ours, its present version, who may be in it, what is kept.

Used by `proposing`, `changing` and `receiving`, in the transaction of the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from audit.events import Actor
from audit.services import record
from circles.careteam import reading
from circles.careteam.bearer import ActingSystem
from circles.careteam.errors import FhirRefused, Issue, refused, unknown
from circles.careteam.models import CareTeamContent, CareTeamVersion
from circles.careteam.reading import Team
from circles.careteam.references import References
from circles.careteam.sealing import Resource, identifier_index, seal
from circles.careteam.selectors import content_of, visible
from circles.models import Circle
from circles.roles import eligible
from circles.rules import locked
from directory.models import PractitionerRole

OVER = frozenset({"inactive", "entered-in-error"})


@dataclass(frozen=True, slots=True)
class Named:
    """The team with its references as ours; `roles` are its professionals, in order, each with where they stand."""

    content: Resource
    subject: str
    roles: tuple[tuple[PractitionerRole, reading.Participant], ...]


@dataclass(frozen=True, slots=True)
class PresentTeam:
    """A team that exists: its present version, locked; `circle` is None while it is only proposed."""

    version: CareTeamVersion
    circle: Circle | None
    content: Resource

    @classmethod
    def locked(cls, system: ActingSystem, team: UUID, if_match: int | None, place: str) -> PresentTeam:
        """Errors: `not_found`, `version_required` (400), `version_conflict` (412)."""
        if not visible(system.organization).filter(team=team, until=None).exists():
            raise unknown(place)
        circle = locked(team) if Circle.objects.filter(id=team).exists() else None
        version = (
            CareTeamVersion.objects.select_for_update(of=("self",)).select_related("content").get(team=team, until=None)
        )
        if if_match is None:
            raise refused("version_required", place, type="required", status=400)
        if if_match != version.version:
            raise refused("version_conflict", place, type="conflict", status=412)
        return cls(version, circle, content_of(version))

    @property
    def references(self) -> frozenset[str]:
        """What it points to already, of whichever organisation."""
        named = [each["member"] for each in self.content.get("participant") or []]
        named += self.content.get("managingOrganization") or []
        subject = f"Patient/{self.version.facts['patient']}" if self.version.facts else ""
        return frozenset({subject, *(str(each.get("reference", "")) for each in named)})


def resolve(team: Team, references: References, place: str) -> Named:
    """Raises `unknown_reference` with every place that names nobody."""
    content = dict(team.content)
    subject = references.resolve(content["subject"], ("Patient",), f"{place}.subject")
    members = [references.resolve(each.reference, reading.MEMBERS, each.place) for each in team.participants]
    managing = [
        references.resolve(each, ("Organization",), f"{place}.managingOrganization[{at}]")
        for at, each in enumerate(content.get("managingOrganization") or [])
    ]
    references.finish()
    content["subject"] = {"reference": subject}
    if members:
        sent = content["participant"]
        content["participant"] = [
            each | {"member": _reference(each["member"], found)} for each, found in zip(sent, members, strict=True)
        ]
    if managing:
        sent = content["managingOrganization"]
        content["managingOrganization"] = [_reference(each, one) for each, one in zip(sent, managing, strict=True)]
    held = PractitionerRole.objects.select_related("practitioner").in_bulk(
        [UUID(found.partition("/")[2]) for found in members if found and found.startswith("PractitionerRole/")]
    )
    roles = [
        (held[UUID(found.partition("/")[2])], participant)
        for found, participant in zip(members, team.participants, strict=True)
        if found and found.startswith("PractitionerRole/")
    ]
    return Named(content, str(subject), tuple(roles))


def check_professionals(roles: Sequence[tuple[PractitionerRole, reading.Participant]]) -> None:
    """Who may be told about a patient (CSP R1110-2); all places at once."""
    issues = []
    for held, participant in roles:
        if not eligible(held.profession_system, held.profession_code):
            issues.append(Issue("profession_not_allowed", "business-rule", participant.place))
        elif not (held.active and held.practitioner.active):
            issues.append(Issue("inactive", "business-rule", participant.place))
    if issues:
        raise FhirRefused(*issues)


def keep(system: ActingSystem, team_id: UUID, team: Team, content: Resource) -> CareTeamContent:
    version, sealed = seal(content, team_id)
    return CareTeamContent.objects.create(
        team=team_id,
        system_id=system.id,
        key_version=version,
        sealed=sealed,
        identifier_index=identifier_index(*team.identifier),
    )


def record_write(actor: Actor, team_id: UUID, what: str, patient_id: UUID | None = None) -> None:
    record("careteam.write", actor=actor, circle_id=team_id, patient_id=patient_id, detail={"do": what})


def _reference(sent: dict[str, Any], found: str | None) -> dict[str, Any]:
    return {"reference": found} | ({"display": sent["display"]} if "display" in sent else {})
