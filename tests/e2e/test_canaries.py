"""A search that finds nothing proves something only if it would have found it."""

from __future__ import annotations

import base64
import json
from typing import Final
from urllib.parse import quote

import pytest

from tests.e2e.canaries import CHARSETS, WORD, Canary, a_word, traces

TEXT: Final = f"Médication prévue {a_word()}"
WRITINGS: Final = {
    **{charset: TEXT.encode(charset) for charset in CHARSETS},
    "capitals": TEXT.upper().encode(),
    "hex": TEXT.encode().hex().encode(),
    "hex of UTF-16": TEXT.encode("utf-16-le").hex().upper().encode(),
    "accents apart": TEXT.replace("é", "e\u0301").encode(),
    "an address": quote(TEXT).encode(),
    "JSON": json.dumps(TEXT).encode(),
    "base64": base64.b64encode(TEXT.encode()),
    "base64, one further": base64.b64encode(b"x" + TEXT.encode() + b"y"),
    "base64, two further": base64.urlsafe_b64encode(b"xx" + TEXT.encode("utf-16-be") + b"yyy"),
}


@pytest.mark.parametrize("writing", WRITINGS)
def test_the_search_finds_a_text_written_in(writing: str) -> None:
    haystack = b"\0before" + WRITINGS[writing] + b"after"
    assert traces([Canary("message", TEXT)], haystack) == {Canary("message", TEXT)}
    assert traces([Canary("message", a_word())], haystack) == set()


def test_a_word_is_known_as_one() -> None:
    assert WORD.fullmatch(a_word().encode())
