"""A file's ciphertext, written and read a second time from docs/protocol.md alone, with libsodium.

The server never opens a file; this reader exists so that the form is what the page says and not what one program does.
"""

from __future__ import annotations

import json
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

from chat import files

CHUNK, TAG = 65_536, 16
VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("files.json").read_text())


class File:
    def __init__(self, case: dict[str, Any]) -> None:
        self.id, self.key, self.size = UUID(case["id"]).bytes, b64decode(case["key"]), int(case["size"])
        self.count = max(1, -(-self.size // CHUNK))

    @property
    def plaintext(self) -> bytes:
        return bytes((7 * at + at // 256) % 256 for at in range(self.size))

    def chunks(self) -> list[bytes]:
        plaintext = self.plaintext
        return [
            crypto_aead_xchacha20poly1305_ietf_encrypt(
                plaintext[index * CHUNK : (index + 1) * CHUNK], *self._place(index), self.key
            )
            for index in range(self.count)
        ]

    def read(self, ciphertext: bytes) -> bytes:
        """Raises CryptoError or ValueError."""
        if len(ciphertext) != self.size + TAG * self.count:
            raise ValueError("length")
        step = CHUNK + TAG
        return b"".join(
            crypto_aead_xchacha20poly1305_ietf_decrypt(
                ciphertext[index * step : (index + 1) * step], *self._place(index), self.key
            )
            for index in range(self.count)
        )

    def _place(self, index: int) -> tuple[bytes, bytes]:
        """(associated data, nonce)"""
        place = index.to_bytes(8, "big") + bytes([index == self.count - 1])
        return b"cordee file" + self.id + place, bytes(15) + place


FILES = [File(case) for case in VECTORS["files"]]


@pytest.mark.parametrize("number", range(len(FILES)))
def test_a_file_is_the_same_bytes_on_both_sides(number: int) -> None:
    file, case = FILES[number], VECTORS["files"][number]
    whole = b"".join(file.chunks())
    assert (len(whole), sha256(whole).digest()) == (case["sealed"], b64decode(case["sha256"]))
    assert case["ciphertext"] is None or b64decode(case["ciphertext"]) == whole
    assert file.read(whole) == file.plaintext


@pytest.mark.parametrize("case", VECTORS["hostile"], ids=lambda case: case["name"])
def test_no_other_bytes_are_taken_for_a_file(case: dict[str, Any]) -> None:
    whole = bytearray(b"".join(FILES[file].chunks()[chunk] for file, chunk in case["chunks"]))
    if case["flip"] is not None:
        whole[case["flip"] // 8] ^= 1 << case["flip"] % 8
    with pytest.raises((CryptoError, ValueError)):
        FILES[case["of"]].read(bytes(whole))


def test_the_server_lets_in_what_the_largest_file_becomes_and_no_more() -> None:
    largest = 100 * 1024 * 1024
    assert largest + TAG * (largest // CHUNK) == files.LARGEST
