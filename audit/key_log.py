"""The key log as clients ask for it: where everybody's key events stand in it, under its newest checkpoint.

Used by `chat.selectors`, which knows whose events may be shown. A client compares each answer with the one before, so
what is shown here only ever grows: always the newest checkpoint, whatever its witnesses have said by now.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from audit.merkle import consistency_path, inclusion_path
from audit.models import Cosignature, KeyLeaf, Leaf, Log, SignedCheckpoint, Tile
from audit.proofs import KeySpan, keys_of
from audit.tiles import hashes


@dataclass(frozen=True, slots=True)
class Place:
    """Index of a leaf, and its path to the root of the checkpoint."""

    index: int
    path: list[bytes]


@dataclass(frozen=True, slots=True)
class KeyLog:
    """`keys`: all that have signed the log, the oldest first. `extends`: by size, the path from it to the checkpoint;
    sizes beyond the checkpoint's are left out. `places`: by person and number of the event; what waits is left out.
    """

    keys: list[KeySpan] = field(default_factory=list)
    note: str | None = None
    extends: dict[int, list[bytes]] = field(default_factory=dict)
    places: dict[tuple[UUID, int], Place] = field(default_factory=dict)


def key_log(*, people: Collection[UUID], seen: Collection[int]) -> KeyLog:
    """The proofs of all events of these people, and that the log goes on from what was `seen` (sizes).

    Seven queries, and one for each tile of 256 leaves that a path passes. Empty while nothing was ever signed.
    """
    log = Log.objects.filter(kind="keys", closed=None).first()
    if log is None:
        return KeyLog()
    signed = SignedCheckpoint.objects.filter(log=log).order_by("-size")[:1].get()
    read = hashes(lambda level, number: bytes(Tile.objects.get(log=log, level=level, n=number).hashes))
    sources = {each.id: each for each in KeyLeaf.objects.filter(subject__in=people).defer("leaf", "mac")}
    leaves = Leaf.objects.filter(key_leaf__in=sources, log=log, i__lt=signed.size).values_list("key_leaf", "i")
    places = {
        (sources[source].subject, sources[source].seq): Place(index, inclusion_path(index, signed.size, read))
        for source, index in leaves
        if source is not None
    }
    extends = {size: consistency_path(size, signed.size, read) for size in seen if 0 <= size <= signed.size}
    lines = Cosignature.objects.filter(log=log, size=signed.size).order_by("id").values_list("line", flat=True)
    return KeyLog(keys_of(log.origin), signed.note + "".join(lines), extends, places)
