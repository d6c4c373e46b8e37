"""Who took part in an event, as `AuditEvent.agent` after IHE BALP: the browser, the server, the person, the program, on
whose behalf, and the structure. Pure.

Which end of the wire the browser is depends on the profile: data flow from client to server when something is created
or asked for, and from server to client when it is read.
"""

from __future__ import annotations

from typing import Any, Final

from compliance.exports.codings import CUSTODY, DCM, PARTICIPATION, coding
from compliance.exports.rows import Row

Json = dict[str, Any]

_SOURCE: Final = coding(DCM, "110153", "Source Role ID")
_DESTINATION: Final = coding(DCM, "110152", "Destination Role ID")
_APPLICATION: Final = coding(DCM, "110150", "Application")
_CUSTODIAN: Final = coding(CUSTODY, "custodian", "Custodian")


def agents_of(row: Row, profile: str | None, base: str) -> list[Json]:
    """At least the server; exactly one agent asks (`requestor`)."""
    client, server = _ends(profile)
    person, program = row.text("who"), row.text("sys")
    agents = []
    if row.text("net"):
        agents.append(_browser(row, client, base))
    agents.append(
        {
            "type": {"coding": [server]},
            "who": {"type": "Device", "identifier": {"system": "urn:ietf:rfc:3986", "value": base}},
            "requestor": not (person or program),
            "network": {"address": base, "type": "5"},
        }
    )
    if person:
        agents.append(_person(row, profile, base))
    if program:
        agents.append(
            {
                "type": {"coding": [coding(PARTICIPATION, "AUT", "author (originator)")]},
                "who": {"type": "Device", "identifier": {"system": f"{base}/audit/system", "value": program}},
                "requestor": not person,
            }
        )
    if row.text("on"):
        agents.append(
            {
                "type": {"coding": [coding(PARTICIPATION, "RESP", "responsible party")]},
                "who": _subject("Practitioner", "person", row.text("on"), base),
                "name": row.code("on"),
                "requestor": False,
            }
        )
    if row.text("org"):
        agents.append(
            {
                "who": {
                    "type": "Organization",
                    "identifier": {"system": f"{base}/organisation", "value": row.text("org")},
                },
                "requestor": False,
            }
        )
    return agents


def _ends(profile: str | None) -> tuple[Json, Json]:
    """What client and server are."""
    if profile is not None and (profile.endswith("Read") or profile.startswith("PrivacyDisclosure")):
        return _DESTINATION, _SOURCE
    if profile is not None and profile.endswith("Delete"):
        return _APPLICATION, _CUSTODIAN
    return _SOURCE, _DESTINATION


def _browser(row: Row, end: Json, base: str) -> Json:
    """By its device when it has one, otherwise by its session; its address only as the log's keyed hash."""
    system, value = ("device", row.text("dev")) if row.text("dev") else ("session", row.text("ses") or row.text("req"))
    return {
        "type": {"coding": [end]},
        "who": {"type": "Device", "identifier": {"system": f"{base}/audit/{system}", "value": value}},
        "requestor": False,
        "network": {"address": f"hmac:{row.text('net')}"},
    }


def _person(row: Row, profile: str | None, base: str) -> Json:
    reads = profile is not None and profile.endswith(("Read", "Query"))
    agent: Json = {
        "type": {
            "coding": [
                coding(PARTICIPATION, "IRCP", "information recipient")
                if reads
                else coding(PARTICIPATION, "AUT", "author (originator)")
            ]
        },
        "who": _subject("Practitioner", "person", row.text("who"), base),
        "name": row.code("who"),
        "requestor": True,
    }
    if row.text("role"):
        agent["role"] = [{"text": row.text("role")}]
    return agent


def _subject(resource: str, kind: str, pseudonym: str, base: str) -> Json:
    return {"type": resource, "identifier": {"system": f"{base}/audit/{kind}", "value": pseudonym}}
