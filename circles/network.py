"""The directory as colleagues meet it: people, structures, what somebody says of themselves, and what they are to me.

Used by `circles.api_network`. Everybody whom the directory knows may ask; the number of queries does not grow with the
answer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, TypedDict, cast
from uuid import UUID

from circles.absences import absence_of, with_replacement
from circles.contacts import states_for
from circles.errors import NotAllowed, NotFound
from circles.models import Professional
from circles.schemas import CardFields, Organisation, Profession
from circles.schemas_network import (
    Found,
    FoundPerson,
    FoundStructure,
    Hours,
    Offer,
    ProfileShown,
    Situation,
    StructureShown,
)
from directory import selectors as directory
from directory.models import HealthcareService, Organization
from directory.sectors import Sector
from directory.selectors import OrganisationEntry, RoleEntry

# One screen of each: whoever is not in it is found by typing more.
PEOPLE_SHOWN: Final = 30
STRUCTURES_SHOWN: Final = 10
COLLEAGUES_SHOWN: Final = 100  # of one structure
OFFERS_SHOWN: Final = 50


def search(user_id: UUID, q: str) -> Found:
    """People and structures that match every word. Raises NotAllowed `not_registered`. Six queries."""
    check_professional(user_id)
    people = directory.search(q=q, limit=PEOPLE_SHOWN + 1)
    structures = directory.search_structures(q=q, limit=STRUCTURES_SHOWN + 1)
    return Found(
        people=_found(user_id, people[:PEOPLE_SHOWN]),
        structures=[FoundStructure(**_structure(each)) for each in structures[:STRUCTURES_SHOWN]],
        truncated=len(people) > PEOPLE_SHOWN or len(structures) > STRUCTURES_SHOWN,
    )


def structure(user_id: UUID, organization_id: UUID) -> StructureShown:
    """Who practises there and what it offers. Raises NotAllowed, NotFound. Seven queries."""
    check_professional(user_id)
    shown = Organization.objects.filter(id=organization_id).first()
    if shown is None:
        raise NotFound
    people = directory.people_of(organization_id, limit=COLLEAGUES_SHOWN + 1)
    offers = HealthcareService.objects.filter(organization_id=organization_id, active=True).order_by("name", "id")
    return StructureShown(
        **_structure(shown),
        offers=[
            Offer(name=each.name, field=each.field_label, activity=each.activity_label)
            for each in offers[:OFFERS_SHOWN]
        ],
        people=_found(user_id, people[:COLLEAGUES_SHOWN]),
        truncated=len(people) > COLLEAGUES_SHOWN,
    )


def own_profile(user_id: UUID) -> ProfileShown:
    """Raises NotAllowed `not_registered`."""
    return profile(user_id, check_professional(user_id).practitioner_id)


def profile(user_id: UUID, practitioner_id: UUID) -> ProfileShown:
    """Of anybody in the directory. Raises NotAllowed, NotFound. Six queries."""
    check_professional(user_id)
    situations = directory.roles_of_practitioners([practitioner_id]).get(practitioner_id, [])
    if not situations:
        raise NotFound
    linked = Professional.objects.filter(practitioner_id=practitioner_id, user__is_active=True).first()
    said = None if linked is None else with_replacement().filter(user_id=linked.user_id).first()
    usual = next((each for each in situations if linked and each.role == linked.practitioner_role_id), situations[0])
    return ProfileShown(
        **_card(usual),
        practitioner=practitioner_id,
        user=None if linked is None else linked.user_id,
        contact="none" if linked is None else states_for(user_id, [linked.user_id])[linked.user_id],
        mssante=usual.mssante,
        situations=[_situation(each) for each in situations],
        languages=[] if said is None else said.languages,
        availability="" if said is None else said.availability,
        hours=[] if said is None else [Hours(**each) for each in said.hours],
        absence=None if said is None else absence_of(said),
    )


def check_professional(user_id: UUID) -> Professional:
    """An account that the directory does not know looks nobody up. One query."""
    professional = Professional.objects.filter(user_id=user_id).first()
    if professional is None:
        raise NotAllowed("not_registered")
    return professional


def _found(user_id: UUID, entries: Sequence[RoleEntry]) -> list[FoundPerson]:
    users = _users({each.practitioner for each in entries})
    states = states_for(user_id, list(users.values()))
    return [
        FoundPerson(
            **_card(each),
            practitioner=each.practitioner,
            role=each.role,
            speciality=each.speciality,
            active=each.active,
            user=(user := users.get(each.practitioner)),
            contact="none" if user is None else states[user],
        )
        for each in entries
    ]


def _users(practitioners: Collection[UUID]) -> dict[UUID, UUID]:
    """Who signs in as which practitioner."""
    linked = Professional.objects.filter(practitioner__in=practitioners, user__is_active=True)
    return dict(linked.values_list("practitioner_id", "user_id"))


def _card(entry: RoleEntry) -> CardFields:
    return CardFields(
        name=entry.name,
        family_name=entry.family_name,
        given_name=entry.given_name,
        civility=entry.civility,
        profession=Profession(code=entry.profession_code, label=entry.profession_label),
        sector=entry.sector,
        organisation=_organisation(entry.organisation),
    )


def _situation(entry: RoleEntry) -> Situation:
    return Situation(
        role=entry.role,
        profession=Profession(code=entry.profession_code, label=entry.profession_label),
        speciality=entry.speciality,
        sector=entry.sector,
        organisation=_organisation(entry.organisation),
        city=entry.city or None,
        active=entry.active,
    )


def _organisation(entry: OrganisationEntry | None) -> Organisation | None:
    return None if entry is None else Organisation(id=entry.id, name=entry.name, city=entry.city or None)


def _structure(row: Organization) -> _StructureFields:
    return _StructureFields(
        id=row.id,
        name=row.name,
        city=row.city or None,
        postal_code=row.postal_code or None,
        sector=cast("Sector", row.sector) if row.sector else None,
    )


class _StructureFields(TypedDict):
    id: UUID
    name: str
    city: str | None
    postal_code: str | None
    sector: Sector | None
