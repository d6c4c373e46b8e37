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
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

VERIFIED, REFUSED, UNREADABLE = 0, 1, 2

NOTE_LIMIT: Final = 64 * 1024  # bytes: a checkpoint with many witnesses has a few thousand
LINE_LIMIT: Final = 16 * 1024  # bytes: a leaf has at most 4 KiB, escaped, with a path of at most 64 hashes
PROOF_LIMIT: Final = 64  # hashes on a path: no tree is higher
LONGEST_SHOWN: Final = 300  # characters of a text that comes from what is verified
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
        self.pruning = 0  # how many entries the acts of pruning in this log have pruned, in whatever log

    def leaf(self, index: int, text: str, report: Report) -> None:
        try:
            event = _loads(text)
            good = event.keys() <= self.KEYS and _canonical(event) == text and all(map(_is_scalar, event.values()))
            writer, number, act = event["w"], event["wn"], event["act"]
            pruning = int(event.get("cnt", 0)) if act == "audit.prune" and event["out"] == 0 else 0
            ended = (int(event["obj"].removeprefix("Writer/")), int(event["cnt"])) if act == "writer.close" else None
            good = good and (event["v"], type(writer), type(number)) == (1, int, int) and len(text.encode()) <= 4096
        except (ValueError, KeyError, AttributeError, TypeError):
            good = False
        if not good:
            report.refuse("not_canonical", index=index)
            return
        if self.whole:
            self._count(index, event, writer, number, report)
        self.pruning += pruning
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
        if self.leaves_pruned > self.pruning:
            report.confirm("pruned", pruned=self.leaves_pruned, pruning=self.pruning)
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


@dataclass(slots=True)
class History:
    """Somebody's keys, as far as their events have come by."""

    seq: int = 0
    hash: bytes = bytes(32)
    identity: str | None = None
    identities: set[str] = field(default_factory=set)
    standing: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)


class Keys(Reader):
    """The log of everybody's keys (docs/protocol.md, "Key log"): each event signed by the identity key in force after
    it, and one history for each person, in which nothing is missing, doubled or out of order.
    """

    def __init__(self, *, whole: bool) -> None:
        super().__init__(whole=whole)
        self.people: dict[str, History] = {}

    def leaf(self, index: int, text: str, report: Report) -> None:
        raw = text.encode()
        try:
            says = _statement(raw)
            if says["act"] == "end":
                if says["sig"] is not None:
                    raise Refused
            else:
                _signed(raw, "CordeeKeyEvent", b64decode(says["identity"]))
            follows = self._follows(self.people.setdefault(says["user"], History()), says) if self.whole else None
        except (Refused, ValueError, KeyError, TypeError, AttributeError):
            report.refuse("key_event", index=index)
            return
        if not self.whole:
            return
        if follows:
            report.refuse(follows, index=index, person=says["user"], number=says["seq"])
        history = self.people[says["user"]]
        history.seq, history.hash = says["seq"], _sha256(b"cordee key event" + raw).digest()

    def _follows(self, before: History, says: Object) -> str | None:
        """What is wrong with an event as this person's next one; what it says is taken in."""
        act, identity, device = says["act"], says["identity"], says["device"]
        if (says["seq"], b64decode(says["prev"])) != (before.seq + 1, before.hash):
            return "key_history"
        if act in ("bind", "rotate", "reset"):
            wrong = (act == "bind") != (before.seq == 0) or identity in before.identities
            before.identity = identity
            before.identities.add(identity)
            if act == "reset":
                before.ended |= before.standing
                before.standing.clear()
            return "key_identity" if wrong else None
        if identity != before.identity:
            return "key_identity"
        if act == "add":
            wrong = device in before.standing | before.ended
            before.standing.add(device)
        else:
            wrong = device not in before.standing
            before.standing.discard(device)
            before.ended.add(device)
        return "key_device" if wrong else None

    def end(self, report: Report) -> None:
        if self.whole:
            report.confirm("histories", people=len(self.people))


READERS: Final[dict[str, type[Reader]]] = {"audit": Acts, "keys": Keys}  # by the word of the origin after the host


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


PROVED: Final = frozenset({"checkpoint", "entries.ndjson", "manifest.json"})  # and what says of them what they are


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
    if others := sorted({path.name for path in folder.iterdir() if path.is_file()} - PROVED):
        report.confirm("for_people", files=", ".join(others))


def _cosigned(newest: Checkpoint, trust: Trust, report: Report) -> None:
    # One key under two names is one witness.
    witnesses = list({key.public: key.name for key in newest.signers if key.kind == WITNESS_KEY}.values())
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
    """What the manifest says: which files there are, and where whoever exported found nothing. It is not signed: it
    shows damage, not forgery.
    """
    for index in manifest.get("missing", []):
        report.refuse("missing", index=index)
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


def _read(path: Path, limit: int, *, given: bool = False) -> bytes:
    """`given`: whoever verifies names it, so it may be a pipe. In what is verified a pipe would never end."""
    try:
        if not (given or path.is_file()):
            raise Unreadable("absent", file=path.name)
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
        if not path.is_file():
            raise Unreadable("absent", file=path.name)
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
    if not isinstance(missing := manifest.get("missing", []), list) or not all(type(one) is int for one in missing):
        raise Unreadable("manifest")
    return manifest


# --- the certificate "who was entitled to read" -----------------------------------------------------------------------

# The claim is computed again from what devices signed (commits, policy changes, grants, key events) and held against
# the acts that the log has of them. RFC 9420 as far as the roster goes: the tree's hashes are taken from the
# certificate, and each is confirmed by the next committer, who signed it.

CERTIFICATE_LIMIT: Final = 64 << 20
POLICY: Final = 0xF0C1
COORDINATOR: Final = "coordinator"
MLS_10, PUBLIC_MESSAGE, MEMBER, NEW_MEMBER, COMMIT = 1, 1, 1, 4, 3
REMOVE, EXTERNAL_INIT, EXTENSIONS = 3, 6, 7
HANDED_OVER: Final = frozenset({"message.read", "circle.listen", "attachment.read", "circle.open"})
WRITTEN: Final = frozenset({"message.send", "announcement.post", "message.ack"})
NEVER: Final = "9999"

Object = dict[str, Any]


class Contradiction(Refused):
    """Something in a certificate that cannot be so; `code` and `facts` make its sentence."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


class Tls:
    """A cursor over bytes in the presentation language of RFC 9420 §2.1. Raises IndexError behind the end."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        self.at += count
        if self.at > len(self.data):
            raise IndexError
        return self.data[self.at - count : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size))

    def opaque(self) -> bytes:
        first = self.number(1)
        more = (1 << (first >> 6)) - 1
        return self.take((first & 0x3F) << 8 * more | self.number(more))

    def optional(self) -> bool:
        return self.number(1) == 1

    @property
    def rest(self) -> bool:
        return self.at < len(self.data)


def _opaque(value: bytes) -> bytes:
    size = len(value)
    prefix = (
        size.to_bytes(1)
        if size < 64
        else (size | 0x4000).to_bytes(2)
        if size < 1 << 14
        else (size | 2 << 30).to_bytes(4)
    )
    return prefix + value


def _check_label(key: bytes, label: str, content: bytes, signature: bytes) -> None:
    """VerifyWithLabel of RFC 9420 §5.1.2. Raises Refused."""
    try:
        VerifyKey(key).verify(_opaque(f"MLS 1.0 {label}".encode()) + _opaque(content), signature)
    except (BadSignatureError, ValueError, TypeError):
        raise Refused from None


def _signed(raw: bytes, label: str, *keys: bytes, signatures: Sequence[str] = ("sig",)) -> Object:
    """A canonical JSON statement, signed by each of `keys`. Raises Refused."""
    says = _statement(raw)
    content = _canonical({name: value for name, value in says.items() if name not in signatures}).encode()
    for key, name in zip(keys, signatures, strict=True):
        _check_label(key, label, content, b64decode(says[name]))
    return says


def _statement(raw: bytes) -> Object:
    says: Object = _loads(raw.decode())
    if _canonical(says).encode() != raw or says["v"] != 1:
        raise Refused
    return says


@dataclass(slots=True)
class Leaf:
    """One device in the tree: what its credential certifies, and the key with which it signs."""

    certificate: bytes
    key: bytes

    @property
    def says(self) -> Object:
        return _statement(self.certificate)


@dataclass(frozen=True, slots=True)
class Epoch:
    """Who was in, by the policy and by the tree, from the act `fact` on."""

    number: int
    fact: Object
    persons: Mapping[str, Object]
    devices: Mapping[str, str]  # device → person

    @property
    def people(self) -> set[str]:
        return set(self.devices.values())


class Circle:
    """A circle's group and its policy, commit by commit. Raises Contradiction `epoch`, `policy`."""

    def __init__(self, circle: str, name: str) -> None:
        self.circle, self.name, self.group = circle, name, UUID(circle).bytes
        self.persons: dict[str, Object] = {}
        self.pinned: Object = {}
        self.head: Object = {}
        self.leaves: dict[int, Leaf] = {}
        self._certified: set[tuple[bytes, bytes]] = set()

    def open(self, group_info: bytes, tree: bytes, first_change: bytes) -> None:
        """Epoch 0: the creator's leaf alone, in the tree that the GroupInfo has the hash of."""
        reader = Tls(group_info)
        _, self.suite, group = reader.number(2), reader.number(2), reader.opaque()
        self.epoch, self.tree_hash, self.confirmed = reader.number(8), reader.opaque(), reader.opaque()
        self.extensions = reader.opaque()
        reader.opaque()
        self.interim = _sha256(self.confirmed + _opaque(reader.opaque())).digest()
        nodes = Tls(Tls(tree).opaque())
        if not nodes.optional() or nodes.number(1) != 1:
            raise Contradiction("epoch", epoch=0)
        start = nodes.at
        self.leaves[0] = _leaf(nodes)
        hashed = b"\1" + bytes(4) + b"\1" + nodes.data[start : nodes.at]
        if self.group != group or self.epoch or nodes.rest or _sha256(hashed).digest() != self.tree_hash:
            raise Contradiction("epoch", epoch=0)
        self._change(first_change, None)

    def commit(self, message: bytes, tree_hash: bytes) -> None:
        """The next epoch: signed by a member's leaf, or by the leaf of a device that lets itself in."""
        reader = Tls(message)
        if (reader.number(2), reader.number(2)) != (MLS_10, PUBLIC_MESSAGE):
            raise Contradiction("epoch", epoch=self.epoch + 1)
        start = reader.at
        group, epoch, kind = reader.opaque(), reader.number(8), reader.number(1)
        sender = reader.number(4) if kind == MEMBER else None
        note, content = _statement(reader.opaque()), reader.number(1)
        removed, extensions, outside = _proposals(Tls(reader.opaque()))
        path = _leaf(reader) if reader.optional() else None
        if path is not None:
            reader.opaque()
        framed = message[start : reader.at]
        signature, tag = reader.opaque(), reader.opaque()
        if sender is not None:
            reader.opaque()
        signer = path if sender is None else self.leaves.get(sender)
        if (group, epoch, content) != (self.group, self.epoch, COMMIT) or signer is None or path is None or reader.rest:
            raise Contradiction("epoch", epoch=self.epoch + 1)
        if kind not in (MEMBER, NEW_MEMBER) or outside != (kind == NEW_MEMBER):
            raise Contradiction("epoch", epoch=self.epoch + 1)
        header = MLS_10.to_bytes(2) + PUBLIC_MESSAGE.to_bytes(2)
        _check_label(signer.key, "FramedContentTBS", header + framed + self._context(), signature)
        for index in removed:
            del self.leaves[index]
        place = sender if sender is not None else next(i for i in range(len(self.leaves) + 1) if i not in self.leaves)
        self.leaves[place] = path
        for change in note["changes"]:
            self._change(b64decode(change), note["time"])
        self.confirmed = _sha256(self.interim + header[2:] + framed + _opaque(signature)).digest()
        self.interim = _sha256(self.confirmed + _opaque(tag)).digest()
        self.epoch, self.tree_hash = self.epoch + 1, tree_hash
        self.extensions = self.extensions if extensions is None else extensions

    def _context(self) -> bytes:
        head = MLS_10.to_bytes(2) + self.suite.to_bytes(2) + _opaque(self.group) + self.epoch.to_bytes(8)
        return head + b"".join(map(_opaque, (self.tree_hash, self.confirmed, self.extensions)))

    def seen(self, raw: bytes, fact: Object) -> Epoch:
        """This epoch, when the log's act says the same: place, commit, roster, policy. Raises Contradiction."""
        written: Object = {"circle": self.circle, "head": self.head, "suite": self.suite, "v": 1} | self.pinned
        written["persons"] = [self.persons[user] for user in sorted(self.persons)]
        policy = _canonical(written).encode()
        roster = b"".join(self.leaves[index].certificate for index in sorted(self.leaves))
        digests = {"sha": raw, "ros": roster, "pol": policy}
        expected = {key: _base64(_sha256(content).digest()) for key, content in digests.items()}
        plain: Object = {"act": "mls.commit", "epo": self.epoch, "cir": self.name, "out": 0}
        for key, value in (plain | expected).items():
            if fact.get(key) != value:
                raise Contradiction("logged", epoch=self.epoch, key=key, event=fact["id"])
        if policy != _extension(self.extensions, POLICY):
            raise Contradiction("policy", epoch=self.epoch)
        return Epoch(self.epoch, fact, dict(self.persons), dict(self._devices()))

    def _devices(self) -> Iterator[tuple[str, str]]:
        """Each leaf's device and person: certified under the identity that the policy has, not revoked."""
        for leaf in self.leaves.values():
            says = self.certificate(leaf.certificate)
            if b64decode(says["key"]) != leaf.key:
                raise Contradiction("epoch", epoch=self.epoch)
            yield says["device"], says["user"]

    def certificate(self, raw: bytes) -> Object:
        """A device's certificate, in good standing under the present policy. Raises Contradiction."""
        says = _statement(raw)
        person = self.persons.get(says["user"])
        if person is None or person["identity"] is None or says["device"] in person["revoked"]:
            raise Contradiction("policy", epoch=self.epoch)
        identity = b64decode(person["identity"])
        if (raw, identity) not in self._certified:
            _signed(raw, "CordeeDeviceCertificate", identity)
            self._certified.add((raw, identity))
        return says

    # --- the policy ---

    def _change(self, raw: bytes, time: str | None) -> None:
        """One change of the policy: linked to the head, signed by a device in good standing, allowed to its person."""
        says = _statement(raw)
        op, n = says["op"], says["n"]
        prev = b64encode(bytes(32)).decode() if time is None else self.head["hash"]
        linked = (
            says["circle"] == self.circle and says["prev"] == prev and n == (0 if time is None else self.head["n"] + 1)
        )
        if not linked or (op["type"] == "create") != (time is None) or (time or says["time"]) != says["time"]:
            raise Contradiction("policy", epoch=self.epoch)
        if time is None:
            self.pinned = {"settings": op["settings"], "steward": op["steward"]}
            self.persons[op["person"]["user"]] = op["person"] | {"revoked": [], "since": says["time"]}
        device = self.certificate(b64decode(says["cert"]))
        _signed(raw, "CordeePolicyChange", b64decode(device["key"]))
        signer = self.persons[device["user"]]
        standing = device["created"] <= says["time"] <= device["not_after"] and not _past(signer, says["time"])
        if not standing or not (
            (time is None and signer["role"] == COORDINATOR) or self._apply(op, signer, says["time"])
        ):
            raise Contradiction("policy", epoch=self.epoch)
        self.head = {"hash": _base64(_sha256(b"cordee policy change" + raw).digest()), "n": n}

    def _apply(self, op: Object, signer: Object, time: str) -> bool:
        """What the operation does to the persons; whether its signer may do it."""
        leads, persons = bool(signer["role"] == COORDINATOR), self.persons
        keys = {name: op[name] for name in ("history", "history_sig", "identity") if name in op}
        match op["type"]:
            case "invite":
                person = op["person"]
                allowed = leads and person["user"] not in persons and not _past(person, time)
                persons[person["user"]] = person | {"revoked": [], "since": time}
                return allowed and (person["ground"] == "no_patient") == (signer["ground"] == "no_patient")
            case "admit":
                pending = persons[op["user"]]["pending"] is not None
                persons[op["user"]] = persons[op["user"]] | keys | {"pending": None}
                return leads and pending
            case "role":
                changed = {"role": op["role"], "not_after": op["not_after"], "since": time}
                persons[op["user"]] = persons[op["user"]] | changed
                return leads
            case "end":
                person = persons.pop(op["user"])
                due = op["code"] == "expired" and _past(person, time)
                return self._ordered(op, None, op["code"], person["since"]) if op["order"] else leads or due
            case "revoke":
                person = persons[op["user"]]
                persons[op["user"]] = person | {"revoked": sorted([*person["revoked"], op["device"]])}
                own = bool(op["user"] == signer["user"])
                return self._ordered(op, op["device"], "revoked", "") if op["order"] else leads or own
            case "rotate":
                says = _statement(b64decode(op["rotation"]))
                person = persons[says["user"]]
                both = (b64decode(says["new"]), b64decode(says["old"]))
                _signed(b64decode(op["rotation"]), "CordeeIdentityRotation", *both, signatures=("sig_new", "sig_old"))
                new = {"identity": says["new"], "history": says["history"], "history_sig": says["history_sig"]}
                persons[says["user"]] = person | new | {"revoked": []}
                return bool(person["identity"] == says["old"])
            case "reset":
                persons[op["user"]] = persons[op["user"]] | keys | {"revoked": []}
                return leads and bool(op["user"] != signer["user"])
            case "restore":
                says = _signed(b64decode(op["order"]), "CordeeRestoreOrder", b64decode(self.pinned["steward"]))
                person = persons[says["user"]]
                persons[says["user"]] = person | {"role": COORDINATOR, "not_after": None, "since": time}
                return bool(says["circle"] == self.circle and says["time"] >= person["since"])
        return False

    def _ordered(self, op: Object, device: str | None, code: str, since: str) -> bool:
        """Whether the server's key, which change 0 pins, ordered exactly this."""
        says = _signed(b64decode(op["order"]), "CordeeEndOrder", b64decode(self.pinned["settings"]["orders"]))
        said = (says["circle"], says["user"], says["device"], says["code"])
        return said == (self.circle, op["user"], device, code) and bool(says["time"] >= since)


def _past(person: Object, time: str) -> bool:
    return person["not_after"] is not None and person["not_after"] <= time


def _proposals(reader: Tls) -> tuple[list[int], bytes | None, bool]:
    """Which leaves go, the group's new extensions, and whether the committer comes from outside."""
    removed: list[int] = []
    extensions, outside = None, False
    while reader.rest:
        inline, kind = reader.number(1), reader.number(2)
        if inline != 1 or kind not in (REMOVE, EXTERNAL_INIT, EXTENSIONS):
            raise Refused
        if kind == REMOVE:
            removed.append(reader.number(4))
        elif kind == EXTENSIONS:
            extensions = reader.opaque()
        else:
            outside = bool(reader.opaque())
    return removed, extensions, outside


def _leaf(reader: Tls) -> Leaf:
    """LeafNode of RFC 9420 §7.2 with a basic credential."""
    reader.opaque()
    key, basic, certificate = reader.opaque(), reader.number(2), reader.opaque()
    for _ in range(5):  # capabilities
        reader.opaque()
    source = reader.number(1)
    if source == 1:
        reader.take(16)
    elif source == 3:
        reader.opaque()
    reader.opaque(), reader.opaque()
    if basic != 1:
        raise Refused
    return Leaf(certificate, key)


def _extension(extensions: bytes, wanted: int) -> bytes | None:
    reader = Tls(extensions)
    while reader.rest:
        kind, data = reader.number(2), reader.opaque()
        if kind == wanted:
            return data
    return None


@dataclass(slots=True)
class Vault:
    """From a binding or a reset to the next reset: the devices that open one vault. Device → (added, ended)."""

    begun: str
    ended: str = NEVER
    devices: dict[str, tuple[str, str | None]] = field(default_factory=dict)


def _vaults(user: str, chain: Sequence[str]) -> list[Vault]:
    """A person's key events, linked and signed. Raises Contradiction."""
    vaults: list[Vault] = []
    prev, identity = b64encode(bytes(32)).decode(), ""
    for seq, encoded in enumerate(chain, 1):
        raw = b64decode(encoded)
        says = _statement(raw)
        act, device, time = says["act"], says["device"], says["time"]
        if (says["user"], says["seq"], says["prev"]) != (user, seq, prev) or (act == "bind") != (seq == 1):
            raise Contradiction("keys", user=user)
        if act != "end":
            _signed(raw, "CordeeKeyEvent", b64decode(says["identity"]))
        prev = _base64(_sha256(b"cordee key event" + raw).digest())
        if act in ("bind", "reset"):
            for known, (added, ended) in vaults[-1].devices.items() if vaults else ():
                vaults[-1].devices[known] = (added, ended or time)
            if vaults:
                vaults[-1].ended = time
            vaults.append(Vault(time))
        elif act != "rotate" and says["identity"] != identity:
            raise Contradiction("keys", user=user)
        elif act == "add":
            vaults[-1].devices[device] = (time, None)
        elif act in ("revoke", "end"):
            vaults[-1].devices[device] = (vaults[-1].devices[device][0], time)
        identity = says["identity"]
    return vaults


class Certificate:
    """A certificate's claim and evidence, read; `check` computes the one from the other."""

    def __init__(self, document: Object, facts: Mapping[str, Object]) -> None:
        self.claim, self.evidence, self.facts = document["claim"], document["evidence"], facts
        self.names = {each["subject"]: each["pseudonym"] for each in self.evidence["bindings"]}
        self.epochs: list[Epoch] = []
        self.grants: list[tuple[Object, Object]] = []  # with their acts
        self.steward: str | None = None  # the key that change 0 pins

    def check(self, report: Report) -> None:
        """Raises Contradiction at the first thing that is not so."""
        self._bindings()
        self._replay()
        report.confirm("life", epochs=len(self.epochs), circle=self.claim["circle"])
        message = self._asked()
        computed = self._people(message)
        claimed = {person["user"]: person for person in self.claim["people"]}
        if len(claimed) != len(self.claim["people"]) or list(claimed) != sorted(claimed):
            raise Contradiction("claim", what="people")
        for user in sorted({*computed, *claimed}):
            if user not in claimed:
                raise Contradiction("person_missing", user=user)
            if user not in computed:
                raise Contradiction("person_added", user=user)
            shown = claimed[user] | {"devices": [_without_event(device) for device in claimed[user]["devices"]]}
            for key, value in computed[user].items():
                if shown[key] != value:
                    raise Contradiction("person_changed", user=user, key=key)
            self._testimony(claimed[user])
        first, last = self.claim["epochs"]
        report.confirm("entitled", people=len(claimed), first=first, last=last)

    def named(self, names: Sequence[Object], report: Report) -> None:
        """Names are not in the log. Where a registrar signed one with the key that the circle pins, that is checked."""
        identities = {person["user"]: person["identity"] for person in self.claim["people"]}
        attested = 0
        for each in names:
            if each["user"] not in identities:
                raise Contradiction("claim", what="names")
            if each["attestation"] is not None:
                steward = b64decode(self.steward or "")
                says = _signed(b64decode(each["attestation"]), "CordeeAttestation", steward)
                said = (says["user"], says["identity"], says["name"])
                if said != (each["user"], identities[each["user"]], each["name"]):
                    raise Contradiction("person_changed", user=each["user"], key="name")
                attested += 1
        report.confirm("named", count=len(names), attested=attested)

    def _fact(self, event: str | None, what: str) -> Object:
        if event is None or event not in self.facts:
            raise Contradiction("claim", what=what)
        return self.facts[event]

    def _bindings(self) -> None:
        """Each opaque id is the one that the log gave this pseudonym to."""
        bound = {fact["obj"]: fact["det"] for fact in self.facts.values() if fact["act"] == "subject.bind"}
        for each in self.evidence["bindings"]:
            said = f"{each['kind']}/{each['subject']}={each['pseudonym']}".encode()
            committed = _sha256(b"cordee audit pseudonym\0" + b64decode(each["salt"]) + said).digest()
            if bound.get(f"{each['kind']}/{each['pseudonym']}") != _base64(committed):
                raise Contradiction("binding", subject=each["subject"])

    def _replay(self) -> None:
        circle, evidence = self.claim["circle"], self.evidence
        if circle not in self.names:
            raise Contradiction("claim", what="circle")
        acts = [fact for fact in self.facts.values() if fact["act"] == "mls.commit"]
        by_epoch = {fact["epo"]: fact for fact in acts}
        epochs = [(b64decode(each["raw"]), b64decode(each["tree_hash"])) for each in evidence["epochs"]]
        if len(by_epoch) != len(acts) or sorted(by_epoch) != list(range(len(epochs))):
            raise Contradiction("claim", what="epochs")
        group = Circle(circle, self.names[circle])
        given = sorted((self._grant(b64decode(raw)) for raw in evidence["grants"]), key=lambda each: each[1]["seq"])
        for number, (raw, tree_hash) in enumerate(epochs):
            try:
                if number:
                    group.commit(raw, tree_hash)
                else:
                    group.open(raw, b64decode(evidence["tree"]), b64decode(evidence["change"]))
            except Contradiction:
                raise
            except (Refused, IndexError, KeyError, ValueError, TypeError, StopIteration):
                raise Contradiction("epoch", epoch=number) from None
            self.epochs.append(group.seen(raw, by_epoch[number]))
            until = by_epoch[number + 1]["seq"] if number + 1 in by_epoch else None
            while given and (until is None or given[0][1]["seq"] < until):
                self._given(given.pop(0), group)

        self.steward = group.pinned["steward"]

    def _grant(self, raw: bytes) -> tuple[Object, Object]:
        """What a history grant says, and its act."""
        says, digest = _statement(raw), _base64(_sha256(raw).digest())
        facts = [
            one for one in self.facts.values() if one["act"] == "history.grant" and one["obj"] == f"Grant/{says['id']}"
        ]
        if len(facts) != 1 or facts[0]["sha"] != digest or facts[0]["cir"] != self.names[self.claim["circle"]]:
            raise Contradiction("grant", grant=says["id"])
        _signed(raw, "CordeeHistoryGrant", b64decode(_statement(b64decode(says["cert"]))["key"]))
        return says, facts[0]

    def _given(self, grant: tuple[Object, Object], group: Circle) -> None:
        """By a coordinator of that moment, to somebody whom the policy had then."""
        says, _ = grant
        giver = group.certificate(b64decode(says["cert"]))["user"]
        if (
            group.persons[giver]["role"] != COORDINATOR
            or says["user"] not in group.persons
            or says["circle"] != group.circle
        ):
            raise Contradiction("grant", grant=says["id"])
        self.grants.append(grant)

    def _asked(self) -> Object | None:
        """The message's act; None for a period. The epochs claimed are those of what is asked."""
        about, epochs = self.claim["about"], self.claim["epochs"]
        begun = [epoch.fact["t"] for epoch in self.epochs]
        if self.claim["present"] != len(begun) - 1:
            raise Contradiction("claim", what="present")
        if "message" in about:
            named = f"Message/{about['message']}"
            acts = [one for one in self.facts.values() if one["act"] in WRITTEN and one["obj"] == named]
            if len(acts) != 1 or acts[0]["cir"] != self.names[self.claim["circle"]] or epochs != [acts[0]["epo"]] * 2:
                raise Contradiction("claim", what="message")
            if (about["sha"], about["t"]) != (acts[0]["sha"], acts[0]["t"]):
                raise Contradiction("claim", what="message")
            return acts[0]
        first = max(sum(t <= about["from"] for t in begun) - 1, 0)
        if epochs != [first, sum(t <= about["to"] for t in begun) - 1]:
            raise Contradiction("claim", what="period")
        return None

    def _people(self, message: Object | None) -> dict[str, Object]:
        """What the claim must say of each person, but for the acts that it names beside."""
        (first, last), people = self.claim["epochs"], {}
        asked = self.epochs[first : last + 1]
        given = [each for each in self.grants if each[0]["from"] <= last and each[0]["to"] >= first]
        start = message["t"] if message is not None else self.claim["about"]["from"]
        for user in {user for epoch in asked for user in epoch.people} | {says["user"] for says, _ in given}:
            own = [epoch for epoch in asked if user in epoch.people]
            grants = [each for each in given if each[0]["user"] == user]
            times = [fact["t"] for _, fact in grants] + ([(message or own[0].fact)["t"]] if own else [])
            last_seen = own[-1] if own else self._at(grants[-1][1]["seq"])
            place = last_seen.persons[user]
            people[user] = {
                "devices": self._devices(user, own, grants, max(min(times), start)),
                "epochs": _spans([epoch.number for epoch in own]),
                "grants": [[max(says["from"], first), min(says["to"], last), says["id"]] for says, _ in grants],
                "left": self._left(user, last_seen.number),
                "since": min(times),
                **{key: place[key] for key in ("ground", "identity", "not_after", "role")},
            }
        return people

    def _at(self, seq: int) -> Epoch:
        return [epoch for epoch in self.epochs if epoch.fact["seq"] < seq][-1]

    def _left(self, user: str, last: int) -> str | None:
        gone = None
        for epoch in self.epochs[last:]:
            gone = None if user in epoch.people else gone or epoch.fact["t"]
        return gone

    def _devices(
        self, user: str, own: Sequence[Epoch], grants: Sequence[tuple[Object, Object]], since: str
    ) -> list[Object]:
        inside = {device for epoch in own for device, whose in epoch.devices.items() if whose == user}
        vaults = _vaults(user, self.evidence["keys"][user])
        if inside - {device for vault in vaults for device in vault.devices}:
            raise Contradiction("keys", user=user)
        found = []
        for vault in vaults:
            granted = any(vault.begun <= says["time"] < vault.ended for says, _ in grants)
            for device, (added, ended) in vault.devices.items():
                if device in inside or ((granted or not inside.isdisjoint(vault.devices)) and _later(ended, since)):
                    found.append({"added": added, "ended": ended, "id": device, "in_roster": device in inside})
        return sorted(found, key=lambda each: (each["added"], each["id"]))

    def _testimony(self, person: Object) -> None:
        """The acts that the claim names beside: each is the log's, about this person."""
        who, circle = self.names[person["user"]], self.names[self.claim["circle"]]
        identity = _base64(_sha256(b64decode(person["identity"] or "")).digest())
        if (event := person["bound"]) is not None:
            fact = self._fact(event, "bound")
            if fact.get("who") != who or fact.get("sha") != identity or not fact["act"].startswith("identity."):
                raise Contradiction("person_changed", user=person["user"], key="bound")
        if (event := person["attested"]) is not None:
            fact = self._fact(event, "attested")
            if (fact["act"], fact.get("obj")) != ("identity.attest", f"Person/{who}"):
                raise Contradiction("person_changed", user=person["user"], key="attested")
        if (event := person["consent"]) is not None:
            fact = self._fact(event, "consent")
            if (fact["act"], fact.get("cir")) != ("consent.record", circle):
                raise Contradiction("person_changed", user=person["user"], key="consent")
        for device in person["devices"]:
            fact = self._fact(device["event"], "device")
            if (fact["act"], fact.get("who"), fact.get("obj")) != ("device.add", who, f"Device/{device['id']}"):
                raise Contradiction("person_changed", user=person["user"], key="devices")
        for handed in person["handed_over"]:
            fact = self._fact(handed["event"], "handed_over")
            if (fact.get("who"), fact.get("cir"), fact["act"], fact["t"]) != (who, circle, handed["act"], handed["t"]):
                raise Contradiction("person_changed", user=person["user"], key="handed_over")
            if handed["act"] not in HANDED_OVER or handed["t"] < person["since"]:
                raise Contradiction("person_changed", user=person["user"], key="handed_over")


def _without_event(device: Object) -> Object:
    return {key: value for key, value in device.items() if key != "event"}


def _later(one: str | None, other: str) -> bool:
    """Devices write milliseconds and the log microseconds: their texts do not sort together."""
    return one is None or datetime.fromisoformat(one) > datetime.fromisoformat(other)


def _spans(numbers: Sequence[int]) -> list[list[int]]:
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return spans


def verify_certificate(path: Path, trust: Trust, report: Report) -> None:
    """Everything that a certificate "who was entitled to read" claims. Raises Unreadable."""
    try:
        document = json.loads(_read(path, CERTIFICATE_LIMIT), object_pairs_hook=_once)
        if (document["format"], document["v"]) != ("cordee certificate", 1):
            raise Unreadable("certificate", file=path.name)
        facts = _logged(document["evidence"], trust, report)
        if report.refused:
            return
        certificate = Certificate(document, facts)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise Unreadable("certificate", file=path.name) from None
    try:
        certificate.check(report)
        certificate.named(document["names"], report)
        report.confirm("not_opened")
    except Contradiction as error:
        report.refuse(error.code, **error.facts)
    except (Refused, ValueError, KeyError, TypeError, IndexError, AttributeError):
        report.refuse("statement")  # it is well formed, and something that it rests on is not there or not so


def _logged(evidence: Object, trust: Trust, report: Report) -> dict[str, Object]:
    """The acts that the certificate names, by id, once each is shown to be in a log that was signed."""
    notes: dict[str, Checkpoint] = {}
    for origin, note in evidence["checkpoints"].items():
        try:
            notes[origin] = trust.open(note.encode(), origin)
        except Refused:
            report.refuse("unsigned", file=origin)
            return {}
        report.origins.add(origin)
        report.confirm("signature", origin=origin, size=notes[origin].size, root=_base64(notes[origin].root))
        _cosigned(notes[origin], trust, report)
    facts: dict[str, Object] = {}
    for each in evidence["facts"]:
        newest, leaf = notes[each["origin"]], each["leaf"].encode()
        path, event = _hashes(each["p"], "certificate"), _loads(each["leaf"])
        try:
            check_inclusion(leaf=leaf_hash(leaf), index=each["i"], size=newest.size, path=path, root=newest.root)
        except Refused:
            report.refuse("path", index=each["i"], event=event["id"])
            continue
        if newest.origin != each["origin"] or event["id"] in facts or _canonical(event) != each["leaf"]:
            report.refuse("not_canonical", index=each["i"])
        facts[event["id"]] = event
    report.confirm("facts", count=len(facts))
    return facts


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
    "pruned": (
        "{pruned} entrées sont élaguées ; ce journal contient les actes d’élagage de {pruning}. Ceux des autres sont"
        " à chercher dans les journaux suivants.",
        "{pruned} entries are pruned; this log holds the acts of pruning of {pruning}. Those of the others are to be"
        " looked for in the logs that follow."),
    "prefixes": (
        "{count} points de contrôle plus anciens sont bien des débuts de ce journal.",
        "{count} older checkpoints are beginnings of this log."),
    "anchor": (
        "Le point de contrôle conservé ailleurs ({anchor} entrées) est bien un début de ce journal.",
        "The checkpoint kept elsewhere ({anchor} entries) is a beginning of this log."),
    "proofs": ("{count} preuves jointes sont valides.", "{count} proofs that came with it are valid."),
    "files": ("{count} fichiers sont ceux que le manifeste nomme.", "{count} files are those the manifest names."),
    "for_people": (
        "Rien ne signe les fichiers faits pour être lus ({files}) : le manifeste montre un dégât, pas une"
        " falsification. Seul entries.ndjson est prouvé.",
        "Nothing signs the files that are made to be read ({files}): the manifest shows damage, not forgery. Only"
        " entries.ndjson is proved."),
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
    "histories": (
        "Les événements de clés de {people} personnes ont été relus : chacun est signé, aucune histoire n’a de trou.",
        "The key events of {people} people were read: each is signed, no history has a gap."),
    "key_event": (
        "Entrée {index} : ce n’est pas un événement de clés signé par l’identité qu’il nomme.",
        "Entry {index}: this is no key event signed by the identity that it names."),
    "key_history": (
        "Entrée {index} : l’événement {number} de la personne {person} ne suit pas le précédent. Une autre histoire de"
        " ses clés a été écrite, ou un événement manque.",
        "Entry {index}: event {number} of person {person} does not follow the one before. Another history of their keys"
        " was written, or an event is missing."),
    "key_identity": (
        "Entrée {index} : l’événement {number} de la personne {person} vient d’une identité qui n’est pas en vigueur.",
        "Entry {index}: event {number} of person {person} comes from an identity that is not in force."),
    "key_device": (
        "Entrée {index} : l’événement {number} de la personne {person} ajoute un appareil déjà connu, ou en retire un"
        " qui ne l’est pas.",
        "Entry {index}: event {number} of person {person} adds a device that is known, or takes one away that is not."),
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
    "missing": (
        "Entrée {index} : scellée, mais sa ligne avait disparu de la base au moment de l’export, sans élagage.",
        "Entry {index}: sealed, but its row was gone from the database when it was exported, and not by pruning."),
    "file_missing": (
        "{file} est dans le manifeste, pas dans le dossier.",
        "{file} is in the manifest, not in the folder."),
    "file_differs": (
        "{file} n’est pas le fichier que le manifeste nomme : il a été modifié après l’export.",
        "{file} is not the file that the manifest names: it was changed after the export."),
    # Of a certificate.
    "facts": (
        "{count} actes sont inscrits dans le journal signé, sous cette forme exacte.",
        "{count} acts are in the signed log, in this very form."),
    "life": (
        "Cercle {circle} : ses {epochs} époques ont été recalculées à partir de ce que les appareils ont signé ;"
        " membres et règles sont ceux que le journal a notés.",
        "Circle {circle}: its {epochs} epochs were computed again from what devices signed; members and policy are"
        " those that the log has noted."),
    "entitled": (
        "{people} personnes avaient le droit de lire (époques {first} à {last}) : la liste est celle que donnent les"
        " signatures, avec fondements, dates et appareils.",
        "{people} people were entitled to read (epochs {first} to {last}): the list is the one that the signatures"
        " give, with grounds, dates and devices."),
    "named": (
        "{count} noms sont joints ; {attested} sont attestés par une signature de la structure que le cercle épingle."
        " Les autres ne sont que la parole du serveur.",
        "{count} names come with it; {attested} are attested by a signature of the organisation that the circle pins."
        " The others are the server’s word alone."),
    "not_opened": (
        "Avoir le droit de lire n’est pas avoir lu. Qu’aucune transmission d’historique ni aucune époque après la"
        " dernière du certificat n’ait été omise, seul l’export complet du journal le montre.",
        "To be entitled is not to have read. That no history grant was left out, and no epoch after the certificate’s"
        " last one, only an export of the whole log shows."),
    "statement": (
        "Une déclaration sur laquelle le certificat repose manque, n’est pas signée par la clé annoncée, ou n’a pas son"
        " unique forme.",
        "A statement that the certificate rests on is missing, not signed by the key it names, or has not its one"
        " form."),
    "binding": (
        "Le pseudonyme de {subject} n’est pas celui que le journal a lié à cette personne ou à ce cercle.",
        "The pseudonym of {subject} is not the one that the log has bound to this person or circle."),
    "epoch": (
        "Époque {epoch} : ce changement du groupe n’est pas valide ; il n’a pas été signé par un membre, ou il a été"
        " modifié.",
        "Epoch {epoch}: this change of the group is not valid; no member has signed it, or it was changed."),
    "policy": (
        "Époque {epoch} : les règles du cercle ne découlent pas des changements signés par qui en avait le droit.",
        "Epoch {epoch}: the circle’s policy does not follow from changes signed by those who may."),
    "logged": (
        "Époque {epoch} : « {key} » n’est pas ce que l’acte {event} du journal a noté ce jour-là.",
        "Epoch {epoch}: “{key}” is not what act {event} of the log noted that day."),
    "grant": (
        "La transmission d’historique {grant} n’est pas celle du journal, ou n’a pas été signée par la coordination.",
        "History grant {grant} is not the log’s, or was not signed by a coordinator."),
    "keys": (
        "Les clés et appareils de {user} ne forment pas une chaîne signée sans lacune.",
        "The keys and devices of {user} are no signed chain without a gap."),
    "claim": (
        "« {what} » : ce que le certificat affirme n’est pas ce que le journal établit.",
        "“{what}”: what the certificate claims is not what the log establishes."),
    "person_added": (
        "{user} figure dans le certificat sans avoir eu le droit de lire.",
        "{user} is in the certificate and was not entitled to read."),
    "person_missing": (
        "{user} avait le droit de lire et ne figure pas dans le certificat.",
        "{user} was entitled to read and is not in the certificate."),
    "person_changed": (
        "{user} : « {key} » n’est pas ce que les signatures et le journal établissent.",
        "{user}: “{key}” is not what the signatures and the log establish."),
    "certificate": ("{file} n’est pas un certificat lisible.", "{file} is no readable certificate."),
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
    "unforeseen": (
        "Ce qui a été donné a une forme que ce programme ne sait pas lire ({error}).",
        "What was given has a form that this program cannot read ({error})."),
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
    """Thousands apart, as the language has it. Texts of what is verified could move a terminal's cursor."""
    if isinstance(value, str):
        return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in value[:LONGEST_SHOWN])
    if type(value) is not int or value < 10_000:
        return value
    return f"{value:,}".replace(",", "\u202f" if language == "fr" else ",")


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


# --- the command ------------------------------------------------------------------------------------------------------

KINDS: Final[dict[str, Callable[[Path, Trust, Report], None]]] = {
    "export": verify_export,
    "certificate": verify_certificate,
}


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
    except Exception as error:
        unreadable = Statement("unforeseen", False, {"error": type(error).__name__})
    verdict = "refused" if report.refused else "unreadable" if unreadable else "verified"
    statements = [*report.statements, *([unreadable] if unreadable else [])]
    if options.json:
        said = [{"code": one.code, "ok": one.ok, **one.facts, "text": one.text(options.language)} for one in statements]
        write(json.dumps({"verdict": verdict, "statements": said, "more": report.more}) + "\n")
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
            anchors.append(trust.open(_read(Path(name), NOTE_LIMIT, given=True), name))
        except Refused:
            raise Unreadable("anchor_unsigned", file=name) from None
    return Trust(trust.logs, witnesses, quorum, tuple(anchors))


if __name__ == "__main__":
    sys.exit(main())
