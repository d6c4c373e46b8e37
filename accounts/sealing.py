"""Seals the secrets of second factors before they reach the database.

Used by `accounts.adapters`; relies on `settings.PATIENT_KEYS`, from which it derives a key of its own per version, and
on XChaCha20-Poly1305 of libsodium.
"""

from __future__ import annotations

import base64
import hashlib

from django.conf import settings
from nacl.secret import Aead

_LABEL = b"cordee second factor"


def _box(version: int) -> Aead:
    return Aead(hashlib.blake2b(_LABEL, digest_size=Aead.KEY_SIZE, key=settings.PATIENT_KEYS[version]).digest())


def seal(text: str) -> str:
    """`version:base64`, under the newest key."""
    version = max(settings.PATIENT_KEYS)
    sealed = _box(version).encrypt(text.encode(), aad=_LABEL)
    return f"{version}:{base64.b64encode(sealed).decode()}"


def unseal(sealed: str) -> str:
    """The text of `seal`. A wrong key or an altered row raises `nacl.exceptions.CryptoError`: sign-in fails closed."""
    version, _, encoded = sealed.partition(":")
    return _box(int(version)).decrypt(base64.b64decode(encoded), aad=_LABEL).decode()
