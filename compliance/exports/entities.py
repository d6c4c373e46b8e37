"""What an event is about, as `AuditEvent.entity` after IHE BALP: patient, object, circle, request, and the leaf itself.
Pure.

The profiles allow one entity of type "System Object": the object of the act, or of a search the question. The circle
and the leaf have types of their own.
"""

from __future__ import annotations

from typing import Any, Final

from compliance.exports.codings import BALP_ENTITY, ENTITY, RESOURCE, ROLE, coding
from compliance.exports.rows import Row

Json = dict[str, Any]

_OBJECT: Final = coding(ENTITY, "2", "System Object")
_RESOURCE_ROLE: Final = coding(ROLE, "4", "Domain Resource")
# A question may hold a patient's name: it is not in the log, and FHIR has a word for that.
_MASKED: Final = {
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]
}
# What a leaf says beside who, what and about whom.
_FACTS: Final = ("epo", "seq", "siz", "cnt", "sha", "ros", "pol")


def entities_of(row: Row, profile: str | None, base: str) -> list[Json]:
    """Always at least the leaf."""
    kind, _, name = row.text("obj").partition("/")
    entities: list[Json] = []
    if row.text("pat"):
        entities.append(
            {
                "what": _named("Patient", "patient", row.text("pat"), base),
                "type": coding(ENTITY, "1", "Person"),
                "role": coding(ROLE, "1", "Patient"),
            }
        )
    if profile is not None and profile.endswith("Query"):
        entities.append({"type": _OBJECT, "role": coding(ROLE, "24", "Query"), "_query": _MASKED})
    elif kind:
        what = {"identifier": {"system": f"{base}/audit/{kind.lower()}", "value": name}}
        entities.append({"what": what, "type": _OBJECT, "role": _RESOURCE_ROLE})
    elif row.text("cir"):
        what = _named("CareTeam", "circle", row.text("cir"), base)
        entities.append({"what": what, "type": _OBJECT, "role": _RESOURCE_ROLE})
    if row.text("cir"):
        entities.append(
            {
                "what": _named("CareTeam", "circle", row.text("cir"), base),
                "type": coding(RESOURCE, "CareTeam", "CareTeam"),
                "name": row.code("cir"),
            }
        )
    if row.text("req"):
        entities.append({"what": {"identifier": {"value": row.text("req")}}, "type": coding(BALP_ENTITY, "XrequestId")})
    entities.append(_leaf(row, base))
    return entities


def _leaf(row: Row, base: str) -> Json:
    """Where the proof of this event is found, and the facts that FHIR has no element for."""
    facts = [{"type": key, "valueString": row.text(key)} for key in _FACTS if row.text(key)]
    place = {"type": "index", "valueString": str(row.index)}
    return {
        "what": {"identifier": {"system": f"https://{row.origin}", "value": str(row.index)}},
        "type": coding(f"{base}/audit/entities", "leaf"),
        "detail": [place, *facts],
    }


def _named(resource: str, kind: str, pseudonym: str, base: str) -> Json:
    return {"type": resource, "identifier": {"system": f"{base}/audit/{kind}", "value": pseudonym}}
