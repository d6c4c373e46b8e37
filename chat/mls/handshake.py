"""What handshakes carry: key packages, proposals, update paths, commits (RFC 9420 §7.6, §10, §12.1, §12.4).

Used by `messages.py`, which frames them, and by those who judge them. Kinds that the RFC leaves to extensions are
refused, for nobody here could say what they do. Reading a thing says only that it is well formed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from chat.mls.codec import Reader
from chat.mls.errors import Malformed
from chat.mls.keys import MLS_VERSION, ref_hash, verify_with_label
from chat.mls.leaf import Extension, LeafNode, read_extensions, read_leaf


def read_version(reader: Reader) -> int:
    version = reader.u16()
    if version != MLS_VERSION:
        raise Malformed("unsupported_version", "not mls10", version=version)
    return version


class ProposalType(IntEnum):
    ADD = 1
    UPDATE = 2
    REMOVE = 3
    PSK = 4
    REINIT = 5
    EXTERNAL_INIT = 6
    GROUP_CONTEXT_EXTENSIONS = 7


@dataclass(frozen=True)
class KeyPackage:
    suite: int
    init_key: bytes
    leaf: LeafNode
    unsigned: bytes
    signature: bytes
    raw: bytes

    def verify_signature(self) -> None:
        verify_with_label(self.leaf.signature_key, "KeyPackageTBS", self.unsigned, self.signature)

    def reference(self) -> bytes:
        return ref_hash(b"MLS 1.0 KeyPackage Reference", self.raw)


def read_key_package(reader: Reader) -> KeyPackage:
    start = reader.position
    read_version(reader)
    suite, init_key, leaf = reader.u16(), reader.opaque(), read_leaf(reader)
    read_extensions(reader)
    unsigned = reader.since(start)
    signature = reader.opaque()
    return KeyPackage(suite, init_key, leaf, unsigned, signature, reader.since(start))


@dataclass(frozen=True)
class Add:
    type: ClassVar[ProposalType] = ProposalType.ADD
    key_package: KeyPackage


@dataclass(frozen=True)
class Update:
    type: ClassVar[ProposalType] = ProposalType.UPDATE
    leaf: LeafNode


@dataclass(frozen=True)
class Remove:
    type: ClassVar[ProposalType] = ProposalType.REMOVE
    leaf_index: int


@dataclass(frozen=True)
class PreSharedKey:
    type: ClassVar[ProposalType] = ProposalType.PSK
    usage: int | None
    """Of a resumption PSK: 1 application, 2 reinit, 3 branch. None for an external PSK."""
    nonce: bytes
    raw: bytes


@dataclass(frozen=True)
class ReInit:
    type: ClassVar[ProposalType] = ProposalType.REINIT
    group_id: bytes
    suite: int
    extensions: tuple[Extension, ...]


@dataclass(frozen=True)
class ExternalInit:
    type: ClassVar[ProposalType] = ProposalType.EXTERNAL_INIT
    kem_output: bytes


@dataclass(frozen=True)
class GroupContextExtensions:
    type: ClassVar[ProposalType] = ProposalType.GROUP_CONTEXT_EXTENSIONS
    extensions: tuple[Extension, ...]


Proposal = Add | Update | Remove | PreSharedKey | ReInit | ExternalInit | GroupContextExtensions


def read_psk(reader: Reader) -> PreSharedKey:
    start, usage = reader.position, None
    match reader.u8():
        case 1:
            reader.opaque()
        case 2:
            usage = reader.u8()
            reader.opaque()
            reader.u64()
        case kind:
            raise Malformed("bad_value", "no known kind of PSK", value=kind)
    nonce = reader.opaque()
    return PreSharedKey(usage, nonce, reader.since(start))


def read_reinit(reader: Reader) -> ReInit:
    group_id = reader.opaque()
    read_version(reader)
    return ReInit(group_id, reader.u16(), read_extensions(reader))


def read_proposal(reader: Reader) -> Proposal:
    match reader.u16():
        case ProposalType.ADD:
            return Add(read_key_package(reader))
        case ProposalType.UPDATE:
            return Update(read_leaf(reader))
        case ProposalType.REMOVE:
            return Remove(reader.u32())
        case ProposalType.PSK:
            return read_psk(reader)
        case ProposalType.REINIT:
            return read_reinit(reader)
        case ProposalType.EXTERNAL_INIT:
            return ExternalInit(reader.opaque())
        case ProposalType.GROUP_CONTEXT_EXTENSIONS:
            return GroupContextExtensions(read_extensions(reader))
        case kind:
            raise Malformed("unsupported_proposal", "no known proposal type", type=kind)


@dataclass(frozen=True)
class ProposalRef:
    reference: bytes


def _read_proposal_or_ref(reader: Reader) -> Proposal | ProposalRef:
    match reader.u8():
        case 1:
            return read_proposal(reader)
        case 2:
            return ProposalRef(reader.opaque())
        case kind:
            raise Malformed("bad_value", "neither a proposal nor a reference", value=kind)


@dataclass(frozen=True)
class HpkeCiphertext:
    kem_output: bytes
    ciphertext: bytes


def read_hpke_ciphertext(reader: Reader) -> HpkeCiphertext:
    return HpkeCiphertext(reader.opaque(), reader.opaque())


@dataclass(frozen=True)
class UpdatePathNode:
    encryption_key: bytes
    path_secrets: tuple[HpkeCiphertext, ...]


@dataclass(frozen=True)
class UpdatePath:
    leaf: LeafNode
    nodes: tuple[UpdatePathNode, ...]


def _read_path_node(reader: Reader) -> UpdatePathNode:
    return UpdatePathNode(reader.opaque(), reader.vector(read_hpke_ciphertext))


def read_update_path(reader: Reader) -> UpdatePath:
    return UpdatePath(read_leaf(reader), reader.vector(_read_path_node))


@dataclass(frozen=True)
class Commit:
    proposals: tuple[Proposal | ProposalRef, ...]
    path: UpdatePath | None


def read_commit(reader: Reader) -> Commit:
    return Commit(reader.vector(_read_proposal_or_ref), reader.optional(read_update_path))
