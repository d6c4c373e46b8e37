"""Chromium, asked by the product's own code: it takes the signatures that libsodium takes; its engine takes more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser

from tests.e2e.laboratory import opened

FILE: Final = Path(__file__).resolve().parents[1] / "vectors" / "ed25519.json"
VECTORS: Final[list[dict[str, Any]]] = json.loads(FILE.read_text())["vectors"]
ASK: Final = """
async (vectors) => {
  const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))
  const byEngine = async (key, message, signature) => {
    const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"])
    return crypto.subtle.verify("Ed25519", imported, signature, message)
  }
  return Promise.all(vectors.map(async ({ key, message, signature }) => {
    const asked = [bytes(key), bytes(message), bytes(signature)]
    return [await laboratory.verifyEd25519(...asked), await byEngine(...asked).catch(() => false)]
  }))
}
"""


def test_the_product_takes_what_libsodium_takes(common_browser: Browser, tmp_path: Path) -> None:
    page = opened(common_browser, tmp_path)
    answers = page.evaluate(ASK, VECTORS)
    page.close()
    assert [ours for ours, _ in answers] == [vector["valid"] for vector in VECTORS]
    # Why the engine is not asked: were this to change, core/mls/ed25519.ts could be written anew.
    assert sum(engine != vector["valid"] for (_, engine), vector in zip(answers, VECTORS, strict=True)) > 30
