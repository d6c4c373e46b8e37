"""The event of the trail: its closed schema, its one exact text (the leaf), its MAC. Pure: no clock, no randomness.

Used by `audit.services` (one act), `audit.batch` (many), and by every room for `Actor`. The leaf is the RFC 8785 form
of a flat object of strings, integers and booleans; these bytes are what is stored, hashed and signed. Each key has a
shape, and no shape has room for a name, an address, an INS, a phone number or a sentence: the log cannot hold what it
must not hold.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from binascii import b2a_base64
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Final
from uuid import UUID

from audit.acts import ACTS
from audit.errors import LeafRefused

SCHEMA: Final = 1
LEAF_LIMIT: Final = 4096  # bytes; one entry must fit many times into a tile, and a log line must stay a line
INTEGER_LIMIT: Final = 2**53  # above it a JSON number is not the same number everywhere (RFC 8785 §3.2.2.3)
OUTCOMES: Final = frozenset({0, 4, 8, 12})  # FHIR: success, minor, serious, major failure
# Subjects go by their pseudonym, also as an object; the rest by their own opaque id.
SUBJECTS: Final = frozenset({"Person", "Patient", "Circle"})
OBJECTS: Final = SUBJECTS | {
    "Announcement", "Attachment", "BreakGlass", "Certificate", "Commit", "Consent", "Contact", "Device", "EpochKey",
    "Event", "Export", "Finding", "Grant", "HealthcareService", "Hold", "IdentityKey", "Invitation", "JoinRequest",
    "Member", "Message", "Opposition", "Organization", "Practitioner", "PractitionerRole", "Proposal", "Report",
    "Resolution", "Setting", "Subscription", "Supplied", "SyncRun", "System", "Vault", "Writer",
}  # fmt: skip
# HL7 v3 PurposeOfUse, as far as the product has these purposes.
PURPOSES: Final = frozenset({"TREAT", "ETREAT", "BTG", "COC", "PATRQT", "HOPERAT", "HSYSADMIN", "HCOMPL", "HLEGAL"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, as the doors know it. Ids are the rooms' own: the trail turns persons into pseudonyms.

    `session` is a hash, `role` a profession code, `org` an organisation's id, `auth` how the session was opened
    (`pwd+totp`, `passkey`, …), `system_id` the program of an organisation that acts instead of a person, `on` the
    person on whose behalf, `net` the keyed hash of the address prefix, `req` the request's id.
    """

    user_id: UUID | None
    device_id: UUID | None = None
    session: str | None = None
    role: str | None = None
    org: str | None = None
    auth: str | None = None
    system_id: UUID | None = None
    on: UUID | None = None
    net: str | None = None
    req: str | None = None


SYSTEM: Final = Actor(user_id=None, auth="system")  # commands and the trail itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One act, complete but for its place in a writer's count. Fields are the leaf's keys (docs/audit.md).

    `who`, `on`, `pat`, `cir` are pseudonyms. Hashes and commitments are base64 of 32 bytes, `n` of 16.
    """

    id: UUID
    t: datetime
    act: str
    n: bytes
    node: str
    out: int = 0
    err: str | None = None
    who: UUID | None = None
    dev: UUID | None = None
    ses: str | None = None
    role: str | None = None
    org: str | None = None
    auth: str | None = None
    sys: UUID | None = None
    on: UUID | None = None
    pat: UUID | None = None
    cir: UUID | None = None
    obj: str | None = None
    why: str | None = None
    rsn: bytes | None = None
    net: str | None = None
    req: str | None = None
    det: bytes | None = None
    # Facts of some acts: MLS epoch, place in the circle's log, SHA-256 and size of what was stored, digests of roster
    # and policy after a commit, and how many things an act touched or showed.
    epo: int | None = None
    seq: int | None = None
    sha: bytes | None = None
    siz: int | None = None
    ros: bytes | None = None
    pol: bytes | None = None
    cnt: int | None = None


Scalar = str | int | bool | None

_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+/-]{0,31}")  # codes of nomenclatures, ways to sign in, node and version
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_HASH = re.compile(r"[0-9a-f]{32}")
# Ten digits at most: an INS has fifteen, an RPPS eleven.
_OBJECT = re.compile(rf"([A-Z][A-Za-z]{{2,31}})/(?:{_UUID.pattern}|[0-9]{{1,10}})")


def _uuid(value: object) -> str:
    if not isinstance(value, UUID):
        raise TypeError("is not a UUID")
    return str(value)


def _time(value: object) -> str:
    if not isinstance(value, datetime) or value.tzinfo is not UTC:
        raise ValueError("is not a time in UTC")
    return value.isoformat(timespec="microseconds")[:-6] + "Z"


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value < INTEGER_LIMIT:
        raise ValueError("is not a count")
    return value


def _matching(pattern: re.Pattern[str]) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            raise ValueError("does not have its shape")
        return value

    return check


def _bytes(size: int) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, bytes) or len(value) != size:
            raise ValueError(f"is not {size} bytes")
        return b2a_base64(value, newline=False).decode()

    return check


def _word(vocabulary: Container[str]) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str) or value not in vocabulary:
            raise ValueError("is not in the vocabulary")
        return value

    return check


def _outcome(value: object) -> int:
    if type(value) is not int or value not in OUTCOMES:
        raise ValueError("is not an outcome")
    return value


def _object(value: object) -> str:
    match = _OBJECT.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[1] not in OBJECTS:
        raise ValueError("is not type/id of a known type")
    return match[0]


_digest, _token, _keyed = _bytes(32), _matching(_TOKEN), _matching(_HASH)
_SHAPES: Final[Mapping[str, Callable[[object], Scalar]]] = {
    "id": _uuid, "t": _time, "act": _word(ACTS), "out": _outcome, "err": _matching(_CODE),
    "who": _uuid, "dev": _uuid, "ses": _keyed, "role": _token, "org": _matching(_UUID), "auth": _token,
    "sys": _uuid, "on": _uuid,
    "pat": _uuid, "cir": _uuid, "obj": _object, "why": _word(PURPOSES), "rsn": _digest,
    "net": _keyed, "req": _keyed, "node": _token, "det": _digest, "n": _bytes(16),
    "epo": _count, "seq": _count, "sha": _digest, "siz": _count, "ros": _digest, "pol": _digest, "cnt": _count,
}  # fmt: skip
KEYS: Final = frozenset(_SHAPES) | {"v", "w", "wn"}
_values = attrgetter(*_SHAPES)


def leaf(event: Event, *, writer: int, number: int) -> bytes:
    """The event as the `number`-th of `writer`: one line of at most 4 KiB, keys without a value left out.

    Raises LeafRefused when a value does not have the shape of its key.
    """
    key = "w"
    try:
        fields: dict[str, Scalar] = {"v": SCHEMA, "w": _count(writer), "wn": _count(number)}
        for (key, shape), value in zip(_SHAPES.items(), _values(event), strict=True):
            if value is not None:
                fields[key] = shape(value)
    except (ValueError, TypeError) as error:
        raise LeafRefused(key, str(error)) from None
    return canonical(fields)


def canonical(fields: Mapping[str, Scalar]) -> bytes:
    """RFC 8785 of a flat object with keys of the schema. Raises LeafRefused for any other key, type or size."""
    for key, value in fields.items():
        if key not in KEYS:
            raise LeafRefused("*", "has a key outside the schema")
        if isinstance(value, int):
            if not -INTEGER_LIMIT < value < INTEGER_LIMIT:
                raise LeafRefused(key, "is an integer that JSON cannot carry")
        elif value is not None and not isinstance(value, str):
            raise LeafRefused(key, "is neither string, integer, boolean nor null")
    try:
        text = _encode(fields).encode()
    except UnicodeEncodeError:
        raise LeafRefused("*", "holds half a character") from None
    if len(text) > LEAF_LIMIT:
        raise LeafRefused("*", "is longer than 4 KiB")
    return text


# Keys are ASCII, so that Python's order of characters is RFC 8785's order of UTF-16 units.
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def mac(leaf: bytes, key: bytes) -> bytes:
    """HMAC-SHA256: who can write into the database but does not hold the key cannot invent an act."""
    return hmac.digest(key, leaf, "sha256")


def commitment(label: str, salt: bytes, content: bytes) -> bytes:
    """Binds a leaf to what is kept beside it; `salt` is 32 secret bytes kept (and erased) with the content.

    SHA-256(label ‖ 0x00 ‖ salt ‖ content). Labels: `cordee audit detail`, `cordee audit reason`, `cordee audit
    pseudonym`.
    """
    return hashlib.sha256(label.encode() + b"\0" + salt + content).digest()
