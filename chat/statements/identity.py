"""Statements about who stands behind a key: attestation, rotation, key events, and the commitment to somebody who has
no key yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

from chat.canonical import Fields, NotCanonical, encode, to_base64, to_time
from chat.mls.errors import BadSignature
from chat.mls.keys import verify_with_label
from chat.statements.signed import Kind, Unverified, Verified, verify

LONGEST_TEXT: Final = 200  # names and identifiers as the directory has them
NO_EVENT: Final = bytes(32)  # `prev` of a person's first key event
KeyAct = Literal["bind", "rotate", "reset", "add", "revoke", "end"]
KEY_ACTS: Final[tuple[KeyAct, ...]] = ("bind", "rotate", "reset", "add", "revoke", "end")
DEVICE_ACTS: Final = frozenset[KeyAct]({"add", "revoke", "end"})


def pending_commitment(*, user: UUID, name: str, number: str, system: str) -> bytes:
    """What an inviter pins of a person without keys: the name and the national identifier that were shown."""
    content = {"name": name, "number": number, "system": system, "user": str(user)}
    return sha256(b"cordee pending person" + encode(content)).digest()


def verify_history_key(*, user: UUID, identity: bytes, history: bytes, signature: bytes) -> None:
    """Raises NotCanonical unless the identity key signed the history key for this person."""
    content = encode({"history": to_base64(history), "user": str(user), "v": 1})
    try:
        verify_with_label(identity, "CordeeHistoryKey", content, signature)
    except BadSignature:
        raise NotCanonical("the identity key did not sign this history key") from None


def _text(fields: Fields, name: str) -> str:
    value = fields.text(name)
    if not 0 < len(value) <= LONGEST_TEXT:
        raise NotCanonical(f"{name} is empty or too long")
    return value


@dataclass(frozen=True, slots=True)
class Attestation:
    """An organisation's registrar has seen that this key is this professional's."""

    organisation: UUID
    user: UUID
    identity: bytes
    name: str
    system: str
    number: str
    time: datetime

    def as_object(self) -> dict[str, object]:
        return {
            "identity": to_base64(self.identity),
            "name": self.name,
            "number": self.number,
            "organisation": str(self.organisation),
            "system": self.system,
            "time": to_time(self.time),
            "user": str(self.user),
        }

    def commitment(self) -> bytes:
        return pending_commitment(user=self.user, name=self.name, number=self.number, system=self.system)


def _attestation(fields: Fields) -> Attestation:
    return Attestation(
        organisation=fields.uuid("organisation"),
        user=fields.uuid("user"),
        identity=fields.bytes("identity", 32),
        name=_text(fields, "name"),
        system=_text(fields, "system"),
        number=_text(fields, "number"),
        time=fields.time("time"),
    )


@dataclass(frozen=True, slots=True)
class Rotation:
    """A person's new identity key and history key. Proves itself: both identity keys sign it."""

    user: UUID
    old: bytes
    new: bytes
    history: bytes
    history_sig: bytes
    time: datetime

    def as_object(self) -> dict[str, object]:
        return {
            "history": to_base64(self.history),
            "history_sig": to_base64(self.history_sig),
            "new": to_base64(self.new),
            "old": to_base64(self.old),
            "time": to_time(self.time),
            "user": str(self.user),
        }


def _rotation(fields: Fields) -> Rotation:
    rotation = Rotation(
        user=fields.uuid("user"),
        old=fields.bytes("old", 32),
        new=fields.bytes("new", 32),
        history=fields.bytes("history", 32),
        history_sig=fields.bytes("history_sig", 64),
        time=fields.time("time"),
    )
    if rotation.new == rotation.old:
        raise NotCanonical("the new key is the old one")
    return rotation


def verify_rotation(statement: Unverified[Rotation]) -> Verified[Rotation]:
    """Raises NotCanonical. Whether `old` is the person's key today is the caller's to compare."""
    says = statement.says
    verify_history_key(user=says.user, identity=says.new, history=says.history, signature=says.history_sig)
    return verify(statement, says.new, says.old)


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """One act in the history of a person's keys, linked to the act before by its hash. `end`, by which the server alone
    ends a device, is nobody's signed word.
    """

    user: UUID
    seq: int
    prev: bytes
    act: KeyAct
    identity: bytes
    device: UUID | None
    key: bytes | None
    time: datetime

    def as_object(self) -> dict[str, object]:
        return {
            "act": self.act,
            "device": None if self.device is None else str(self.device),
            "identity": to_base64(self.identity),
            "key": None if self.key is None else to_base64(self.key),
            "prev": to_base64(self.prev),
            "seq": self.seq,
            "time": to_time(self.time),
            "user": str(self.user),
        }


def _key_event(fields: Fields) -> KeyEvent:
    event = KeyEvent(
        user=fields.uuid("user"),
        seq=fields.integer("seq"),
        prev=fields.bytes("prev", 32),
        act=fields.one_of("act", KEY_ACTS),
        identity=fields.bytes("identity", 32),
        device=fields.uuid_or_none("device"),
        key=fields.bytes_or_none("key", 32),
        time=fields.time("time"),
    )
    if (event.device is not None) != (event.act in DEVICE_ACTS) or (event.key is not None) != (event.act == "add"):
        raise NotCanonical("an act on a device names it, and its key when it is added")
    if event.seq < 1 or (event.seq == 1) != (event.prev == NO_EVENT):
        raise NotCanonical("only the first event follows none")
    return event


def hash_of_event(raw: bytes) -> bytes:
    return sha256(b"cordee key event" + raw).digest()


ATTESTATION: Final = Kind("CordeeAttestation", _attestation)
ROTATION: Final = Kind("CordeeIdentityRotation", _rotation, signatures=("sig_new", "sig_old"))
KEY_EVENT: Final = Kind("CordeeKeyEvent", _key_event, is_unsigned=lambda event: event.act == "end")
