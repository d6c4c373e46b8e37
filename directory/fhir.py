"""Reads FHIR R4 resources of the French directories into frozen records, or refuses them with a code and a place. Pure.

Profiles: Annuaire Santé (as-dr-*, as-dp-*), ROR (ror-*), SAS aggregators (sas-*, Fr*Agregateur), MSSanté mailboxes.
Used by `directory.services`; relies on `fhir.resources` for the datatypes (R4B: these four resources are as in R4).

Codes of refusal: `not_a_resource`, `missing_id`, `missing_field`, `unknown_field`, `wrong_type`, `invalid_value`,
`unprintable_text`, `too_long`. Links are resolved, and refused, by the reader's caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from fhir.resources.R4B.address import Address
from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.contactpoint import ContactPoint
from fhir.resources.R4B.healthcareservice import HealthcareService
from fhir.resources.R4B.humanname import HumanName
from fhir.resources.R4B.identifier import Identifier as FhirIdentifier
from fhir.resources.R4B.organization import Organization
from fhir.resources.R4B.period import Period
from fhir.resources.R4B.practitioner import Practitioner
from fhir.resources.R4B.practitionerrole import PractitionerRole
from fhir.resources.R4B.reference import Reference
from pydantic import ValidationError

from directory.identifiers import PREFERRED, plain
from directory.professions import PROFESSIONS, R38, system
from directory.records import (
    Coded,
    Identifier,
    Link,
    OrganizationRecord,
    PractitionerRecord,
    Record,
    RoleRecord,
    ServiceRecord,
)
from directory.sectors import CATEGORIES, sector_of_structure

R227: Final = system("TRE_R227-ChampActivite")
R211: Final = system("TRE_R211-ActiviteOperationnelle")
_MAILBOX: Final = "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/as-ext-mailbox-mss-metadata"
_EMAIL_TYPE: Final = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-contact-point-email-type"

# How a person is addressed: civilité d'exercice (TRE_R11) before civilité (TRE_R81).
_CIVILITIES: Final = MappingProxyType({"PR": "Pr", "DR": "Dr", "MME": "Mme", "MLLE": "Mme", "M": "M."})

TEXT_LENGTH: Final = 255  # as in directory.models
CODE_LENGTH: Final = 64


class FhirRefusal(Exception):
    """`code` is stable, `path` says where (`name.0.family`); neither holds what the resource says."""

    def __init__(self, code: str, path: str = "") -> None:
        super().__init__(f"{code} at {path or 'resource'}")
        self.code = code
        self.path = path


def read(resource: object, *, today: date) -> Record:
    """The record of a resource of one of the four types (`READERS`). Raises FhirRefusal."""
    if (
        not isinstance(resource, dict)
        or not isinstance(kind := resource.get("resourceType"), str)
        or kind not in READERS
    ):
        raise FhirRefusal("not_a_resource")
    if "id" not in resource:
        raise FhirRefusal("missing_id")
    try:
        return READERS[kind](resource, today)
    except ValidationError as error:
        raise _refusal(error) from error
    except RecursionError as error:
        raise FhirRefusal("invalid_value") from error


def _practitioner(resource: dict[str, Any], today: date) -> PractitionerRecord:
    parsed = Practitioner.model_validate(resource)
    place, name = _usual_name(parsed.name or [])
    concepts = [qualification.code for qualification in parsed.qualification or []]
    return PractitionerRecord(
        fhir_id=_id(parsed.id),
        active=parsed.active is not False,
        identifier=_identifier(parsed.identifier or []),
        family_name=_text(name.family, f"{place}.family"),
        given_name=_text(" ".join(given for given in name.given or [] if given), f"{place}.given"),
        civility=_civility(name),
        profession=_first_of(concepts, PROFESSIONS),
        speciality=_first_of(concepts, (R38,)),
        mssante=_mailbox(parsed.telecom or []),
    )


def _role(resource: dict[str, Any], today: date) -> RoleRecord:
    parsed = PractitionerRole.model_validate(resource)
    if parsed.practitioner is None:
        raise FhirRefusal("missing_field", "practitioner")
    return RoleRecord(
        fhir_id=_id(parsed.id),
        active=parsed.active is not False and not _over(parsed.period, today),
        practitioner=_link(parsed.practitioner, "practitioner"),
        organization=_link(parsed.organization, "organization") if parsed.organization else None,
        profession=_first_of(parsed.code or [], PROFESSIONS),
        speciality=_first_of([*(parsed.specialty or []), *(parsed.code or [])], (R38,)),
        city=_city_of([place for place in parsed.contained or [] if place.get_resource_type() == "Location"]),
        mssante=_mailbox(parsed.telecom or []),
    )


def _organization(resource: dict[str, Any], today: date) -> OrganizationRecord:
    parsed = Organization.model_validate(resource)
    address = parsed.address[0] if parsed.address else None
    category = _first_of(parsed.type or [], CATEGORIES)
    return OrganizationRecord(
        fhir_id=_id(parsed.id),
        active=parsed.active is not False,
        identifier=_identifier(parsed.identifier or []),
        name=_text(parsed.name, "name"),
        city=_city(address.city if address is not None else None),
        postal_code=_postal_code(address),
        category=category,
        sector=sector_of_structure(category.system, category.code) if category else None,
    )


def _service(resource: dict[str, Any], today: date) -> ServiceRecord:
    parsed = HealthcareService.model_validate(resource)
    if parsed.providedBy is None:
        raise FhirRefusal("missing_field", "providedBy")
    return ServiceRecord(
        fhir_id=_id(parsed.id),
        active=parsed.active is not False,
        organization=_link(parsed.providedBy, "providedBy"),
        name=_text(parsed.name, "name") if parsed.name else "",
        field=_first_of([*(parsed.category or []), *(parsed.type or [])], (R227,)),
        activity=_first_of(parsed.specialty or [], (R211,)),
    )


READERS: Final[Mapping[str, Callable[[dict[str, Any], date], Record]]] = MappingProxyType(
    {
        "Organization": _organization,
        "Practitioner": _practitioner,
        "PractitionerRole": _role,
        "HealthcareService": _service,
    }
)


# --- parts of resources ---------------------------------------------------------------------------------------------
def _text(value: str | None, path: str, *, limit: int = TEXT_LENGTH) -> str:
    """One line that PostgreSQL can hold: no control characters, no lone surrogates, spaces trimmed and merged."""
    text = " ".join((value or "").split())
    if not text:
        raise FhirRefusal("missing_field", path)
    if len(text) > limit:
        raise FhirRefusal("too_long", path)
    if not text.isprintable():
        raise FhirRefusal("unprintable_text", path)
    return text


def _id(value: str | None) -> str:
    if not value or len(value) > 64:
        raise FhirRefusal("missing_id")
    return value


def _usual_name(names: list[HumanName]) -> tuple[str, HumanName]:
    """The name one works under, and its path: `usual`, then `official`, then the first."""
    if not names:
        raise FhirRefusal("missing_field", "name")
    order = {"usual": 0, "official": 1}
    index = min(range(len(names)), key=lambda at: (order.get(names[at].use or "", 2), at))
    return f"name.{index}", names[index]


def _civility(name: HumanName) -> str:
    given = {word.upper().rstrip(".") for word in [*(name.prefix or []), *(name.suffix or [])] if word}
    return next((shown for code, shown in _CIVILITIES.items() if code in given), "")


def _identifier(identifiers: Iterable[FhirIdentifier]) -> Identifier | None:
    """The identifier that other directories would use: RPPS or FINESS before all others."""
    known = [one for one in map(_national, identifiers) if one is not None]
    known.sort(key=lambda one: PREFERRED.index(one.system) if one.system in PREFERRED else len(PREFERRED))
    return known[0] if known else None


def _national(identifier: FhirIdentifier) -> Identifier | None:
    if not identifier.system or not identifier.value:
        return None
    value = _text(identifier.value, "identifier.value")
    if len(value) > CODE_LENGTH:
        return None  # an URL where a number should be: seen in the annuaire's own examples
    return Identifier(*plain(_text(identifier.system, "identifier.system"), value))


def _first_of(concepts: Iterable[CodeableConcept], systems: Iterable[str]) -> Coded | None:
    """The first code of the first of `systems` that occurs; the concept's own words label it before the coding's."""
    concepts = list(concepts)
    for wanted in systems:
        for concept in concepts:
            for coding in concept.coding or []:
                if coding.system == wanted and coding.code:
                    code = _text(coding.code, "coding.code", limit=CODE_LENGTH)
                    shown = concept.text or coding.display
                    return Coded(wanted, code, _text(shown, "coding.display") if shown else "")
    return None


def _mailbox(telecoms: Iterable[ContactPoint]) -> str:
    """The first MSSanté address that its owner has not asked to hide (liste rouge); empty without one."""
    for telecom in telecoms:
        if telecom.system != "email" or not telecom.value:
            continue
        facts = {extension.url: extension for extension in telecom.extension or []}
        metadata, kind = facts.get(_MAILBOX), facts.get(_EMAIL_TYPE)
        hidden = metadata and any(part.url == "listeRouge" and part.valueBoolean for part in metadata.extension or [])
        declared = metadata or (kind and kind.valueCoding and kind.valueCoding.code == "MSSANTE")
        if not hidden and (declared or telecom.value.endswith(".mssante.fr")):
            return _text(telecom.value, "telecom.value")
    return ""


def _postal_code(address: Address | None) -> str:
    if address is None or not address.postalCode:
        return ""
    return _text(address.postalCode, "address.0.postalCode", limit=16)


def _city(value: str | None) -> str:
    """`"92140 CLAMART CEDEX 3"`, as postal addresses have it, is the town `CLAMART`."""
    return re.sub(r"^\d{5}\s+|\s+CEDEX\b.*$", "", _text(value, "address.city")) if value else ""


def _city_of(locations: list[Any]) -> str:
    addresses = [location.address for location in locations if location.address]
    return _city(addresses[0].city) if addresses else ""


def _link(reference: Reference, path: str) -> Link:
    identifier = _national(reference.identifier) if reference.identifier else None
    if not reference.reference and identifier is None:
        raise FhirRefusal("missing_field", path)
    return Link(reference=reference.reference or None, identifier=identifier, path=path)


def _over(period: Period | None, today: date) -> bool:
    if period is None or period.end is None:
        return False
    end: date = period.end
    return str(end)[:10] < today.isoformat()


def _refusal(error: ValidationError) -> FhirRefusal:
    """The first fault. Its place is cut to what a path can hold: an unknown field may be named like a sentence."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    kinds = {"missing": "missing_field", "extra_forbidden": "unknown_field", "model_validation_format": "wrong_type"}
    code = kinds.get(first["type"], "wrong_type" if first["type"].endswith("_type") else "invalid_value")
    steps = [step for step in first["loc"] if step != "root"]
    if code == "unknown_field":
        steps = steps[:-1]
    return FhirRefusal(code, ".".join(re.sub(r"[^A-Za-z0-9_]", "", str(step))[:40] for step in steps))
