"""The file that shows, without us, that a leaf is in a log: C2SP tlog-proof, version 1. Pure.

Written for receipts and exports (`audit.proofs`); read by whoever checks them. Its parts are verified with
`audit.note.open_note` and `audit.merkle.verify_inclusion`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from audit.merkle import HASH_SIZE
from audit.note import SIZE, NoteRefused, b64, unb64

HEADER: Final = "c2sp.org/tlog-proof@v1"
PROOF_LINES: Final = 63  # no tree below 2^63 has a longer path


@dataclass(frozen=True, slots=True)
class ProofText:
    """What a `.tlog-proof` file says; nothing in it is verified."""

    index: int
    path: tuple[bytes, ...]
    note: str
    extra: bytes | None = None


def write_proof(*, index: int, path: Sequence[bytes], note: str, extra: bytes | None = None) -> str:
    """A `.tlog-proof`: `extra` is not authenticated by the format; ours is the leaf's text, which the path binds."""
    head = [HEADER, *([f"extra {b64(extra)}"] if extra is not None else []), f"index {index}"]
    return "".join(f"{line}\n" for line in (*head, *map(b64, path), "")) + note


def read_proof(text: str) -> ProofText:
    """Raises NoteRefused for what has not the form of tlog-proof@v1."""
    head, blank, note = text.partition("\n\n")
    header, *lines = head.split("\n")
    if header != HEADER or not blank or not lines:
        raise NoteRefused("not a tlog-proof of version 1")
    extra = unb64(lines.pop(0).removeprefix("extra ")) if lines[0].startswith("extra ") else None
    index = lines.pop(0).removeprefix("index ") if lines and lines[0].startswith("index ") else ""
    path = tuple(map(unb64, lines))
    if not SIZE.fullmatch(index) or len(path) > PROOF_LINES or any(len(one) != HASH_SIZE for one in path):
        raise NoteRefused("a tlog-proof gives the index and then hashes")
    return ProofText(int(index), path, note, extra)
