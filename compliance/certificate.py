"""The certificate "who was entitled to read" as a document: what is claimed, and everything that proves it.

Used by `compliance.certifying`. The claim speaks of people by their opaque ids; the evidence has the events of the
trail with their proofs, the raw commits, grants and key events, and the bindings of pseudonyms to ids, so that
`audit/verify.py` computes the claim again without us and without a database. Format: docs/audit.md, "The certificate".
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from audit.models import Event, Pseudonym
from chat.canonical import NotCanonical, to_base64, to_time
from chat.key_events import events_of
from chat.log import wire_time
from chat.models import Item
from circles.models import Invitation, Member
from compliance.entitled import About, Entitled, Given, entitled, people_in, read_grant
from compliance.errors import ComplianceError
from compliance.evidence import Evidence
from compliance.keychains import Life as Vault
from compliance.keychains import lives_of
from compliance.lives import Fact, Life, fact_of, life_of

VERSION: Final = 1
FORMAT: Final = "cordee certificate"
# What shows that something of a circle was handed to a person's browser. Not that it was decrypted, nor read.
HANDED_OVER: Final = ("message.read", "circle.listen", "attachment.read", "circle.open")

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Asked:
    """A message of the circle's log, or a period of the circle."""

    circle: UUID
    message: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Certified:
    """`document` without names; `people` are the pseudonyms of those it speaks of, by user id."""

    document: Json
    about: About
    people: Mapping[UUID, UUID]


def certify(asked: Asked) -> Certified:
    """Compute everything anew from what devices signed. Some twenty queries and one for each fact; 2 ms a commit.

    Raises ComplianceError `not_found`, `bad_input` (an empty period), `opening_not_kept`, `trail_differs`,
    `not_sealed` (an act that the log has not signed yet: a second later it has), `too_large`.
    """
    life = life_of(asked.circle)
    message = _message(asked)
    about = _about(asked, life, message)
    grants = _grants(life)
    people = people_in(life, about, grants)
    chains = {user: events_of(user) for user in people}
    vaults = {user: _vaults(user, chain) for user, chain in chains.items()}
    found = entitled(life, about, grants, vaults, message)
    names = _pseudonyms(asked.circle, people)
    evidence = Evidence()
    evidence.add(each.fact.id for each in life.epochs)
    evidence.add(each.fact.id for each in grants)
    evidence.of(message)
    evidence.add(name.event_id for name in names.values())
    claim: Json = {
        "about": _shown(asked, about, message),
        "circle": str(asked.circle),
        "epochs": [about.first, about.last],
        "people": [_person(each, names, evidence, asked, about) for each in found],
        "present": life.epochs[-1].number,
    }
    return Certified(
        document={
            "claim": claim,
            "evidence": {
                "bindings": [_binding(each) for each in names.values()],
                "change": to_base64(life.first_change),
                "epochs": [
                    {"raw": to_base64(each.raw), "tree_hash": to_base64(each.tree_hash)} for each in life.epochs
                ],
                "grants": [to_base64(each.raw) for each in grants],
                "keys": {str(user): [to_base64(raw) for raw in chain] for user, chain in chains.items()},
                "tree": to_base64(life.tree),
                **evidence.proved(),
            },
            "format": FORMAT,
            "v": VERSION,
        },
        about=about,
        people={user: names[user].pseudonym for user in people},
    )


# --- what is asked ---


def _message(asked: Asked) -> Fact | None:
    if asked.message is None:
        return None
    item = Item.objects.filter(group_id=asked.circle, kind=Item.Kind.MESSAGE, message_id=asked.message)
    found = item.select_related("event").first()
    if found is None:
        raise ComplianceError("not_found", status=404)
    return fact_of(found.event)


def _about(asked: Asked, life: Life, message: Fact | None) -> About:
    if message is not None:
        epoch = int(str(message.says["epo"]))
        return About(epoch, epoch, message.at)
    if asked.since is None or asked.until is None or asked.since >= asked.until:
        raise ComplianceError("bad_input", status=422)
    begun = [each.fact.at for each in life.epochs]
    last = sum(at <= asked.until for at in begun) - 1
    if last < 0:
        raise ComplianceError("not_found", status=404)
    first = max(sum(at <= asked.since for at in begun) - 1, 0)
    return About(first, last, asked.since)


def _shown(asked: Asked, about: About, message: Fact | None) -> Json:
    if message is not None:
        return {"message": str(asked.message), "sha": message.says["sha"], "t": message.says["t"]}
    return {"from": wire_time(about.since), "to": None if asked.until is None else wire_time(asked.until)}


def _grants(life: Life) -> list[Given]:
    items = Item.objects.filter(group_id=life.circle, kind=Item.Kind.GRANT).order_by("seq").select_related("event")
    return [read_grant(bytes(item.body or b""), fact_of(item.event), life.epochs) for item in items]


def _vaults(user_id: UUID, chain: list[bytes]) -> list[Vault]:
    try:
        return lives_of(user_id, chain)
    except NotCanonical as error:
        raise ComplianceError("trail_differs", evidence=f"keys of {user_id}: {error}") from error


# --- who ---


def _pseudonyms(circle_id: UUID, people: Collection[UUID]) -> dict[UUID, Pseudonym]:
    """Of the circle and of everybody. Somebody who was erased cannot be certified any more."""
    persons = Pseudonym.objects.filter(kind="Person", subject__in=people)
    found = {each.subject: each for each in [*persons, *Pseudonym.objects.filter(kind="Circle", subject=circle_id)]}
    if missing := {circle_id, *people} - found.keys():
        raise ComplianceError("subject_erased", evidence=", ".join(map(str, missing)))
    return found


def _binding(name: Pseudonym) -> Json:
    return {
        "kind": name.kind,
        "pseudonym": str(name.pseudonym),
        "salt": to_base64(bytes(name.salt)),
        "subject": str(name.subject),
    }


def _person(each: Entitled, names: Mapping[UUID, Pseudonym], evidence: Evidence, asked: Asked, about: About) -> Json:
    who = names[each.user].pseudonym
    identity = each.place.keys.identity if each.place.keys else b""
    bound = Event.objects.filter(who=who, act__in=("identity.bind", "identity.rotate", "identity.reset"), out=0)
    attested = Event.objects.filter(act="identity.attest", obj=f"Person/{who}", out=0)
    added = Event.objects.filter(
        who=who, act="device.add", out=0, obj__in=[f"Device/{through.device.id}" for through in each.devices]
    )
    handed = Event.objects.filter(
        cir=names[asked.circle].pseudonym, who=who, act__in=HANDED_OVER, out=0, t__gte=max(each.since.at, about.since)
    )
    sha = to_base64(hashlib.sha256(identity).digest())
    binding = next((fact for fact in map(fact_of, bound) if fact.says.get("sha") == sha), None)
    consent = _consent(asked.circle, each)
    return {
        "attested": evidence.of(attested.order_by("-id").first()),
        "bound": evidence.of(binding),
        "consent": evidence.of(consent),
        "devices": [
            {
                "added": to_time(through.device.added),
                "ended": None if through.device.ended is None else to_time(through.device.ended),
                "event": evidence.of(next((e for e in added if e.obj == f"Device/{through.device.id}"), None)),
                "id": str(through.device.id),
                "in_roster": through.in_roster,
            }
            for through in each.devices
        ],
        "epochs": [list(span) for span in each.epochs],
        "grants": [[first, last, str(grant)] for first, last, grant in each.grants],
        "ground": each.place.ground,
        "handed_over": [
            {"act": event.act, "event": evidence.of(event), "t": fact_of(event).says["t"]}
            for event in handed.order_by("act", "t", "id").distinct("act")
        ],
        "identity": to_base64(identity),
        "left": None if each.left is None else each.left.says["t"],
        "not_after": None if each.place.not_after is None else to_time(each.place.not_after),
        "role": each.place.role,
        "since": each.since.says["t"],
        "user": str(each.user),
    }


def _consent(circle_id: UUID, each: Entitled) -> Event | None:
    """That the patient's consent to somebody outside the team was recorded."""
    if each.place.ground != "outside_team":
        return None
    for model in (Member, Invitation):
        place = model._default_manager.filter(circle_id=circle_id, user_id=each.user, consent__isnull=False).last()
        if place is not None:
            return Event.objects.filter(act="consent.record", obj=f"Consent/{place.consent_id}", out=0).first()
    return None
