"""CJ, the canonical JSON of docs/protocol.md: what is hashed or signed as JSON has exactly one form.

The RFC 8785 subset without fractions. Used by the policy chain, certificates, invitations; the browser's twin is
`frontend/src/core/encoding/`. Both read `tests/vectors/canonical.json`.
"""

from __future__ import annotations

import base64
import binascii
import builtins
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar, cast
from uuid import UUID

T = TypeVar("T")
Word = TypeVar("Word", bound=str)

MAX_INTEGER = 2**53 - 1
_KEY = re.compile(r"[ -~]*")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z", re.ASCII)


class NotCanonical(ValueError):
    """Bytes or fields that are not what docs/protocol.md says."""


def encode(value: object) -> bytes:
    """CJ bytes of a value made by ourselves."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def decode(data: bytes, *, limit: int) -> dict[str, object]:
    """The object that `data` writes; refuses more than `limit` bytes and any byte that CJ would have written
    otherwise.
    """
    if len(data) > limit:
        raise NotCanonical("too long")
    try:
        value = json.loads(
            data,
            parse_int=_integer,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
            object_pairs_hook=_object,
        )
        if not isinstance(value, dict) or encode(value) != data:
            raise NotCanonical("not in canonical form")
    except (ValueError, RecursionError) as error:
        raise NotCanonical("not canonical JSON") from error
    return cast("dict[str, object]", value)


def _integer(text: str) -> int:
    value = int(text)
    if abs(value) > MAX_INTEGER:
        raise NotCanonical("an integer beyond 2^53")
    return value


def _refuse_number(_: str) -> object:
    raise NotCanonical("not an integer")


def _object(members: list[tuple[str, object]]) -> dict[str, object]:
    # RFC 8785 sorts keys by UTF-16 and Python by code point; among printable ASCII the two agree.
    if not all(_KEY.fullmatch(name) for name, _ in members):
        raise NotCanonical("a key is not ASCII")
    return dict(members)


class Fields:
    """Reads an object field by field; `end()` refuses what nobody asked for."""

    def __init__(self, value: object) -> None:
        if not isinstance(value, dict):
            raise NotCanonical("not an object")
        self._rest: dict[str, object] = dict(value)

    def end(self) -> None:
        if self._rest:
            raise NotCanonical(f"unknown field {min(self._rest)[:32]!r}")

    def _take(self, name: str) -> object:
        try:
            return self._rest.pop(name)
        except KeyError:
            raise NotCanonical(f"{name} is missing") from None

    def _maybe(self, name: str, read: Callable[[str], T]) -> T | None:
        if name in self._rest and self._rest[name] is None:
            del self._rest[name]
            return None
        return read(name)

    def text(self, name: str) -> str:
        value = self._take(name)
        if not isinstance(value, str):
            raise NotCanonical(f"{name} is not a text")
        return value

    def one_of(self, name: str, allowed: tuple[Word, ...]) -> Word:
        value = self.text(name)
        for each in allowed:
            if each == value:
                return each
        raise NotCanonical(f"{name} is not one of the known words")

    def integer(self, name: str) -> int:
        value = self._take(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_INTEGER:
            raise NotCanonical(f"{name} is not a count")
        return value

    def version(self, name: str = "v", *, expected: int = 1) -> None:
        if self.integer(name) != expected:
            raise NotCanonical("unknown version")

    def uuid(self, name: str) -> UUID:
        text = self.text(name)
        try:
            value = UUID(text)
        except ValueError:
            raise NotCanonical(f"{name} is not an id") from None
        if str(value) != text:
            raise NotCanonical(f"{name} is not written as an id is")
        return value

    def uuid_or_none(self, name: str) -> UUID | None:
        return self._maybe(name, self.uuid)

    def bytes(self, name: str, size: int | None = None) -> builtins.bytes:
        value = from_base64(self.text(name))
        if size is not None and len(value) != size:
            raise NotCanonical(f"{name} is not {size} bytes")
        return value

    def bytes_or_none(self, name: str, size: int | None = None) -> builtins.bytes | None:
        return self._maybe(name, lambda each: self.bytes(each, size))

    def time(self, name: str) -> datetime:
        text = self.text(name)
        if not _TIME.fullmatch(text):
            raise NotCanonical(f"{name} is not a time")
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            raise NotCanonical(f"{name} is not a time") from None

    def time_or_none(self, name: str) -> datetime | None:
        return self._maybe(name, self.time)

    def list(self, name: str, *, most: int) -> builtins.list[object]:
        value = self._take(name)
        if not isinstance(value, list) or len(value) > most:
            raise NotCanonical(f"{name} is not a list of at most {most}")
        return value

    def object(self, name: str) -> dict[str, object]:
        value = self._take(name)
        if not isinstance(value, dict):
            raise NotCanonical(f"{name} is not an object")
        return value


def to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def from_base64(text: str) -> bytes:
    """Standard base64 with padding, in its one canonical spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NotCanonical("not base64") from None
    if to_base64(data) != text:
        raise NotCanonical("not canonical base64")
    return data


def to_time(moment: datetime) -> str:
    """`2026-11-22T09:15:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
