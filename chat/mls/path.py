"""An UpdatePath against its tree: lengths, ciphertext counts, keys, parent hash (RFC 9420 §7.5, §7.6, §12.4.2).

Used by `group.py`. That the path secrets are what they should be is hidden from a server; members check it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chat.mls.errors import InvalidCommit
from chat.mls.handshake import UpdatePath
from chat.mls.keys import HASH_BYTES, PUBLIC_KEY_BYTES, check_encryption_key
from chat.mls.tree import TreeDraft

PATH_SECRET_CIPHERTEXT_BYTES: Final = HASH_BYTES + 16
"""A path secret and the tag of either suite's AEAD."""


def apply_path(path: UpdatePath, index: int, draft: TreeDraft, *, newcomers: Iterable[int]) -> None:
    """Put `path` of the leaf `index` into `draft`; `newcomers` are the leaves added by the same commit.

    They get their secrets by Welcome, so nothing is sealed for them. The leaf's own validity is not asked here.
    """
    filtered = draft.filtered_path(index)
    if len(path.nodes) != len(filtered):
        raise InvalidCommit(
            "bad_path", "not the length of the filtered path", nodes=len(path.nodes), expected=len(filtered)
        )
    added = {2 * leaf for leaf in newcomers}
    present = {node.encryption_key for node in draft.nodes if node is not None}
    for given, (at, beside) in zip(path.nodes, filtered, strict=True):
        check_encryption_key(given.encryption_key)
        if given.encryption_key in present:
            raise InvalidCommit("duplicate_key", "a key of the path is in the tree already", node=at)
        recipients = [node for node in beside if node not in added]
        if len(given.path_secrets) != len(recipients):
            raise InvalidCommit("bad_path", "not one path secret for each recipient", node=at)
        for sealed in given.path_secrets:
            if len(sealed.kem_output) != PUBLIC_KEY_BYTES or len(sealed.ciphertext) != PATH_SECRET_CIPHERTEXT_BYTES:
                raise InvalidCommit("bad_path", "a path secret is not sealed as the suite does it", node=at)
    keys = [(at, given.encryption_key) for given, (at, _) in zip(path.nodes, filtered, strict=True)]
    draft.merge_path(index, path.leaf, keys)
