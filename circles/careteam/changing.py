"""A system says more about a care team that exists: another version, people to propose, its own people who go.

Used by `circles.careteam.receiving`, in its transaction. Nobody comes into a circle here: the server cannot, because
each member's device would refuse (docs/decisions/0015). Somebody of the system's own organisation goes at once, as when
they leave; who was left out of an update has not gone: only an end says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.utils import timezone

from audit.events import Actor
from circles import notices
from circles.careteam import reading
from circles.careteam.bearer import ActingSystem
from circles.careteam.errors import refused
from circles.careteam.models import CareTeamContent, CareTeamVersion, Proposal
from circles.careteam.proposals import end_proposed, settle_answered
from circles.careteam.reading import Team
from circles.careteam.sealing import Resource
from circles.careteam.teams import OVER, Named, PresentTeam, check_professionals, keep, record_write
from circles.models import Circle, Member
from circles.services.ending import end_by_organisation
from directory.models import PractitionerRole

Status = CareTeamVersion.Status


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
    check_professionals(joining)
    record_write(actor, team_id, "update", patient_id=present.circle.patient_id)
    _propose_to_coordinators(system, present.circle, joining, closing=team.status in OVER or team.end is not None)
    with connection.cursor() as cursor:  # the trigger's work, now: the answer has the version that results
        cursor.execute("SELECT circles_careteam_version(%s)", (team_id,))
    latest = CareTeamVersion.objects.select_related("content").get(team=team_id, until=None)
    if _without_facts(named.content) == _without_facts(present.content):
        return latest
    content = keep(system, team_id, team, named.content)
    if latest.version == present.version.version:
        return _next(latest, content=content, status=latest.status, ended=latest.ended)
    latest.content = content
    latest.save(update_fields=("content",))
    return latest


def _change_proposed(
    actor: Actor, system: ActingSystem, present: PresentTeam, team: Team, named: Named
) -> CareTeamVersion:
    """Nobody has opened it yet: the system may say something else, or take it back."""
    check_professionals(named.roles)
    record_write(actor, present.version.team, "update")
    if team.status not in OVER:
        content = keep(system, present.version.team, team, named.content)
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
