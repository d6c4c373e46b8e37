"""Ed25519 where verifiers differ: libsodium, through our own function, takes what `valid` says and nothing else.

`frontend/test/mls/ed25519.test.ts` and `tests/e2e/test_ed25519.py` hold the browser's code to the same file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from chat.mls import BadSignature, verify_with_label

VECTORS: Final[list[dict[str, Any]]] = json.loads(Path(__file__).with_name("ed25519.json").read_text())["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_signature_is_taken_or_refused_as_by_the_browser(vector: dict[str, Any]) -> None:
    key, content, signature = (bytes.fromhex(vector[name]) for name in ("key", "content", "signature"))
    try:
        verify_with_label(key, "Edge", content, signature)
        taken = True
    except BadSignature:
        taken = False
    assert taken == vector["valid"]


def test_the_file_holds_what_verifiers_differ_on() -> None:
    kinds = {(vector["cofactored"], vector["cofactorless"], vector["valid"]) for vector in VECTORS}
    assert kinds == {(True, True, True), (True, True, False), (True, False, False), (False, False, False)}
