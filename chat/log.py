"""The chained hash of a circle's log, and how times are written on the wire. Pure (docs/protocol.md)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime


def chain_hash(previous: bytes, seq: int, item: bytes) -> tuple[bytes, bytes]:
    """(log hash at `seq`, SHA-256 of the item's bytes)."""
    digest = hashlib.sha256(item).digest()
    return hash_at(previous, seq, digest), digest


def hash_at(previous: bytes, seq: int, digest: bytes) -> bytes:
    """The log hash at `seq`; of an erased item the digest is all that is left, and all that is needed."""
    return hashlib.sha256(b"cordee log" + previous + seq.to_bytes(8, "big") + digest).digest()


def wire_time(moment: datetime) -> str:
    """RFC 3339, UTC, microseconds: the server's own times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
