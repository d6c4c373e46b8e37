"""A log's tree as tiles of 256 hashes: where a hash lies, how a tree grows, under which path it is served. Pure.

Source: C2SP tlog-tiles. Level 0 holds leaf hashes; each hash of a level above is the root of a full tile below. A tile
that is not yet full is kept once and only grows: every width of it that was ever signed is a beginning of it. Used by
the sequencer, which grows, and by `audit.proofs` and `audit.api`, which read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from audit.merkle import HASH_SIZE, ReadHash, root, root_at

HEIGHT: Final = 8  # of a tile, in levels of the tree
WIDTH: Final = 1 << HEIGHT

ReadTile = Callable[[int, int], bytes]  # (level, number) → at least the hashes that the asked size requires

_PATH = re.compile(r"(0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


def width(level: int, number: int, size: int) -> int:
    """How many hashes tile `number` of `level` has in a tree of `size` leaves: 0 to 256."""
    return max(0, min(WIDTH, (size >> (HEIGHT * level)) - number * WIDTH))


def hashes(read: ReadTile) -> ReadHash:
    """Reads any complete subtree out of tiles; each tile is read once, and at most 255 hashes are computed a time.

    Raises IndexError beyond what the tiles hold.
    """
    seen: dict[tuple[int, int], bytes] = {}

    def read_hash(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, HEIGHT)
        number, offset = divmod(index << height, WIDTH)
        if (tile_level, number) not in seen:
            seen[tile_level, number] = read(tile_level, number)
        found = _cut(seen[tile_level, number])[offset : offset + (1 << height)]
        if len(found) < 1 << height:
            raise IndexError(f"tile {number} of level {tile_level} does not reach so far")
        return root(found)

    return read_hash


class Grown:
    """A tree of `size` leaves that grows by appending; `changed` are the tiles to be written.

    `read` gives the tiles at the right edge. One hash a leaf, and 255 a tile at each level for the root.
    """

    def __init__(self, size: int, read: ReadTile) -> None:
        self.size = size
        self.changed: dict[tuple[int, int], bytes] = {}
        self._read = read

    @property
    def root(self) -> bytes:
        return root_at(self.size, hashes(self.tile))

    def append(self, leaves: Iterable[bytes]) -> None:
        """Leaf hashes, in order."""
        for leaf in leaves:
            self._put(0, self.size, leaf)
            self.size += 1

    def _put(self, level: int, index: int, hashed: bytes) -> None:
        number, offset = divmod(index, WIDTH)
        before = self.tile(level, number) if offset else b""
        self.changed[level, number] = before[: offset * HASH_SIZE] + hashed
        if offset == WIDTH - 1:
            self._put(level + 1, number, root(_cut(self.changed[level, number])))

    def tile(self, level: int, number: int) -> bytes:
        return self.changed.get((level, number)) or self._read(level, number)


def path(level: int, number: int, wide: int) -> str:
    """`<L>/<N>[.p/<W>]`: number 1234067 is written x001/x234/067."""
    groups = []
    while True:
        number, last = divmod(number, 1000)
        groups.append(f"{last:03}")
        if not number:
            break
    written = "/".join([*(f"x{group}" for group in reversed(groups[1:])), groups[0]])
    return f"{level}/{written}" + (f".p/{wide}" if wide < WIDTH else "")


def read_path(text: str) -> tuple[int, int, int] | None:
    """`(level, number, width)`, or None for what is not the one path of a tile."""
    match = _PATH.fullmatch(text)
    if match is None:
        return None
    found = int(match[1]), int(match[2].replace("x", "").replace("/", "")), int(match[3] or WIDTH)
    return found if path(*found) == text else None


def _cut(tile: bytes) -> list[bytes]:
    return [tile[at : at + HASH_SIZE] for at in range(0, len(tile), HASH_SIZE)]
