"""The signed envelope of docs/protocol.md: what the server can read of a message, and nothing more.

Pure. The server parses the header, checks the signature and never decrypts. `tests/vectors/envelope.json` is read by
both sides.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Final
from uuid import UUID

from chat.mls.keys import verify_with_label

LIMIT: Final = 47 * 1024  # a frame is at most 64 KiB, and base64 takes a third more
_HEADER: Final = struct.Struct(">BB16sQ16s16sQ32s24s")
_SIGNATURE: Final = 64
_TAG: Final = 16
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)  # the end of the year 9999


_COMMITMENT_AT: Final = 66
_BODY_AT: Final = 122
_ERASURE: Final = struct.Struct(">16s32s")
_MOST_FILES: Final = 16


class Kind(IntEnum):
    """A notice is an announcement or an event of a team: only its coordinators write them."""

    MESSAGE = 1
    URGENT = 2
    NOTICE = 3
    RECEIPT = 4
    ACK = 5
    ERASE = 6


IN_LOG: Final = frozenset({Kind.MESSAGE, Kind.URGENT, Kind.NOTICE, Kind.ACK, Kind.ERASE})


class BadEnvelope(Exception):
    """The bytes are not an envelope; code `bad_envelope`."""


@dataclass(frozen=True, slots=True)
class UnverifiedEnvelope:
    kind: Kind
    circle: UUID
    epoch: int
    id: UUID
    device: UUID
    created: datetime
    commitment: bytes
    raw: bytes

    def digest(self) -> bytes:
        return hashlib.sha256(self.raw).digest()


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an envelope of kind 6 asks for, in the clear: whose ciphertext goes, and which of its files."""

    target: UUID
    digest: bytes
    files: tuple[UUID, ...]


def read_envelope(raw: bytes) -> UnverifiedEnvelope:
    """Raises BadEnvelope."""
    if not _HEADER.size + _TAG + 1 <= len(raw) - _SIGNATURE or len(raw) > LIMIT:
        raise BadEnvelope("impossible size")
    version, kind, circle, epoch, message, device, created, commitment, _ = _HEADER.unpack_from(raw)
    if version != 1 or kind not in _KINDS:
        raise BadEnvelope("unknown version or kind")
    if created > _LATEST or UUID(bytes=message).version != 7:
        raise BadEnvelope("impossible time or id")
    if kind == Kind.ERASE:
        _check_erasure(raw)
    return UnverifiedEnvelope(
        kind=Kind(kind),
        circle=UUID(bytes=circle),
        epoch=epoch,
        id=UUID(bytes=message),
        device=UUID(bytes=device),
        created=_EPOCH + timedelta(milliseconds=created),
        commitment=commitment,
        raw=raw,
    )


_KINDS: Final = frozenset(int(kind) for kind in Kind)


def _check_erasure(raw: bytes) -> None:
    """Nothing is encrypted in it, so nothing else may hide in it."""
    files, rest = divmod(len(raw) - _SIGNATURE - _BODY_AT - _ERASURE.size, 16)
    if rest or not 0 <= files <= _MOST_FILES or any(raw[_COMMITMENT_AT:_BODY_AT]):
        raise BadEnvelope("impossible erasure")


def erasure_of(envelope: UnverifiedEnvelope) -> Erasure:
    """Of an envelope of kind 6."""
    body = envelope.raw[_BODY_AT:-_SIGNATURE]
    target, digest = _ERASURE.unpack_from(body)
    files = (body[at : at + 16] for at in range(_ERASURE.size, len(body), 16))
    return Erasure(UUID(bytes=target), digest, tuple(UUID(bytes=each) for each in files))


def verify_envelope(envelope: UnverifiedEnvelope, key: bytes) -> None:
    """Raises chat.mls BadSignature unless the leaf key signed every byte before the signature."""
    verify_with_label(key, "CordeeEnvelope", envelope.raw[:-_SIGNATURE], envelope.raw[-_SIGNATURE:])
