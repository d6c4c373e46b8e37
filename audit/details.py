"""What an event says in words, sealed beside the log; the leaf only commits to it, so that it can be erased.

Used by `audit.services` and by whoever may open details (the officer's desk). Relies on the keys of the subjects that
the event names (`audit.data_keys`): once one of them is erased, the words are closed for good.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from typing import Any, Final, Literal
from uuid import UUID

from nacl.secret import Aead

from audit.data_keys import known_words_key, subjects_of, words_key
from audit.errors import Forgotten
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

    def keep(self, event_id: UUID, subjects: Collection[UUID]) -> None:
        """`subjects`: the pseudonyms that the event names."""
        sealed = Aead(words_key(subjects)).encrypt(self.salt + self.content, aad=_place(event_id, self.key))
        Detail.objects.create(event_id=event_id, key=self.key, sealed=bytes(sealed))


def open_detail(detail: Detail) -> tuple[bytes, bytes]:
    """`(JSON text, commitment)`; the event's leaf must hold the latter. Two queries.

    Raises Forgotten when a subject of the event was erased, CryptoError (nacl) when the words were altered.
    """
    event = detail.event
    key = known_words_key(subjects_of(event.who, event.on, event.pat, event.cir, event.obj))
    return open_words(bytes(detail.sealed), detail.event_id, detail.key, key)


def words_of(detail: Detail) -> Any:
    """What was said, as JSON; None of somebody who was erased since. For whoever shows words among other things.

    Raises CryptoError (nacl) when the words were altered. Two queries.
    """
    try:
        return json.loads(open_detail(detail)[0])
    except Forgotten:
        return None


def open_words(sealed: bytes, event_id: UUID, key: str, words_key: bytes) -> tuple[bytes, bytes]:
    """The same with a key from `audit.data_keys`, for whoever goes through many. No query."""
    opened = Aead(words_key).decrypt(sealed, aad=_place(event_id, key))
    salt, content = opened[:SALT], opened[SALT:]
    return content, commitment(LABELS[key], salt, content)


def _place(event_id: UUID, key: str) -> bytes:
    """Ties what is sealed to its event: it cannot be shown under another."""
    return f"{event_id}/{key}".encode()
