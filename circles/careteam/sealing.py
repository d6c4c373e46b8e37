"""Seals what systems send, and finds it by number without reading it.

Used by `circles.careteam`. Keys as for patients' traits: PATIENT_KEYS (the highest version seals, all open) and
BLIND_INDEX_KEY. XChaCha20-Poly1305 with the row's own place as associated data: what is sealed opens nowhere else.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import UUID

from django.conf import settings
from nacl.secret import Aead

Resource = dict[str, Any]  # FHIR in JSON: checked by circles.careteam.reading where it comes in


def seal(resource: Resource, place: UUID) -> tuple[int, bytes]:
    """(key version, sealed)."""
    version = max(settings.PATIENT_KEYS)
    content = json.dumps(resource, ensure_ascii=False).encode()
    return version, bytes(_box(version).encrypt(content, _associated(place, version)))


def unseal(key_version: int, sealed: bytes | memoryview, place: UUID) -> Resource:
    """Raises nacl.exceptions.CryptoError when the row was altered, KeyError when its key was taken away too early."""
    opened: Resource = json.loads(_box(key_version).decrypt(bytes(sealed), _associated(place, key_version)))
    return opened


def identifier_index(system: str, value: str) -> bytes:
    """The same for the same identifier, and nothing without BLIND_INDEX_KEY."""
    return hashlib.blake2b(
        json.dumps([system, value]).encode(), digest_size=32, key=settings.BLIND_INDEX_KEY, person=b"cordee fhir"
    ).digest()


def _box(version: int) -> Aead:
    return Aead(settings.PATIENT_KEYS[version])


def _associated(place: UUID, version: int) -> bytes:
    return b"cordee fhir resource" + place.bytes + version.to_bytes(2, "big")
