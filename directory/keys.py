"""One normal form for names, professions and towns, so that every PostgreSQL sorts and finds alike. Pure.

Used by `directory.services` when rows are written and by `directory.selectors` when somebody searches.
"""

from __future__ import annotations

import re
import unicodedata

_LIGATURES = str.maketrans(
    {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l"}
)
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")


def words(text: str) -> list[str]:
    """`"Élodie PRADEL-Lœb"` → `["elodie", "pradel", "loeb"]`: only a–z and 0–9 are left, so it is also safe in LIKE."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    plain = "".join(character for character in decomposed if not unicodedata.combining(character)).lower()
    return _NOT_A_WORD.sub(" ", plain).split()


def key(*texts: str) -> str:
    """The words of all texts with a space before and after each, so that `" word"` finds beginnings of words."""
    return f" {' '.join(word for text in texts for word in words(text))} "


def sort_key(family_name: str, given_name: str) -> str:
    """Sorts `Le Goff` beside `LEGOFF`."""
    return f"{''.join(words(family_name))} {''.join(words(given_name))}"
