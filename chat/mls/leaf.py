"""A leaf: one device's keys, credential and capabilities, and what makes it valid by itself (RFC 9420 §7.2, §7.3).

Used by `tree.py`, which holds leaves, and by `group.py` and `proposals.py`, which admit them. A leaf keeps the bytes it
was received as: they are what is hashed, signed and stored. Both suites have keys of 32 bytes, so keys and credential
type sit at fixed offsets and are read without decoding the rest; that is what makes a stored tree of hundreds of leaves
cheap to open.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Final

from chat.mls.codec import Reader, decode, opaque, u16, u32
from chat.mls.errors import Malformed
from chat.mls.keys import PUBLIC_KEY_BYTES, SIGNATURE_BYTES, verify_with_label

CREDENTIAL_BASIC: Final = 0x0001
CREDENTIAL_X509: Final = 0x0002

EXTENSION_RATCHET_TREE: Final = 0x0002
EXTENSION_REQUIRED_CAPABILITIES: Final = 0x0003
EXTENSION_EXTERNAL_PUB: Final = 0x0004
DEFAULT_EXTENSIONS: Final = frozenset(range(0x0001, 0x0006))
"""Types that every implementation supports without listing them (§7.2)."""
DEFAULT_PROPOSALS: Final = frozenset(range(0x0001, 0x0008))

MAX_LEAF_BYTES: Final = 4096
"""One leaf; ours, with a device certificate, has about 600 bytes."""


class LeafSource(IntEnum):
    KEY_PACKAGE = 1
    UPDATE = 2
    COMMIT = 3


@dataclass(frozen=True)
class Extension:
    type: int
    data: bytes

    def encode(self) -> bytes:
        return u16(self.type) + opaque(self.data)


def _read_extension(reader: Reader) -> Extension:
    return Extension(reader.u16(), reader.opaque())


def read_extensions(reader: Reader) -> tuple[Extension, ...]:
    """A list of extensions; a type occurs once (§13.4)."""
    start = reader.position
    extensions = reader.vector(_read_extension)
    if len({extension.type for extension in extensions}) != len(extensions):
        raise Malformed("duplicate_extension", "an extension type occurs twice", position=start)
    return extensions


def encode_extensions(extensions: tuple[Extension, ...]) -> bytes:
    return opaque(b"".join(extension.encode() for extension in extensions))


def find_extension(extensions: tuple[Extension, ...], type_: int) -> bytes | None:
    return next((extension.data for extension in extensions if extension.type == type_), None)


def _read_types(reader: Reader) -> frozenset[int]:
    data = reader.opaque()
    if len(data) % 2 or len(data) > MAX_LEAF_BYTES:
        raise Malformed("bad_length", "a list of 16-bit values has an odd length or is too long", length=len(data))
    return frozenset(struct.unpack(f">{len(data) // 2}H", data))


@dataclass(frozen=True)
class RequiredCapabilities:
    """The extension of §11.1: what every member must list in its capabilities."""

    extensions: frozenset[int] = frozenset()
    proposals: frozenset[int] = frozenset()
    credentials: frozenset[int] = frozenset()


def _read_required(reader: Reader) -> RequiredCapabilities:
    return RequiredCapabilities(_read_types(reader), _read_types(reader), _read_types(reader))


def demands_of(extensions: tuple[Extension, ...]) -> RequiredCapabilities:
    """What a group context asks of every leaf: required_capabilities, its own extension types (§7.2, §11.1, §13.4)."""
    data = find_extension(extensions, EXTENSION_REQUIRED_CAPABILITIES)
    listed = RequiredCapabilities() if data is None else decode(data, _read_required)
    present = {extension.type for extension in extensions}
    return RequiredCapabilities(
        (listed.extensions | present) - DEFAULT_EXTENSIONS, listed.proposals - DEFAULT_PROPOSALS, listed.credentials
    )


@dataclass(frozen=True)
class LeafFields:
    """What stands in a leaf behind its two keys. Capability lists may hold values nobody knows (GREASE, §13.5)."""

    credential_type: int
    identity: bytes
    versions: frozenset[int]
    suites: frozenset[int]
    extension_types: frozenset[int]
    proposal_types: frozenset[int]
    credential_types: frozenset[int]
    source: LeafSource
    lifetime: tuple[int, int] | None
    """not_before and not_after in seconds since 1970; only with source KEY_PACKAGE."""
    parent_hash: bytes | None
    """Only with source COMMIT."""
    extensions: tuple[Extension, ...]
    signature: bytes


def _read_fields(reader: Reader) -> LeafFields:
    reader.opaque_of(PUBLIC_KEY_BYTES)
    reader.opaque_of(PUBLIC_KEY_BYTES)
    credential_type = reader.u16()
    if credential_type not in (CREDENTIAL_BASIC, CREDENTIAL_X509):
        raise Malformed("unsupported_credential", "no known credential type", type=credential_type)
    start = reader.position
    if credential_type == CREDENTIAL_X509:
        reader.vector(Reader.opaque)
    else:
        reader.opaque()
    identity = Reader(reader.since(start)).opaque()
    versions, suites, extension_types = _read_types(reader), _read_types(reader), _read_types(reader)
    proposal_types, credential_types = _read_types(reader), _read_types(reader)
    lifetime, parent_hash = None, None
    match reader.u8():
        case LeafSource.KEY_PACKAGE as source:
            lifetime = (reader.u64(), reader.u64())
        case LeafSource.UPDATE as source:
            pass
        case LeafSource.COMMIT as source:
            parent_hash = reader.opaque()
        case source:
            raise Malformed("bad_value", "no known leaf node source", value=source)
    return LeafFields(
        credential_type=credential_type,
        identity=identity,
        versions=versions,
        suites=suites,
        extension_types=extension_types,
        proposal_types=proposal_types,
        credential_types=credential_types,
        source=LeafSource(source),
        lifetime=lifetime,
        parent_hash=parent_hash,
        extensions=read_extensions(reader),
        signature=reader.opaque_of(SIGNATURE_BYTES),
    )


@dataclass(frozen=True)
class LeafNode:
    """`raw` is the leaf as received.

    Made by `read_leaf` from what others sent, or directly from bytes stored by ourselves.
    """

    raw: bytes

    @property
    def encryption_key(self) -> bytes:
        return self.raw[1:33]

    @property
    def signature_key(self) -> bytes:
        return self.raw[34:66]

    @property
    def credential_type(self) -> int:
        return int.from_bytes(self.raw[66:68])

    @property
    def identity(self) -> bytes:
        """The identity of a basic credential; of an X.509 one the concatenated chain."""
        return Reader(self.raw[68:]).opaque()

    @cached_property
    def fields(self) -> LeafFields:
        return decode(self.raw, _read_fields)

    def verify_signature(self, group_id: bytes, leaf_index: int) -> None:
        """LeafNodeTBS of §7.2; the place in the group is signed unless the leaf comes from a key package."""
        unsigned = self.raw[: -len(opaque(self.fields.signature))]
        if self.fields.source is not LeafSource.KEY_PACKAGE:
            unsigned += opaque(group_id) + u32(leaf_index)
        verify_with_label(self.signature_key, "LeafNodeTBS", unsigned, self.fields.signature)

    def supports(self, demands: RequiredCapabilities) -> bool:
        """Whether this leaf's capabilities cover what `demands_of` says of a group context."""
        fields = self.fields
        return (
            demands.extensions <= fields.extension_types
            and demands.proposals <= fields.proposal_types
            and demands.credentials <= fields.credential_types
        )


def read_leaf(reader: Reader) -> LeafNode:
    start = reader.position
    fields = _read_fields(reader)
    leaf = LeafNode(reader.since(start))
    if len(leaf.raw) > MAX_LEAF_BYTES:
        raise Malformed("too_long", "a leaf is longer than the bound", length=len(leaf.raw), limit=MAX_LEAF_BYTES)
    vars(leaf)["fields"] = fields  # just read: fills the cache of `LeafNode.fields`
    return leaf
