"""From records to the fields of our tables: where profession, sector of the structure and search keys meet.

Used by `directory.services`.
"""

from __future__ import annotations

from typing import Any, cast

from directory.fhir import FhirRefusal
from directory.keys import key, sort_key
from directory.models import Organization, Practitioner
from directory.professions import OTHER_WORDS, R38, label
from directory.records import Coded, Identifier, OrganizationRecord, PractitionerRecord, RoleRecord, ServiceRecord
from directory.sectors import Sector, sector_of_role

Fields = dict[str, Any]


def organization_fields(record: OrganizationRecord) -> Fields:
    category = record.category or Coded("", "", "")
    return {
        **_identifier(record.identifier),
        "active": record.active,
        "name": record.name,
        "city": record.city,
        "postal_code": record.postal_code,
        "category_system": category.system,
        "category_code": category.code,
        "sector": record.sector or "",
        "search_key": key(record.name, record.city, record.postal_code),
    }


def practitioner_fields(record: PractitionerRecord) -> Fields:
    profession = record.profession or Coded("", "", "")
    speciality = record.speciality or Coded("", "", "")
    return {
        **_identifier(record.identifier),
        "active": record.active,
        "family_name": record.family_name,
        "given_name": record.given_name,
        "civility": record.civility,
        "profession_system": profession.system,
        "profession_code": profession.code,
        "profession_label": profession.label,
        "speciality_code": speciality.code,
        "speciality_label": speciality.label or label(speciality.system, speciality.code),
        "mssante": record.mssante,
    }


def role_fields(record: RoleRecord, practitioner: Practitioner, organization: Organization | None) -> Fields:
    """Raises FhirRefusal `profession_missing` when neither the role nor the person says what they are."""
    profession = record.profession or Coded(
        practitioner.profession_system, practitioner.profession_code, practitioner.profession_label
    )
    if not profession.code:
        raise FhirRefusal("profession_missing", "code")
    shown = profession.label or label(profession.system, profession.code, feminine=practitioner.civility == "Mme")
    speciality_code, speciality_label = practitioner.speciality_code, practitioner.speciality_label
    if record.speciality:
        speciality_code = record.speciality.code
        speciality_label = record.speciality.label or label(record.speciality.system, record.speciality.code)
    structure = organization.name if organization else ""
    city = organization.city if organization and organization.city else record.city
    name_key = key(practitioner.family_name, practitioner.given_name)
    other_words = (
        OTHER_WORDS.get((profession.system, profession.code), ""),
        OTHER_WORDS.get((R38, speciality_code), ""),
    )
    return {
        "active": record.active and practitioner.active and (organization is None or organization.active),
        "practitioner_id": practitioner.id,
        "organization_id": organization.id if organization else None,
        "profession_system": profession.system,
        "profession_code": profession.code,
        "profession_label": shown or profession.code,
        "speciality_code": speciality_code,
        "speciality_label": speciality_label,
        "sector": sector_of_role(
            profession_system=profession.system,
            profession_code=profession.code,
            structure=cast("Sector", organization.sector) if organization and organization.sector else None,
        ),
        "city": city,
        "mssante": record.mssante or practitioner.mssante,
        "sort_key": sort_key(practitioner.family_name, practitioner.given_name),
        "name_key": name_key,
        "search_key": key(name_key, shown, speciality_label, *other_words, structure, city),
    }


def service_fields(record: ServiceRecord, organization: Organization) -> Fields:
    field = record.field or Coded("", "", "")
    activity = record.activity or Coded("", "", "")
    return {
        "active": record.active and organization.active,
        "organization_id": organization.id,
        "name": record.name,
        "field_code": field.code,
        "field_label": field.label,
        "activity_code": activity.code,
        "activity_label": activity.label,
    }


def _identifier(identifier: Identifier | None) -> Fields:
    return {
        "identifier_system": identifier.system if identifier else "",
        "identifier_value": identifier.value if identifier else "",
    }
