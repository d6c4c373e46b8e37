"""What a system may do about a care team: propose one, say more about it, propose people, let its own people go.

Used by `circles.careteam.receiving`, in its transaction. Nobody comes into a circle here: the server cannot, because
each member's device would refuse (docs/decisions/0015). Somebody of the system's own organisation goes at once, as when
they leave; who was left out of an update has not gone: only an end says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from audit.events import Actor
from audit.services import record
from circles import notices
from circles.careteam import reading
from circles.careteam.bearer import ActingSystem
from circles.careteam.errors import FhirRefused, Issue, refused, unknown
from circles.careteam.models import CareTeamContent, CareTeamVersion, Proposal, Supplied
from circles.careteam.proposals import end_proposed, settle_answered
from circles.careteam.reading import Team
from circles.careteam.references import References
from circles.careteam.sealing import Resource, identifier_index, seal
from circles.careteam.selectors import content_of, resource_of, visible
from circles.models import Circle, Member, Professional
from circles.patients import lock_identity, main_circles
from circles.roles import eligible
from circles.rules import latest_today, locked
from circles.services.ending import end_by_organisation
from directory.models import PractitionerRole

Status = CareTeamVersion.Status
_OVER = frozenset({"inactive", "entered-in-error"})


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


def _reference(sent: dict[str, Any], found: str | None) -> dict[str, Any]:
    return {"reference": found} | ({"display": sent["display"]} if "display" in sent else {})


def propose(
    *, actor: Actor, system: ActingSystem, team_id: UUID, team: Team, named: Named, place: str
) -> CareTeamVersion:
    """A care team that a coordinator may open: the first of its professionals who signs in and acts in the system's
    organisation, else the one who was named with the system.

    Errors: `circle_exists`, `proposal_exists`, `team_is_over`, `profession_not_allowed`, `inactive`.
    """
    if team.status in _OVER or (team.end and team.end <= timezone.now()):
        raise refused("team_is_over", f"{place}.status", type="business-rule")
    _check_professionals(named.roles)
    patient = _patient_of(system, named.subject, f"{place}.subject")
    _check_first(system, patient, f"{place}.subject")
    version = CareTeamVersion(
        team=team_id, version=1, at=timezone.now(), status=Status.PROPOSED, started=team.start, ended=team.end
    )
    version.content = _keep(system, team_id, team, named.content)
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
    _record(actor, team_id, "propose")
    notices.tell(users=[coordinator], what="proposed")
    return version


def change(
    *, actor: Actor, system: ActingSystem, present: PresentTeam, team: Team, named: Named, place: str
) -> CareTeamVersion:
    """Another version of a team that exists.

    Errors: `subject_is_fixed`, `team_is_closed`, `participant_missing`, `participant_end_fixed`,
    `other_organisation`, `last_coordinator`, `profession_not_allowed`, `inactive`.
    """
    team_id = present.version.team
    if present.circle is None:
        _check_open_proposal(present, place)
        if named.subject != present.content["subject"]["reference"]:
            raise refused("subject_is_fixed", f"{place}.subject", type="business-rule")
        return _change_proposed(actor, system, present, team, named)
    if present.circle.state != Circle.State.OPEN:
        raise refused("team_is_closed", place, type="business-rule", status=409)
    if named.subject != f"Patient/{present.circle.patient_id}":
        raise refused("subject_is_fixed", f"{place}.subject", type="business-rule")
    joining = _follow_members(actor, system, present.circle, named, place)
    _check_professionals(joining)
    _record(actor, team_id, "update", patient_id=present.circle.patient_id)
    _propose_to_coordinators(system, present.circle, joining, closing=team.status in _OVER or team.end is not None)
    with connection.cursor() as cursor:  # the trigger's work, now: the answer has the version that results
        cursor.execute("SELECT circles_careteam_version(%s)", (team_id,))
    latest = CareTeamVersion.objects.select_related("content").get(team=team_id, until=None)
    if _without_facts(named.content) == _without_facts(present.content):
        return latest
    content = _keep(system, team_id, team, named.content)
    if latest.version == present.version.version:
        return _next(latest, content=content, status=latest.status, ended=latest.ended)
    latest.content = content
    latest.save(update_fields=("content",))
    return latest


def _change_proposed(
    actor: Actor, system: ActingSystem, present: PresentTeam, team: Team, named: Named
) -> CareTeamVersion:
    """Nobody has opened it yet: the system may say something else, or take it back."""
    _check_professionals(named.roles)
    _record(actor, present.version.team, "update")
    if team.status not in _OVER:
        content = _keep(system, present.version.team, team, named.content)
        return _next(present.version, content=content, status=Status.PROPOSED, ended=team.end)
    open_one = Proposal.objects.filter(team=present.version.team, kind=Proposal.Kind.OPEN, settled=None)
    open_one.update(settled=timezone.now(), outcome=Proposal.Outcome.DISMISSED)
    return end_proposed(present.version)


def _next(
    before: CareTeamVersion, *, content: CareTeamContent | None, status: str, ended: datetime | None
) -> CareTeamVersion:
    moment = timezone.now()
    before.until = moment
    before.save(update_fields=("until",))
    return CareTeamVersion.objects.create(
        team=before.team,
        version=before.version + 1,
        at=moment,
        status=status,
        started=before.started,
        ended=ended,
        facts=before.facts,
        content=content,
    )


def _follow_members(
    actor: Actor, system: ActingSystem, circle: Circle, named: Named, place: str
) -> list[tuple[PractitionerRole, reading.Participant]]:
    """End those who are said to have gone; the answer: those who are no members yet."""
    members = {each.practitioner_role_id: each for each in circle.members.filter(ended=None)}
    former = set(circle.members.exclude(ended=None).values_list("practitioner_role_id", flat=True))
    said = {held.id: (held, participant) for held, participant in named.roles if not _past(participant)}
    gone = {held.id: participant for held, participant in named.roles if _past(participant) and held.id not in said}
    if members.keys() - said.keys() - gone.keys():
        raise refused("participant_missing", f"{place}.participant", type="business-rule")
    for role_id in members.keys() & gone.keys():
        _end(actor, system, circle, members[role_id], gone[role_id])
    for role_id in members.keys() & said.keys():
        _check_end(members[role_id], said[role_id][1])
    return [
        pair
        for role_id, pair in said.items()
        if role_id not in members and not (role_id in former and pair[1].end is not None)
    ]


def _past(participant: reading.Participant) -> bool:
    return participant.end is not None and participant.end <= timezone.now()


def _check_end(member: Member, participant: reading.Participant) -> None:
    """An end date that is to come is the coordinators' word, which the members' devices keep too."""
    same = member.not_after is None and participant.end is None
    if member.not_after and participant.end:
        same = abs((member.not_after - participant.end).total_seconds()) < 1
    if not same:
        raise refused("participant_end_fixed", participant.place, type="business-rule")


def _end(actor: Actor, system: ActingSystem, circle: Circle, member: Member, participant: reading.Participant) -> None:
    if member.practitioner_role.organization_id != system.organization:
        raise refused("other_organisation", participant.place, type="forbidden", status=403)
    end_by_organisation(actor=actor, circle=circle, member=member)


def _check_professionals(roles: Sequence[tuple[PractitionerRole, reading.Participant]]) -> None:
    """Who may be told about a patient (CSP R1110-2); all places at once."""
    issues = []
    for held, participant in roles:
        if not eligible(held.profession_system, held.profession_code):
            issues.append(Issue("profession_not_allowed", "business-rule", participant.place))
        elif not (held.active and held.practitioner.active):
            issues.append(Issue("inactive", "business-rule", participant.place))
    if issues:
        raise FhirRefused(*issues)


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


def _propose_to_coordinators(
    system: ActingSystem,
    circle: Circle,
    joining: Sequence[tuple[PractitionerRole, reading.Participant]],
    *,
    closing: bool,
) -> None:
    """What was proposed already, and is not settled, stays one proposal."""
    settle_answered(circle.id)
    waiting = Proposal.objects.filter(team=circle.id, settled=None)
    asked = set(waiting.filter(kind=Proposal.Kind.MEMBER).values_list("practitioner_role_id", flat=True))
    rows = [
        Proposal(
            kind=Proposal.Kind.MEMBER,
            team=circle.id,
            system_id=system.id,
            organization_id=system.organization,
            practitioner_role=held,
            not_after=participant.end,
        )
        for held, participant in joining
        if held.id not in asked
    ]
    if closing and not waiting.filter(kind=Proposal.Kind.CLOSE).exists():
        rows.append(
            Proposal(kind=Proposal.Kind.CLOSE, team=circle.id, system_id=system.id, organization_id=system.organization)
        )
    if rows:
        Proposal.objects.bulk_create(rows)
        coordinators = circle.members.filter(role="coordinator", ended=None).values_list("user_id", flat=True)
        notices.tell(users=list(coordinators), what="proposed", circle_id=circle.id)


def _check_open_proposal(present: PresentTeam, place: str) -> None:
    if present.version.status != Status.PROPOSED:
        raise refused("team_is_closed", place, type="business-rule", status=409)


def _without_facts(content: Resource) -> Resource:
    """What the circle's tables do not say."""
    kept = [each for each in content.get("participant") or [] if "PractitionerRole/" not in str(each["member"])]
    said = {name: value for name, value in content.items() if name not in ("participant", "status", "subject")}
    return said | {"participant": kept}


def _keep(system: ActingSystem, team_id: UUID, team: Team, content: Resource) -> CareTeamContent:
    version, sealed = seal(content, team_id)
    return CareTeamContent.objects.create(
        team=team_id,
        system_id=system.id,
        key_version=version,
        sealed=sealed,
        identifier_index=identifier_index(*team.identifier),
    )


def _record(actor: Actor, team_id: UUID, what: str, patient_id: UUID | None = None) -> None:
    record("careteam.write", actor=actor, circle_id=team_id, patient_id=patient_id, detail={"do": what})
