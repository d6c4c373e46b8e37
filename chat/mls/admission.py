"""Who may enter a group's tree: validity of leaves and key packages (RFC 9420 §7.3, §10.1).

Used by `group.py` for every leaf of a tree that is handed over and for every leaf that a commit brings. `LeafNode`
itself only knows whether it is well formed; here it is held against a group and the caller's `Rules`.
"""

from __future__ import annotations

from collections.abc import Iterable

from chat.mls.errors import InvalidCommit
from chat.mls.handshake import Add
from chat.mls.keys import MLS_VERSION, PUBLIC_KEY_BYTES, check_encryption_key
from chat.mls.leaf import DEFAULT_EXTENSIONS, LeafNode, LeafSource, demands_of
from chat.mls.messages import GroupContext
from chat.mls.proposals import Changes
from chat.mls.rules import Rules, member_at
from chat.mls.tree import RatchetTree


def check_entering(
    changes: Changes,
    committed: tuple[int, LeafNode] | None,
    *,
    before: tuple[GroupContext, RatchetTree],
    after: tuple[GroupContext, RatchetTree],
    rules: Rules,
) -> None:
    """Every leaf that a commit brings, in the group as it will be; and whether those who stay support what it demands.

    `committed` is the committer's leaf from its path, with its index.
    """
    (context_before, tree_before), (context, tree) = before, after
    entering: list[tuple[int, LeafNode]] = []
    successions = list(changes.updated)
    for index, add in changes.added:
        _check_key_package(add, context, rules)
        entering.append((index, add.key_package.leaf))
    for index, _, leaf in changes.updated:
        if leaf.fields.source is not LeafSource.UPDATE:
            raise InvalidCommit("bad_leaf_source", "an Update carries a leaf made for it", leaf=index)
        entering.append((index, leaf))
    if committed is not None:
        index, leaf = committed
        entering.append(committed)
        own = tree_before.leaf(index)
        if own is not None and index not in {gone for gone, _ in changes.removed}:
            successions.append((index, own, leaf))
    for index, leaf in entering:
        check_leaf(leaf, index, context, rules)
    for index, old, leaf in successions:
        if old.encryption_key == leaf.encryption_key:
            raise InvalidCommit("key_not_renewed", "a new leaf has a new encryption key", leaf=index)
        rules.check_succession(member_at(index, old), member_at(index, leaf))

    # Those who stay answered the old demands when they entered, and know the credential types that were in use.
    types_before = {leaf.credential_type for _, leaf in tree_before.leaves()}
    types = {leaf.credential_type for _, leaf in tree.leaves()}
    check_credential_types(tree.leaves() if types - types_before else entering, types)
    if changes.extensions is not None:
        rules.check_extensions(context_before.extensions, context.extensions)
    demands = demands_of(context.extensions)
    if demands != demands_of(context_before.extensions):
        for index, leaf in tree.leaves():
            if not leaf.supports(demands):
                raise InvalidCommit("unsupported_by_member", "a member does not support the extensions", leaf=index)


def check_leaf(leaf: LeafNode, index: int, context: GroupContext, rules: Rules) -> None:
    """§7.3, as far as one leaf goes, in a group with this context."""
    fields = leaf.fields
    leaf.verify_signature(context.group_id, index)
    check_encryption_key(leaf.encryption_key)
    if MLS_VERSION not in fields.versions or context.suite not in fields.suites:
        raise InvalidCommit("bad_capabilities", "a leaf does not list the group's version and suite", leaf=index)
    if fields.credential_type not in fields.credential_types:
        raise InvalidCommit("bad_capabilities", "a leaf does not list its own credential type", leaf=index)
    if not {extension.type for extension in fields.extensions} - DEFAULT_EXTENSIONS <= fields.extension_types:
        raise InvalidCommit("bad_capabilities", "a leaf does not list its own extensions", leaf=index)
    if not leaf.supports(demands_of(context.extensions)):
        raise InvalidCommit("unsupported_by_member", "a leaf does not support the group's extensions", leaf=index)
    if fields.lifetime is not None and fields.lifetime[0] >= fields.lifetime[1]:
        raise InvalidCommit("bad_lifetime", "a lifetime that ends before it begins", leaf=index)
    if fields.credential_type not in rules.credential_types:
        raise InvalidCommit("unsupported_credential", "a credential type that is not allowed", leaf=index)
    rules.check_credential(fields.identity, leaf.signature_key)


def _check_key_package(add: Add, context: GroupContext, rules: Rules) -> None:
    """§10.1."""
    package = add.key_package
    if package.suite != context.suite:
        raise InvalidCommit("unsupported_suite", "a key package for another suite", suite=package.suite)
    if len(package.init_key) != PUBLIC_KEY_BYTES or package.init_key == package.leaf.encryption_key:
        raise InvalidCommit("bad_key_package", "the init key is no key of its own")
    if package.leaf.fields.lifetime is None:
        raise InvalidCommit("bad_leaf_source", "an added leaf comes from a key package")
    package.verify_signature()
    rules.check_lifetime(*package.leaf.fields.lifetime)


def check_credential_types(leaves: Iterable[tuple[int, LeafNode]], types: set[int]) -> None:
    """Every one of `leaves` supports each credential type in use (§7.3)."""
    for _, leaf in leaves:
        if not types <= leaf.fields.credential_types:
            raise InvalidCommit("unsupported_credential", "a member does not support a credential type in use")
