"""What Cordée keeps of a FHIR resource: frozen records between `directory.fhir` and `directory.services`. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from directory.sectors import Sector


@dataclass(frozen=True, slots=True)
class Identifier:
    system: str
    value: str


@dataclass(frozen=True, slots=True)
class Coded:
    """A code of a nomenclature with its label, which may be empty."""

    system: str
    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Link:
    """A reference to another resource: literal (`Practitioner/1`, an absolute URL, `urn:uuid:…`) or by identifier."""

    reference: str | None
    identifier: Identifier | None
    path: str


@dataclass(frozen=True, slots=True)
class OrganizationRecord:
    fhir_id: str
    active: bool
    identifier: Identifier | None
    name: str
    city: str
    postal_code: str
    category: Coded | None
    sector: Sector | None


@dataclass(frozen=True, slots=True)
class PractitionerRecord:
    fhir_id: str
    active: bool
    identifier: Identifier | None
    family_name: str
    given_name: str
    civility: str
    profession: Coded | None
    speciality: Coded | None
    mssante: str


@dataclass(frozen=True, slots=True)
class RoleRecord:
    """`profession` and `speciality` are None when the practitioner's apply."""

    fhir_id: str
    active: bool
    practitioner: Link
    organization: Link | None
    profession: Coded | None
    speciality: Coded | None
    city: str
    mssante: str


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    fhir_id: str
    active: bool
    organization: Link
    name: str
    field: Coded | None
    activity: Coded | None


Record = OrganizationRecord | PractitionerRecord | RoleRecord | ServiceRecord
