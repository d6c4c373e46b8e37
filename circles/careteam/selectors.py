"""What a system may see: the teams in which somebody who acts in its organisation is now, and its proposals.

Used by `circles.careteam.api`. Every answer is of the rights of the moment; the number of queries does not grow.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from circles.careteam import writing
from circles.careteam.errors import unknown
from circles.careteam.models import CareTeamVersion, Proposal, Supplied
from circles.careteam.sealing import Resource, unseal
from circles.careteam.searching import Search
from circles.models import Circle, Member, Patient
from circles.patients import open_traits
from directory.models import Organization, Practitioner, PractitionerRole


@dataclass(frozen=True, slots=True)
class Found:
    """A page of teams with what was asked to be included; `last` is where the next page begins, if there is one."""

    teams: list[Resource]
    included: list[Resource]
    ids: list[UUID]
    last: CareTeamVersion | None


def visible(organization: UUID) -> QuerySet[CareTeamVersion]:
    """All versions of the teams that the organisation's systems may see: none that its members read no more."""
    acting = Member.objects.filter(
        ended=None, practitioner_role__organization_id=organization, circle__state__in=("open", "closed")
    )
    proposed = Proposal.objects.filter(organization_id=organization, kind=Proposal.Kind.OPEN)
    return CareTeamVersion.objects.filter(
        team__in=acting.values("circle_id").union(proposed.filter(_unopened()).values("team"))
    ).select_related("content")


def _unopened() -> Q:
    """Once it is a circle, its members are what counts."""
    return ~Q(outcome=Proposal.Outcome.DONE)


def search(organization: UUID, search: Search) -> Found:
    """Present versions, the newest first."""
    rows = visible(organization).filter(*search.where, until=None).order_by("-at", "team")
    page, last = _page(rows, search.count, search.after)
    roles = _roles(page)
    teams = [_team(each, roles) for each in page]
    return Found(teams, included(page, teams, roles, search.includes), [each.team for each in page], last)


def history(organization: UUID, *, team: UUID | None, since: datetime | None, page: Search) -> Found:
    """Versions of one team, or of all, the newest first. Raises `not_found` for a team that may not be seen."""
    rows = visible(organization)
    if team is not None:
        rows = rows.filter(team=team)
        if not rows.exists():
            raise unknown()
    if since is not None:
        rows = rows.filter(at__gte=since)
    versions, last = _page(rows.order_by("-at", "team"), page.count, page.after)
    roles = _roles(versions)
    return Found([_team(each, roles) for each in versions], [], [each.team for each in versions], last)


def _page(
    rows: QuerySet[CareTeamVersion], count: int, after: tuple[datetime, UUID] | None
) -> tuple[list[CareTeamVersion], CareTeamVersion | None]:
    if after is not None:
        at, team = after
        rows = rows.filter(Q(at__lt=at) | Q(at=at, team__gt=team))
    found = list(rows[: count + 1])
    return found[:count], found[count - 1] if len(found) > count > 0 else None


def care_team(organization: UUID, team: UUID, version: int | None = None) -> Resource:
    """The present version, or that one. Raises `not_found`."""
    rows = visible(organization).filter(team=team)
    found = rows.filter(until=None).first() if version is None else rows.filter(version=version).first()
    if found is None:
        raise unknown()
    return _team(found, _roles([found]))


def patient_of(team: UUID) -> UUID | None:
    """Whom a team is about, as the trail names patients; None while it is only proposed."""
    return Circle.objects.filter(id=team).values_list("patient_id", flat=True).first()


def content_of(version: CareTeamVersion) -> Resource:
    content = version.content
    return {} if content is None else unseal(content.key_version, content.sealed, content.team)


def _team(version: CareTeamVersion, roles: dict[str, PractitionerRole]) -> Resource:
    return writing.care_team(version, content_of(version), roles)


def _roles(versions: Iterable[CareTeamVersion]) -> dict[str, PractitionerRole]:
    """The directory's roles of all members. One query."""
    ids = {member["role_id"] for each in versions if each.facts for member in each.facts["members"]}
    return _held(ids)


def _held(ids: Collection[str]) -> dict[str, PractitionerRole]:
    held = PractitionerRole.objects.select_related("practitioner", "organization").filter(id__in=ids)
    return {str(each.id): each for each in held} if ids else {}


# --- what goes with the teams ----------------------------------------------------------------------------------------
def included(
    versions: list[CareTeamVersion],
    teams: list[Resource],
    roles: dict[str, PractitionerRole],
    wanted: frozenset[str],
) -> list[Resource]:
    """The resources that `teams` point to, each once. At most five queries."""
    named = {kind: _named(teams, kind) for kind in ("subject", "participant", "managingOrganization")}
    subjects = named["subject"] if "patient" in wanted else set()
    places = set[str]()
    if "participant" in wanted:
        places |= named["participant"]
    if "managing" in wanted:
        places |= named["managingOrganization"]
    held = {**roles, **_held({*_ids(places, "PractitionerRole")} - roles.keys())} if places else {}
    shown = [held[each] for each in sorted(_ids(places, "PractitionerRole")) if each in held]
    structures = _ids(places, "Organization")
    if "organization" in wanted:
        structures |= {str(each.organization_id) for each in shown if each.organization_id}
    people = {each.practitioner_id: each.practitioner for each in shown} if "practitioner" in wanted else {}
    known = Patient.objects.filter(id__in=_ids(subjects, "Patient")) if subjects else []
    supplied = _supplied({*_ids(subjects, "Patient"), *_ids(places, "RelatedPerson"), *structures})
    organizations = Organization.objects.filter(id__in=structures) if structures else []
    return [
        *(writing.patient(each, open_traits(each)) for each in known),
        *supplied,
        *(writing.practitioner_role(each) for each in shown),
        *(writing.practitioner(each) for each in people.values()),
        *(writing.organization(each) for each in organizations),
    ]


def _named(teams: list[Resource], element: str) -> set[str]:
    """The references of this element in all teams."""
    found: set[str] = set()
    for team in teams:
        value = team.get(element) or []
        for each in value if isinstance(value, list) else [value]:
            reference = each["member"] if element == "participant" else each
            found.add(reference.get("reference", ""))
    return found


def _ids(references: Collection[str], kind: str) -> set[str]:
    return {each.removeprefix(f"{kind}/") for each in references if each.startswith(f"{kind}/")}


def _supplied(ids: Collection[str]) -> list[Resource]:
    return [resource_of(each) for each in Supplied.objects.filter(id__in=ids)] if ids else []


def named_in(content: Resource) -> list[Resource]:
    """The relatives and structures that are in a team. One query."""
    references = [str(each["member"].get("reference", "")) for each in content.get("participant") or []]
    return _supplied(_ids(references, "RelatedPerson") | _ids(references, "Organization"))


def resource_of(row: Supplied) -> Resource:
    """As it came, but for its id, its version, and the number of an identity that is not qualified."""
    return unseal(row.key_version, row.sealed, row.id) | {
        "id": str(row.id),
        "meta": {"versionId": str(row.version), "lastUpdated": writing.instant(row.updated)},
    }


# --- one resource -----------------------------------------------------------------------------------------------------
def actor(organization: UUID, kind: str, wanted: UUID) -> Resource:
    """A patient, a relative, a professional or a structure, as far as this organisation may see it, else `not_found`.

    The directory is everybody's; patients are those of visible teams; what systems have supplied is their
    organisation's.
    """
    supplied = Supplied.objects.filter(id=wanted, type=kind, organization_id=organization).first()
    if supplied is not None:
        return resource_of(supplied)
    found = _ACTORS[kind](organization, wanted) if kind in _ACTORS else None
    if found is None:
        raise unknown()
    return found


def _patient(organization: UUID, wanted: UUID) -> Resource | None:
    mine = Circle.objects.filter(patient_id=wanted, id__in=visible(organization).filter(until=None).values("team"))
    circle = mine.select_related("patient").first()
    return (
        None
        if circle is None or circle.patient is None
        else writing.patient(circle.patient, open_traits(circle.patient))
    )


def _practitioner_role(organization: UUID, wanted: UUID) -> Resource | None:
    found = PractitionerRole.objects.filter(id=wanted).first()
    return None if found is None else writing.practitioner_role(found)


def _practitioner(organization: UUID, wanted: UUID) -> Resource | None:
    found = Practitioner.objects.filter(id=wanted).first()
    return None if found is None else writing.practitioner(found)


def _organization(organization: UUID, wanted: UUID) -> Resource | None:
    found = Organization.objects.filter(id=wanted).first()
    return None if found is None else writing.organization(found)


_ACTORS: Final = {
    "Patient": _patient,
    "PractitionerRole": _practitioner_role,
    "Practitioner": _practitioner,
    "Organization": _organization,
}
