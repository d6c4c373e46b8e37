"""The circle policy (group-context extension 0xF0C1) and its chain of signed changes: who may be in the circle, and
who said so.

Pure. The state is the fold of the chain; the server and every client refuse a commit whose new extension is not that
fold. docs/protocol.md gives the bytes; `tests/vectors/policy.json` is read by both sides; docs/validation.md lists
the rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from chat.canonical import Fields, NotCanonical, decode, encode, to_base64, to_time
from chat.certificates import UnverifiedCertificate, read_certificate, verify_certificate
from chat.mls.errors import BadSignature
from chat.mls.keys import verify_with_label

EXTENSION_TYPE: Final = 0xF0C1
MOST_PERSONS: Final = 250  # e2ee.md: what a circle of carers can be, and what one commit can carry
CHANGE_LIMIT: Final = 4096
EXTENSION_LIMIT: Final = 256 * 1024
MOST_CHANGES: Final = 16  # in one commit

Role = Literal["coordinator", "member", "guest", "delegate"]
Ground = Literal["same_structure", "chosen_by_patient", "formal_team", "outside_team"]
EndCode = Literal["removed", "declined", "left", "expired", "withdrawn", "opposition"]
ROLES: Final[tuple[Role, ...]] = ("coordinator", "member", "guest", "delegate")
GROUNDS: Final[tuple[Ground, ...]] = ("same_structure", "chosen_by_patient", "formal_team", "outside_team")
END_CODES: Final[tuple[EndCode, ...]] = ("removed", "declined", "left", "expired", "withdrawn", "opposition")
NO_HASH: Final = bytes(32)


class PolicyRefused(Exception):
    """`code` is stable; nothing changed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Person:
    user: UUID
    identity: bytes
    history: bytes
    history_sig: bytes
    role: Role
    ground: Ground
    not_after: datetime | None
    revoked: tuple[UUID, ...] = ()

    def as_object(self) -> dict[str, object]:
        return {
            "ground": self.ground,
            "history": to_base64(self.history),
            "history_sig": to_base64(self.history_sig),
            "identity": to_base64(self.identity),
            "not_after": None if self.not_after is None else to_time(self.not_after),
            "revoked": [str(device) for device in self.revoked],
            "role": self.role,
            "user": str(self.user),
        }


@dataclass(frozen=True, slots=True)
class Head:
    n: int
    hash: bytes

    def as_object(self) -> dict[str, object]:
        return {"hash": to_base64(self.hash), "n": self.n}


@dataclass(frozen=True, slots=True)
class Policy:
    """The state after change `head.n`."""

    circle: UUID
    suite: int
    persons: dict[UUID, Person]
    steward: bytes | None
    head: Head

    def to_extension(self) -> bytes:
        return encode(
            {
                "circle": str(self.circle),
                "head": self.head.as_object(),
                "persons": [self.persons[user].as_object() for user in sorted(self.persons, key=str)],
                "settings": {},
                "steward": None if self.steward is None else to_base64(self.steward),
                "suite": self.suite,
                "v": 1,
            }
        )

    def coordinators(self) -> int:
        return sum(person.role == "coordinator" for person in self.persons.values())


@dataclass(frozen=True, slots=True)
class Create:
    person: Person
    suite: int
    steward: bytes | None


@dataclass(frozen=True, slots=True)
class Invite:
    person: Person


@dataclass(frozen=True, slots=True)
class End:
    user: UUID
    code: EndCode


@dataclass(frozen=True, slots=True)
class UnverifiedChange:
    """Well formed; who signed it is not yet checked against any policy."""

    circle: UUID
    n: int
    prev: bytes
    op: Create | Invite | End
    time: datetime
    certificate: UnverifiedCertificate
    signature: bytes
    signed: bytes
    raw: bytes

    def hash(self) -> bytes:
        return hashlib.sha256(b"cordee policy change" + self.raw).digest()


def _person(value: object) -> Person:
    fields = Fields(value)
    person = Person(
        user=fields.uuid("user"),
        identity=fields.bytes("identity", 32),
        history=fields.bytes("history", 32),
        history_sig=fields.bytes("history_sig", 64),
        role=fields.one_of("role", ROLES),
        ground=fields.one_of("ground", GROUNDS),
        not_after=fields.time_or_none("not_after"),
    )
    if fields.list("revoked", most=64) != []:
        raise NotCanonical("revoked devices are not known to this version")
    fields.end()
    return person


def _op(value: object) -> Create | Invite | End:
    fields = Fields(value)
    op: Create | Invite | End
    match fields.one_of("type", ("create", "invite", "end")):
        case "create":
            if fields.object("settings"):
                raise NotCanonical("settings are not known to this version")
            op = Create(_person(fields.object("person")), fields.integer("suite"), fields.bytes_or_none("steward", 32))
        case "invite":
            op = Invite(_person(fields.object("person")))
        case _:
            op = End(fields.uuid("user"), fields.one_of("code", END_CODES))
    fields.end()
    return op


def read_change(raw: bytes) -> UnverifiedChange:
    """Raises PolicyRefused `bad_change`."""
    try:
        content = decode(raw, limit=CHANGE_LIMIT)
        fields = Fields(content)
        fields.version()
        change = UnverifiedChange(
            circle=fields.uuid("circle"),
            n=fields.integer("n"),
            prev=fields.bytes("prev", 32),
            op=_op(fields.object("op")),
            time=fields.time("time"),
            certificate=read_certificate(fields.bytes("cert")),
            signature=fields.bytes("sig", 64),
            signed=encode({name: value for name, value in content.items() if name != "sig"}),
            raw=raw,
        )
        fields.end()
    except NotCanonical as error:
        raise PolicyRefused("bad_change") from error
    return change


def _check_history_key(person: Person) -> None:
    content = encode({"history": to_base64(person.history), "user": str(person.user), "v": 1})
    try:
        verify_with_label(person.identity, "CordeeHistoryKey", content, person.history_sig)
    except BadSignature:
        raise PolicyRefused("bad_history_key") from None


def _check_signer(change: UnverifiedChange, person: Person) -> None:
    """The change is signed by the leaf key of a device that `person`'s identity key certified."""
    try:
        certificate = verify_certificate(change.certificate, person.identity)
        verify_with_label(certificate.key, "CordeePolicyChange", change.signed, change.signature)
    except (NotCanonical, BadSignature):
        raise PolicyRefused("bad_change_signature") from None
    if certificate.user != person.user or certificate.device in person.revoked:
        raise PolicyRefused("wrong_signer")
    if not certificate.created <= change.time <= certificate.not_after:
        raise PolicyRefused("certificate_expired")


def begin(change: UnverifiedChange, circle: UUID) -> Policy:
    """The policy of epoch 0. Raises PolicyRefused."""
    op = change.op
    if not isinstance(op, Create) or change.n != 0 or change.prev != NO_HASH or change.circle != circle:
        raise PolicyRefused("bad_first_change")
    if op.person.role != "coordinator" or op.suite != 1:
        raise PolicyRefused("bad_first_change")
    _check_signer(change, op.person)
    _check_history_key(op.person)
    return Policy(circle, op.suite, {op.person.user: op.person}, op.steward, Head(0, change.hash()))


def apply(policy: Policy, change: UnverifiedChange) -> Policy:
    """The policy after one more change: linked to the head, signed by a coordinator in good standing, allowed.
    Raises PolicyRefused.
    """
    if change.circle != policy.circle or change.n != policy.head.n + 1 or change.prev != policy.head.hash:
        raise PolicyRefused("broken_chain")
    signer = policy.persons.get(change.certificate.user)
    if signer is None or signer.role != "coordinator" or is_past(signer, change.time):
        raise PolicyRefused("not_allowed")
    _check_signer(change, signer)
    persons = dict(policy.persons)
    match change.op:
        case Invite(person):
            _check_invitee(policy, person, change.time)
            persons[person.user] = person
        case End(user, _):
            if user not in persons:
                raise PolicyRefused("unknown_person")
            del persons[user]
        case _:
            raise PolicyRefused("bad_change")
    after = replace(policy, persons=persons, head=Head(change.n, change.hash()))
    if after.coordinators() == 0:
        raise PolicyRefused("last_coordinator")
    return after


def _check_invitee(policy: Policy, person: Person, time: datetime) -> None:
    if person.user in policy.persons:
        raise PolicyRefused("already_in_policy")
    if len(policy.persons) >= MOST_PERSONS:
        raise PolicyRefused("circle_full")
    if person.role == "guest" and person.not_after is None:
        raise PolicyRefused("guest_without_end")
    if is_past(person, time):
        raise PolicyRefused("end_in_the_past")
    _check_history_key(person)


def is_past(person: Person, time: datetime) -> bool:
    return person.not_after is not None and person.not_after <= time


def fold(changes: Sequence[bytes], circle: UUID) -> Policy:
    """The policy that a whole chain writes. Raises PolicyRefused."""
    if not changes:
        raise PolicyRefused("bad_first_change")
    policy = begin(read_change(changes[0]), circle)
    for raw in changes[1:]:
        policy = apply(policy, read_change(raw))
    return policy


def read_policy(extension: bytes) -> Policy:
    """The state written in an extension; says nothing of its chain. Raises PolicyRefused `bad_policy`."""
    try:
        fields = Fields(decode(extension, limit=EXTENSION_LIMIT))
        fields.version()
        head = Fields(fields.object("head"))
        persons = [_person(each) for each in fields.list("persons", most=MOST_PERSONS)]
        policy = Policy(
            circle=fields.uuid("circle"),
            suite=fields.integer("suite"),
            persons={person.user: person for person in persons},
            steward=fields.bytes_or_none("steward", 32),
            head=Head(head.integer("n"), head.bytes("hash", 32)),
        )
        head.end()
        fields.object("settings")
        fields.end()
    except NotCanonical as error:
        raise PolicyRefused("bad_policy") from error
    if policy.to_extension() != extension:
        raise PolicyRefused("bad_policy")
    return policy


@dataclass(frozen=True, slots=True)
class CommitNote:
    """What a commit says in `authenticated_data`: when, and which changes it appends."""

    time: datetime
    changes: tuple[UnverifiedChange, ...]


def read_note(authenticated_data: bytes) -> CommitNote:
    """Raises PolicyRefused."""
    try:
        fields = Fields(decode(authenticated_data, limit=2 * MOST_CHANGES * CHANGE_LIMIT))
        fields.version()
        time = fields.time("time")
        raw = [Fields({"c": each}).bytes("c") for each in fields.list("changes", most=MOST_CHANGES)]
        fields.end()
    except NotCanonical as error:
        raise PolicyRefused("bad_note") from error
    return CommitNote(time, tuple(read_change(each) for each in raw))


def apply_note(policy: Policy, note: CommitNote, extension: bytes) -> Policy:
    """The policy that a commit leads to, when `extension`, the group's afterwards, is exactly what the note's changes
    make of `policy`. Raises PolicyRefused.
    """
    for change in note.changes:
        if change.time != note.time:
            raise PolicyRefused("bad_change")
        policy = apply(policy, change)
    if policy.to_extension() != extension:
        raise PolicyRefused("wrong_fold")
    return policy
