"""The proposals of a commit: found, allowed together (RFC 9420 §12.2), applied to a tree in the RFC's order (§12.3).

Used by `group.py` only, which has already verified the commit's signature.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chat.mls.errors import InvalidCommit
from chat.mls.handshake import (
    Add,
    Commit,
    ExternalInit,
    GroupContextExtensions,
    PreSharedKey,
    Proposal,
    ProposalRef,
    ReInit,
    Remove,
    Update,
)
from chat.mls.keys import HASH_BYTES, PUBLIC_KEY_BYTES
from chat.mls.leaf import Extension, LeafNode
from chat.mls.messages import Sender
from chat.mls.tree import TreeDraft


@dataclass(frozen=True)
class VerifiedProposal:
    """A proposal message, its sender and signature verified in the group state `base` (an interim transcript hash)."""

    base: bytes
    reference: bytes
    sender: Sender
    proposal: Proposal


@dataclass(frozen=True)
class Sent:
    """A proposal as a commit carries it, with who proposed it."""

    proposal: Proposal
    sender: Sender
    by_reference: bool


def resolve(commit: Commit, committer: Sender, known: Mapping[bytes, VerifiedProposal]) -> tuple[Sent, ...]:
    """Each entry of the list as a proposal; references must be among `known`, each at most once."""
    sent: list[Sent] = []
    taken: set[bytes] = set()
    for entry in commit.proposals:
        if not isinstance(entry, ProposalRef):
            sent.append(Sent(entry, committer, by_reference=False))
            continue
        found = known.get(entry.reference)
        if found is None or entry.reference in taken:
            raise InvalidCommit("unknown_proposal", "a reference to a proposal that is not there")
        taken.add(entry.reference)
        sent.append(Sent(found.proposal, found.sender, by_reference=True))
    return tuple(sent)


def path_required(sent: Iterable[Sent]) -> bool:
    """§12.4: always, but for a list that is not empty and holds nothing but Add, PreSharedKey and ReInit."""
    kinds = [type(entry.proposal) for entry in sent]
    return not kinds or any(kind not in (Add, PreSharedKey, ReInit) for kind in kinds)


def check_member_list(sent: tuple[Sent, ...], committer: int) -> None:
    """§12.2 for a commit by a member. What only shows in the resulting tree (double keys) is checked there."""
    changed: set[int] = set()
    psks: set[bytes] = set()
    extensions_seen = False
    for entry in sent:
        match entry.proposal:
            case ExternalInit():
                raise InvalidCommit("external_init_by_member", "only a joiner commits an ExternalInit")
            case ReInit() if len(sent) > 1:
                raise InvalidCommit("reinit_not_alone", "a ReInit stands alone")
            case GroupContextExtensions():
                if extensions_seen:
                    raise InvalidCommit("duplicate_proposal", "the extensions are replaced twice")
                extensions_seen = True
            case PreSharedKey() as psk:
                _check_psk(psk, psks)
            case Update() | Remove() as change:
                leaf = change.leaf_index if isinstance(change, Remove) else entry.sender.index
                if leaf is None or leaf == committer:
                    raise InvalidCommit(
                        "change_of_own_leaf", "a committer neither updates nor removes itself by proposal"
                    )
                if leaf in changed:
                    raise InvalidCommit("duplicate_proposal", "a leaf is changed twice", leaf=leaf)
                changed.add(leaf)


def check_external_list(sent: tuple[Sent, ...]) -> None:
    """§12.2 for an external commit: one ExternalInit, at most one Remove, PSKs; all by value."""
    psks: set[bytes] = set()
    inits = removes = 0
    for entry in sent:
        if entry.by_reference:
            raise InvalidCommit("reference_in_external_commit", "a joiner has no proposals to refer to")
        match entry.proposal:
            case ExternalInit(kem_output):
                inits += 1
                if len(kem_output) != PUBLIC_KEY_BYTES:
                    raise InvalidCommit("bad_length", "an encapsulated X25519 key has 32 bytes")
            case Remove():
                removes += 1
            case PreSharedKey() as psk:
                _check_psk(psk, psks)
            case other:
                raise InvalidCommit("not_in_external_commit", "a joiner proposes no such thing", type=int(other.type))
    if inits != 1 or removes > 1:
        raise InvalidCommit(
            "bad_external_commit", "one ExternalInit and at most one Remove", inits=inits, removes=removes
        )


def _check_psk(psk: PreSharedKey, seen: set[bytes]) -> None:
    if psk.raw in seen:
        raise InvalidCommit("duplicate_proposal", "the same PSK twice")
    seen.add(psk.raw)
    if psk.usage not in (None, 1):
        raise InvalidCommit("bad_psk", "a PSK kept for branching or re-initialising", usage=psk.usage)
    if len(psk.nonce) != HASH_BYTES:
        raise InvalidCommit("bad_length", "a PSK nonce has the length of a hash")


@dataclass
class Changes:
    """What the proposals did to `draft`: leaf indexes with the leaves before and after."""

    draft: TreeDraft
    extensions: tuple[Extension, ...] | None = None
    updated: list[tuple[int, LeafNode, LeafNode]] = field(default_factory=list)
    removed: list[tuple[int, LeafNode]] = field(default_factory=list)
    added: list[tuple[int, Add]] = field(default_factory=list)


def apply(sent: tuple[Sent, ...], draft: TreeDraft) -> Changes:
    """Updates, then removals, then additions (§12.3). The leaves that enter are for the caller to check."""
    changes = Changes(draft)
    for entry in sent:
        match entry.proposal:
            case GroupContextExtensions(extensions):
                changes.extensions = extensions
            case Update(leaf):
                index = entry.sender.index
                before = draft.leaf(index) if index is not None else None
                if index is None or before is None:
                    raise InvalidCommit("blank_leaf", "an update of a leaf that is not there")
                draft.update(index, leaf)
                changes.updated.append((index, before, leaf))
    for entry in sent:
        if isinstance(entry.proposal, Remove):
            index = entry.proposal.leaf_index
            before = draft.leaf(index)
            if before is None:
                raise InvalidCommit("blank_leaf", "a removal of a leaf that is not there", leaf=index)
            draft.remove(index)
            changes.removed.append((index, before))
    for entry in sent:
        if isinstance(entry.proposal, Add):
            changes.added.append((draft.add(entry.proposal.key_package.leaf), entry.proposal))
    return changes
