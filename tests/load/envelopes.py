"""Signed envelopes for the load: real headers and signatures, random bytes where the ciphertext goes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from uuid import UUID

from nacl.signing import SigningKey
from uuid_utils.compat import uuid7

from chat.envelope import Kind
from chat.mls.keys import sign_with_label


def signed_messages(
    circle: UUID, device: UUID, key: SigningKey, payload: int, *, count: int, epoch: int = 0
) -> Iterator[bytes]:
    """`count` different messages of one device with `payload` bytes of ciphertext."""
    for _ in range(count):
        message = uuid7()
        header = (
            bytes([1, Kind.MESSAGE])
            + circle.bytes
            + epoch.to_bytes(8, "big")
            + message.bytes
            + device.bytes
            + int(time.time() * 1000).to_bytes(8, "big")
            + bytes(32)
        )
        unsigned = header + os.urandom(24) + os.urandom(payload)
        yield unsigned + sign_with_label(bytes(key), "CordeeEnvelope", unsigned)
