"""One change of a circle's policy: hash-linked to the one before, signed by the leaf key of a device.

Reading only; whether its signer may make it is decided in `fold`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from chat.canonical import Fields, NotCanonical, decode, encode
from chat.certificates import UnverifiedCertificate, read_certificate
from chat.policy.persons import ROLES, Keys, NewPerson, RoleName, read_keys, read_new_person
from chat.policy.refused import PolicyRefused
from chat.policy.state import read_settings
from chat.statements import END_ORDER, RESTORE_ORDER, ROTATION, EndOrder, Kind, RestoreOrder, Rotation, Unverified
from chat.statements.orders import END_CODES, EndCode
from chat.statements.signed import T

CHANGE_LIMIT: Final = 4096  # a certificate, and an order or a rotation
NO_HASH: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class Create:
    person: NewPerson
    suite: int
    orders: bytes | None
    steward: bytes | None


@dataclass(frozen=True, slots=True)
class Invite:
    person: NewPerson


@dataclass(frozen=True, slots=True)
class Admit:
    """A pending person has keys now."""

    user: UUID
    keys: Keys


@dataclass(frozen=True, slots=True)
class Role:
    user: UUID
    role: RoleName
    not_after: datetime | None


@dataclass(frozen=True, slots=True)
class End:
    user: UUID
    code: EndCode
    order: Unverified[EndOrder] | None


@dataclass(frozen=True, slots=True)
class Revoke:
    user: UUID
    device: UUID
    order: Unverified[EndOrder] | None


@dataclass(frozen=True, slots=True)
class Rotate:
    rotation: Unverified[Rotation]

    @property
    def user(self) -> UUID:
        return self.rotation.says.user


@dataclass(frozen=True, slots=True)
class Reset:
    """New keys without the old ones' word: a coordinator has made sure of the person by hand."""

    user: UUID
    keys: Keys


@dataclass(frozen=True, slots=True)
class Restore:
    order: Unverified[RestoreOrder]

    @property
    def user(self) -> UUID:
        return self.order.says.user


Op = Create | Invite | Admit | Role | End | Revoke | Rotate | Reset | Restore


@dataclass(frozen=True, slots=True)
class UnverifiedChange:
    """Well formed; who signed it is not yet checked against any policy."""

    circle: UUID
    n: int
    prev: bytes
    op: Op
    time: datetime
    certificate: UnverifiedCertificate
    signature: bytes
    signed: bytes
    raw: bytes

    def hash(self) -> bytes:
        return hashlib.sha256(b"cordee policy change" + self.raw).digest()


def _statement(fields: Fields, name: str, kind: Kind[T]) -> Unverified[T]:
    return kind.read(fields.bytes(name))


def _order(fields: Fields) -> Unverified[EndOrder] | None:
    raw = fields.bytes_or_none("order")
    return None if raw is None else END_ORDER.read(raw)


_READERS: Final[Mapping[str, Callable[[Fields], Op]]] = {
    "create": lambda op: Create(
        person=read_new_person(op.object("person")),
        suite=op.integer("suite"),
        orders=read_settings(op),
        steward=op.bytes_or_none("steward", 32),
    ),
    "invite": lambda op: Invite(read_new_person(op.object("person"))),
    "admit": lambda op: Admit(op.uuid("user"), read_keys(op)),
    "role": lambda op: Role(op.uuid("user"), op.one_of("role", ROLES), op.time_or_none("not_after")),
    "end": lambda op: End(op.uuid("user"), op.one_of("code", END_CODES), _order(op)),
    "revoke": lambda op: Revoke(op.uuid("user"), op.uuid("device"), _order(op)),
    "rotate": lambda op: Rotate(_statement(op, "rotation", ROTATION)),
    "reset": lambda op: Reset(op.uuid("user"), read_keys(op)),
    "restore": lambda op: Restore(_statement(op, "order", RESTORE_ORDER)),
}


def _op(value: object) -> Op:
    fields = Fields(value)
    op = _READERS[fields.one_of("type", tuple(_READERS))](fields)
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
