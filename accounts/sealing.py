"""Seals what is kept beside accounts and the database must not tell: secrets of second factors, letters that wait,
addresses of people without an account.

Used by `accounts.adapters`, `accounts.letters` and `circles.services.welcoming`; relies on `settings.PATIENT_KEYS`,
from which it derives a key of its own per version and purpose, and on XChaCha20-Poly1305 of libsodium.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from django.conf import settings
from nacl.secret import Aead

# What is sealed for one purpose does not open for another.
SECOND_FACTOR: Final = b"cordee second factor"
LETTER: Final = b"cordee letter"
ADDRESS: Final = b"cordee address"


def _box(version: int, purpose: bytes) -> Aead:
    return Aead(hashlib.blake2b(purpose, digest_size=Aead.KEY_SIZE, key=settings.PATIENT_KEYS[version]).digest())


def seal(text: str, *, purpose: bytes) -> str:
    """`version:base64`, under the newest key."""
    version = max(settings.PATIENT_KEYS)
    sealed = _box(version, purpose).encrypt(text.encode(), aad=purpose)
    return f"{version}:{base64.b64encode(sealed).decode()}"


def unseal(sealed: str, *, purpose: bytes) -> str:
    """The text of `seal`. A wrong key or an altered row raises `nacl.exceptions.CryptoError`: sign-in fails closed."""
    version, _, encoded = sealed.partition(":")
    return _box(int(version), purpose).decrypt(base64.b64decode(encoded), aad=purpose).decode()
