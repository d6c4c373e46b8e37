"""The verifier's own tree against RFC 6962's reference roots and the proofs of transparency-dev/merkle.

The numbers of vectors stand here, so that a file that shrinks is noticed.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from audit.verify import EMPTY, Refused, Tree, check_consistency, check_inclusion, leaf_hash

SHARED: Final = Path(os.environ.get("CORDEE_SHARED", Path(__file__).resolve().parents[2].parent / "shared"))
VECTORS: Final = SHARED / "merkle-vectors"
LEAVES: Final = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS: Final = ("6e340b9c", "fac54203", "aeb6bcfe", "d37ee418", "4e3bbb1f", "76e67dad", "ddb89be4", "5dc9da79")

needs_vectors = pytest.mark.skipif(not VECTORS.exists(), reason=f"no vectors in {VECTORS}")


def test_the_reference_roots_of_rfc_6962() -> None:
    tree, roots = Tree(), []
    for leaf in LEAVES:
        tree.add(leaf_hash(bytes.fromhex(leaf)))
        roots.append(tree.root().hex()[:8])

    assert tuple(roots) == ROOTS
    assert Tree().root() == EMPTY == bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")


@needs_vectors
def test_inclusion_proofs_are_taken_and_refused() -> None:
    assert _outcomes("inclusion", _inclusion) == (98, [])


@needs_vectors
def test_consistency_proofs_are_taken_and_refused() -> None:
    assert _outcomes("consistency", _consistency) == (98, [])


def _inclusion(vector: dict[str, Any]) -> None:
    leaf, root = b64decode(vector["leafHash"]), b64decode(vector["root"] or "")
    check_inclusion(leaf=leaf, index=vector["leafIdx"], size=vector["treeSize"], path=_path(vector), root=root)


def _consistency(vector: dict[str, Any]) -> None:
    before, after = b64decode(vector["root1"] or ""), b64decode(vector["root2"] or "")
    check_consistency(old_size=vector["size1"], old_root=before, size=vector["size2"], root=after, path=_path(vector))


def _path(vector: dict[str, Any]) -> list[bytes]:
    return [b64decode(one) for one in vector["proof"] or []]


def _outcomes(name: str, check: Callable[[dict[str, Any]], None]) -> tuple[int, list[str]]:
    """How many vectors there are, and which of them came out otherwise than they say."""
    vectors, wrong = json.loads((VECTORS / f"{name}.json").read_text()), []
    for vector in vectors:
        try:
            check(vector)
            refused = False
        except Refused:
            refused = True
        if refused != vector["wantErr"]:
            wrong.append(vector["name"])
    return len(vectors), wrong
