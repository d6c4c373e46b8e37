"""Node arithmetic of the array-based tree: RFC 9420 appendix C.

For `tree.py` only. Leaf *i* is node 2i; a tree of n leaf slots (a power of two) has 2n - 1 nodes. A parent's level is
the number of trailing one bits of its index. Callers keep the indexes inside the tree; nothing here can fail on them.
"""

from __future__ import annotations


def level(node: int) -> int:
    return (~node & (node + 1)).bit_length() - 1


def root(leaf_slots: int) -> int:
    return leaf_slots - 1


def left(node: int) -> int:
    return node ^ (1 << (level(node) - 1))


def right(node: int) -> int:
    return node ^ (3 << (level(node) - 1))


def parent(node: int) -> int:
    height = level(node)
    return (node | 1 << height) & ~(1 << (height + 1))


def sibling(node: int) -> int:
    return node ^ (2 << level(node))


def direct_path(node: int, leaf_slots: int) -> list[int]:
    """The ancestors of `node`, from its parent to the root."""
    top, path = root(leaf_slots), []
    while node != top:
        node = parent(node)
        path.append(node)
    return path


def leaf_range(node: int) -> range:
    """The leaf indexes below `node`, itself included when it is a leaf."""
    half = (1 << level(node)) - 1
    return range((node - half) // 2, (node + half) // 2 + 1)
