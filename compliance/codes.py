"""Pseudonyms and device ids as people read and type them: `P-71KD4`, `T-` a patient, `C-` a circle, `A-09X` a device.

A subject's code is the first 25 bits of its pseudonym (random) as five characters of Crockford's base32; a device's the
last 15 bits of its id, whose first ones are a time. Two may share a code: whoever looks for one finds both. Pure.
`frontend/src/features/trail/code.ts` does the same; both read tests/vectors/codes.json.
"""

from __future__ import annotations

import re
from typing import Final, Literal, cast
from uuid import UUID

Letter = Literal["P", "T", "C", "A"]

KINDS: Final[dict[str, Letter]] = {"Person": "P", "Patient": "T", "Circle": "C"}
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# What Crockford lets people mistake.
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CODE: Final = re.compile(rf"([PTC])-?([{_ALPHABET}]{{5}})|(A)-?([{_ALPHABET}]{{3}})")


def code_of(kind: str, pseudonym: UUID) -> str:
    """`kind` is one of KINDS. Raises KeyError for another."""
    return f"{KINDS[kind]}-{_characters(pseudonym.int >> 103, 5)}"


def device_code(device: UUID) -> str:
    return f"A-{_characters(device.int & 0x7FFF, 3)}"


def read_code(text: str) -> tuple[Letter, int] | None:
    """Which kind and which bits a typed code stands for; None when it is none. Case and the hyphen do not matter."""
    letter, rest = text.strip().upper()[:1], text.strip().upper()[1:].translate(_READ_AS)
    match = _CODE.fullmatch(letter + rest)
    if match is None:
        return None
    value = 0
    for character in match[2] or match[4]:
        value = value * 32 + _ALPHABET.index(character)
    return cast(Letter, match[1] or match[3]), value


def first_and_last(bits: int) -> tuple[UUID, UUID]:
    """Between which two UUIDs, both included, those lie whose first 25 bits these are."""
    return UUID(int=bits << 103), UUID(int=((bits + 1) << 103) - 1)


def _characters(value: int, count: int) -> str:
    return "".join(_ALPHABET[value >> 5 * place & 31] for place in reversed(range(count)))
