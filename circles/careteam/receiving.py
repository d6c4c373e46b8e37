"""Taking what a system sends: all of it or nothing, in one transaction.

Used by `circles.careteam.api_writing`. Patients, relatives and structures are kept as they came (`Supplied`);
professionals and structures that the directory knows are the directory's; a care team becomes a proposal, or changes
what systems may change of a circle (`proposing`, `changing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from audit.events import Actor
from audit.services import record
from circles.careteam import reading
from circles.careteam.bearer import ActingSystem
from circles.careteam.changing import change
from circles.careteam.errors import Issue, refused, unknown
from circles.careteam.models import Supplied
from circles.careteam.proposing import propose
from circles.careteam.references import References, organization_with, practitioner_with
from circles.careteam.sealing import Resource, identifier_index, seal
from circles.careteam.teams import PresentTeam, resolve
from circles.rules import latest_today
from directory.models import Organization, Practitioner, PractitionerRole

# Elements of supplied resources that point elsewhere.
_POINTERS: Final = {"RelatedPerson": ("patient", "Patient"), "Organization": ("partOf", "Organization")}
_OF_THE_DIRECTORY: Final = ("Practitioner", "PractitionerRole")


@dataclass(frozen=True, slots=True)
class Sent:
    """One resource: `target` is what an update is of; `url` and `place` are its fullUrl and its FHIRPath."""

    kind: str
    resource: Resource
    place: str
    target: UUID | None = None
    if_match: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    kind: str
    id: UUID
    version: int
    at: datetime
    created: bool


@transaction.atomic
def receive(*, actor: Actor, system: ActingSystem, sent: Sequence[Sent]) -> list[Written]:
    """Keep everything that was sent, in the order in which it was; nothing when one is refused.

    Errors: those of `circles.careteam.reading`, `unknown_reference`, `not_found`, `directory_only`, and what
    `propose` and `change` refuse.
    """
    references = References(system.organization)
    ids = [_call(each, references) for each in sent]
    known = _of_the_directory(sent, references)
    references.finish()
    written: dict[int, Written] = {}
    # Teams last: they point to the others.
    for at in sorted(range(len(sent)), key=lambda at: sent[at].kind == "CareTeam"):
        one, wanted = sent[at], ids[at]
        if at in known:
            row = known[at]
            written[at] = Written(one.kind, row.id, 1, timezone.now(), created=False)
        elif one.kind == "CareTeam":
            written[at] = _team(actor, system, one, wanted, references)
        else:
            written[at] = _supply(actor, system, one, wanted, references)
    return [written[at] for at in range(len(sent))]


def _call(one: Sent, references: References) -> UUID:
    """The id that this entry has here, so that the others can point to it."""
    wanted = one.target or uuid7()
    references.named(one.url, one.kind, one.resource.get("id"), f"{one.kind}/{wanted}")
    return wanted


def _of_the_directory(
    sent: Sequence[Sent], references: References
) -> dict[int, Practitioner | PractitionerRole | Organization]:
    """Entries that the directory knows already. A professional whom it does not know is refused."""
    found: dict[int, Practitioner | PractitionerRole | Organization] = {}
    people: dict[str, Practitioner] = {}
    for at, one in enumerate(sent):
        row: Practitioner | Organization | None = None
        if one.kind == "Practitioner":
            row = practitioner_with(one.resource.get("identifier") or [])
        elif one.kind == "Organization" and one.target is None:
            row = organization_with(one.resource.get("identifier") or [])
        if row is None:
            if one.kind == "Practitioner":
                references.issues.append(Issue("unknown_reference", "not-found", f"{one.place}.identifier"))
            continue
        if isinstance(row, Practitioner):
            people[f"Practitioner/{row.id}"] = row
        found[at] = row
        references.named(one.url, one.kind, one.resource.get("id"), f"{one.kind}/{row.id}")
    for at, one in enumerate(sent):
        if one.kind == "PractitionerRole":
            held = _role(one, references, people)
            if held is None:
                references.issues.append(Issue("unknown_reference", "not-found", one.place))
                continue
            found[at] = held
            references.named(one.url, one.kind, one.resource.get("id"), f"PractitionerRole/{held.id}")
    if changed := next((one for one in sent if one.kind in _OF_THE_DIRECTORY and one.target), None):
        raise refused("directory_only", changed.place, type="not-supported", status=405)
    return found


def _role(one: Sent, references: References, people: dict[str, Practitioner]) -> PractitionerRole | None:
    """The situation of the directory that a PractitionerRole describes."""
    named = one.resource.get("practitioner") or {}
    practitioner = people.get(references.local.get(str(named.get("reference", "")), ""))
    if practitioner is None and named.get("identifier"):
        practitioner = practitioner_with([named["identifier"]])
    structure = one.resource.get("organization") or {}
    at = references.local.get(str(structure.get("reference", "")), "")
    organization = Organization.objects.filter(id=at.removeprefix("Organization/")).first() if at else None
    return references.role_of(practitioner, organization)


def _supply(actor: Actor, system: ActingSystem, one: Sent, wanted: UUID, references: References) -> Written:
    """Keep a patient, a relative or a structure, or another version of it."""
    if one.kind not in Supplied.Type:
        raise refused("not_supported", one.place, type="not-supported", status=405)
    content = reading.resource(one.resource, one.kind, one.place)
    if one.kind == Supplied.Type.PATIENT:
        reading.traits(content, one.place, today=latest_today())
    element, kind = _POINTERS.get(one.kind, ("", ""))
    if element in content:
        found = references.resolve(content[element], (kind,), f"{one.place}.{element}")
        references.finish()
        content[element] = content[element] | {"reference": found}
    if one.target is None:
        row = Supplied(id=wanted, type=one.kind, organization_id=system.organization)
    else:
        present = Supplied.objects.select_for_update(no_key=True).filter(
            id=wanted, type=one.kind, organization_id=system.organization
        )
        row = present.first() or _absent(one.place)
        if one.if_match not in (None, row.version):
            raise refused("version_conflict", one.place, type="conflict", status=412)
        row.version, row.updated = row.version + 1, timezone.now()
    row.system_id = system.id
    row.key_version, row.sealed = seal(content, row.id)
    row.identifier_index = _index(content)
    row.save()
    record("careteam.write", actor=actor, obj=("Supplied", row.id))
    return Written(one.kind, row.id, row.version, row.updated, created=one.target is None)


def _absent(place: str) -> Supplied:
    raise unknown(place)


def _index(content: Resource) -> bytes | None:
    for each in content.get("identifier") or []:
        if each.get("system") and each.get("value"):
            return identifier_index(each["system"], each["value"])
    return None


def _team(actor: Actor, system: ActingSystem, one: Sent, wanted: UUID, references: References) -> Written:
    team = reading.care_team(one.resource, one.place)
    present = None if one.target is None else PresentTeam.locked(system, one.target, one.if_match, one.place)
    if present is not None:
        references.known = present.references
    named = resolve(team, references, one.place)
    if present is None:
        version = propose(actor=actor, system=system, team_id=wanted, team=team, named=named, place=one.place)
    else:
        version = change(actor=actor, system=system, present=present, team=team, named=named, place=one.place)
    return Written("CareTeam", wanted, version.version, version.at, created=present is None)
