"""What the RFC leaves to the application (RFC 9420 §5.3.1, §12.2, RFC 9750): the caller's side of verifying.

`group.py` asks a `Rules` object at the marked places; the services of `chat` bring the circle's policy, the vectors
bring `UnsafePermissiveRules`. A rule refuses by raising an `MlsError`, best `RefusedByRules` with a code of its own.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from chat.mls.handshake import Proposal
from chat.mls.leaf import CREDENTIAL_BASIC, CREDENTIAL_X509, Extension, LeafNode
from chat.mls.messages import Sender


class Member(NamedTuple):
    """One line of a roster. Equal to the plain tuple (leaf index, credential identity, signature public key)."""

    leaf_index: int
    identity: bytes
    signature_key: bytes


def member_at(leaf_index: int, leaf: LeafNode) -> Member:
    return Member(leaf_index, leaf.identity, leaf.signature_key)


class Rules(Protocol):
    @property
    def credential_types(self) -> frozenset[int]:
        """The credential types that a leaf may use; basic is 1."""

    def check_proposal(self, proposal: Proposal, sender: Sender, *, by_reference: bool) -> None:
        """The allow-list. Asked for each proposal of a commit, before any is applied; `sender` is who proposed it."""

    def check_credential(self, identity: bytes, signature_key: bytes) -> None:
        """Asked for every leaf that enters: of a handed-over tree, added, updated, or on a commit's path."""

    def check_lifetime(self, not_before: int, not_after: int) -> None:
        """Asked for leaves that come from a key package when they enter: the creator's, and those added (§7.3)."""

    def check_succession(self, before: Member, after: Member) -> None:
        """A member replaces its own leaf, by a path or an Update: the same person, the same device?"""

    def check_resync(self, removed: Member, joiner: Member) -> None:
        """An external joiner removes an old leaf: of the same person? (§12.4.3.2)"""

    def check_extensions(self, before: tuple[Extension, ...], after: tuple[Extension, ...]) -> None:
        """A commit replaces the group context's extensions.

        Who may is for the caller, who has the commit afterwards.
        """


class UnsafePermissiveRules:
    """Refuses nothing beyond the RFC. For vectors and tests only."""

    credential_types = frozenset({CREDENTIAL_BASIC, CREDENTIAL_X509})

    def check_proposal(self, proposal: Proposal, sender: Sender, *, by_reference: bool) -> None:
        pass

    def check_credential(self, identity: bytes, signature_key: bytes) -> None:
        pass

    def check_lifetime(self, not_before: int, not_after: int) -> None:
        pass

    def check_succession(self, before: Member, after: Member) -> None:
        pass

    def check_resync(self, removed: Member, joiner: Member) -> None:
        pass

    def check_extensions(self, before: tuple[Extension, ...], after: tuple[Extension, ...]) -> None:
        pass
