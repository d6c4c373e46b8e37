"""Verify what was exported of a log, offline: one file, the standard library and PyNaCl, nothing of Cordée.

    python verify.py DIR [DIR …] --vkey VKEY [--witness VKEY … [--quorum N]] [--anchor CHECKPOINT …] [--json]
    python verify.py KIND FILE --vkey VKEY          KIND: one of KINDS, when it is not an export

For whoever trusts neither Cordée nor those who run it: hand over this file with the export and get the VKEY by another
way. Reads a folder as docs/audit.md ("The export") describes it. Exit status: 0 verified, 1 refused, 2 unreadable. Says
in sentences, French or English (`--language`), what was checked, what was found, where, and what it means.

Hashing and proofs: RFC 9162 §2.1. Notes: C2SP signed-note, tlog-checkpoint, tlog-cosignature (Ed25519), tlog-proof. On
purpose it shares no code with the server: a mistake would have to be made twice. Memory does not grow with the export;
a million entries take about fifteen seconds.

To verify something else, write a function `(path, trust, report) -> None` and name it in KINDS; to look into the leaves
of another log, a Reader in READERS. Sentences stand in WORDS.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from base64 import b64decode, b64encode
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

VERIFIED, REFUSED, UNREADABLE = 0, 1, 2

NOTE_LIMIT: Final = 64 * 1024  # bytes: a checkpoint with many witnesses has a few thousand
LINE_LIMIT: Final = 16 * 1024  # bytes: a leaf has at most 4 KiB, escaped, with a path of at most 64 hashes
PROOF_LIMIT: Final = 64  # hashes on a path: no tree is higher
SAID: Final = 20  # statements of one kind; the others are counted


# --- what is said -----------------------------------------------------------------------------------------------------


class Unreadable(Exception):
    """What is not of its format, so that nothing can be said about it."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


class Refused(Exception):
    """A check that failed; whoever catches it knows about what."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that was checked (`ok`) or found. `facts` fill the sentence; `index` and `event` say where."""

    code: str
    ok: bool
    facts: Mapping[str, object]

    def text(self, language: str) -> str:
        return WORDS[self.code][LANGUAGES.index(language)].format_map(
            {key: _shown(value, language) for key, value in self.facts.items()}
        )


@dataclass(slots=True)
class Report:
    """Everything that is said about what was given. Verified: when nothing was refused."""

    statements: list[Statement] = field(default_factory=list)
    origins: set[str] = field(default_factory=set)  # logs whose newest checkpoint was opened
    more: Counter[str] = field(default_factory=Counter)

    def confirm(self, code: str, **facts: object) -> None:
        self.statements.append(Statement(code, True, facts))

    def refuse(self, code: str, **facts: object) -> None:
        if sum(1 for each in self.statements if each.code == code and not each.ok) < SAID:
            self.statements.append(Statement(code, False, facts))
        else:
            self.more[code] += 1

    @property
    def refused(self) -> bool:
        return any(not each.ok for each in self.statements)


# --- the tree (RFC 9162 §2.1) -----------------------------------------------------------------------------------------

_sha256 = hashlib.sha256
HASH_SIZE: Final = 32
EMPTY: Final = _sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    return _sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return _sha256(b"\1" + left + right).digest()


class Tree:
    """A tree that grows leaf by leaf: it keeps the roots of its complete subtrees, at most 64 hashes."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        complete = self.size
        while complete & 1:
            leaf = _sha256(b"\1" + self._subtrees.pop() + leaf).digest()
            complete >>= 1
        self._subtrees.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self._subtrees:
            return EMPTY
        *left, root = self._subtrees
        for subtree in reversed(left):
            root = node_hash(subtree, root)
        return root


def check_inclusion(*, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raises Refused unless `path` leads from the leaf's hash at `index` to `root` (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size or len(leaf) != HASH_SIZE:
        raise Refused
    here, last = index, size - 1
    for sibling in path:
        if last == 0:
            raise Refused
        if here & 1 or here == last:
            leaf = node_hash(sibling, leaf)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            leaf = node_hash(leaf, sibling)
        here, last = here >> 1, last >> 1
    if last or leaf != root:
        raise Refused


def check_consistency(*, old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> None:
    """Raises Refused unless `path` shows the old tree to be the beginning of the new one (RFC 9162 §2.1.4.2)."""
    if not 0 < old_size <= size:
        raise Refused
    if old_size == size:
        if path or old_root != root:
            raise Refused
        return
    hashes = list(path)
    if old_size & (old_size - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        raise Refused
    here, last = old_size - 1, size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    before = after = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise Refused
        if here & 1 or here == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        here, last = here >> 1, last >> 1
    if last or before != old_root or after != root:
        raise Refused


# --- keys and notes (C2SP) --------------------------------------------------------------------------------------------

LOG_KEY, WITNESS_KEY = 0x01, 0x04  # signed-note: Ed25519, and timestamped Ed25519 cosignatures


@dataclass(frozen=True, slots=True)
class Key:
    """A public key as `name+hash+base64` tells it. `name` of a log is its origin."""

    name: str
    id: bytes
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str, kind: int) -> Key:
        """Raises Unreadable when `text` is no vkey of this kind."""
        try:
            name, identifier, encoded = text.strip().split("+", 2)
            key = b64decode(encoded, validate=True)
        except ValueError:
            raise Unreadable("vkey", text=text) from None
        expected = _sha256(name.encode() + b"\n" + key).digest()[:4]
        if not name or len(key) != 33 or key[0] != kind or identifier != expected.hex():
            raise Unreadable("vkey", text=text)
        return cls(name, expected, kind, key[1:])

    def verify(self, text: bytes, signature: bytes) -> None:
        """Raises Refused. A cosignature is a time, 8 bytes, and a signature of text and time."""
        if self.kind == WITNESS_KEY:
            time, signature = int.from_bytes(signature[:8]), signature[8:]
            text = f"cosignature/v1\ntime {time}\n".encode() + text
        try:
            VerifyKey(self.public).verify(text, signature)
        except (BadSignatureError, ValueError):
            raise Refused from None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A size and a root that keys vouch for: `signers` are the known keys whose signature verifies."""

    origin: str
    size: int
    root: bytes
    signers: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Trust:
    """What the verifier holds from elsewhere: keys of logs, keys of witnesses and how many must have signed, notes."""

    logs: tuple[Key, ...]
    witnesses: tuple[Key, ...] = ()
    quorum: int = 0
    anchors: tuple[Checkpoint, ...] = ()

    def open(self, note: bytes, name: str) -> Checkpoint:
        """The checkpoint in a note, if one of the logs' keys signed it under its own name.

        Raises Unreadable, and Refused when no known log signed it, or a known key's signature is wrong.
        """
        text, signatures = _split(note, name)
        origin, size, root = _body(text, name)
        signers = []
        for signer, signature in signatures:
            for key in (*self.logs, *self.witnesses):
                if key.name == signer and key.id == signature[:4]:
                    key.verify(text, signature[4:])
                    signers.append(key)
        if not any(key.kind == LOG_KEY and key.name == origin for key in signers):
            raise Refused
        return Checkpoint(origin, size, root, tuple(dict.fromkeys(signers)))


def _split(note: bytes, name: str) -> tuple[bytes, list[tuple[str, bytes]]]:
    """The signed text and the signatures, (name, bytes) each."""
    text, blank, lines = note.rpartition(b"\n\n")
    if not blank or len(note) > NOTE_LIMIT or not lines.endswith(b"\n") or any(c < 0x20 and c != 0x0A for c in note):
        raise Unreadable("note", file=name)
    signatures = []
    try:
        for line in lines.decode().removesuffix("\n").split("\n"):
            dash, signer, encoded = line.split(" ")
            signature = b64decode(encoded, validate=True)
            if dash != "—" or not signer or len(signature) < 5:
                raise Unreadable("note", file=name)
            signatures.append((signer, signature))
    except ValueError:
        raise Unreadable("note", file=name) from None
    return text + b"\n", signatures


def _body(text: bytes, name: str) -> tuple[str, int, bytes]:
    try:
        origin, size, root, *others = text.decode().removesuffix("\n").split("\n")
        decoded = b64decode(root, validate=True)
    except ValueError:
        raise Unreadable("note", file=name) from None
    if not origin or not _is_count(size) or len(decoded) != HASH_SIZE or not all(others):
        raise Unreadable("note", file=name)
    return origin, int(size), decoded


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and (text == "0" or text[0] != "0") and len(text) < 20


# --- what leaves say --------------------------------------------------------------------------------------------------


class Reader:
    """Looks at the leaves of a log, in their order. `whole`: all leaves of the tree come by."""

    def __init__(self, *, whole: bool) -> None:
        self.whole = whole

    def leaf(self, index: int, text: str, report: Report) -> None:
        """One leaf. Refuses what is wrong with it alone."""

    def pruned(self, index: int) -> None:
        """A leaf of which only the hash is left."""

    def end(self, report: Report) -> None:
        """All have come by."""


_canonical: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
_loads: Final = json.JSONDecoder().decode


def _is_scalar(value: object) -> bool:
    """What is the same in every reader of JSON (RFC 8785 §3.2.2): no fractions, no integers from 2^53 on."""
    return isinstance(value, str | bool | None) or (type(value) is int and -(2**53) < value < 2**53)


# The keys of an event (docs/audit.md).
_KEYS: Final = [
    "v", "id", "t", "act", "out", "err", "who", "on", "dev", "ses", "role", "org", "auth", "sys", "pat", "cir", "obj",
    "why", "rsn", "net", "req", "node", "w", "wn", "det", "n", "epo", "seq", "sha", "siz", "ros", "pol", "cnt",
]  # fmt: skip


class Acts(Reader):
    """The log of acts: one canonical text for each event, and writers that count without a gap."""

    KEYS: Final = frozenset(_KEYS)

    SAME_MOMENT: Final = 64  # writers that open at the same time may take their ids in another order than their places

    def __init__(self, *, whole: bool) -> None:
        super().__init__(whole=whole)
        self.next: dict[int, int] = {}  # by writer: the number that must come
        self.ahead: dict[int, set[int]] = {}  # by writer: numbers that came before their turn
        self.closed: dict[int, int] = {}  # by writer: how many it is said to have written
        self.opened_first = sys.maxsize  # the smallest id of a writer that began in this log
        self.continues = False  # this log follows another one, in which writers may have begun
        self.leaves_pruned = 0

    def leaf(self, index: int, text: str, report: Report) -> None:
        try:
            event = _loads(text)
            good = event.keys() <= self.KEYS and _canonical(event) == text and all(map(_is_scalar, event.values()))
            writer, number, act = event["w"], event["wn"], event["act"]
            ended = (int(event["obj"].removeprefix("Writer/")), int(event["cnt"])) if act == "writer.close" else None
            good = good and (event["v"], type(writer), type(number)) == (1, int, int) and len(text.encode()) <= 4096
        except (ValueError, KeyError, AttributeError, TypeError):
            good = False
        if not good:
            report.refuse("not_canonical", index=index)
            return
        if self.whole:
            self._count(index, event, writer, number, report)
        if act == "audit.anchor":
            self.continues = True
        elif act == "writer.open":
            self.opened_first = min(self.opened_first, writer)
        elif ended:
            self.closed[ended[0]] = ended[1]

    def _count(self, index: int, event: Mapping[str, Any], writer: int, number: int, report: Report) -> None:
        due, ahead = self.next.get(writer, 1), self.ahead.setdefault(writer, set())
        if number < due or number in ahead:
            report.refuse("repeated", index=index, event=event["id"], writer=writer, number=number)
        elif number > due:
            ahead.add(number)
        else:
            due += 1
            while due in ahead:
                ahead.remove(due)
                due += 1
        self.next[writer] = due

    def pruned(self, index: int) -> None:
        self.leaves_pruned += 1

    def end(self, report: Report) -> None:
        if not self.whole:
            return
        earlier = {writer for writer in (*self.next, *self.closed) if self._began_elsewhere(writer)}
        gaps = [gap for writer in sorted({*self.next, *self.closed}) if (gap := self._gap(writer, writer in earlier))]
        missing = sum(count for _, _, count in gaps)
        if missing <= self.leaves_pruned:
            report.confirm("writers", writers=len(self.next), pruned=missing, elsewhere=len(earlier))
            return
        for writer, number, count in gaps:
            report.refuse("gap", writer=writer, number=number, missing=count)

    def _began_elsewhere(self, writer: int) -> bool:
        """Whether its first numbers may stand in the log that this one continues."""
        return self.continues and self.next.get(writer, 1) == 1 and writer < self.opened_first + self.SAME_MOMENT

    def _gap(self, writer: int, began_elsewhere: bool) -> tuple[int, int, int] | None:
        """The first number of this writer that did not come, and how many did not."""
        due, ahead = self.next.get(writer, 1), self.ahead.get(writer, set())
        if began_elsewhere:
            due = min(ahead, default=self.closed.get(writer, 0) + 1)
        last = max(due - 1, self.closed.get(writer, 0), *ahead)
        missing = last - due + 1 - len(ahead)
        return (writer, due, missing) if missing else None


READERS: Final[dict[str, type[Reader]]] = {"audit": Acts}  # by the word of the origin after the host


def _reader(origin: str, *, whole: bool) -> Reader:
    parts = origin.split("/")
    return READERS.get(parts[1] if len(parts) > 1 else "", Reader)(whole=whole)


# --- the export -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proof:
    """A C2SP tlog-proof: `leaf` is the hash of the leaf that it carries, if it does."""

    name: str
    index: int
    path: tuple[bytes, ...]
    leaf: bytes | None
    note: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of entries.ndjson: `text` is None when pruned, `path` None in an export of the whole tree."""

    index: int
    text: str | None
    hash: bytes
    path: tuple[bytes, ...] | None


def verify_export(folder: Path, trust: Trust, report: Report) -> None:
    """Everything that can be checked in an export of one log. Raises Unreadable."""
    try:
        newest = trust.open(_read(folder / "checkpoint", NOTE_LIMIT), "checkpoint")
    except Refused:
        report.refuse("unsigned", file="checkpoint")
        return
    report.origins.add(newest.origin)
    report.confirm("signature", origin=newest.origin, size=newest.size, root=_base64(newest.root))
    _cosigned(newest, trust, report)
    older = list(_older(folder, newest, trust, report))
    anchors = [anchor for anchor in trust.anchors if anchor.origin == newest.origin]
    proofs = [_proof(path) for path in sorted((folder / "proofs").glob("*.tlog-proof"))]
    digest = _sha256()
    entries = _entries(folder / "entries.ndjson", digest)
    first = next(entries, None)
    wanted: dict[int, bytes | None] = {proof.index: None for proof in proofs}
    manifest = _manifest(folder)
    if first is not None and first.path is not None:
        _filtered(first, entries, newest, wanted, report)
        _prefixes_by_paths(newest, older, anchors, manifest, report)
    else:
        _whole(first, entries, newest, older, anchors, wanted, report)
    _proofs(proofs, wanted, newest, trust, report)
    if manifest is not None:
        _listed(folder, manifest, digest.hexdigest(), report)


def _cosigned(newest: Checkpoint, trust: Trust, report: Report) -> None:
    witnesses = [key.name for key in newest.signers if key.kind == WITNESS_KEY]
    if len(witnesses) < trust.quorum:
        report.refuse("not_cosigned", count=len(witnesses), quorum=trust.quorum)
    elif witnesses:
        report.confirm("cosigned", count=len(witnesses), witnesses=", ".join(witnesses))
    else:
        report.confirm("no_witness")


def _older(folder: Path, newest: Checkpoint, trust: Trust, report: Report) -> Iterator[Checkpoint]:
    for path in sorted((folder / "checkpoints").glob("*")):
        name = f"checkpoints/{path.name}"
        try:
            one = trust.open(_read(path, NOTE_LIMIT), name)
        except Refused:
            report.refuse("unsigned", file=name)
            continue
        if one.origin != newest.origin or one.size > newest.size:
            report.refuse("older", size=one.size, file=name)
        else:
            yield one


def _whole(
    first: Entry | None,
    entries: Iterator[Entry],
    newest: Checkpoint,
    older: Sequence[Checkpoint],
    anchors: Sequence[Checkpoint],
    wanted: dict[int, bytes | None],
    report: Report,
) -> None:
    """All leaves, from the first one on: the tree is built again, and its root at each size that was signed."""
    reader, tree, pruned = _reader(newest.origin, whole=True), Tree(), 0
    sizes = sorted({one.size for one in (*older, *anchors, newest)})
    roots: dict[int, bytes] = {0: EMPTY}
    due = sizes[bisect_left(sizes, 1)] if newest.size else 0
    for entry in _chain(first, entries):
        if entry.index != tree.size or entry.path is not None:
            report.refuse("order", index=entry.index, expected=tree.size)
            return
        if entry.text is None:
            pruned += 1
            reader.pruned(entry.index)
        else:
            reader.leaf(entry.index, entry.text, report)
        if entry.index in wanted:
            wanted[entry.index] = entry.hash
        tree.add(entry.hash)
        if tree.size == due:
            roots[due] = tree.root()
            due = next((size for size in sizes[bisect_left(sizes, due + 1) :]), 0)
    if tree.size != newest.size:
        report.refuse("count", count=tree.size, size=newest.size)
    if tree.size >= newest.size:
        _same_root(newest, older, roots, pruned, report)
    _prefixes_by_roots(newest, older, anchors, roots, report)
    reader.end(report)


def _same_root(
    newest: Checkpoint, older: Sequence[Checkpoint], roots: Mapping[int, bytes], pruned: int, report: Report
) -> None:
    if roots[newest.size] == newest.root:
        report.confirm("whole", size=newest.size, pruned=pruned)
        return
    # The signed roots of before say between which of them something was changed.
    good = max((one.size for one in older if roots.get(one.size) == one.root), default=0)
    bad = min((one.size for one in older if roots.get(one.size) != one.root), default=newest.size)
    report.refuse("root", low=good, high=max(bad, good + 1) - 1, size=newest.size)


def _prefixes_by_roots(
    newest: Checkpoint,
    older: Sequence[Checkpoint],
    anchors: Sequence[Checkpoint],
    roots: Mapping[int, bytes],
    report: Report,
) -> None:
    bad = [one for one in older if roots.get(one.size) != one.root]
    for one in bad:
        report.refuse("older", size=one.size, file="checkpoints")
    if older and not bad:
        report.confirm("prefixes", count=len(older))
    for anchor in anchors:
        if anchor.size > newest.size:
            report.refuse("anchor_longer", size=newest.size, anchor=anchor.size)
        elif roots.get(anchor.size) != anchor.root:
            report.refuse("anchor_prefix", anchor=anchor.size)
        else:
            report.confirm("anchor", anchor=anchor.size)


def _filtered(
    first: Entry,
    entries: Iterator[Entry],
    newest: Checkpoint,
    wanted: dict[int, bytes | None],
    report: Report,
) -> None:
    """Some leaves, each with its path to the signed root."""
    reader, count, pruned, last = _reader(newest.origin, whole=False), 0, 0, -1
    for entry in _chain(first, entries):
        if entry.path is None:
            report.refuse("no_path", index=entry.index)
            continue
        if entry.index <= last:
            report.refuse("order", index=entry.index, expected=last + 1)
        last = max(entry.index, last)
        try:
            check_inclusion(leaf=entry.hash, index=entry.index, size=newest.size, path=entry.path, root=newest.root)
        except Refused:
            report.refuse("path", index=entry.index, event=_event_id(entry.text))
            continue
        if entry.text is None:
            pruned += 1
        else:
            reader.leaf(entry.index, entry.text, report)
        if entry.index in wanted:
            wanted[entry.index] = entry.hash
        count += 1
    reader.end(report)
    report.confirm("filtered", count=count, pruned=pruned, size=newest.size)


def _prefixes_by_paths(
    newest: Checkpoint,
    older: Sequence[Checkpoint],
    anchors: Sequence[Checkpoint],
    manifest: Mapping[str, Any] | None,
    report: Report,
) -> None:
    """Older sizes of a tree that is not here: by the consistency paths of the manifest."""
    paths = (manifest or {}).get("consistency", {})
    shown = 0
    for kind, one in [*(("older", each) for each in older), *(("anchor", each) for each in anchors)]:
        if one.size > newest.size:  # only an anchor: older checkpoints have been looked at
            report.refuse("anchor_longer", size=newest.size, anchor=one.size)
            continue
        path = [] if one.size in (0, newest.size) else paths.get(str(one.size))
        if path is None:
            report.refuse("unproved", size=one.size)
            continue
        try:
            _extends(one, newest, _hashes(path, "manifest.json"))
        except Refused:
            if kind == "anchor":
                report.refuse("anchor_prefix", anchor=one.size)
            else:
                report.refuse("older", size=one.size, file="checkpoints")
            continue
        if kind == "anchor":
            report.confirm("anchor", anchor=one.size)
        else:
            shown += 1
    if shown:
        report.confirm("prefixes", count=shown)


def _extends(old: Checkpoint, new: Checkpoint, path: Sequence[bytes]) -> None:
    if old.size:
        check_consistency(old_size=old.size, old_root=old.root, size=new.size, root=new.root, path=path)
    elif old.root != EMPTY:
        raise Refused


def _proofs(
    proofs: Sequence[Proof], hashes: Mapping[int, bytes | None], newest: Checkpoint, trust: Trust, report: Report
) -> None:
    """Receipts: each names its own checkpoint; the leaf is in it, or among the entries, or in both alike."""
    good = 0
    for proof in proofs:
        leaf = proof.leaf or hashes[proof.index]
        try:
            signed = trust.open(proof.note, proof.name)
            if leaf is None or signed.origin != newest.origin or (hashes[proof.index] or leaf) != leaf:
                raise Refused
            check_inclusion(leaf=leaf, index=proof.index, size=signed.size, path=proof.path, root=signed.root)
        except Refused:
            report.refuse("proof", index=proof.index, file=proof.name)
        else:
            good += 1
    if good:
        report.confirm("proofs", count=good)


def _listed(folder: Path, manifest: Mapping[str, Any], entries: str, report: Report) -> None:
    """The files of the folder are those of the manifest. It is not signed: it shows damage, not forgery."""
    files = manifest.get("files")
    if not isinstance(files, dict):
        raise Unreadable("manifest")
    good = 0
    for name, facts in sorted(files.items()):
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()) or not isinstance(facts, dict):
            raise Unreadable("manifest")
        if not path.is_file():
            report.refuse("file_missing", file=name)
        elif (entries if name == "entries.ndjson" else _digest(path)) != facts.get("sha256"):
            report.refuse("file_differs", file=name)
        else:
            good += 1
    report.confirm("files", count=good)


# --- reading ----------------------------------------------------------------------------------------------------------


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError:
        raise Unreadable("absent", file=path.name) from None
    if len(content) > limit:
        raise Unreadable("too_long", file=path.name)
    return content


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _entries(path: Path, digest: Any) -> Iterator[Entry]:
    """The lines of entries.ndjson; `digest` takes their bytes, so that the file is read once."""
    try:
        file = path.open("rb", buffering=1 << 20)
    except OSError:
        raise Unreadable("absent", file=path.name) from None
    with file:
        for number, line in enumerate(iter(partial(file.readline, LINE_LIMIT + 1), b""), 1):
            digest.update(line)
            try:
                yield _entry(line)
            except (ValueError, KeyError, TypeError, AttributeError):
                raise Unreadable("entry", line=number) from None


_WRITTEN: Final = b'{"i":'


def _entry(line: bytes) -> Entry:
    """One line. Raises ValueError, KeyError, TypeError or AttributeError for what is no entry."""
    if len(line) > LINE_LIMIT or not line.endswith(b"}\n"):
        raise ValueError
    # As this product writes it: no need to build a dictionary.
    start, name, rest = line.partition(b',"leaf":')
    if name and start.startswith(_WRITTEN) and (digits := start[5:]).isdigit() and rest.endswith(b'"}\n'):
        text = _loads(rest[:-2].decode())
        if type(text) is str:
            return Entry(int(digits), text, _sha256(b"\0" + text.encode()).digest(), None)
    entry = json.loads(line, object_pairs_hook=_once)
    index, text, path = entry.pop("i"), entry.pop("leaf", None), entry.pop("p", None)
    hash_ = entry.pop("h", None)
    if type(index) is not int or index < 0 or entry or (text is None) == (hash_ is None):
        raise ValueError
    digest = _hash(hash_) if text is None else leaf_hash(text.encode())
    return Entry(index, text, digest, None if path is None else _hashes(path, "entries.ndjson"))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no key stands twice: of two readers each could take another one."""
    if len(found := dict(pairs)) < len(pairs):
        raise ValueError
    return found


def _chain(first: Entry | None, rest: Iterable[Entry]) -> Iterator[Entry]:
    if first is not None:
        yield first
        yield from rest


def _event_id(text: str | None) -> str | None:
    try:
        return str(json.loads(text or "")["id"])
    except (ValueError, KeyError, TypeError):
        return None


def _hash(text: str) -> bytes:
    decoded = b64decode(text, validate=True)
    if len(decoded) != HASH_SIZE:
        raise ValueError
    return decoded


def _hashes(path: object, name: str) -> tuple[bytes, ...]:
    if not isinstance(path, list) or len(path) > PROOF_LIMIT or not all(isinstance(one, str) for one in path):
        raise Unreadable("path_form", file=name)
    try:
        return tuple(_hash(one) for one in path)
    except ValueError:
        raise Unreadable("path_form", file=name) from None


def _proof(path: Path) -> Proof:
    """A C2SP tlog-proof@v1; `extra`, when there, is the exact leaf."""
    name = f"proofs/{path.name}"
    head, blank, note = _read(path, NOTE_LIMIT).partition(b"\n\n")
    try:
        version, *lines = head.decode().split("\n")
        leaf = None
        if lines and lines[0].startswith("extra "):
            leaf = leaf_hash(b64decode(lines.pop(0).removeprefix("extra "), validate=True))
        word, index = lines.pop(0).split(" ")
        if version != "c2sp.org/tlog-proof@v1" or word != "index" or not _is_count(index) or not blank:
            raise Unreadable("proof_form", file=name)
        return Proof(name, int(index), _hashes(lines, name), leaf, note)
    except (ValueError, IndexError):
        raise Unreadable("proof_form", file=name) from None


def _manifest(folder: Path) -> dict[str, Any] | None:
    if not (folder / "manifest.json").exists():
        return None
    try:
        manifest = json.loads(_read(folder / "manifest.json", 16 << 20))
    except ValueError:
        raise Unreadable("manifest") from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("consistency", {}), dict):
        raise Unreadable("manifest")
    return manifest


# --- sentences --------------------------------------------------------------------------------------------------------

# Each sentence in French and in English, by the code of its statement.
# fmt: off
WORDS: Final[Mapping[str, tuple[str, str]]] = {
    # What was checked.
    "signature": (
        "Le point de contrôle de {origin}, {size} entrées, est signé par ce journal.",
        "The checkpoint of {origin}, {size} entries, is signed by this log."),
    "cosigned": (
        "{count} témoin(s) l’ont contresigné : {witnesses}.",
        "{count} witness(es) have cosigned it: {witnesses}."),
    "no_witness": (
        "Aucun témoin n’était demandé : que tous voient le même journal n’est pas vérifié.",
        "No witness was asked for: that everybody sees the same log is not checked."),
    "whole": (
        "Les {size} entrées ont été relues une à une et donnent l’empreinte signée ; {pruned} sont élaguées, leur"
        " empreinte reste.",
        "All {size} entries were read again one by one and give the signed root; {pruned} are pruned, their hash"
        " remains."),
    "filtered": (
        "{count} entrées, dont {pruned} élaguées, sont prouvées une à une dans un journal de {size}. Ce que le"
        " filtre a laissé de côté, un export filtré ne peut pas le prouver.",
        "{count} entries, {pruned} of them pruned, are proved one by one in a log of {size}. What the filter left"
        " out, a filtered export cannot prove."),
    "writers": (
        "Les compteurs de {writers} rédacteurs sont sans lacune ({pruned} numéros sont ceux d’entrées élaguées ;"
        " {elsewhere} rédacteurs ont commencé dans un journal antérieur).",
        "The counters of {writers} writers have no gap ({pruned} numbers are those of pruned entries; {elsewhere}"
        " writers began in an earlier log)."),
    "prefixes": (
        "{count} points de contrôle plus anciens sont bien des débuts de ce journal.",
        "{count} older checkpoints are beginnings of this log."),
    "anchor": (
        "Le point de contrôle conservé ailleurs ({anchor} entrées) est bien un début de ce journal.",
        "The checkpoint kept elsewhere ({anchor} entries) is a beginning of this log."),
    "proofs": ("{count} preuves jointes sont valides.", "{count} proofs that came with it are valid."),
    "files": ("{count} fichiers sont ceux que le manifeste nomme.", "{count} files are those the manifest names."),
    # What was found.
    "unsigned": (
        "{file} : aucune signature valide d’un journal connu. Ce point de contrôle ne vient pas du journal"
        " attendu, ou il a été modifié.",
        "{file}: no valid signature of a known log. This checkpoint is not the expected log’s, or it was changed."),
    "not_cosigned": (
        "{count} témoin(s) ont contresigné, {quorum} étaient demandés : le journal a pu être montré autrement à"
        " d’autres.",
        "{count} witness(es) have cosigned, {quorum} were asked for: others may have been shown another log."),
    "not_canonical": (
        "Entrée {index} : le texte n’a pas l’unique forme d’un acte ; il n’a pas été écrit par le journal.",
        "Entry {index}: the text has not the one form of an act; the log has not written it."),
    "root": (
        "L’empreinte recalculée des {size} entrées n’est pas celle qui est signée : au moins une entrée entre"
        " {low} et {high} a été modifiée, ajoutée, déplacée ou remplacée.",
        "The root computed from the {size} entries is not the signed one: at least one entry from {low} to {high}"
        " was changed, added, moved or replaced."),
    "count": (
        "L’export a {count} entrées, le point de contrôle en annonce {size} : il en manque ou il y en a trop.",
        "The export has {count} entries, the checkpoint says {size}: some are missing or too many."),
    "order": (
        "L’entrée {index} se trouve là où l’entrée {expected} était attendue : une entrée a été retirée, ajoutée"
        " ou déplacée.",
        "Entry {index} stands where entry {expected} was expected: an entry was removed, added or moved."),
    "no_path": (
        "Entrée {index} : sa preuve manque dans un export filtré.",
        "Entry {index}: its proof is missing in a filtered export."),
    "path": (
        "Entrée {index} (acte {event}) : sa preuve ne mène pas à l’empreinte signée ; cet acte n’est pas dans le"
        " journal sous cette forme.",
        "Entry {index} (act {event}): its proof does not lead to the signed root; the log does not hold this act"
        " in this form."),
    "older": (
        "{file} : un point de contrôle signé de {size} entrées n’est pas un début de ce journal. Le passé a été"
        " réécrit.",
        "{file}: a signed checkpoint of {size} entries is no beginning of this log. The past was rewritten."),
    "anchor_prefix": (
        "Le point de contrôle conservé ailleurs ({anchor} entrées) n’est pas un début de ce journal. Le passé a"
        " été réécrit, ou deux journaux ont été montrés.",
        "The checkpoint kept elsewhere ({anchor} entries) is no beginning of this log. The past was rewritten, or"
        " two logs were shown."),
    "anchor_longer": (
        "L’export s’arrête à {size} entrées, avant le point de contrôle conservé ailleurs ({anchor}) : la fin a"
        " été coupée, ou l’export est plus ancien.",
        "The export ends at {size} entries, before the checkpoint kept elsewhere ({anchor}): the end was cut, or"
        " the export is older."),
    "unproved": (
        "Rien dans cet export filtré ne montre que le point de contrôle de {size} entrées est un début de ce"
        " journal : demandez un export avec cette ancre.",
        "Nothing in this filtered export shows that the checkpoint of {size} entries is a beginning of this log:"
        " ask for an export with this anchor."),
    "gap": (
        "Rédacteur {writer} : {missing} numéros manquent à partir du {number}. Des actes ont été perdus, écartés"
        " ou supprimés avant d’être scellés.",
        "Writer {writer}: {missing} numbers are missing from {number} on. Acts were lost, set aside, or removed"
        " before they were sealed."),
    "repeated": (
        "Entrée {index} (acte {event}) : le numéro {number} du rédacteur {writer} y est une seconde fois.",
        "Entry {index} (act {event}): number {number} of writer {writer} is there a second time."),
    "proof": (
        "{file} : la preuve de l’entrée {index} n’est pas valide.",
        "{file}: the proof of entry {index} is not valid."),
    "file_missing": (
        "{file} est dans le manifeste, pas dans le dossier.",
        "{file} is in the manifest, not in the folder."),
    "file_differs": (
        "{file} n’est pas le fichier que le manifeste nomme : il a été modifié après l’export.",
        "{file} is not the file that the manifest names: it was changed after the export."),
    # What cannot be read.
    "absent": (
        "{file} ne se trouve pas dans l’export, ou ne peut être lu.",
        "{file} is not in the export, or cannot be read."),
    "too_long": ("{file} est plus long que ce que son format permet.", "{file} is longer than its format allows."),
    "note": ("{file} n’est pas un point de contrôle lisible.", "{file} is no readable checkpoint."),
    "entry": (
        "entries.ndjson, ligne {line} : ce n’est pas une entrée.",
        "entries.ndjson, line {line}: this is no entry."),
    "path_form": ("{file} : un chemin de preuve n’a pas sa forme.", "{file}: a proof’s path has not its form."),
    "proof_form": ("{file} n’est pas une preuve lisible.", "{file} is no readable proof."),
    "manifest": ("manifest.json n’a pas sa forme.", "manifest.json has not its form."),
    "vkey": ("Cette clé publique n’est pas lisible : {text}", "This public key cannot be read: {text}"),
    "anchor_unsigned": (
        "{file} : ce point de contrôle conservé ailleurs n’est signé par aucune des clés données.",
        "{file}: this checkpoint kept elsewhere is signed by none of the given keys."),
    "anchor_other": (
        "Le point de contrôle conservé ailleurs est celui d’un autre journal, {origin}, dont rien n’a été donné.",
        "The checkpoint kept elsewhere is that of another log, {origin}, of which nothing was given."),
    # The end.
    "more": ("… et {count} autres du même genre.", "… and {count} more of this kind."),
    "verified": ("Vérifié.", "Verified."),
    "refused": (
        "Refusé : ce qui précède ne correspond pas à ce que le journal a signé.",
        "Refused: the above is not what the log has signed."),
    "unreadable": ("Illisible : rien n’a pu être vérifié.", "Unreadable: nothing could be verified."),
}
# fmt: on
LANGUAGES: Final = ("fr", "en")


def _shown(value: object, language: str) -> object:
    """Thousands apart, as the language has it."""
    if type(value) is not int or value < 10_000:
        return value
    return f"{value:,}".replace(",", "\u202f" if language == "fr" else ",")


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


# --- the command ------------------------------------------------------------------------------------------------------

KINDS: Final[dict[str, Callable[[Path, Trust, Report], None]]] = {"export": verify_export}


def main(arguments: Sequence[str] | None = None, write: Callable[[str], object] = sys.stdout.write) -> int:
    """Verify what the command line names; the exit status."""
    options = _parser().parse_args(arguments)
    kind, *rest = options.paths
    if kind not in KINDS or not rest:
        kind, rest = "export", options.paths
    report, unreadable = Report(), None
    try:
        trust = _trust(options)
        for path in rest:
            KINDS[kind](Path(path), trust, report)
        for anchor in trust.anchors:
            if anchor.origin not in report.origins:
                raise Unreadable("anchor_other", origin=anchor.origin)
    except Unreadable as error:
        unreadable = Statement(error.code, False, error.facts)
    verdict = "refused" if report.refused else "unreadable" if unreadable else "verified"
    statements = [*report.statements, *([unreadable] if unreadable else [])]
    if options.json:
        said = [{"code": one.code, "ok": one.ok, **one.facts, "text": one.text(options.language)} for one in statements]
        write(json.dumps({"verdict": verdict, "statements": said, "more": report.more}, ensure_ascii=False) + "\n")
    else:
        for one in statements:
            write(f"{'  ✓ ' if one.ok else '  ✗ '}{one.text(options.language)}\n")
        for count in report.more.values():
            write(f"    {Statement('more', False, {'count': count}).text(options.language)}\n")
        write(WORDS[verdict][LANGUAGES.index(options.language)] + "\n")
    return {"verified": VERIFIED, "refused": REFUSED, "unreadable": UNREADABLE}[verdict]


def _parser() -> argparse.ArgumentParser:
    language = "en" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("en") else "fr"
    parser = argparse.ArgumentParser(prog="verify_audit", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("paths", nargs="+", metavar="PATH", help=f"an export; or {' | '.join(KINDS)} and what it is")
    parser.add_argument(
        "--vkey", action="append", required=True, help="public key of the log; several after a rotation"
    )
    parser.add_argument("--witness", action="append", default=[], metavar="VKEY", help="public key of a witness")
    parser.add_argument("--quorum", type=int, help="how many of the witnesses must have signed (1 when any is named)")
    parser.add_argument("--anchor", action="append", default=[], metavar="CHECKPOINT", help="a note kept elsewhere")
    parser.add_argument("--language", choices=LANGUAGES, default=language)
    parser.add_argument("--json", action="store_true", help="for programs")
    return parser


def _trust(options: argparse.Namespace) -> Trust:
    """Raises Unreadable for a key or an anchor that cannot be used: nothing may then be called verified."""
    witnesses = tuple(Key.parse(text, WITNESS_KEY) for text in options.witness)
    quorum = options.quorum if options.quorum is not None else min(1, len(witnesses))
    trust = Trust(tuple(Key.parse(text, LOG_KEY) for text in options.vkey), witnesses, quorum)
    anchors = []
    for name in options.anchor:
        try:
            anchors.append(trust.open(_read(Path(name), NOTE_LIMIT), name))
        except Refused:
            raise Unreadable("anchor_unsigned", file=name) from None
    return Trust(trust.logs, witnesses, quorum, tuple(anchors))


if __name__ == "__main__":
    sys.exit(main())
