"""Bounded decoding and the few encoders of the TLS presentation language as RFC 9420 §2.1 uses it.

For every other file of this room. A `Reader` walks one byte string; each vector gets its own end, so that nothing reads
past its parent. Lengths must be minimally encoded (§2.1.2), `optional` flags are 0 or 1, and all bytes are consumed: an
accepted byte string has exactly one meaning. Hashes and signatures are computed over slices of what was received
(`Reader.since`), never over something encoded again. No decoder calls itself, so depth is bounded by the program text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chat.mls.errors import Malformed

T = TypeVar("T")

MAX_MESSAGE_BYTES = 512 * 1024
"""One handshake frame.

A commit in a full circle (500 leaves) stays below 100 kB even when every parent node is blank.
"""

MAX_TREE_BYTES = 2 * 1024 * 1024
"""A ratchet tree: 1,023 nodes of less than 2 kB each."""

MAX_VALUES = 4096
"""Values behind a length and items of vectors in one message, however they are nested: what bounds the time of reading.

The longest honest commit, in a full circle whose parent nodes are blank, seals for 499 leaves: some 1,600.
"""

MAX_TREE_VALUES = 32 * 1024
"""The same of a ratchet tree: 1,024 leaves of 13, their parents, and unmerged leaves."""


class Reader:
    """A cursor over received bytes. Every method raises `Malformed` rather than read past the end."""

    __slots__ = ("_data", "_end", "_values_left", "position")

    def __init__(self, data: bytes, *, limit: int = MAX_MESSAGE_BYTES, values: int = MAX_VALUES) -> None:
        if len(data) > limit:
            raise Malformed("too_long", "longer than the bound", length=len(data), limit=limit)
        self._data = data
        self.position = 0
        self._end = len(data)
        self._values_left = [values]  # shared with the readers of the vectors inside

    def _take(self, count: int) -> int:
        at = self.position
        if count > self._end - at:
            raise Malformed("truncated", "the bytes end too early", position=at, wanted=count)
        self.position = at + count
        return at

    def _count(self) -> None:
        left = self._values_left
        if not left[0]:
            raise Malformed("too_many", "more values than the bound", position=self.position)
        left[0] -= 1

    def u8(self) -> int:
        return self._data[self._take(1)]

    def u16(self) -> int:
        at = self._take(2)
        return int.from_bytes(self._data[at : at + 2])

    def u32(self) -> int:
        at = self._take(4)
        return int.from_bytes(self._data[at : at + 4])

    def u64(self) -> int:
        at = self._take(8)
        return int.from_bytes(self._data[at : at + 8])

    def length(self) -> int:
        """A vector's length in bytes: 1, 2 or 4 bytes long, in its shortest form (RFC 9420 §2.1.2)."""
        self._count()
        at = self._take(1)
        first = self._data[at]
        if first < 0x40:
            return first
        if first < 0x80:
            value = (first & 0x3F) << 8 | self.u8()
            shortest = value >= 1 << 6
        elif first < 0xC0:
            self._take(3)
            value = int.from_bytes(self._data[at : at + 4]) & 0x3FFFFFFF
            shortest = value >= 1 << 14
        else:
            raise Malformed("bad_length", "a length has no 8-byte form", position=at)
        if not shortest:
            raise Malformed("bad_length", "a length is not in its shortest form", position=at)
        return value

    def opaque(self) -> bytes:
        """`opaque x<V>`."""
        size = self.length()
        at = self._take(size)
        return self._data[at : at + size]

    def opaque_of(self, size: int) -> bytes:
        """`opaque x<V>` where the cipher suite leaves one length only."""
        at = self.position
        value = self.opaque()
        if len(value) != size:
            raise Malformed("bad_length", "a value has not the length that the suite says", position=at, expected=size)
        return value

    def vector(self, item: Callable[[Reader], T]) -> tuple[T, ...]:
        """`T x<V>`: items until the vector's own end."""
        size = self.length()
        at = self._take(size)
        inner = Reader.__new__(Reader)
        inner._data, inner.position, inner._end = self._data, at, at + size
        inner._values_left = self._values_left
        items: list[T] = []
        while inner.position < inner._end:
            inner._count()
            items.append(item(inner))
        return tuple(items)

    def optional(self, item: Callable[[Reader], T]) -> T | None:
        flag = self.u8()
        if flag > 1:
            raise Malformed("bad_value", "an optional is neither absent nor present", position=self.position - 1)
        return item(self) if flag else None

    def since(self, start: int) -> bytes:
        """The received bytes from `start` (an earlier `position`) to here."""
        return self._data[start : self.position]

    def finish(self) -> None:
        if self.position != self._end:
            raise Malformed("trailing_bytes", "bytes follow the end", position=self.position)


def decode(data: bytes, item: Callable[[Reader], T], *, limit: int = MAX_MESSAGE_BYTES, values: int = MAX_VALUES) -> T:
    """`item` read from all of `data`, neither less nor more."""
    reader = Reader(data, limit=limit, values=values)
    value = item(reader)
    reader.finish()
    return value


def u8(value: int) -> bytes:
    return value.to_bytes(1)


def u16(value: int) -> bytes:
    return value.to_bytes(2)


def u32(value: int) -> bytes:
    return value.to_bytes(4)


def u64(value: int) -> bytes:
    return value.to_bytes(8)


def length_prefix(size: int) -> bytes:
    """The shortest form of a length (§2.1.2). A tree or a message never reaches the 2^30 bytes that it ends at."""
    if size < 1 << 6:
        return size.to_bytes(1)
    if size < 1 << 14:
        return (size | 0x4000).to_bytes(2)
    return (size | 0x80000000).to_bytes(4)


def opaque(value: bytes) -> bytes:
    """`value` behind its length."""
    return length_prefix(len(value)) + value
