"""What systems send, checked before it is kept: JSON, then FHIR R4, then the guide's profiles, then the INS rules.

Used by `circles.careteam.receiving`; relies on fhir.resources (R4B: these resources are as in R4). Refusals say the
place, never the value. Pure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, cast

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from circles.careteam import vocabulary as of
from circles.careteam.errors import FhirRefused, Issue, refused
from circles.careteam.sealing import Resource
from circles.errors import CircleError
from circles.ins import UNKNOWN_BIRTHPLACE, PatientTraits, Sex, Status

MEMBERS: Final = ("PractitionerRole", "RelatedPerson", "Organization")
STATUSES: Final = frozenset({"proposed", "active", "suspended", "inactive", "entered-in-error"})
_SEXES: Final[dict[str, Sex]] = {"male": "M", "female": "F", "other": "I", "unknown": "I"}
# What a server must understand to use a resource at all, and what it would have to resolve in it: neither is taken.
_NOT_TAKEN: Final = ("contained", "implicitRules", "modifierExtension")
# Ours to say, or drawn from the rest by machine.
_DROPPED: Final = ("id", "meta", "text")
MOST_ISSUES: Final = 20


@dataclass(frozen=True, slots=True)
class Participant:
    reference: Resource  # FHIR's Reference
    start: datetime | None
    end: datetime | None
    place: str


@dataclass(frozen=True, slots=True)
class Team:
    """A CareTeam of the profile. `content` is what is kept; `members` stand in it in the same order."""

    content: Resource
    identifier: tuple[str, str]
    status: str
    start: datetime
    end: datetime | None
    participants: tuple[Participant, ...]


def parse(body: bytes) -> Resource:
    """A JSON object without empty strings and what they leave empty: the guide's own examples have some."""
    try:
        read = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise refused("bad_json", type="structure", status=400) from error
    if not isinstance(read, dict):
        raise refused("bad_json", type="structure", status=400)
    try:
        return cast(Resource, _pruned(read) or {})
    except RecursionError as error:
        raise refused("bad_json", type="structure", status=400) from error


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _pruned(value: Any) -> Any:
    if isinstance(value, list):
        return [kept for each in value if (kept := _pruned(each)) not in (None, "", {}, [])]
    if not isinstance(value, dict):
        return value
    kept = {name: one for name, each in value.items() if (one := _pruned(each)) not in (None, "", {}, [])}
    # An extension that has lost what it said says nothing.
    return None if set(kept) == {"url"} and set(value) != {"url"} else kept


def resource(sent: object, kind: str, place: str) -> Resource:
    """The resource as FHIR R4 has it, without id, meta and narrative."""
    if not isinstance(sent, dict) or sent.get("resourceType") != kind:
        raise refused("wrong_resource", place, type="structure")
    if taken := next((name for name in _NOT_TAKEN if name in sent), None):
        raise refused("not_supported", f"{place}.{taken}", type="not-supported")
    profiles = (sent.get("meta") or {}).get("profile") if isinstance(sent.get("meta"), dict) else None
    if kind == "CareTeam" and profiles and of.CARE_TEAM not in [str(each).partition("|")[0] for each in profiles]:
        raise refused("wrong_profile", f"{place}.meta.profile", type="structure")
    kept = {name: value for name, value in sent.items() if name not in _DROPPED}
    try:
        get_fhir_model_class(kind).model_validate(kept)
    except ValidationError as error:
        raise _invalid(error, place) from error
    except (RecursionError, ValueError) as error:
        raise refused("invalid_resource", place, type="structure") from error
    return kept


def _invalid(error: ValidationError, place: str) -> FhirRefused:
    faults = error.errors(include_url=False, include_input=False, include_context=False)[:MOST_ISSUES]
    return FhirRefused(*(Issue("invalid_resource", "structure", _path(place, each["loc"])) for each in faults))


def _path(place: str, steps: tuple[int | str, ...]) -> str:
    """As FHIRPath, of names that a resource can have: an unknown field may be called like a sentence."""
    for step in steps:
        name = "".join(each for each in str(step) if each.isalnum() or each == "_")[:40]
        place += f"[{step}]" if isinstance(step, int) else f".{name}" if name != "root" else ""
    return place


def care_team(sent: object, place: str) -> Team:
    """Profile cds-ihe-careteam: one identifier, a subject, a period with its start, members that are of its kinds."""
    content = resource(sent, "CareTeam", place)
    identifiers = content.get("identifier") or []
    if len(identifiers) != 1 or not identifiers[0].get("value") or not identifiers[0].get("system"):
        raise refused("one_identifier_required", f"{place}.identifier", type="required")
    if content.get("status") not in STATUSES:
        raise refused("status_required", f"{place}.status", type="required")
    if "subject" not in content:
        raise refused("subject_required", f"{place}.subject", type="required")
    period = content.get("period") or {}
    if "start" not in period:
        raise refused("start_required", f"{place}.period.start", type="required")
    start, end = moment(period["start"], f"{place}.period.start"), None
    if "end" in period:
        end = moment(period["end"], f"{place}.period.end")
        if end < start:
            raise refused("end_before_start", f"{place}.period", type="business-rule")
    members = content.get("participant") or []
    if len(members) > of.MOST_ENTRIES:
        raise refused("too_many_participants", f"{place}.participant", type="too-costly")
    participants = tuple(_participant(each, f"{place}.participant[{at}]") for at, each in enumerate(members))
    number = (str(identifiers[0]["system"]), str(identifiers[0]["value"]))
    return Team(content, number, content["status"], start, end, participants)


def _participant(sent: dict[str, Any], place: str) -> Participant:
    if "member" not in sent:
        raise refused("member_required", f"{place}.member", type="required")
    period = sent.get("period") or {}
    if period and "start" not in period:
        raise refused("start_required", f"{place}.period.start", type="required")
    start = moment(period["start"], f"{place}.period.start") if period else None
    end = moment(period["end"], f"{place}.period.end") if "end" in period else None
    if start and end and end < start:
        raise refused("end_before_start", f"{place}.period", type="business-rule")
    return Participant(sent["member"], start, end, f"{place}.member")


def moment(value: object, place: str) -> datetime:
    """A FHIR dateTime; a day, month or year is its first moment, in UTC."""
    text = str(value)
    try:
        if len(text) <= 10:
            year, month, day = [*(int(each) for each in text.split("-")), 1, 1][:3]
            return datetime(year, month, day, tzinfo=UTC)
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise refused("bad_date", place, type="value") from error
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


# --- patients -------------------------------------------------------------------------------------------------------
def traits(patient: Resource, place: str, *, today: date) -> PatientTraits:
    """The identity that a Patient of FR Core says, by the rules of the INS, else a refusal with the rule's code.

    FR Core calls an identity that is validated and carries the number qualified (fr-core-patient-ins): with any other
    status the number may not have been sent.
    """
    name = next((each for each in patient.get("name") or [] if each.get("use") == "official"), None)
    if name is None or "family" not in name or not (name.get("given") or _extension(name, of.BIRTH_GIVEN_NAMES)):
        raise refused("official_name_required", f"{place}.name", type="required")
    if len(patient.get("birthDate", "")) != 10:
        raise refused("birth_date_required", f"{place}.birthDate", type="required")
    if patient.get("gender") not in _SEXES:
        raise refused("gender_required", f"{place}.gender", type="required")
    number = _number(patient, place)
    status = _status(patient)
    if number is not None and status != "validated":
        raise refused("matricule_not_qualified", f"{place}.identifier", type="business-rule")
    given = (_extension(name, of.BIRTH_GIVEN_NAMES) or {}).get("valueString") or " ".join(name["given"])
    usual = next((each for each in patient["name"] if each.get("use") == "usual" and "family" in each), None)
    try:
        read = PatientTraits(
            birth_name=name["family"],
            given_names=given,
            birth_date=date.fromisoformat(patient["birthDate"]),
            sex=_SEXES[patient["gender"]],
            birthplace=_birthplace(patient),
            identity_status="qualified" if number is not None else status,
            used_name=None if usual is None else usual["family"],
            matricule=None if number is None else number[1],
            oid=None if number is None else number[0],
        )
        read.check_birth_date(today)
    except CircleError as error:
        raise refused(error.code, place, type="business-rule") from error
    return read


def _number(patient: Resource, place: str) -> tuple[str, str] | None:
    """(OID, matricule) of the identifier that is an INS."""
    found = [
        each
        for each in patient.get("identifier") or []
        if any(one.get("code") in ("INS-NIR", "INS-NIA") for one in (each.get("type") or {}).get("coding") or [])
    ]
    if len(found) > 1:
        raise refused("one_matricule_only", f"{place}.identifier", type="business-rule")
    if not found:
        return None
    return str(found[0].get("system", "")).removeprefix("urn:oid:"), str(found[0].get("value", ""))


def _status(patient: Resource) -> Status:
    reliability = _extension(patient, of.RELIABILITY) or {}
    coding = (_extension(reliability, "identityStatus") or {}).get("valueCoding") or {}
    return "validated" if coding.get("code") == "VALI" else "provisional"


def _birthplace(patient: Resource) -> str:
    address = (_extension(patient, of.BIRTHPLACE) or {}).get("valueAddress") or {}
    coding = (_extension(address, of.INSEE_CODE) or {}).get("valueCoding") or {}
    return str(coding.get("code") or UNKNOWN_BIRTHPLACE)


def _extension(element: dict[str, Any], url: str) -> dict[str, Any] | None:
    return next((each for each in element.get("extension") or [] if each.get("url") == url), None)
