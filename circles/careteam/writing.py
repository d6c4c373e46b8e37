"""What the tables and the directory know, written as FHIR R4 resources of the guide's profiles. Pure of database.

Used by `circles.careteam.selectors`, with rows that are loaded. A patient's number goes out for a qualified identity
only (product rule 4), as everywhere.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from circles.careteam import vocabulary as of
from circles.careteam.models import CareTeamVersion
from circles.careteam.sealing import Resource
from circles.ins import PatientTraits, Status
from circles.models import Patient
from directory.models import Organization, Practitioner, PractitionerRole

_GENDERS: Final = {"M": "male", "F": "female", "I": "unknown"}
# FR Core has no word for "retrieved": until a document is seen, an identity is provisional to others.
_RELIABILITY: Final[dict[Status, str]] = {
    "provisional": "PROV",
    "retrieved": "PROV",
    "validated": "VALI",
    "qualified": "VALI",
}
Member = dict[str, Any]  # of CareTeamVersion.facts


def instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def care_team(version: CareTeamVersion, content: Resource, roles: dict[str, PractitionerRole]) -> Resource:
    """The team as it was in this version. Whoever is a member comes from `facts`; `content` is what a system supplied.

    `roles` has the directory's roles by id. Family and structures stay as they were supplied: they are not in the chat.
    """
    facts = version.facts
    supplied: list[Any] = list(content.get("participant") or [])
    kept = [each for each in supplied if facts is None or not is_professional(each)]
    members: list[Member] = [] if facts is None else facts["members"]
    started = period_of(content).get("start") or instant(version.started)
    team: Resource = {
        **content,
        "resourceType": "CareTeam",
        "id": str(version.team),
        "meta": {
            "versionId": str(version.version),
            "lastUpdated": instant(version.at),
            "profile": [of.CARE_TEAM],
        },
        "identifier": content.get("identifier")
        or [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{version.team}"}],
        "status": version.status,
        "period": _period(started, None if version.ended is None else instant(version.ended), period_of(content)),
        "participant": [*kept, *(_participant(each, roles[each["role_id"]]) for each in members)],
        "managingOrganization": content.get("managingOrganization") or _managing(members, roles),
    }
    if facts is not None:
        team["subject"] = {"reference": f"Patient/{facts['patient']}"}
    return {key: value for key, value in team.items() if value != []}


def is_professional(participant: dict[str, Any]) -> bool:
    return str(participant["member"].get("reference", "")).startswith("PractitionerRole/")


def period_of(resource: Resource) -> dict[str, str]:
    period = resource.get("period")
    return period if isinstance(period, dict) else {}


def _period(start: str, end: str | None, supplied: dict[str, str]) -> dict[str, str]:
    end = end or supplied.get("end")
    return {"start": start} if end is None else {"start": start, "end": end}


def _participant(member: Member, held: PractitionerRole) -> Resource:
    end = member["end"] or member["not_after"]
    return {
        "role": [
            {"coding": [_coding(held.profession_system, held.profession_code, held.profession_label)]},
            {"coding": [{"system": of.CIRCLE_ROLES, "code": member["role"]}]},
        ],
        "member": {"reference": f"PractitionerRole/{held.id}"},
        "period": _period(_instant(member["start"]), None if end is None else _instant(end), {}),
    }


def _instant(said: str) -> str:
    """PostgreSQL's own spelling, in JSON, is FHIR's with microseconds."""
    return instant(datetime.fromisoformat(said))


def _managing(members: list[Member], roles: dict[str, PractitionerRole]) -> list[Resource]:
    coordinating = [roles[each["role_id"]] for each in members if each["role"] == "coordinator" and not each["end"]]
    ids = {held.organization_id: None for held in coordinating if held.organization_id}
    return [{"reference": f"Organization/{each}"} for each in ids]


def patient(row: Patient, traits: PatientTraits) -> Resource:
    """fr-core-patient; fr-core-patient-ins when the identity is qualified."""
    number = traits.shown_matricule
    official: Resource = {
        "use": "official",
        "family": traits.birth_name,
        "given": [traits.given_names.split()[0]],
        "extension": [{"url": of.BIRTH_GIVEN_NAMES, "valueString": traits.given_names}],
    }
    usual = [{"use": "usual", "family": traits.used_name}] if traits.used_name else []
    resource: Resource = {
        "resourceType": "Patient",
        "id": str(row.id),
        "meta": {"profile": [of.PATIENT if number is None else of.PATIENT_INS]},
        "extension": [_reliability(traits.identity_status), _birthplace(traits.birthplace)],
        "name": [official, *usual],
        "gender": _GENDERS[traits.sex],
        "birthDate": traits.birth_date.isoformat(),
    }
    if number is not None:
        resource["identifier"] = [_ins(number, str(traits.oid))]
    return resource


def _ins(number: str, oid: str) -> Resource:
    kind = "INS-NIA" if oid.endswith(".4.9") else "INS-NIR"
    return {
        "use": "official",
        "type": {"coding": [{"system": of.IDENTIFIER_TYPES, "code": kind}]},
        "system": f"urn:oid:{oid}",
        "value": number,
    }


def _reliability(status: Status) -> Resource:
    coding = {"system": of.RELIABILITY_CODES, "code": _RELIABILITY[status]}
    return {"url": of.RELIABILITY, "extension": [{"url": "identityStatus", "valueCoding": coding}]}


def _birthplace(code: str) -> Resource:
    coding = {"system": of.COMMUNES, "code": code}
    return {
        "url": of.BIRTHPLACE,
        "valueAddress": {"extension": [{"url": of.INSEE_CODE, "valueCoding": coding}]},
    }


def practitioner_role(held: PractitionerRole) -> Resource:
    resource: Resource = {
        "resourceType": "PractitionerRole",
        "id": str(held.id),
        "meta": {"profile": [of.PRACTITIONER_ROLE]},
        "active": held.active,
        "practitioner": {"reference": f"Practitioner/{held.practitioner_id}"},
        "code": [{"coding": [_coding(held.profession_system, held.profession_code, held.profession_label)]}],
    }
    if held.organization_id is not None:
        resource["organization"] = {"reference": f"Organization/{held.organization_id}"}
    return resource


def practitioner(row: Practitioner) -> Resource:
    name: Resource = {"use": "usual", "family": row.family_name, "given": row.given_name.split()}
    if row.civility:
        name["prefix"] = [row.civility]
    return _identified(row, of.PRACTITIONER, {"active": row.active, "name": [name]})


def organization(row: Organization) -> Resource:
    resource: Resource = {"active": row.active, "name": row.name}
    address = {"city": row.city, "postalCode": row.postal_code}
    if any(address.values()):
        resource["address"] = [{key: value for key, value in address.items() if value}]
    return _identified(row, of.ORGANIZATION, resource)


def _identified(row: Practitioner | Organization, profile: str, fields: Resource) -> Resource:
    identifiers = [{"system": row.identifier_system, "value": row.identifier_value}] if row.identifier_value else []
    return {
        "resourceType": type(row).__name__,
        "id": str(row.id),
        "meta": {"profile": [profile]},
        **({"identifier": identifiers} if identifiers else {}),
        **fields,
    }


def _coding(system: str, code: str, label: str) -> Resource:
    return {"system": system, "code": code, "display": label} if label else {"system": system, "code": code}
