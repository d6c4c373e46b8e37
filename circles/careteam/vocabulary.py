"""The names under which the guide's profiles and code systems go, our own address, and limits.

Sources: ANS "Gestion du cercle de soins" 2.0.0 (cds-ihe-careteam, cds-fr-related-person, cds-organization), FR Core 2.1
(fr-core-patient-ins, fr-core-identity-reliability), Annuaire Santé (as-practitioner, as-practitionerrole).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from django.conf import settings

BASE: Final = f"{settings.PUBLIC_URL}/fhir"
CDS: Final = "https://interop.esante.gouv.fr/ig/fhir/cds"
ANNUAIRE: Final = "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition"
FR_CORE: Final = "https://hl7.fr/ig/fhir/core"

GUIDE: Final = f"{CDS}/ImplementationGuide/ans.fhir.fr.cds"
CARE_TEAM: Final = f"{CDS}/StructureDefinition/cds-ihe-careteam"
RELATED_PERSON: Final = f"{CDS}/StructureDefinition/cds-fr-related-person"
ORGANIZATION: Final = f"{CDS}/StructureDefinition/cds-organization"
PATIENT: Final = f"{FR_CORE}/StructureDefinition/fr-core-patient"
PATIENT_INS: Final = f"{FR_CORE}/StructureDefinition/fr-core-patient-ins"
PRACTITIONER: Final = f"{ANNUAIRE}/as-practitioner"
PRACTITIONER_ROLE: Final = f"{ANNUAIRE}/as-practitionerrole"
PROFILES: Final = MappingProxyType(
    {
        "CareTeam": CARE_TEAM,
        "Patient": PATIENT,
        "RelatedPerson": RELATED_PERSON,
        "Organization": ORGANIZATION,
        "Practitioner": PRACTITIONER,
        "PractitionerRole": PRACTITIONER_ROLE,
    }
)

RELIABILITY: Final = f"{FR_CORE}/StructureDefinition/fr-core-identity-reliability"
RELIABILITY_CODES: Final = f"{FR_CORE}/CodeSystem/fr-core-cs-v2-0445"
IDENTIFIER_TYPES: Final = f"{FR_CORE}/CodeSystem/fr-core-cs-v2-0203"
BIRTH_GIVEN_NAMES: Final = f"{FR_CORE}/StructureDefinition/fr-core-patient-birth-list-given-name"
INSEE_CODE: Final = f"{FR_CORE}/StructureDefinition/fr-core-address-insee-code"
BIRTHPLACE: Final = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
COMMUNES: Final = "https://mos.esante.gouv.fr/NOS/TRE_R13-Commune/FHIR/TRE-R13-Commune"
# What somebody may do in a circle; the guide has no word for it.
CIRCLE_ROLES: Final = f"{BASE}/CodeSystem/circle-role"

# A team has at most 250 people; each may bring a situation, a person and a structure that the directory knows.
MOST_ENTRIES: Final = 500
PAGE: Final = 50
LONGEST_PAGE: Final = 200
