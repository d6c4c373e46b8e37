"""What this server can do, in FHIR's own words (`GET /fhir/metadata`): what is here works, what is not is refused."""

from __future__ import annotations

from typing import Final

from circles.careteam import vocabulary as of
from circles.careteam.sealing import Resource
from circles.careteam.searching import INCLUDES

_HL7: Final = "http://hl7.org/fhir/SearchParameter"
_GUIDE: Final = f"{of.CDS}/SearchParameter"
# The chains of `searching.PARAMETERS` follow from these: a statement names parameters, not chains.
_PARAMETERS: Final = (
    ("_id", "token", f"{_HL7}/Resource-id"),
    ("_lastUpdated", "date", f"{_HL7}/Resource-lastUpdated"),
    ("identifier", "token", f"{_HL7}/clinical-identifier"),
    ("status", "token", f"{_HL7}/CareTeam-status"),
    ("start", "date", f"{_GUIDE}/cds-careteam-start"),
    ("end", "date", f"{_GUIDE}/cds-careteam-end"),
    ("date", "date", f"{_HL7}/clinical-date"),
    ("participant-start", "date", f"{_GUIDE}/cds-careteam-participant-start"),
    ("participant-end", "date", f"{_GUIDE}/cds-careteam-participant-end"),
    ("participant", "reference", f"{_HL7}/CareTeam-participant"),
    ("patient", "reference", f"{_HL7}/clinical-patient"),
    ("subject", "reference", f"{_HL7}/CareTeam-subject"),
    ("managingOrganization", "reference", f"{_GUIDE}/cds-careteam-managing-organization"),
)
_INTERACTIONS: Final = {
    "CareTeam": ("read", "vread", "history-instance", "history-type", "search-type", "create", "update"),
    "Patient": ("read", "create", "update"),
    "RelatedPerson": ("read", "create", "update"),
    "Organization": ("read", "create", "update"),
    "PractitionerRole": ("read",),
    "Practitioner": ("read",),
}


def statement(*, base: str, software: str) -> Resource:
    """The CapabilityStatement of the server whose FHIR base is `base`."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-22",
        "kind": "instance",
        "software": {"name": "Cordée", "version": software},
        "implementation": {"description": "Cordée, gestionnaire de cercles de soins", "url": base},
        "instantiates": [f"{of.CDS}/CapabilityStatement/CDSGestionnaire"],
        "implementationGuide": [of.GUIDE],
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "security": {
                    "cors": False,
                    "service": [
                        {
                            "coding": [
                                {
                                    "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                                    "code": "OAuth",
                                }
                            ]
                        }
                    ],
                    "description": "OAuth 2.0 client credentials at /oauth/token; scopes careteam.read, careteam.write",
                },
                "resource": [_resource(kind, codes) for kind, codes in _INTERACTIONS.items()],
                "interaction": [{"code": "transaction"}],
            }
        ],
    }


def _resource(kind: str, interactions: tuple[str, ...]) -> Resource:
    shown: Resource = {
        "type": kind,
        "profile": of.PROFILES[kind],
        "interaction": [{"code": code} for code in interactions],
        "versioning": "versioned-update" if kind == "CareTeam" else "no-version",
        "readHistory": kind == "CareTeam",
        "updateCreate": False,
    }
    if kind != "CareTeam":
        return shown
    return shown | {
        "searchInclude": ["*", *INCLUDES],
        "searchParam": [{"name": name, "type": type_, "definition": url} for name, type_, url in _PARAMETERS],
    }
