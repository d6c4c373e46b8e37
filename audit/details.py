"""What an event says in words, sealed beside the log; the leaf only commits to it, so that it can be erased.

Used by `audit.services` and by whoever may open details (the officer's desk). Relies on AUDIT_DETAIL_KEYS, which no
database holds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Final, Literal
from uuid import UUID

from django.conf import settings
from nacl.secret import Aead

from audit.events import commitment
from audit.models import Detail

LABELS: Final = {"det": "cordee audit detail", "rsn": "cordee audit reason"}
SALT: Final = 32  # bytes; without them a short reason could be guessed from its commitment

Json = Mapping[str, object]


class Note:
    """One thing to keep for an event: the leaf takes its commitment, the rest is sealed under the event's id."""

    def __init__(self, key: Literal["det", "rsn"], content: str | Json) -> None:
        self.key = key
        self.salt = os.urandom(SALT)
        self.content = json.dumps(content, sort_keys=True, ensure_ascii=False).encode()

    @property
    def commitment(self) -> bytes:
        return commitment(LABELS[self.key], self.salt, self.content)

    def keep(self, event_id: UUID) -> None:
        version = max(settings.AUDIT_DETAIL_KEYS)
        box = Aead(settings.AUDIT_DETAIL_KEYS[version])
        sealed = box.encrypt(self.salt + self.content, aad=_place(event_id, self.key))
        Detail.objects.create(event_id=event_id, key=self.key, version=version, sealed=bytes(sealed))


def open_detail(detail: Detail) -> tuple[bytes, bytes]:
    """`(JSON text, commitment)`; the event's leaf must hold the latter. Raises CryptoError (nacl) when altered."""
    box = Aead(settings.AUDIT_DETAIL_KEYS[detail.version])
    opened = box.decrypt(bytes(detail.sealed), aad=_place(detail.event_id, detail.key))
    salt, content = opened[:SALT], opened[SALT:]
    return content, commitment(LABELS[detail.key], salt, content)


def _place(event_id: UUID, key: str) -> bytes:
    """Ties what is sealed to its event: it cannot be shown under another."""
    return f"{event_id}/{key}".encode()
