"""The form that all statements share: canonical JSON of version 1, signed with a label over all but its signatures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from chat.canonical import Fields, NotCanonical, decode, encode, to_base64
from chat.mls.errors import BadSignature
from chat.mls.keys import verify_with_label

LIMIT: Final = 4096  # the longest carries a certificate


class Says(Protocol):
    """What a statement says, by itself worth nothing: who takes it as true asks for a `Verified`."""

    def as_object(self) -> dict[str, object]:
        """All fields but `v` and the signatures, as JSON."""


T = TypeVar("T", bound=Says)
T_co = TypeVar("T_co", bound=Says, covariant=True)


@dataclass(frozen=True, slots=True)
class Unverified(Generic[T_co]):
    """Well formed; whether the right key signed it is not yet known."""

    says: T_co
    label: str
    signatures: tuple[bytes, ...]
    signed: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class Verified(Generic[T_co]):
    """Signed by the keys it was checked against; made by `verify` only."""

    says: T_co
    raw: bytes


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """One kind of statement: its label, its fields, the names of its signatures."""

    label: str
    fields: Callable[[Fields], T]
    signatures: tuple[str, ...] = ("sig",)
    is_unsigned: Callable[[T], bool] = lambda _: False

    def read(self, raw: bytes) -> Unverified[T]:
        """Raises NotCanonical."""
        content = decode(raw, limit=LIMIT)
        fields = Fields(content)
        fields.version()
        says = self.fields(fields)
        found = [fields.bytes_or_none(name, 64) for name in self.signatures]
        fields.end()
        signatures = tuple(each for each in found if each is not None)
        if len(signatures) != (0 if self.is_unsigned(says) else len(self.signatures)):
            raise NotCanonical("a signature too few, or one too many")
        signed = encode({name: value for name, value in content.items() if name not in self.signatures})
        return Unverified(says, self.label, signatures, signed, raw)

    def make(self, says: T, sign: Callable[[str, bytes], bytes]) -> bytes:
        """The bytes of a statement with one signature; `sign(label, content)` makes it. Raises NotCanonical for what a
        reader would refuse.
        """
        content = says.as_object() | {"v": 1}
        raw = encode(content | {"sig": to_base64(sign(self.label, encode(content)))})
        self.read(raw)
        return raw


def verify(statement: Unverified[T], *keys: bytes) -> Verified[T]:
    """Raises NotCanonical unless each of `keys` made the signature at its place; also when nobody signed at all."""
    if not keys or len(keys) != len(statement.signatures):
        raise NotCanonical("not signed by so many keys")
    try:
        for key, signature in zip(keys, statement.signatures, strict=True):
            verify_with_label(key, statement.label, statement.signed, signature)
    except BadSignature:
        raise NotCanonical("another key signed this statement, or none") from None
    return Verified(statement.says, statement.raw)
