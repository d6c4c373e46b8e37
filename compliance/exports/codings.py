"""The code systems of `AuditEvent`, and a Coding of them. Pure."""

from __future__ import annotations

from typing import Any, Final

DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"
# Of `type` and of `subtype`, when an act is a REST interaction.
REST: Final = ("http://terminology.hl7.org/CodeSystem/audit-event-type", "http://hl7.org/fhir/restful-interaction")
PURPOSE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
LIFECYCLE: Final = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
PARTICIPATION: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
CUSTODY: Final = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
ENTITY: Final = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
ROLE: Final = "http://terminology.hl7.org/CodeSystem/object-role"
RESOURCE: Final = "http://hl7.org/fhir/resource-types"
BALP_ENTITY: Final = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"


def coding(system: str, code: str, display: str | None = None) -> dict[str, Any]:
    return {"system": system, "code": code} | ({"display": display} if display else {})
