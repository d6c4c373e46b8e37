"""What an event says in words, opened: only beside an event that says who opened it and why.

A seal that was altered, or that is not the one the leaf commits to, is not shown: it says nothing about the act.
"""

from __future__ import annotations

import json
from binascii import b2a_base64

from nacl.exceptions import CryptoError

from audit.details import open_detail
from audit.errors import Forgotten
from audit.models import Event
from circles.errors import Conflict
from compliance.schemas_subjects import OpenedWords


def opened(event: Event) -> OpenedWords:
    """None of somebody who was erased since. Errors: `words_altered`."""
    said = json.loads(event.leaf) if event.leaf else {}
    words: dict[str, str] = {}
    for sealed in event.details.all():
        try:
            content, commitment = open_detail(sealed)
        except Forgotten:
            continue
        except (CryptoError, KeyError):
            raise Conflict("words_altered") from None
        if b2a_base64(commitment, newline=False).decode() != said.get(sealed.key):
            raise Conflict("words_altered")
        words[sealed.key] = content.decode()
    reason = words.get("rsn")
    return OpenedWords(reason=None if reason is None else json.loads(reason), detail=words.get("det"))
