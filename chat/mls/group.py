"""The public state of an MLS group and the one door through which it changes (RFC 9420 §7, §8, §11, §12).

Used by the delivery service of `chat`, which holds no secret: it can verify everything here and nothing that needs the
key schedule (confirmation and membership tags, path secrets, `external_pub`); members do that. `PublicGroup` is
immutable: a commit is verified against one state and carries the next, so nothing is half applied.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from chat.mls.admission import check_credential_types, check_entering, check_leaf
from chat.mls.codec import MAX_TREE_BYTES, decode, opaque
from chat.mls.errors import InvalidCommit, InvalidGroup, Malformed, StaleEpoch
from chat.mls.handshake import UpdatePath
from chat.mls.keys import HASH_BYTES, SUITES, check_encryption_key, hash_of, verify_with_label
from chat.mls.leaf import (
    EXTENSION_EXTERNAL_PUB,
    EXTENSION_RATCHET_TREE,
    Extension,
    LeafNode,
    find_extension,
)
from chat.mls.messages import (
    Framed,
    GroupContext,
    SenderType,
    decode_commit,
    decode_proposal,
    group_info_unsigned,
    read_group_info,
)
from chat.mls.path import apply_path
from chat.mls.proposals import (
    Sent,
    VerifiedProposal,
    apply,
    check_external_list,
    check_member_list,
    path_required,
    resolve,
)
from chat.mls.rules import Member, Rules, member_at
from chat.mls.stored import decode_state, encode_state
from chat.mls.tree import RatchetTree, TreeDraft, check_tree, read_tree

MAX_EPOCH: Final = 2**63 - 1
"""Epochs fit a signed 64-bit column; at a commit a second that is enough until the sun has gone."""


@dataclass(frozen=True)
class VerifiedCommit:
    """A commit that is valid in the state it was verified against, with everything a caller needs of it."""

    base: bytes
    """Interim transcript hash of the state before."""
    message_hash: bytes
    """SHA-256 of the MLSMessage as received."""
    epoch: int
    """The epoch that the commit ends; `group_after.epoch` is one more."""
    external: bool
    """True when the committer joined by this commit (sender new_member_commit)."""
    committer: Member
    """The committer as it stands in the group afterwards; for an external commit with its new leaf index."""
    committer_leaf: LeafNode
    removed: tuple[Member, ...]
    added: tuple[Member, ...]
    """By Add proposals; an external joiner is the `committer` and not listed here."""
    updated: tuple[Member, ...]
    """By Update proposals of others."""
    new_extensions: tuple[Extension, ...] | None
    """The group context's extensions from now on when the commit replaces them, else None."""
    proposals: tuple[Sent, ...]
    has_path: bool
    authenticated_data: bytes
    confirmation_tag: bytes
    group_after: PublicGroup

    @property
    def removed_leaves(self) -> tuple[int, ...]:
        return tuple(member.leaf_index for member in self.removed)


@dataclass(frozen=True)
class PublicGroup:
    """Group context, ratchet tree and confirmation tag of one epoch. Made by the class methods only, never directly."""

    context: GroupContext
    tree: RatchetTree
    confirmation_tag: bytes
    interim_transcript_hash: bytes = field(init=False)

    def __post_init__(self) -> None:
        interim = self.context.interim_transcript_hash(self.confirmation_tag)
        object.__setattr__(self, "interim_transcript_hash", interim)

    @property
    def group_id(self) -> bytes:
        return self.context.group_id

    @property
    def epoch(self) -> int:
        return self.context.epoch

    def extension(self, type_: int) -> bytes | None:
        """The data of a group-context extension, None when absent."""
        return find_extension(self.context.extensions, type_)

    def member(self, leaf_index: int) -> Member | None:
        leaf = self.tree.leaf(leaf_index)
        return None if leaf is None else member_at(leaf_index, leaf)

    def roster(self) -> list[Member]:
        """(leaf index, credential identity, signature public key) of every leaf, by index."""
        return [member_at(index, leaf) for index, leaf in self.tree.leaves()]

    # --- coming into being ---

    @classmethod
    def create(cls, group_info: bytes, *, rules: Rules, ratchet_tree: bytes | None = None) -> PublicGroup:
        """A new group as its creator shows it (§11): epoch 0, one leaf, nothing agreed before.

        `group_info` is a GroupInfo without the MLSMessage around it; the tree comes aside or as its extension.
        Raises `InvalidGroup` with code `not_a_new_group` when somebody passes off a later state as a beginning.
        """
        group = cls.from_group_info(group_info, rules=rules, ratchet_tree=ratchet_tree)
        leaf = group.tree.leaf(0)
        if group.epoch != 0 or len(group.tree.nodes) != 1 or leaf is None:
            raise InvalidGroup("not_a_new_group", "a group begins at epoch 0 with one leaf", epoch=group.epoch)
        if leaf.fields.lifetime is None:
            raise InvalidGroup("not_a_new_group", "the creator's leaf comes from a key package")
        rules.check_lifetime(*leaf.fields.lifetime)
        return group

    @classmethod
    def from_group_info(cls, group_info: bytes, *, rules: Rules, ratchet_tree: bytes | None = None) -> PublicGroup:
        """The state that a GroupInfo describes, validated as an outsider can (§12.4.3.1 without the tags).

        Checks every leaf and its signature, 0.2 ms a leaf. Whether the state is the group's true one it cannot tell.
        """
        info = decode(group_info, read_group_info, limit=MAX_TREE_BYTES)
        context = info.context
        if context.suite not in SUITES:
            raise Malformed("unsupported_suite", "neither suite 1 nor suite 3", suite=context.suite)
        if context.epoch > MAX_EPOCH:
            raise InvalidGroup("bad_epoch", "an epoch beyond the bound")
        if len(context.confirmed_transcript_hash) != (HASH_BYTES if context.epoch else 0):
            raise InvalidGroup("bad_length", "a confirmed transcript hash has 32 bytes, at epoch 0 none")
        if len(info.confirmation_tag) != HASH_BYTES:
            raise InvalidGroup("bad_length", "a confirmation tag has 32 bytes")
        in_extension = find_extension(info.extensions, EXTENSION_RATCHET_TREE)
        encoded_tree = in_extension if ratchet_tree is None else ratchet_tree
        if encoded_tree is None:
            raise InvalidGroup("no_tree", "no ratchet tree, neither aside nor as an extension")
        tree = read_tree(encoded_tree)
        if tree.tree_hash != context.tree_hash:
            raise InvalidGroup("bad_tree_hash", "the tree is not the one of the group context")
        signer = tree.leaf(info.signer)
        if signer is None:
            raise InvalidGroup("unknown_signer", "the GroupInfo's signer is no member", leaf=info.signer)
        verify_with_label(signer.signature_key, "GroupInfoTBS", info.unsigned, info.signature)
        check_tree(tree)
        for index, leaf in tree.leaves():
            check_leaf(leaf, index, context, rules)
        check_credential_types(tree.leaves(), {leaf.credential_type for _, leaf in tree.leaves()})
        return cls(context, tree, info.confirmation_tag)

    # --- changing ---

    def verify_proposal(self, message: bytes, *, rules: Rules) -> VerifiedProposal:
        """A proposal message by a member, for a later commit to refer to.

        Cordée's circles know inline proposals only.
        """
        unverified = decode_proposal(message)
        framed = unverified.framed
        if framed.sender.type is not SenderType.MEMBER:
            raise InvalidCommit("unsupported_sender", "only members propose", sender=int(framed.sender.type))
        self._verify_framing(framed, None)
        rules.check_proposal(unverified.proposal, framed.sender, by_reference=True)
        return VerifiedProposal(
            self.interim_transcript_hash, framed.proposal_reference(), framed.sender, unverified.proposal
        )

    def verify_commit(
        self, message: bytes, *, rules: Rules, proposals: Iterable[VerifiedProposal] = ()
    ) -> VerifiedCommit:
        """`message` (an MLSMessage) as a valid next commit; everything public of §12.4.2 and §12.4.3.2 is checked.

        Raises `StaleEpoch` for another epoch, `Malformed`, `BadSignature`, `InvalidCommit`, or what `rules` raise.
        `proposals` are those verified in this very state that the commit may refer to. About 1 ms with 100 leaves.
        """
        unverified = decode_commit(message)
        framed, path = unverified.framed, unverified.commit.path
        sender = framed.sender
        if sender.type not in (SenderType.MEMBER, SenderType.NEW_MEMBER_COMMIT):
            raise InvalidCommit("unsupported_sender", "neither a member nor a joiner", sender=int(sender.type))
        if len(unverified.confirmation_tag) != HASH_BYTES:
            raise Malformed("bad_length", "a confirmation tag has 32 bytes")
        self._verify_framing(framed, path)

        known = {
            proposal.reference: proposal for proposal in proposals if proposal.base == self.interim_transcript_hash
        }
        sent = resolve(unverified.commit, sender, known)
        if sender.index is None:
            check_external_list(sent)
        else:
            check_member_list(sent, sender.index)
        for entry in sent:
            rules.check_proposal(entry.proposal, entry.sender, by_reference=entry.by_reference)
        if path is None and path_required(sent):
            raise InvalidCommit("path_missing", "these proposals need an UpdatePath")

        changes = apply(sent, TreeDraft.of(self.tree))
        draft = changes.draft
        index = draft.leftmost_blank() if sender.index is None else sender.index
        if path is not None:
            apply_path(path, index, draft, newcomers=(at for at, _ in changes.added))
        draft.check_keys_are_unique()
        tree = draft.freeze()
        leaf = tree.leaf(index)
        if leaf is None:
            raise InvalidCommit("blank_leaf", "the committer has no leaf afterwards", leaf=index)
        context = GroupContext(
            suite=self.context.suite,
            group_id=self.group_id,
            epoch=self.epoch + 1,
            tree_hash=tree.tree_hash,
            confirmed_transcript_hash=framed.confirmed_transcript_hash(self.interim_transcript_hash),
            extensions=self.context.extensions if changes.extensions is None else changes.extensions,
        )
        check_entering(
            changes,
            (index, leaf) if path is not None else None,
            before=(self.context, self.tree),
            after=(context, tree),
            rules=rules,
        )
        committer = member_at(index, leaf)
        removed = tuple(member_at(*gone) for gone in changes.removed)
        if sender.index is None:
            for member in removed:
                rules.check_resync(member, committer)
        return VerifiedCommit(
            base=self.interim_transcript_hash,
            message_hash=hash_of(message),
            epoch=self.epoch,
            external=sender.index is None,
            committer=committer,
            committer_leaf=leaf,
            removed=removed,
            added=tuple(member_at(at, add.key_package.leaf) for at, add in changes.added),
            updated=tuple(member_at(at, after) for at, _, after in changes.updated),
            new_extensions=changes.extensions,
            proposals=sent,
            has_path=path is not None,
            authenticated_data=framed.authenticated_data,
            confirmation_tag=unverified.confirmation_tag,
            group_after=PublicGroup(context, tree, unverified.confirmation_tag),
        )

    def apply(self, commit: VerifiedCommit) -> PublicGroup:
        """`commit.group_after`, after making sure that the commit was verified against this state and no other."""
        if commit.base != self.interim_transcript_hash:
            raise StaleEpoch("stale_epoch", "verified against another state", epoch=commit.epoch, current=self.epoch)
        return commit.group_after

    def _verify_framing(self, framed: Framed, path: UpdatePath | None) -> None:
        """Group, epoch, sender and signature of a handshake (§6.1). The membership tag is for members to check."""
        if framed.group_id != self.group_id:
            raise InvalidCommit("wrong_group", "the message is for another group")
        if framed.epoch != self.epoch:
            raise StaleEpoch("stale_epoch", "the message is for another epoch", epoch=framed.epoch, current=self.epoch)
        if self.epoch == MAX_EPOCH:
            raise InvalidCommit("bad_epoch", "an epoch beyond the bound")
        if framed.membership_tag is not None and len(framed.membership_tag) != HASH_BYTES:
            raise Malformed("bad_length", "a membership tag has 32 bytes")
        if framed.sender.index is not None:
            signer = self.tree.leaf(framed.sender.index)
        elif path is None:
            raise InvalidCommit("path_missing", "a joiner commits with an UpdatePath")
        else:
            signer = path.leaf
        if signer is None:
            raise InvalidCommit("unknown_sender", "the sender is no member", leaf=framed.sender.index or 0)
        content = framed.signed_content(self.context.encode())
        verify_with_label(signer.signature_key, "FramedContentTBS", content, framed.signature)

    # --- GroupInfo for joiners ---

    def verify_group_info(self, external_pub: bytes, signature: bytes, signer_leaf: int) -> None:
        """Whether `signature`, by the leaf `signer_leaf`, is over our own GroupInfo of this state with `external_pub`.

        The GroupInfo has exactly one extension, external_pub; the tree is served aside. That the key belongs to the
        epoch's secrets no server can check.
        """
        signer = self.tree.leaf(signer_leaf)
        if signer is None:
            raise InvalidGroup("unknown_signer", "the GroupInfo's signer is no member", leaf=signer_leaf)
        check_encryption_key(external_pub)
        verify_with_label(
            signer.signature_key, "GroupInfoTBS", self._group_info_unsigned(external_pub, signer_leaf), signature
        )

    def group_info_bytes(self, external_pub: bytes, signature: bytes, signer_leaf: int) -> bytes:
        """The GroupInfo for joiners (not wrapped in an MLSMessage), from parts that `verify_group_info` accepted."""
        return self._group_info_unsigned(external_pub, signer_leaf) + opaque(signature)

    def _group_info_unsigned(self, external_pub: bytes, signer: int) -> bytes:
        extensions = (Extension(EXTENSION_EXTERNAL_PUB, opaque(external_pub)),)
        return group_info_unsigned(self.context, extensions, self.confirmation_tag, signer)

    def ratchet_tree_bytes(self) -> bytes:
        """The tree as the ratchet_tree extension carries it (§12.4.3.3)."""
        return self.tree.encode()

    # --- keeping ---

    def to_bytes(self) -> bytes:
        """This state for one database column; `from_bytes` reads it back."""
        return encode_state(self.context, self.confirmation_tag, self.tree)

    @classmethod
    def from_bytes(cls, state: bytes) -> PublicGroup:
        """A state that `to_bytes` wrote.

        The tree is held against the context's tree hash; signatures are not checked again.
        """
        context, confirmation_tag, tree = decode_state(state)
        return cls(context, tree, confirmation_tag)
