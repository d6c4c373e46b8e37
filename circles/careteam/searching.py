"""The parameters of a search for care teams, as conditions. Unknown ones are refused: nothing is found by accident.

Used by `circles.careteam.selectors`. Source: the guide's criteria ("Flux 2a"), FHIR R4 "Search". A patient's name is
not searchable: traits are sealed, and only the number (of a qualified identity) has an index.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict

from circles.careteam import vocabulary as of
from circles.careteam.dates import When
from circles.careteam.errors import FhirRefused, refused
from circles.careteam.models import CareTeamVersion, Proposal, Supplied
from circles.careteam.sealing import identifier_index
from circles.models import Circle, Member
from circles.patients import open_traits, with_number

INCLUDES: Final = MappingProxyType(
    {
        "CareTeam:patient": "patient",
        "CareTeam:subject": "patient",
        "CareTeam:participant": "participant",
        "CareTeam:managingOrganization": "managing",
        "PractitionerRole:practitioner": "practitioner",
        "PractitionerRole:organization": "organization",
    }
)
_OF_TEAMS: Final = frozenset({"patient", "participant", "managing"})


@dataclass(slots=True)
class Search:
    """`where` narrows what may be seen; `after` is the last (at, team) of the page before."""

    where: list[Q] = field(default_factory=list)
    includes: frozenset[str] = frozenset()
    count: int = of.PAGE
    after: tuple[datetime, UUID] | None = None

    @classmethod
    def read(cls, asked: QueryDict) -> Search:
        search = cls()
        for name, values in asked.lists():
            if name in ("_include", "_include:iterate"):
                search.includes |= _includes(name, values)
            elif name == "_count":
                search.count = _count(values[-1])
            elif name == "_after":
                search.after = _place(values[-1])
            elif name in ("_format", "_pretty"):
                continue
            elif name in PARAMETERS:
                search.where += [reduce(or_, (PARAMETERS[name](one, name) for one in _or(each))) for each in values]
            else:
                raise refused("unknown_parameter", name[:64], type="not-supported", status=400)
        return search


def place_of(version: CareTeamVersion) -> str:
    """What `_after` takes: the next page begins behind this one."""
    return base64.urlsafe_b64encode(f"{version.at.isoformat()}|{version.team}".encode()).decode()


def _place(token: str) -> tuple[datetime, UUID]:
    try:
        at, _, team = base64.urlsafe_b64decode(token.encode()).decode().partition("|")
        return datetime.fromisoformat(at).astimezone(UTC), UUID(team)
    except ValueError as error:
        raise _bad("_after") from error


def _bad(parameter: str) -> FhirRefused:
    return refused("bad_search_value", parameter, type="value", status=400)


def _or(values: str) -> list[str]:
    """Comma means "or". More of them than a page has rows is no question that a program asks."""
    wanted = values.split(",")
    if len(wanted) > of.LONGEST_PAGE:
        raise refused("too_many_values", type="too-costly", status=400)
    return wanted


def _count(value: str) -> int:
    if not value.isdecimal():
        raise _bad("_count")
    return min(int(value), of.LONGEST_PAGE)


def _includes(name: str, values: list[str]) -> frozenset[str]:
    wanted: set[str] = set()
    for value in values:
        if value in ("*", "CareTeam:*"):
            wanted |= set(INCLUDES.values()) if name.endswith(":iterate") else _OF_TEAMS
        elif value in INCLUDES:
            wanted.add(INCLUDES[value])
        else:
            raise refused("unknown_include", name, type="not-supported", status=400)
    return frozenset(wanted)


def uuid_of(value: str, parameter: str, kind: str) -> UUID:
    """`Type/id`, an address of ours, or the id alone. A well-formed id of nobody finds nothing."""
    text = value.removeprefix(f"{of.BASE}/").removeprefix(f"{kind}/")
    try:
        return UUID(text)
    except ValueError as error:
        raise _bad(parameter) from error


def token(value: str, parameter: str) -> tuple[str, str]:
    """`system|value`: an identifier without its system names nobody."""
    system, bar, text = value.partition("|")
    if not (system and bar and text):
        raise _bad(parameter)
    return system, text


# --- conditions -----------------------------------------------------------------------------------------------------
def _status(value: str, parameter: str) -> Q:
    return Q(status=value)  # the guide's other words are none of ours: they find nothing


def _id(value: str, parameter: str) -> Q:
    return Q(team=uuid_of(value, parameter, "CareTeam"))


def _identifier(value: str, parameter: str) -> Q:
    system, number = token(value, parameter)
    if system == "urn:ietf:rfc:3986":
        return Q(team=uuid_of(number.removeprefix("urn:uuid:"), parameter, "CareTeam"))
    return Q(content__identifier_index=identifier_index(system, number))


def _date(column: str) -> Callable[[str, str], Q]:
    return lambda value, parameter: When.read(value, parameter).of(column)


def _period(value: str, parameter: str) -> Q:
    return When.read(value, parameter).of_period("started", "ended")


def _members(condition: Q) -> Q:
    return Q(Exists(Member.objects.filter(condition, circle_id=OuterRef("team"))))


def _member_date(column: str) -> Callable[[str, str], Q]:
    return lambda value, parameter: _members(When.read(value, parameter).of(column))


def _participant(value: str, parameter: str) -> Q:
    return _members(Q(practitioner_role_id=uuid_of(value, parameter, "PractitionerRole")))


def _participant_number(holder: str) -> Callable[[str, str], Q]:
    def condition(value: str, parameter: str) -> Q:
        system, number = token(value, parameter)
        path = f"practitioner_role__{holder}__identifier"
        return _members(Q(**{f"{path}_system": system, f"{path}_value": number}))

    return condition


def _participant_organization(value: str, parameter: str) -> Q:
    return _members(Q(practitioner_role__organization_id=uuid_of(value, parameter, "Organization")))


def _managing(value: str, parameter: str) -> Q:
    organization = uuid_of(value, parameter, "Organization")
    return _members(Q(role="coordinator", ended=None, practitioner_role__organization_id=organization))


def _patient(value: str, parameter: str) -> Q:
    return _patients([uuid_of(value, parameter, "Patient")])


def _patient_number(value: str, parameter: str) -> Q:
    system, number = token(value, parameter)
    known = with_number(system.removeprefix("urn:oid:"), number)
    # Found only where it would be shown: the number of an identity that is not qualified may be another person's.
    shown = [each.id for each in known if open_traits(each).shown_matricule is not None]
    supplied = Supplied.objects.filter(identifier_index=identifier_index(system, number), type=Supplied.Type.PATIENT)
    return _patients(shown) | Q(team__in=Proposal.objects.filter(patient__in=supplied).values("team"))


def _patients(ids: list[UUID]) -> Q:
    return Q(team__in=Circle.objects.filter(patient_id__in=ids).values("id")) | Q(
        team__in=Proposal.objects.filter(patient_id__in=ids).values("team")
    )


PARAMETERS: Final[Mapping[str, Callable[[str, str], Q]]] = MappingProxyType(
    {
        "_id": _id,
        "_lastUpdated": _date("at"),
        "identifier": _identifier,
        "status": _status,
        "start": _date("started"),
        "end": _date("ended"),
        "date": _period,
        "participant-start": _member_date("joined"),
        "participant-end": _member_date("ended"),
        "participant": _participant,
        "participant:PractitionerRole": _participant,
        "participant:PractitionerRole._id": _participant,
        "participant:PractitionerRole.practitioner.identifier": _participant_number("practitioner"),
        "participant:PractitionerRole.practitioner:Practitioner.identifier": _participant_number("practitioner"),
        "participant:PractitionerRole.organization": _participant_organization,
        "participant:PractitionerRole.organization.identifier": _participant_number("organization"),
        "participant:PractitionerRole.organization:Organization.identifier": _participant_number("organization"),
        "patient": _patient,
        "subject": _patient,
        "patient:Patient": _patient,
        "subject:Patient": _patient,
        "patient.identifier": _patient_number,
        "patient:Patient.identifier": _patient_number,
        "subject:Patient.identifier": _patient_number,
        "managingOrganization": _managing,
    }
)
