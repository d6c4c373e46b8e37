"""Ratchet trees: tree-operations, tree-validation, and what treekem has for those who hold no secret."""

from __future__ import annotations

from collections.abc import Iterator

from chat.mls import proposals
from chat.mls.codec import decode
from chat.mls.handshake import read_proposal, read_update_path
from chat.mls.messages import Sender, SenderType
from chat.mls.path import apply_path
from chat.mls.tree import TreeDraft, check_tree, read_tree
from chat.mls.vectors.entries import Entry, unhex


def tree_operations(entry: Entry) -> Iterator[bool]:
    """A check is one proposal applied: tree hash before, tree and tree hash after, byte by byte."""
    before = read_tree(unhex(entry["tree_before"]))
    proposal = decode(unhex(entry["proposal"]), read_proposal)
    sender = Sender(SenderType.MEMBER, entry["proposal_sender"])
    sent = (proposals.Sent(proposal, sender, by_reference=True),)
    after = proposals.apply(sent, TreeDraft.of(before)).draft.freeze()
    yield (
        before.tree_hash == unhex(entry["tree_hash_before"])
        and before.encode() == unhex(entry["tree_before"])
        and after.encode() == unhex(entry["tree_after"])
        and after.tree_hash == unhex(entry["tree_hash_after"])
    )


def tree_validation(entry: Entry) -> Iterator[bool]:
    """A check is one tree: hash and resolution of every node, parent hashes, unmerged leaves, leaf signatures."""
    tree = read_tree(unhex(entry["tree"]))
    check_tree(tree)
    for index, leaf in tree.leaves():
        leaf.verify_signature(unhex(entry["group_id"]), index)
    yield (
        [tree.resolution(at) for at in range(len(tree.nodes))] == entry["resolutions"]
        and list(tree.hashes) == [unhex(value) for value in entry["tree_hashes"]]
        and tree.encode() == unhex(entry["tree"])
    )


def treekem(entry: Entry) -> Iterator[bool]:
    """A check is one UpdatePath put into the tree: counts, leaf signature, parent hashes, tree hash.

    No path secrets.
    """
    tree = read_tree(unhex(entry["ratchet_tree"]))
    for case in entry["update_paths"]:
        path, draft = decode(unhex(case["update_path"]), read_update_path), TreeDraft.of(tree)
        path.leaf.verify_signature(unhex(entry["group_id"]), case["sender"])
        apply_path(path, case["sender"], draft, newcomers=())
        after = draft.freeze()
        check_tree(after)
        yield after.tree_hash == unhex(case["tree_hash_after"])
