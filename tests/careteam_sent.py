"""What a system sends: a transaction of the ANS guide with invented people, and the guide's own examples.

The published examples are not in this repository (../shared). The patient among them carries a number with a wrong key
under the OID of real numbers: `example()` carries it under the demonstration OID, as all invented people here do.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from circles.careteam import vocabulary as of
from circles.ins import DEMO_OID, key_of

Json = dict[str, Any]
EXAMPLES: Final = Path(__file__).parents[1].parent / "shared" / "ror" / "examples"
NUMBER: Final = "2410338185042"
PATIENT: Final[Json] = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [
        {
            "use": "official",
            "type": {"coding": [{"system": of.IDENTIFIER_TYPES, "code": "INS-NIR"}]},
            "system": f"urn:oid:{DEMO_OID}",
            "value": f"{NUMBER}{key_of(NUMBER):02}",
        }
    ],
    "extension": [
        {
            "url": of.RELIABILITY,
            "extension": [{"url": "identityStatus", "valueCoding": {"system": of.RELIABILITY_CODES, "code": "VALI"}}],
        },
        {
            "url": of.BIRTHPLACE,
            "valueAddress": {
                "city": "GRENOBLE",
                "extension": [{"url": of.INSEE_CODE, "valueCoding": {"system": of.COMMUNES, "code": "38185"}}],
            },
        },
    ],
    "name": [
        {
            "use": "official",
            "family": "MAREUIL",
            "given": ["Odette"],
            "extension": [{"url": of.BIRTH_GIVEN_NAMES, "valueString": "Odette Anne"}],
        },
        {"use": "usual", "family": "CHASTEL"},
    ],
    "gender": "female",
    "birthDate": "1941-03-12",
}
NEPHEW: Final[Json] = {
    "resourceType": "RelatedPerson",
    "id": "r1",
    "active": True,
    "patient": {"reference": "Patient/p1"},
    "relationship": [{"text": "Neveu, personne de confiance"}],
    "name": [{"use": "official", "family": "CHASTEL", "given": ["Bruno"]}],
    "telecom": [{"system": "phone", "value": "0199000001"}],
}
CLUB: Final[Json] = {
    "resourceType": "Organization",
    "id": "o1",
    "active": True,
    "name": "Accueil de jour des Alpins",
    "address": [{"city": "GRENOBLE", "postalCode": "38000"}],
}
TEAM: Final[Json] = {
    "resourceType": "CareTeam",
    "id": "t1",
    "meta": {"profile": [of.CARE_TEAM]},
    "identifier": [{"system": "https://logiciel.example/cercles", "value": "1"}],
    "status": "active",
    "name": "Cercle de Mme M.",
    "subject": {"reference": "Patient/p1"},
    "period": {"start": "2026-01-12"},
    "participant": [
        {"member": {"reference": "RelatedPerson/r1"}, "period": {"start": "2026-01-12"}},
        {"member": {"reference": "Organization/o1"}, "period": {"start": "2026-01-12", "end": "2032-12-18T13:48:19Z"}},
    ],
    "managingOrganization": [{"reference": "Organization/o1"}],
}


def a_bundle(*members: UUID, **changes: Any) -> Json:
    """A transaction that proposes a team with these professionals; `changes` are of the CareTeam."""
    team = TEAM | changes
    for each in members:
        team = with_member(team, each)
    sent = [copy.deepcopy(each) for each in (team, CLUB, PATIENT, NEPHEW)]
    entries = [
        {
            "fullUrl": f"urn:uuid:00000000-0000-4000-8000-00000000000{at}",
            "resource": each,
            "request": {"method": "POST", "url": each["resourceType"]},
        }
        for at, each in enumerate(sent)
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def published() -> Json:
    """The guide's own example of a transaction, byte for byte."""
    return json.loads((EXAMPLES / "cds__Bundle-cds-bundle-transaction-creation-example.json").read_text())  # type: ignore[no-any-return]


def example() -> Json:
    bundle = published()
    sent(bundle, "Patient")["identifier"][0]["system"] = f"urn:oid:{DEMO_OID}"
    return bundle


def sent(bundle: Json, kind: str) -> Json:
    """The resource of this kind in a Bundle; each stands once in those above."""
    return next(each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == kind)


def with_member(team: Json, role_id: UUID, **period: str) -> Json:
    """The same team with one more professional."""
    member = {"member": {"reference": f"PractitionerRole/{role_id}"}, "period": {"start": "2026-11-01", **period}}
    return team | {"participant": [*team.get("participant", []), member]}


def meant(value: Any) -> Any:
    """What a resource says: without ids, references, meta, narrative, and without what is empty."""
    if isinstance(value, list):
        return [kept for each in value if (kept := meant(each)) not in (None, "", {}, [])]
    if not isinstance(value, dict):
        return value
    named = {key: each for key, each in value.items() if key not in ("id", "meta", "text", "reference")}
    kept = {key: one for key, each in named.items() if (one := meant(each)) not in (None, "", {}, [])}
    return None if set(kept) == {"url"} else kept
