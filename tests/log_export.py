"""Exports of an invented log, made by hand: what `audit.verify` reads, without a server that could share its mistakes.

`a_log()` signs and holds leaves; `write(folder)` lays out the folder of docs/audit.md, whole or filtered.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nacl.signing import SigningKey

ORIGIN: Final = "cordee.example/audit/2026"
LOG, STRANGER = SigningKey(b"l" * 32), SigningKey(b"s" * 32)
WITNESSES: Final = {"north.example/w": SigningKey(b"n" * 32), "south.example/w": SigningKey(b"o" * 32)}


def vkey(name: str, key: SigningKey, kind: int = 1) -> str:
    public = bytes([kind]) + bytes(key.verify_key)
    return f"{name}+{_id(name, public).hex()}+{b64encode(public).decode()}"


def _id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]


VKEY: Final = vkey(ORIGIN, LOG)
WITNESS_VKEYS: Final = [vkey(name, key, 4) for name, key in WITNESSES.items()]


def _line(name: str, key: SigningKey, kind: int, signature: bytes) -> str:
    identifier = _id(name, bytes([kind]) + bytes(key.verify_key))
    return f"— {name} {b64encode(identifier + signature).decode()}\n"


def checkpoint(
    size: int, root: bytes, *, origin: str = ORIGIN, key: SigningKey = LOG, witnesses: tuple[str, ...] = ()
) -> str:
    """A signed note, cosigned by these of WITNESSES."""
    text = f"{origin}\n{size}\n{b64encode(root).decode()}\n"
    note = text + "\n" + _line(origin, key, 1, key.sign(text.encode()).signature)
    for name in witnesses:
        witness, time = WITNESSES[name], 1_795_000_000
        signature = witness.sign(f"cosignature/v1\ntime {time}\n{text}".encode()).signature
        note += _line(name, witness, 4, time.to_bytes(8, "big") + signature)
    return note


def root(hashes: list[bytes]) -> bytes:
    """MTH of leaf hashes by its definition (RFC 9162 §2.1.1): slow, and nothing to misread."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    left = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(hashes[:left]) + root(hashes[left:])).digest()


def path(index: int, hashes: list[bytes]) -> list[bytes]:
    """PATH by its definition (RFC 9162 §2.1.3.1)."""
    if len(hashes) < 2:
        return []
    left = 1 << (len(hashes) - 1).bit_length() - 1
    if index < left:
        return [*path(index, hashes[:left]), root(hashes[left:])]
    return [*path(index - left, hashes[left:]), root(hashes[:left])]


def consistency(old: int, hashes: list[bytes], *, known: bool = True) -> list[bytes]:
    """PROOF by its definition (RFC 9162 §2.1.4.1)."""
    if old == len(hashes):
        return [] if known else [root(hashes)]
    left = 1 << (len(hashes) - 1).bit_length() - 1
    if old <= left:
        return [*consistency(old, hashes[:left], known=known), root(hashes[left:])]
    return [*consistency(old - left, hashes[left:], known=False), root(hashes[:left])]


def event(number: int, *, writer: int = 1, act: str = "circle.read", **more: object) -> dict[str, object]:
    first = {"act": "writer.open"} if number == 1 else {"act": act}
    return {
        "v": 1, "id": f"019a200e-0000-7000-8000-{writer:04x}{number:08x}", "t": "2026-11-22T09:15:00.000042Z",
        "out": 0, "n": b64encode(number.to_bytes(16, "big")).decode(), "node": "main/0.1.0", "w": writer, "wn": number,
    } | first | more  # fmt: skip


def text(event: dict[str, object]) -> str:
    return json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass
class Log:
    """Leaves of a log, with the sizes at which checkpoints were kept."""

    leaves: list[str]
    kept: list[int] = field(default_factory=list)
    witnesses: tuple[str, ...] = tuple(WITNESSES)
    origin: str = ORIGIN

    @property
    def hashes(self) -> list[bytes]:
        return [hashlib.sha256(b"\0" + leaf.encode()).digest() for leaf in self.leaves]

    def note(self, size: int | None = None) -> str:
        size = len(self.leaves) if size is None else size
        return checkpoint(size, root(self.hashes[:size]), origin=self.origin, witnesses=self.witnesses)

    def proof(self, index: int, *, leaf: bool = True) -> str:
        extra = f"extra {b64encode(self.leaves[index].encode()).decode()}\n" if leaf else ""
        hashes = "".join(f"{b64encode(one).decode()}\n" for one in path(index, self.hashes))
        return f"c2sp.org/tlog-proof@v1\n{extra}index {index}\n{hashes}\n{self.note()}"

    def write(self, folder: Path, *, only: list[int] | None = None, pruned: tuple[int, ...] = ()) -> Path:
        """The folder, of the whole tree or of the entries `only`; of `pruned` ones the hash is left."""
        for name in ("checkpoints", "proofs"):
            (folder / name).mkdir(parents=True)
        (folder / "checkpoint").write_text(self.note())
        for size in self.kept:
            (folder / "checkpoints" / str(size)).write_text(self.note(size))
        lines = []
        for index, leaf in enumerate(self.leaves):
            entry: dict[str, object] = {"i": index}
            entry |= {"h": b64encode(self.hashes[index]).decode()} if index in pruned else {"leaf": leaf}
            if only is not None:
                entry["p"] = [b64encode(one).decode() for one in path(index, self.hashes)]
            if only is None or index in only:
                lines.append(json.dumps(entry, separators=(",", ":"), ensure_ascii=False) + "\n")
        (folder / "entries.ndjson").write_text("".join(lines))
        paths = {str(old): [b64encode(one).decode() for one in consistency(old, self.hashes)] for old in self.kept}
        files = {
            str(each.relative_to(folder)): {"sha256": hashlib.sha256(each.read_bytes()).hexdigest()}
            for each in sorted(folder.rglob("*"))
            if each.is_file()
        }
        (folder / "manifest.json").write_text(json.dumps({"files": files, "consistency": paths}))
        return folder


def a_log(size: int = 21) -> Log:
    """Two writers that take turns; checkpoints were kept at five sizes."""
    leaves = [text(event(1 + index // 2, writer=1 + index % 2)) for index in range(size)]
    return Log(leaves, kept=[one for one in (1, 4, 7, 16, 20) if one < size])
