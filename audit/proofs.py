"""Proofs that an event has its place in a log, for whoever trusts neither us nor the database.

Used by the officer's desk, receipts, exports and the key log. What is given out here is public but for the leaf's own
text: disclosing that is the door's act. A proof costs six small queries; the newest checkpoint that satisfies the
witnesses' policy is preferred to a newer one that does not yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Final
from uuid import UUID

from django.conf import settings

from audit.merkle import HASH_SIZE, ReadHash, consistency_path, inclusion_path
from audit.models import Cosignature, Event, KeyLeaf, Leaf, Log, LogKey, SignedCheckpoint, Tile
from audit.note import VerifyingKey
from audit.proof_text import write_proof
from audit.tiles import hashes

LOOKED_BACK: Final = 64  # checkpoints: half a minute of a busy log, longer than a witness takes


@dataclass(frozen=True, slots=True)
class Proof:
    """Leaf `index` of the tree that `note` signs: `path` from its sibling to the root's child. `leaf` is the text."""

    origin: str
    index: int
    size: int
    leaf: str
    path: list[bytes]
    note: str

    @property
    def text(self) -> str:
        """As a `.tlog-proof` file, which carries the leaf too."""
        return write_proof(index=self.index, path=self.path, note=self.note, extra=self.leaf.encode())


@dataclass(frozen=True, slots=True)
class KeySpan:
    """A key of a log: it signs trees of `since` to `until` leaves. `note`: its predecessor's last word, naming it."""

    vkey: str
    since: int
    until: int | None
    note: str | None


class UnknownLog(LookupError):
    """No log of this origin, or it was never signed with this size."""


def proof_of_event(event_id: UUID, *, size: int | None = None) -> Proof | None:
    """None while the event waits for its place. `size`: of a checkpoint that was signed, the newest by default.

    Raises UnknownLog when nothing of that size was signed that holds the event.
    """
    leaf = Leaf.objects.filter(event=event_id).select_related("log").first()
    return None if leaf is None else _proof(leaf, Event.objects.get(id=event_id).leaf, size)


def proofs_of_events(event_ids: Iterable[UUID]) -> dict[UUID, Proof]:
    """Of those that have their place; all of one log under one checkpoint, which holds them all. Two queries, three for
    each log and one for each tile.

    Raises UnknownLog while no such checkpoint is signed.
    """
    wanted = list(event_ids)
    leaves = Leaf.objects.filter(event__in=wanted).select_related("log").order_by("log", "-i")
    texts = dict(Event.objects.filter(id__in=wanted).values_list("id", "leaf"))
    found: dict[UUID, Proof] = {}
    for log, of_log in groupby(leaves, key=lambda leaf: leaf.log):
        [last, *others] = of_log
        size, note = _newest(log, at_least=last.i + 1)
        read = _reader(log)
        for leaf in (last, *others):
            if leaf.event is not None:
                path = inclusion_path(leaf.i, size, read)
                found[leaf.event] = Proof(log.origin, leaf.i, size, texts[leaf.event], path, note)
    return found


def proof_of_key_leaf(identifier: UUID, *, size: int | None = None) -> Proof | None:
    """The same of an event of somebody's keys."""
    leaf = Leaf.objects.filter(key_leaf=identifier).select_related("log").first()
    return None if leaf is None else _proof(leaf, KeyLeaf.objects.get(id=identifier).leaf, size)


def latest(origin: str) -> str:
    """The newest checkpoint with its cosignatures. Raises UnknownLog."""
    return _newest(_log(origin), at_least=0)[1]


def consistency(origin: str, old: int, new: int) -> list[bytes]:
    """That the log with `old` leaves is the beginning of the one with `new`. Raises UnknownLog."""
    log = _log(origin)
    try:
        return consistency_path(old, new, _reader(log))
    except (IndexError, Tile.DoesNotExist):
        raise UnknownLog(origin) from None


def indices(event_ids: Iterable[UUID]) -> dict[UUID, tuple[str, int]]:
    """Origin and index of those that have their place."""
    found = Leaf.objects.filter(event__in=list(event_ids)).values_list("event", "log__origin", "i")
    return {event: (origin, index) for event, origin, index in found if event is not None}


def origin_at(path: str) -> str | None:
    """Origin of the log that is served under `audit/2026` or `keys`."""
    return Log.objects.filter(origin__endswith=f"/{path}").values_list("origin", flat=True).first()


def tile(origin: str, level: int, number: int, width: int) -> bytes | None:
    """A tile of this width; None unless a signed tree has it. Raises UnknownLog."""
    found = Tile.objects.filter(log=_log(origin), level=level, n=number).values_list("hashes", flat=True).first()
    wanted = width * HASH_SIZE
    return bytes(found)[:wanted] if found is not None and len(found) >= wanted else None


def open_origins() -> dict[str, str]:
    """The log of each kind (`acts`, `keys`) that grows now: `{kind: origin}`."""
    return dict(Log.objects.filter(closed=None).values_list("kind", "origin"))


def vkeys() -> dict[str, str]:
    """The key by which each log signs now: `{origin: vkey}`."""
    keys = LogKey.objects.order_by("since", "id").values_list("log__origin", "vkey")
    return dict(keys)


def keys_of(origin: str) -> list[KeySpan]:
    """All keys that have signed a log, the oldest first."""
    rows = list(_log(origin).keys.order_by("since", "id").values_list("vkey", "since", "note"))
    untils = [*(since for _, since, _ in rows[1:]), None]
    return [KeySpan(vkey, since, until, note) for (vkey, since, note), until in zip(rows, untils, strict=True)]


def witnesses() -> tuple[list[VerifyingKey], int]:
    """Who cosigns, and how many of them a checkpoint needs."""
    return [key for _, key in settings.WITNESSES], settings.WITNESS_QUORUM


def checkpoints(origin: str, *, since: int = 0) -> list[tuple[int, str]]:
    """`(size, note)` of what was signed from that size on, oldest first. Raises UnknownLog."""
    log = _log(origin)
    rows = SignedCheckpoint.objects.filter(log=log, size__gte=since).order_by("size").values_list("size", "note")
    lines = _cosignatures(log, [size for size, _ in rows])
    return [(size, note + "".join(lines.get(size, ()))) for size, note in rows]


def note(origin: str, size: int) -> str:
    """The checkpoint that was signed at this size, with its cosignatures. Raises UnknownLog."""
    return _note(_log(origin), size)


def tree(origin: str) -> ReadHash:
    """The log's tree, for many paths at once. Raises UnknownLog."""
    return _reader(_log(origin))


# --- reading ----------------------------------------------------------------------------------------------------------


def _proof(leaf: Leaf, text: str, size: int | None) -> Proof:
    if size is None:
        size, note = _newest(leaf.log, at_least=leaf.i + 1)
    elif size <= leaf.i:
        raise UnknownLog(leaf.log.origin)
    else:
        note = _note(leaf.log, size)
    return Proof(leaf.log.origin, leaf.i, size, text, inclusion_path(leaf.i, size, _reader(leaf.log)), note)


def _log(origin: str) -> Log:
    try:
        return Log.objects.get(origin=origin)
    except Log.DoesNotExist:
        raise UnknownLog(origin) from None


def _note(log: Log, size: int) -> str:
    note = SignedCheckpoint.objects.filter(log=log, size=size).values_list("note", flat=True).first()
    if note is None:
        raise UnknownLog(log.origin)
    return note + "".join(_cosignatures(log, [size]).get(size, ()))


def _newest(log: Log, *, at_least: int) -> tuple[int, str]:
    """The newest checkpoint that enough witnesses have signed; while there is none of `at_least`, the newest."""
    signed = SignedCheckpoint.objects.filter(log=log, size__gte=at_least).order_by("-size")
    rows = list(signed.values_list("size", "note")[:LOOKED_BACK])
    if not rows:
        raise UnknownLog(log.origin)
    lines = _cosignatures(log, [size for size, _ in rows])
    enough = (row for row in rows if len(lines.get(row[0], ())) >= settings.WITNESS_QUORUM)
    size, note = next(enough, rows[0])
    return size, note + "".join(lines.get(size, ()))


def _cosignatures(log: Log, sizes: list[int]) -> dict[int, list[str]]:
    lines: dict[int, list[str]] = {}
    for size, line in Cosignature.objects.filter(log=log, size__in=sizes).order_by("id").values_list("size", "line"):
        lines.setdefault(size, []).append(line)
    return lines


def _reader(log: Log) -> ReadHash:
    return hashes(lambda level, number: bytes(Tile.objects.get(log=log, level=level, n=number).hashes))
