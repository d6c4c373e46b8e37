"""Finding professionals by what one knows of them. Authorises nothing; `circles` decides who may ask.

Used by `circles`; relies on the stored keys of `directory.keys` and on pg_trgm, whose index serves both kinds of match.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from operator import add, and_
from typing import cast
from uuid import UUID

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import BooleanField, Case, ExpressionWrapper, F, FloatField, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Length

from directory.errors import NotFound, QueryTooLong
from directory.identifiers import RPPS
from directory.keys import words
from directory.models import Organization, Practitioner, PractitionerRole
from directory.sectors import Sector

QUERY_LENGTH = 200
# More words than a name, a profession and a town have; each one costs a look into the index.
MOST_WORDS = 8
MOST_RESULTS = 100
# Below this a word has too few trigrams for a typo to be told from another word: "lea" is not "leo".
TYPO_LENGTH = 4


@dataclass(frozen=True, slots=True)
class OrganisationEntry:
    id: UUID
    name: str
    city: str


@dataclass(frozen=True, slots=True)
class RoleEntry:
    """A professional in one situation d'exercice. `name` is how they are addressed: `Dr Hélène ROUSSEL`; `system` and
    `number` are the national identifier.
    """

    practitioner: UUID
    role: UUID
    name: str
    family_name: str
    given_name: str
    civility: str
    profession_system: str
    profession_code: str
    profession_label: str
    speciality: str | None
    sector: Sector
    organisation: OrganisationEntry | None
    city: str
    rpps: str | None
    system: str
    number: str
    mssante: str | None
    active: bool


def search(*, q: str, limit: int = 20, among: Collection[UUID] | None = None) -> list[RoleEntry]:
    """Roles that match every word of `q` by name, profession, structure or town; best first, inactive last. One query.

    A word matches the beginning of a word, or, when nobody matches every word so, a word nearly the same. Accents
    and case do not count. At most 8 words count and 100 roles are given. When `among` is given, only these
    roles, and no word at all finds them all. Raises QueryTooLong above 200 characters.
    """
    if len(q) > QUERY_LENGTH:
        raise QueryTooLong(f"{QUERY_LENGTH}")
    wanted = words(q)[:MOST_WORDS]
    if limit < 1 or not (wanted or among):
        return []
    roles = PractitionerRole.objects.all() if among is None else PractitionerRole.objects.filter(id__in=among)
    if not wanted:
        listed = roles.order_by("sort_key", "id").select_related("practitioner", "organization")
        return [_entry(role) for role in listed[: min(limit, MOST_RESULTS)]]
    ranked = (
        roles.filter(reduce(and_, map(_nearly, wanted)))
        .annotate(exact=ExpressionWrapper(reduce(and_, map(_begins, wanted)), output_field=BooleanField()))
        .annotate(score=reduce(add, map(_score, wanted)))
        .order_by("-exact", "-active", "-score", "sort_key", "id")
        .select_related("practitioner", "organization")
    )
    found = list(ranked[: min(limit, MOST_RESULTS)])
    return [_entry(role) for role in found if role.exact or not found[0].exact]


def search_structures(*, q: str, limit: int = 20) -> list[Organization]:
    """Structures of which each word of `q` begins a word of their name, town or postal code; active ones,
    the shortest name first. One query. Raises QueryTooLong above 200 characters.
    """
    if len(q) > QUERY_LENGTH:
        raise QueryTooLong(f"{QUERY_LENGTH}")
    wanted = words(q)[:MOST_WORDS]
    if not wanted:
        return []
    found = Organization.objects.filter(reduce(and_, map(_begins, wanted)), active=True)
    return list(found.order_by(Length("name"), "name", "id")[: min(limit, MOST_RESULTS)])


def people_of(organization_id: UUID, *, limit: int) -> list[RoleEntry]:
    """Who practises there, by name. One query."""
    held = PractitionerRole.objects.filter(organization_id=organization_id, active=True).order_by("sort_key", "id")
    return [_entry(each) for each in held.select_related("practitioner", "organization")[:limit]]


def role(role_id: UUID) -> RoleEntry:
    """Raises NotFound."""
    found = PractitionerRole.objects.select_related("practitioner", "organization").filter(id=role_id).first()
    if found is None:
        raise NotFound
    return _entry(found)


def roles_of_practitioners(practitioner_ids: Collection[UUID]) -> dict[UUID, list[RoleEntry]]:
    """All roles by practitioner, active first; people without one are absent. One query."""
    found = PractitionerRole.objects.filter(practitioner__in=practitioner_ids).order_by("-active", "id")
    roles: dict[UUID, list[RoleEntry]] = {}
    for each in found.select_related("practitioner", "organization"):
        roles.setdefault(each.practitioner_id, []).append(_entry(each))
    return roles


def addressed(practitioner: Practitioner) -> str:
    """How somebody is written to: `Dr Hélène ROUSSEL`."""
    return f"{practitioner.civility} {practitioner.given_name} {practitioner.family_name.upper()}".strip()


def _begins(word: str) -> Q:
    return Q(search_key__contains=f" {word}")


def _nearly(word: str) -> Q:
    return _begins(word) | Q(search_key__trigram_word_similar=word) if len(word) >= TYPO_LENGTH else _begins(word)


def _score(word: str) -> Combinable:
    """A name said in full is worth more than its beginning, that more than another word, that more than a near miss."""
    return Case(
        When(name_key__contains=f" {word} ", then=Value(4.0)),
        When(name_key__contains=f" {word}", then=Value(3.0)),
        When(search_key__contains=f" {word} ", then=Value(2.5)),
        When(search_key__contains=f" {word}", then=Value(2.0)),
        default=TrigramWordSimilarity(word, F("name_key")) + TrigramWordSimilarity(word, F("search_key")) / 2,
        output_field=FloatField(),
    )


def _entry(role: PractitionerRole) -> RoleEntry:
    practitioner, organization = role.practitioner, role.organization
    return RoleEntry(
        practitioner=practitioner.id,
        role=role.id,
        name=addressed(practitioner),
        family_name=practitioner.family_name,
        given_name=practitioner.given_name,
        civility=practitioner.civility,
        profession_system=role.profession_system,
        profession_code=role.profession_code,
        profession_label=role.profession_label,
        speciality=role.speciality_label or None,
        sector=cast("Sector", role.sector),
        organisation=None
        if organization is None
        else OrganisationEntry(organization.id, organization.name, organization.city),
        city=role.city,
        rpps=practitioner.identifier_value if practitioner.identifier_system == RPPS else None,
        system=practitioner.identifier_system,
        number=practitioner.identifier_value,
        mssante=role.mssante or None,
        active=role.active,
    )
