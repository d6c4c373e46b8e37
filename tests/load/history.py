"""A long past for real circles: messages of a real device, sealed and signed as it would, placed in the log by the
server's own group commit. What a client would say of the log is left at its beginning, which is always true.
"""

from __future__ import annotations

import asyncio
import hmac
import itertools
import os
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt
from uuid_utils.compat import uuid7

from audit.events import Actor
from chat import canonical
from chat.envelope import Kind, read_envelope
from chat.mls.keys import sign_with_label
from chat.store import Store

SMALLEST: Final = 256  # padded plaintext of a message of up to some 100 characters
IN_FLIGHT: Final = 1024


@dataclass(frozen=True)
class Author:
    """A device in a circle's roster, with what it knows: its leaf key's seed and the epoch's content key."""

    user: UUID
    device: UUID
    seed: bytes
    circle: UUID
    epoch: int
    content_key: bytes


def write(url: str, authors: list[Author], *, count: int, first: int = 1) -> None:
    """`count` messages of each, counted from `first`, into the database at `url`."""
    # The store's writer lives as long as its loop, which nobody ends: this is a process that measures.
    asyncio.new_event_loop().run_until_complete(_write(url, authors, count, first))


async def _write(url: str, authors: list[Author], count: int, first: int) -> None:
    store = Store(url)
    envelopes = (raw for author in authors for raw in messages(author, count, first))
    actors = {author.circle: Actor(user_id=author.user, device_id=author.device) for author in authors}
    while read := [read_envelope(raw) for raw in itertools.islice(envelopes, IN_FLIGHT)]:
        # Waited for to the end, also when one is refused: the writer is not to be stopped in a transaction.
        placed = await asyncio.gather(*(store.post(each, actors[each.circle]) for each in read), return_exceptions=True)
        for refusal in (each for each in placed if isinstance(each, BaseException)):
            raise refusal


def messages(author: Author, count: int, first: int) -> Iterator[bytes]:
    place = struct.pack(">16sQ", author.circle.bytes, author.epoch)
    commitment = _expand(author.content_key, b"cordee commitment" + place)
    for counter in range(first, first + count):
        message = uuid7()
        header = b"".join(
            (
                bytes((1, Kind.MESSAGE)),
                place,
                message.bytes,
                author.device.bytes,
                struct.pack(">Q", int(time.time() * 1000)),
                commitment,
            )
        )
        nonce = os.urandom(24)
        key = _expand(author.content_key, b"message" + author.device.bytes + message.bytes)
        sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(_content(counter), header, nonce, key)
        unsigned = header + nonce + sealed
        yield unsigned + sign_with_label(author.seed, "CordeeEnvelope", unsigned)


def _content(counter: int) -> bytes:
    said = canonical.encode(
        {
            "counter": counter,
            "files": [],
            "log": {"hash": canonical.to_base64(bytes(32)), "seq": 0},
            "text": f"Passage {counter}. Tension stable.",
            "type": "text",
            "v": 1,
        }
    )
    return (struct.pack(">I", len(said)) + said).ljust(SMALLEST, b"\0")


def _expand(key: bytes, info: bytes) -> bytes:
    """HKDF-Expand (RFC 5869 §2.3) to 32 bytes: one block of SHA-256."""
    return hmac.digest(key, info + b"\x01", sha256)
