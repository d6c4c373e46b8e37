"""Words that exist nowhere else, typed by people in the tests, so that one can look for them where they must not be.

`Canaries` collects what was typed; `traces` says what of it lies in some bytes, however it is written there.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import quote

CHARSETS: Final = ("utf-8", "utf-16-le", "utf-16-be")
_TO_URLSAFE: Final = bytes.maketrans(b"+/", b"-_")

_CONSONANTS: Final = "bcdfghjklmnprstvz"
_VOWELS: Final = "aeiou"
_SYLLABLES: Final = 5  # 85 to the fifth are too many to meet by chance
# What `a_word` makes, in lower case: all such words of a large file are found in one reading.
WORD: Final = re.compile(f"(?:[{_CONSONANTS}][{_VOWELS}]){{{_SYLLABLES}}}".encode())


def a_word() -> str:
    """Can be said, and was never said before."""
    return "".join(secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(_SYLLABLES))


@dataclass(frozen=True)
class Canary:
    kind: str
    text: str

    @cached_property
    def folded(self) -> frozenset[bytes]:
        """How the text could lie in bytes whose case was folded: in any character set, composition or escape."""
        cases = (self.text, self.text.upper(), self.text.lower())  # bytes fold A to Z, not É
        written = {unicodedata.normalize(form, text) for form in ("NFC", "NFD") for text in cases}
        plain = {text.encode(charset) for text in written for charset in CHARSETS}
        escaped = {json.dumps(text)[1:-1].encode() for text in written} | {quote(text).encode() for text in written}
        return frozenset(form.lower() for form in plain | escaped | {form.hex().encode() for form in plain})

    @cached_property
    def base64(self) -> frozenset[bytes]:
        """How it could lie inside base64, whose case counts: at each of the three places where a group may begin."""
        plain = [self.text.encode(charset) for charset in CHARSETS]
        standard = {_inside_base64(form, shift) for form in plain for shift in range(3)}
        return frozenset(standard | {form.translate(_TO_URLSAFE) for form in standard})


def _inside_base64(text: bytes, shift: int) -> bytes:
    """What is certain of the base64 of something that holds `text` after `shift` bytes of a group."""
    whole = base64.b64encode(bytes(shift) + text)
    unknown = (0, 2, 3)[shift]  # characters that also depend on what stands before
    certain = (shift + len(text)) // 3 * 4  # the last group depends on what comes after
    return whole[unknown:certain]


class Canaries:
    """Everything that must not be found; the screens add what their person types."""

    def __init__(self) -> None:
        self._typed: set[Canary] = set()

    def add(self, kind: str, *texts: str) -> None:
        self._typed |= {Canary(kind, text) for text in texts}

    def of(self, *kinds: str) -> list[Canary]:
        return [canary for canary in self._typed if not kinds or canary.kind in kinds]


def traces(canaries: Iterable[Canary], haystack: bytes) -> set[Canary]:
    """Those that lie in `haystack`, in any form."""
    folded = haystack.lower()
    return {
        canary
        for canary in canaries
        if any(form in folded for form in canary.folded) or any(form in haystack for form in canary.base64)
    }
