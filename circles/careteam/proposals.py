"""What systems propose, for the people who decide: a circle to open, somebody to invite, a circle to close.

Used by `circles.careteam.api_proposals`, by `circles.careteam.changing`, and by `circles.services.open_circle` when a
proposed circle is opened. Deciding is what people do anyway, from their devices: opening, inviting, closing; here a
proposal is only shown, put aside, or found to have been answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from audit.events import Actor
from audit.services import record
from circles import access
from circles.careteam import reading
from circles.careteam.models import CareTeamVersion, Proposal
from circles.careteam.selectors import content_of, named_in, resource_of
from circles.errors import Conflict, NotFound
from circles.ins import PatientTraits
from circles.models import Circle, Invitation, Member, Professional
from circles.rules import check_reason, latest_today, person
from circles.schemas import Card
from circles.selectors import card
from directory.models import PractitionerRole


@dataclass(frozen=True, slots=True)
class Source:
    """Which program of which organisation proposed it, and when."""

    system: str
    organisation: str
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedPerson(Card):
    practitioner: UUID
    role: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedMember(ProposedPerson):
    id: UUID
    source: Source
    not_after: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedCircle:
    """`team` is the id with which it is opened; `others` are relatives and structures, by name."""

    id: UUID
    source: Source
    team: UUID
    patient: PatientTraits
    people: list[ProposedPerson]
    others: list[str]


@dataclass(frozen=True, slots=True)
class ProposedClosing:
    id: UUID
    source: Source


@dataclass(frozen=True, slots=True)
class ProposedChanges:
    members: list[ProposedMember]
    closing: ProposedClosing | None


def circles_to_open(user_id: UUID) -> list[ProposedCircle]:
    """What waits for this person, the newest first."""
    rows = list(_proposed_to(user_id).select_related("patient").order_by("-created"))
    teams = [each.team for each in rows]
    versions = CareTeamVersion.objects.select_related("content").filter(team__in=teams, until=None)
    present = {each.team: each for each in versions}
    return [_to_open(each, present[each.team]) for each in rows]


def changes_for(user_id: UUID, circle_id: UUID) -> ProposedChanges:
    """For coordinators; raises NotFound for anybody else. Two queries."""
    access.circle_for(user_id, circle_id, "invite")
    rows = list(
        _waiting()
        .filter(team=circle_id)
        .exclude(_answered())
        .select_related("practitioner_role__practitioner", "practitioner_role__organization")
        .order_by("created")
    )
    return ProposedChanges(
        members=[_member(each, each.practitioner_role) for each in rows if each.practitioner_role is not None],
        closing=next((ProposedClosing(each.id, _source(each)) for each in rows if each.kind == "close"), None),
    )


@transaction.atomic
def put_aside(*, actor: Actor, proposal_id: UUID, reason: str) -> None:
    """Not wanted: by whom it was proposed to. Errors: `not_found`, `bad_input` (the reason is too long)."""
    check_reason(reason)
    proposal = _waiting().select_for_update(of=("self",)).filter(id=proposal_id).first()
    if proposal is None:
        raise NotFound
    if proposal.kind != Proposal.Kind.OPEN:
        access.circle_for(person(actor), proposal.team, "invite")
    elif not _proposed_to(person(actor)).filter(id=proposal.id).exists():
        raise NotFound
    _settle(proposal, Proposal.Outcome.DISMISSED)
    if proposal.kind == Proposal.Kind.OPEN:
        end_proposed(CareTeamVersion.objects.get(team=proposal.team, until=None))
    record(
        "proposal.settle",
        actor=actor,
        circle_id=proposal.team,
        obj=("Proposal", proposal.id),
        reason=reason,
        detail={"outcome": "dismissed", "kind": proposal.kind},
    )


def end_proposed(present: CareTeamVersion) -> CareTeamVersion:
    """The next version of a team that nobody will open: over. Call it with the proposal locked."""
    moment = timezone.now()
    present.until = moment
    present.save(update_fields=("until",))
    return CareTeamVersion.objects.create(
        team=present.team,
        version=present.version + 1,
        at=moment,
        status=CareTeamVersion.Status.INACTIVE,
        started=present.started,
        ended=present.ended or moment,
        content=present.content,
    )


def claim(circle_id: UUID, user_id: UUID) -> Proposal | None:
    """The proposal that this person opens with this id, locked; None when nobody proposed such a circle.

    Raises Conflict `id_taken` when it is not theirs to open, or not any more.
    """
    proposal = Proposal.objects.select_for_update().filter(team=circle_id, kind=Proposal.Kind.OPEN).first()
    if proposal is not None and not _proposed_to(user_id).filter(id=proposal.id).exists():
        raise Conflict("id_taken")
    return proposal


def opened(proposal: Proposal, circle: Circle, *, opener: UUID) -> None:
    """It is a circle: from now on its professionals are proposed to whoever coordinates it."""
    _settle(proposal, Proposal.Outcome.DONE)
    version = CareTeamVersion.objects.select_related("content").get(team=circle.id, until=None)
    Proposal.objects.bulk_create(
        Proposal(
            kind=Proposal.Kind.MEMBER,
            team=circle.id,
            system_id=proposal.system_id,
            organization_id=proposal.organization_id,
            practitioner_role=held,
        )
        for held in _professionals(version)
        if held.practitioner_id != opener
    )


def settle_answered(circle_id: UUID) -> None:
    """Who was invited, or has come in, since they were proposed is proposed no more. Call it with the circle locked."""
    answered = _waiting().filter(_answered(), team=circle_id)
    answered.update(settled=timezone.now(), outcome=Proposal.Outcome.DONE)


def _waiting() -> QuerySet[Proposal]:
    return Proposal.objects.filter(settled=None).select_related("system", "organization")


def _proposed_to(user_id: UUID) -> QuerySet[Proposal]:
    """What this person may open, as long as they act in the organisation that knows the patient."""
    acts_in = Professional.objects.filter(user_id=user_id).values("practitioner_role__organization")
    return _waiting().filter(kind=Proposal.Kind.OPEN, to_id=user_id, organization__in=acts_in)


def _answered() -> Q:
    same = {
        "circle_id": OuterRef("team"),
        "practitioner_role__practitioner": OuterRef("practitioner_role__practitioner"),
    }
    return Exists(Member.objects.filter(**same, ended=None)) | Exists(
        Invitation.objects.filter(Q(state="pending") | Q(created__gte=OuterRef("created")), **same)
    )


def _settle(proposal: Proposal, outcome: str) -> None:
    proposal.settled, proposal.outcome = timezone.now(), outcome
    proposal.save(update_fields=("settled", "outcome"))


def _to_open(proposal: Proposal, version: CareTeamVersion) -> ProposedCircle:
    if proposal.patient is None:
        raise NotFound
    return ProposedCircle(
        id=proposal.id,
        source=_source(proposal),
        team=proposal.team,
        patient=reading.traits(resource_of(proposal.patient), "Patient", today=latest_today()),
        people=[
            ProposedPerson(**card(each), practitioner=each.practitioner_id, role=each.id)
            for each in _professionals(version)
        ],
        others=[_name(each) for each in named_in(content_of(version))],
    )


def _member(proposal: Proposal, held: PractitionerRole) -> ProposedMember:
    return ProposedMember(
        **card(held),
        id=proposal.id,
        source=_source(proposal),
        practitioner=held.practitioner_id,
        role=held.id,
        not_after=proposal.not_after,
    )


def _source(proposal: Proposal) -> Source:
    return Source(proposal.system.name, proposal.organization.name, proposal.created)


def _professionals(version: CareTeamVersion) -> list[PractitionerRole]:
    """The directory's roles that the supplied team names, in its order."""
    named = [str(each["member"].get("reference", "")) for each in content_of(version).get("participant") or []]
    ids = [UUID(each.partition("/")[2]) for each in named if each.startswith("PractitionerRole/")]
    held = PractitionerRole.objects.select_related("practitioner", "organization").in_bulk(ids)
    return [held[each] for each in dict.fromkeys(ids) if each in held]


def _name(resource: dict[str, Any]) -> str:
    """Of a relative `Bruno CHASTEL`, of a structure its name."""
    name = resource.get("name")
    if not isinstance(name, list):
        return str(name or "")
    first: dict[str, Any] = next(iter(name), {})
    return " ".join([*first.get("given", []), str(first.get("family", "")).upper()]).strip()
