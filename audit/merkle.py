"""The Merkle tree of a log: hashes, proofs and their checks. Pure.

Source: RFC 9162 §2.1 (SHA-256; the same tree as RFC 6962). Used by the sequencer, by `audit.proofs` and by the witness;
`audit/verify.py` has an implementation of its own, so that one mistake cannot hide in both. A tree is read through
`ReadHash`: paths and roots cost a logarithm of its size, whoever keeps the hashes (`audit.tiles` for ours).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = hashlib.sha256().digest()

# Hash of the complete subtree over the leaves [index · 2^level, (index + 1) · 2^level).
ReadHash = Callable[[int, int], bytes]


class ProofRefused(Exception):
    """The proof does not show what it was given for; the sentence says which part does not fit."""


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Root of the tree over these leaf hashes, all in memory."""
    if not leaves:
        return EMPTY_ROOT
    level = list(leaves)
    while len(level) > 1:
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]  # the odd one out rises as it is
    return level[0]


# --- reading a tree ---------------------------------------------------------------------------------------------------


def root_at(size: int, read: ReadHash) -> bytes:
    """Root of the first `size` leaves."""
    return _subtree(0, size, read) if size else EMPTY_ROOT


def inclusion_path(index: int, size: int, read: ReadHash) -> list[bytes]:
    """From the leaf's sibling to the root's child (RFC 9162 §2.1.3.1). IndexError when the leaf is not in the tree."""
    if not 0 <= index < size:
        raise IndexError(f"no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_subtree(middle, end, read))
            end = middle
        else:
            path.append(_subtree(start, middle, read))
            start = middle
    return path[::-1]


def consistency_path(old: int, size: int, read: ReadHash) -> list[bytes]:
    """That the first `old` leaves are the same in the tree of `size` (RFC 9162 §2.1.4.1); empty when there is nothing
    to show. IndexError when the tree has not so many.
    """
    if not 0 <= old <= size:
        raise IndexError(f"no tree of {old} in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    # `known`: the subtree in hand is one that the holder of the old root has already.
    known = True
    while 0 < old - start < end - start:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_subtree(middle, end, read))
            end = middle
        else:
            path.append(_subtree(start, middle, read))
            start, known = middle, False
    if not known:
        path.append(_subtree(start, end, read))
    return path[::-1]


def _subtree(start: int, end: int, read: ReadHash) -> bytes:
    """Hash over [start, end), where `start` is where RFC 9162 would cut: a complete subtree is one read."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return read(level, start >> level)
    middle = start + _split(count)
    return node_hash(_subtree(start, middle, read), _subtree(middle, end, read))


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


# --- checking ---------------------------------------------------------------------------------------------------------


def verify_inclusion(*, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """That `leaf` (its hash) is number `index` of the tree (RFC 9162 §2.1.3.2). Raises ProofRefused."""
    if not 0 <= index < size:
        raise ProofRefused("the index is outside the tree")
    _check_hashes(leaf, root, *path)
    place, last, hashed = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise ProofRefused("the path is too long")
        if place & 1 or place == last:
            hashed = node_hash(sibling, hashed)
            while place & 1 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            hashed = node_hash(hashed, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise ProofRefused("the path is too short")
    if hashed != root:
        raise ProofRefused("the path leads to another root")


def verify_consistency(*, old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> None:
    """That the tree of `size` begins with the tree of `old_size` (RFC 9162 §2.1.4.2). Raises ProofRefused.

    Every tree begins with the empty one, so nothing is shown by that: it is refused.
    """
    if not 0 <= old_size <= size:
        raise ProofRefused("the older tree is larger")
    if old_size == size:
        if path:
            raise ProofRefused("there is nothing to show, so the path must be empty")
        if old_root != root or (size == 0 and root != EMPTY_ROOT):
            raise ProofRefused("trees of one size have two roots")
        return
    _check_hashes(old_root, root, *path)
    if old_size == 0:
        raise ProofRefused("an empty tree shows nothing")
    if not path:
        raise ProofRefused("the path is empty")
    hashes = list(path) if old_size & (old_size - 1) else [old_root, *path]
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old, new = hashes[0], hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise ProofRefused("the path is too long")
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while place & 1 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise ProofRefused("the path is too short")
    if old != old_root:
        raise ProofRefused("the path does not begin at the older root")
    if new != root:
        raise ProofRefused("the path leads to another root")


def _check_hashes(*hashes: bytes) -> None:
    if any(len(one) != HASH_SIZE for one in hashes):
        raise ProofRefused(f"a hash is not {HASH_SIZE} bytes")
