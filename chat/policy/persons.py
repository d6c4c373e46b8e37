"""A person of a circle as the policy writes them: keys or the commitment to someone who has none yet, role, ground,
end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args
from uuid import UUID

from chat.canonical import Fields, NotCanonical, to_base64, to_time

RoleName = Literal["coordinator", "member", "guest", "delegate"]
Ground = Literal["same_structure", "chosen_by_patient", "formal_team", "outside_team", "no_patient"]
ROLES: Final[tuple[RoleName, ...]] = ("coordinator", "member", "guest", "delegate")
GROUNDS: Final[tuple[Ground, ...]] = get_args(Ground)
MOST_REVOKED: Final = 64  # devices of one person since the identity key was new; far more than one loses

CLOCK_TOLERANCE: Final = timedelta(minutes=5)  # by which clocks of devices and server may differ


@dataclass(frozen=True, slots=True)
class Keys:
    """A person's public keys: Ed25519, X25519, and the signature of the first over the second."""

    identity: bytes
    history: bytes
    history_sig: bytes

    def as_object(self) -> dict[str, object]:
        return {
            "history": to_base64(self.history),
            "history_sig": to_base64(self.history_sig),
            "identity": to_base64(self.identity),
        }


def read_keys(fields: Fields) -> Keys:
    return Keys(fields.bytes("identity", 32), fields.bytes("history", 32), fields.bytes("history_sig", 64))


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody as a change brings them in. Pending without `keys`: then `pending` is the commitment to who it is."""

    user: UUID
    keys: Keys | None
    pending: bytes | None
    role: RoleName
    ground: Ground
    not_after: datetime | None


@dataclass(frozen=True, slots=True)
class Person(NewPerson):
    """Somebody in the policy. `since` is the time of the change that last gave them their role."""

    since: datetime
    revoked: tuple[UUID, ...] = ()

    @classmethod
    def entering(cls, new: NewPerson, time: datetime) -> Person:
        return cls(new.user, new.keys, new.pending, new.role, new.ground, new.not_after, since=time)

    def as_object(self) -> dict[str, object]:
        keys: dict[str, object] = {"history": None, "history_sig": None, "identity": None}
        return (keys if self.keys is None else self.keys.as_object()) | {
            "ground": self.ground,
            "not_after": None if self.not_after is None else to_time(self.not_after),
            "pending": None if self.pending is None else to_base64(self.pending),
            "revoked": [str(device) for device in self.revoked],
            "role": self.role,
            "since": to_time(self.since),
            "user": str(self.user),
        }


def _new_person(fields: Fields) -> NewPerson:
    pending = fields.bytes_or_none("pending", 32)
    if pending is None:
        keys = read_keys(fields)
    else:
        keys = None
        for name, size in (("identity", 32), ("history", 32), ("history_sig", 64)):
            if fields.bytes_or_none(name, size) is not None:
                raise NotCanonical("a pending person has no keys")
    return NewPerson(
        user=fields.uuid("user"),
        keys=keys,
        pending=pending,
        role=fields.one_of("role", ROLES),
        ground=fields.one_of("ground", GROUNDS),
        not_after=fields.time_or_none("not_after"),
    )


def read_new_person(value: object) -> NewPerson:
    """As a change writes them. Raises NotCanonical."""
    fields = Fields(value)
    person = _new_person(fields)
    fields.end()
    return person


def read_person(value: object) -> Person:
    """As the extension writes them. Raises NotCanonical."""
    fields = Fields(value)
    new = _new_person(fields)
    revoked = tuple(Fields({"device": each}).uuid("device") for each in fields.list("revoked", most=MOST_REVOKED))
    if list(revoked) != sorted(set(revoked), key=str):
        raise NotCanonical("revoked devices out of order")
    if new.keys is None and revoked:
        raise NotCanonical("a pending person has no devices")
    since = fields.time("since")
    fields.end()
    return Person(new.user, new.keys, new.pending, new.role, new.ground, new.not_after, since, revoked)


def is_past(person: NewPerson, time: datetime) -> bool:
    """Judged by the time of the act, never by a clock, so that late devices agree."""
    return person.not_after is not None and person.not_after <= time
