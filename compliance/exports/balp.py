"""`AuditEvent.ndjson`: each event as FHIR R4 `AuditEvent`, after IHE BALP (Basic Audit Log Patterns, 1.1.3). Pure.

A profile is named in `meta.profile` only where the event has all that the profile asks for:

| profile | our event |
|---|---|
| Create, Read, Update, Delete and their Patient… kin | an accomplished REST interaction with agent and object |
| Query, PatientQuery | a search; the question itself is never kept, `query` says that it is masked |
| PrivacyDisclosure.Source | `patient.report`: what is kept about a patient leaves for that patient |

Everything else (sign-in, rights, refusals: DICOM codes) is plain R4. Persons, patients and circles are logical
references by pseudonym. Checked in tests with fhir.resources R4B and the rules of the profiles' slices.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from compliance.exports.agents import agents_of
from compliance.exports.codings import DCM, LIFECYCLE, PURPOSE, REST, coding
from compliance.exports.entities import entities_of
from compliance.exports.rows import Row

Json = dict[str, Any]

_PROFILES: Final = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
_NAMES: Final = {"create": "Create", "read": "Read", "update": "Update", "delete": "Delete", "search": "Query"}
# R4 has no severity; this is R5's, by FHIR's rule for elements of a later version.
_SEVERITY: Final = "http://hl7.org/fhir/5.0/StructureDefinition/extension-AuditEvent.severity"


def lines(rows: Iterable[Row], *, base: str) -> str:
    """One resource a line. `base` is the server's public address."""
    return "".join(json.dumps(audit_event(row, base), ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)


def audit_event(row: Row, base: str) -> Json:
    """The resource, as JSON."""
    kind, name = row.kind, profile_of(row)
    event: Json = {
        "resourceType": "AuditEvent",
        "id": row.text("id"),
        "extension": [{"url": _SEVERITY, "valueCode": kind.severity}],
        "type": coding(DCM if kind.type.isdecimal() else REST[0], kind.type),
        "subtype": _subtypes(row, name, base),
        "action": kind.action,
        "recorded": row.text("t"),
        "outcome": str(row.outcome),
        "purposeOfEvent": [{"coding": [coding(PURPOSE, row.text("why") or kind.why)]}],
        "agent": agents_of(row, name, base),
        "source": {
            "site": _host(base),
            "observer": {"type": "Device", "identifier": {"system": "urn:ietf:rfc:3986", "value": base}},
            "type": [coding("http://terminology.hl7.org/CodeSystem/security-source-type", "4", "Application Server")],
        },
        "entity": entities_of(row, name, base),
    }
    if name is not None:
        event["meta"] = {"profile": [_PROFILES + name]}
    if row.text("err"):
        event["outcomeDesc"] = row.text("err")
    return event


def profile_of(row: Row) -> str | None:
    """Which profile of BALP the event meets, without the common beginning of its address."""
    kind, known = row.kind, bool(row.text("net"))  # the profiles ask for the client's network
    if row.outcome != 0 or not known:
        return None
    if row.act == "patient.report":
        return "PrivacyDisclosure.Source" if row.text("pat") else None
    action = {"create": "C", "read": "R", "update": "U", "delete": "D", "search": "E"}.get(kind.subtype)
    if kind.type != "rest" or action != kind.action:
        return None
    if kind.subtype != "search" and not (row.text("obj") or row.text("cir")):
        return None
    return ("Patient" if row.text("pat") else "") + _NAMES[kind.subtype]


def _subtypes(row: Row, profile: str | None, base: str) -> list[Json]:
    kind = row.kind
    codes = [coding(DCM if kind.subtype.isdecimal() else REST[1], kind.subtype)]
    if profile == "PrivacyDisclosure.Source":
        codes.append(coding(LIFECYCLE, "disclose", "Disclose Record Lifecycle Event"))
    return [*codes, coding(f"{base}/audit/acts", row.act, row.words)]


def _host(base: str) -> str:
    return base.partition("://")[2]
