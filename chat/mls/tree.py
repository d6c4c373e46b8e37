"""The ratchet tree: shape, hashes and parent hashes, and how proposals and paths change it (RFC 9420 §4, §7.4–§7.9).

Used by `group.py` and `proposals.py`. `RatchetTree` is immutable and carries the hash of every subtree, so that a
commit costs one path of hashes; `TreeDraft` is the workbench between two of them. `read_tree` checks the shape only;
`check_tree` is what an outsider can say of a tree that somebody hands over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from chat.mls import treemath
from chat.mls.codec import MAX_TREE_BYTES, MAX_TREE_VALUES, Reader, decode, opaque, u8, u32
from chat.mls.errors import InvalidCommit, InvalidGroup, Malformed
from chat.mls.keys import PUBLIC_KEY_BYTES, check_encryption_key, hash_of
from chat.mls.leaf import LeafNode, LeafSource, read_leaf

MAX_LEAF_SLOTS: Final = 1024
"""A circle holds at most 500 leaves, so 512 slots; one doubling more is allowed for."""


@dataclass(frozen=True)
class ParentNode:
    encryption_key: bytes
    parent_hash: bytes
    unmerged_leaves: tuple[int, ...]

    def encode(self) -> bytes:
        unmerged = b"".join(map(u32, self.unmerged_leaves))
        return opaque(self.encryption_key) + opaque(self.parent_hash) + opaque(unmerged)


Node = LeafNode | ParentNode | None
"""A node of the tree; None is blank. Even places hold leaves, odd ones parents."""


def read_parent(reader: Reader) -> ParentNode:
    return ParentNode(reader.opaque_of(PUBLIC_KEY_BYTES), reader.opaque(), reader.vector(Reader.u32))


def _read_node(reader: Reader) -> Node:
    match reader.u8():
        case 1:
            return read_leaf(reader)
        case 2:
            return read_parent(reader)
        case kind:
            raise Malformed("bad_value", "no known node type", value=kind)


def _leaf_hash(index: int, leaf: LeafNode | None) -> bytes:
    return hash_of(u8(1) + u32(index) + (u8(0) if leaf is None else u8(1) + leaf.raw))


def _parent_node_hash(node: ParentNode | None, left: bytes, right: bytes) -> bytes:
    return hash_of(u8(2) + (u8(0) if node is None else u8(1) + node.encode()) + opaque(left) + opaque(right))


def _parent_hash(node: ParentNode, original_sibling_hash: bytes) -> bytes:
    """ParentHashInput of §7.9."""
    return hash_of(opaque(node.encryption_key) + opaque(node.parent_hash) + opaque(original_sibling_hash))


def _resolution(nodes: Sequence[Node], at: int) -> list[int]:
    """§4.1.1: the node with its unmerged leaves; of a blank one, what its children resolve to."""
    node = nodes[at]
    if isinstance(node, ParentNode):
        return [at, *(2 * leaf for leaf in node.unmerged_leaves)]
    if node is not None:
        return [at]
    if at % 2 == 0:
        return []
    return _resolution(nodes, treemath.left(at)) + _resolution(nodes, treemath.right(at))


@dataclass(frozen=True)
class RatchetTree:
    """`nodes` and the tree hash of the subtree at each of them, 2n - 1 of both for n leaf slots."""

    nodes: tuple[Node, ...]
    hashes: tuple[bytes, ...]

    @property
    def leaf_slots(self) -> int:
        return (len(self.nodes) + 1) // 2

    @property
    def tree_hash(self) -> bytes:
        return self.hashes[treemath.root(self.leaf_slots)]

    def leaf(self, index: int) -> LeafNode | None:
        """The leaf with this index; None when it is blank or outside the tree."""
        node = self.nodes[2 * index] if 0 <= index < self.leaf_slots else None
        return node if isinstance(node, LeafNode) else None

    def leaves(self) -> Iterator[tuple[int, LeafNode]]:
        return ((at // 2, node) for at, node in enumerate(self.nodes) if isinstance(node, LeafNode))

    def resolution(self, at: int) -> list[int]:
        return _resolution(self.nodes, at)

    def encode(self) -> bytes:
        """`optional<Node> ratchet_tree<V>` of §12.4.3.3, without the blanks at the right end."""
        out: list[bytes] = []
        width = 0
        for node in self.nodes:
            match node:
                case None:
                    out.append(b"\x00")
                    continue
                case LeafNode():
                    out.append(b"\x01\x01" + node.raw)
                case ParentNode():
                    out.append(b"\x01\x02" + node.encode())
            width = len(out)
        return opaque(b"".join(out[:width]))


class TreeDraft:
    """A tree being changed. Hashes of touched nodes are forgotten and computed again when asked for."""

    def __init__(self, nodes: Sequence[Node], hashes: Sequence[bytes | None]) -> None:
        self.nodes = list(nodes)
        self._hashes = list(hashes)

    @classmethod
    def of(cls, tree: RatchetTree) -> TreeDraft:
        return cls(tree.nodes, tree.hashes)

    @property
    def leaf_slots(self) -> int:
        return (len(self.nodes) + 1) // 2

    def leaf(self, index: int) -> LeafNode | None:
        node = self.nodes[2 * index] if 0 <= index < self.leaf_slots else None
        return node if isinstance(node, LeafNode) else None

    def leaves(self) -> Iterator[tuple[int, LeafNode]]:
        return ((at // 2, node) for at, node in enumerate(self.nodes) if isinstance(node, LeafNode))

    def freeze(self) -> RatchetTree:
        self.hash_at(treemath.root(self.leaf_slots))  # leaves no hash below it unknown
        return RatchetTree(tuple(self.nodes), tuple(known for known in self._hashes if known is not None))

    def hash_at(self, at: int) -> bytes:
        """The tree hash of the subtree at `at` (§7.8)."""
        known = self._hashes[at]
        if known is not None:
            return known
        node = self.nodes[at]
        if at % 2 == 0:
            value = _leaf_hash(at // 2, node if isinstance(node, LeafNode) else None)
        else:
            own = node if isinstance(node, ParentNode) else None
            value = _parent_node_hash(own, self.hash_at(treemath.left(at)), self.hash_at(treemath.right(at)))
        self._hashes[at] = value
        return value

    def _set(self, at: int, node: Node) -> None:
        self.nodes[at] = node
        self._hashes[at] = None

    def _blank_path(self, index: int) -> None:
        for at in treemath.direct_path(2 * index, self.leaf_slots):
            self._set(at, None)

    def add(self, leaf: LeafNode) -> int:
        """Put `leaf` into the leftmost blank slot, unmerged at its ancestors (§7.7, §12.1.1); the index it got."""
        index = self.leftmost_blank()
        for at in treemath.direct_path(2 * index, self.leaf_slots):
            node = self.nodes[at]
            if isinstance(node, ParentNode):
                unmerged = tuple(sorted((*node.unmerged_leaves, index)))
                node = ParentNode(node.encryption_key, node.parent_hash, unmerged)
            self._set(at, node)
        self._set(2 * index, leaf)
        return index

    def leftmost_blank(self) -> int:
        """The slot that the next newcomer takes; the tree doubles when it is full."""
        for index in range(self.leaf_slots):
            if self.nodes[2 * index] is None:
                return index
        index = self.leaf_slots
        if index == MAX_LEAF_SLOTS:
            raise InvalidCommit("group_full", "the tree has no slot left", slots=index)
        self._hashes += [None] * (len(self.nodes) + 1)
        self.nodes += [None] * (len(self.nodes) + 1)
        return index

    def update(self, index: int, leaf: LeafNode) -> None:
        """§12.1.2."""
        self._blank_path(index)
        self._set(2 * index, leaf)

    def remove(self, index: int) -> None:
        """§12.1.3 and §7.7: blank the leaf and its ancestors, drop the right half while it is empty."""
        self._blank_path(index)
        self._set(2 * index, None)
        while len(self.nodes) > 1 and not any(self.nodes[len(self.nodes) // 2 + 1 :]):
            del self.nodes[len(self.nodes) // 2 :], self._hashes[len(self._hashes) // 2 :]

    def filtered_path(self, index: int) -> list[tuple[int, list[int]]]:
        """The filtered direct path of a leaf (§4.1.2): each node with the resolution of its child off the path."""
        path, below = [], 2 * index
        for at in treemath.direct_path(below, self.leaf_slots):
            beside = _resolution(self.nodes, treemath.sibling(below))
            if beside:
                path.append((at, beside))
            below = at
        return path

    def set_path(self, index: int, path: Sequence[tuple[int, bytes]]) -> bytes:
        """Set the keys of a leaf's filtered path (node, key), blank its other ancestors (§7.5).

        Returns the parent hash that the leaf must then carry (§7.9).
        """
        self._blank_path(index)
        due = b""
        for at, key in reversed(path):
            node = ParentNode(key, due, ())
            off_path = treemath.left(at) if 2 * index > at else treemath.right(at)
            due = _parent_hash(node, self.hash_at(off_path))
            self._set(at, node)
        return due

    def merge_path(self, index: int, leaf: LeafNode, path: Sequence[tuple[int, bytes]]) -> None:
        """`set_path`, then the leaf itself, which must carry the parent hash that is due."""
        due = self.set_path(index, path)
        if leaf.fields.source is not LeafSource.COMMIT or leaf.fields.parent_hash != due:
            raise InvalidCommit("bad_parent_hash", "the new leaf does not bind the path above it", leaf=index)
        self._set(2 * index, leaf)

    def check_keys_are_unique(self) -> None:
        """No encryption key twice among all nodes, no signature key twice among the leaves (§7.3, §12.4.3.1)."""
        used = [node.encryption_key for node in self.nodes if node is not None]
        signing = [leaf.signature_key for _, leaf in self.leaves()]
        if len(set(used)) != len(used) or len(set(signing)) != len(signing):
            raise InvalidCommit("duplicate_key", "two nodes have the same key")


def _read_nodes(reader: Reader) -> tuple[Node, ...]:
    return reader.vector(lambda inner: inner.optional(_read_node))


def read_tree(data: bytes) -> RatchetTree:
    """A serialised ratchet tree whose shape is right; nothing else is checked."""
    listed = decode(data, _read_nodes, limit=MAX_TREE_BYTES, values=MAX_TREE_VALUES)
    if not listed or listed[-1] is None:
        raise InvalidGroup("bad_tree", "a tree ends with a node that is not blank")
    if len(listed) >= 2 * MAX_LEAF_SLOTS:
        raise InvalidGroup("group_full", "more leaf slots than the bound", limit=MAX_LEAF_SLOTS)
    for at, node in enumerate(listed):
        if node is not None and isinstance(node, LeafNode) != (at % 2 == 0):
            raise InvalidGroup("bad_tree", "a node of the wrong kind", node=at)
    return tree_of(listed)


def tree_of(listed: Sequence[Node]) -> RatchetTree:
    """The tree of these nodes, filled up with blanks to a full one."""
    width = (1 << len(listed).bit_length()) - 1
    nodes = [*listed, *[None] * (width - len(listed))]
    return TreeDraft(nodes, [None] * width).freeze()


def check_tree(tree: RatchetTree) -> None:
    """What an outsider can hold against a tree apart from its leaves' own validity (§7.9.2, §12.4.3.1)."""
    used: set[bytes] = set()
    signing: set[bytes] = set()
    for at, node in enumerate(tree.nodes):
        if node is None:
            continue
        if node.encryption_key in used:
            raise InvalidGroup("duplicate_key", "two nodes have the same encryption key", node=at)
        used.add(node.encryption_key)
        check_encryption_key(node.encryption_key)
        if isinstance(node, ParentNode):
            _check_unmerged(tree, at, node)
            _check_parent_hash(tree, at, node)
        elif node.signature_key in signing:
            raise InvalidGroup("duplicate_key", "two leaves have the same signature key", leaf=at // 2)
        else:
            signing.add(node.signature_key)


def _check_unmerged(tree: RatchetTree, at: int, node: ParentNode) -> None:
    below = treemath.leaf_range(at)
    last = -1
    for index in node.unmerged_leaves:
        if index <= last or index not in below or tree.leaf(index) is None:
            raise InvalidGroup("bad_unmerged_leaves", "no ascending list of leaves below the node", node=at)
        last = index
        between = 2 * index
        while (between := treemath.parent(between)) != at:
            other = tree.nodes[between]
            if isinstance(other, ParentNode) and index not in other.unmerged_leaves:
                raise InvalidGroup("bad_unmerged_leaves", "a node in between has the leaf merged", node=between)


def _check_parent_hash(tree: RatchetTree, at: int, node: ParentNode) -> None:
    """One child's resolution holds exactly one node that is not unmerged here, and that one carries our parent hash."""
    unmerged = {2 * leaf for leaf in node.unmerged_leaves}
    children = (treemath.left(at), treemath.right(at))
    for child, beside in (children, children[::-1]):
        resolved = tree.resolution(child)
        heirs = [below for below in resolved if below not in unmerged]
        merged_elsewhere = any(
            2 * leaf not in resolved for leaf in node.unmerged_leaves if leaf in treemath.leaf_range(child)
        )
        if len(heirs) != 1 or merged_elsewhere:
            continue
        expected = _parent_hash(node, _original_hash(tree, beside, frozenset(node.unmerged_leaves)))
        match tree.nodes[heirs[0]]:
            case ParentNode(parent_hash=carried) if carried == expected:
                return
            case LeafNode(fields=fields) if fields.parent_hash == expected:
                return
    raise InvalidGroup("bad_parent_hash", "no node below was set together with this one", node=at)


def _original_hash(tree: RatchetTree, at: int, without: frozenset[int]) -> bytes:
    """The tree hash of a subtree as it was before the leaves `without` came (§7.9)."""
    if without.isdisjoint(treemath.leaf_range(at)):
        return tree.hashes[at]
    if at % 2 == 0:
        return _leaf_hash(at // 2, None)
    node = tree.nodes[at]
    if isinstance(node, ParentNode):
        kept = tuple(leaf for leaf in node.unmerged_leaves if leaf not in without)
        node = ParentNode(node.encryption_key, node.parent_hash, kept)
    else:
        node = None
    left, right = (_original_hash(tree, child, without) for child in (treemath.left(at), treemath.right(at)))
    return _parent_node_hash(node, left, right)
