"""What travels: MLSMessage, framing, GroupContext and GroupInfo (RFC 9420 §6, §8, §12.4.3).

`group.py` reads handshakes and GroupInfo with it, the vectors everything else. Reading a thing only says that it is
well formed; types named `Unverified…` have not been held against a group.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

from chat.mls.codec import Reader, decode, opaque, u16, u32, u64
from chat.mls.errors import Malformed
from chat.mls.handshake import (
    Commit,
    KeyPackage,
    Proposal,
    read_commit,
    read_hpke_ciphertext,
    read_key_package,
    read_proposal,
    read_version,
)
from chat.mls.keys import MLS_VERSION, hash_of, ref_hash
from chat.mls.leaf import Extension, encode_extensions, read_extensions


class WireFormat(IntEnum):
    PUBLIC_MESSAGE = 1
    PRIVATE_MESSAGE = 2
    WELCOME = 3
    GROUP_INFO = 4
    KEY_PACKAGE = 5


class SenderType(IntEnum):
    MEMBER = 1
    EXTERNAL = 2
    NEW_MEMBER_PROPOSAL = 3
    NEW_MEMBER_COMMIT = 4


class ContentType(IntEnum):
    APPLICATION = 1
    PROPOSAL = 2
    COMMIT = 3


# --- framing (§6) ---


@dataclass(frozen=True)
class Sender:
    type: SenderType
    index: int | None
    """The leaf of a member, the place among the external senders of an external one."""


def _read_sender(reader: Reader) -> Sender:
    kind = reader.u8()
    if kind not in tuple(SenderType):
        raise Malformed("bad_value", "no known sender type", value=kind)
    numbered = kind in (SenderType.MEMBER, SenderType.EXTERNAL)
    return Sender(SenderType(kind), reader.u32() if numbered else None)


@dataclass(frozen=True)
class Framed:
    """FramedContent with its authentication data, signature and tags unchecked."""

    wire_format: WireFormat
    content: bytes
    """FramedContent as received: what is signed and hashed."""
    group_id: bytes
    epoch: int
    sender: Sender
    authenticated_data: bytes
    body: bytes | Proposal | Commit
    signature: bytes
    confirmation_tag: bytes | None
    auth: bytes
    """FramedContentAuthData as received."""
    membership_tag: bytes | None = None

    def signed_content(self, group_context: bytes) -> bytes:
        """FramedContentTBS of §6.1."""
        context = group_context if self.sender.type in (SenderType.MEMBER, SenderType.NEW_MEMBER_COMMIT) else b""
        return u16(MLS_VERSION) + u16(self.wire_format) + self.content + context

    def confirmed_transcript_hash(self, interim_before: bytes) -> bytes:
        """§8.2, over the content and its signature but not the confirmation tag."""
        return hash_of(interim_before + u16(self.wire_format) + self.content + opaque(self.signature))

    def proposal_reference(self) -> bytes:
        """§5.2, over AuthenticatedContent."""
        return ref_hash(b"MLS 1.0 Proposal Reference", u16(self.wire_format) + self.content + self.auth)


def _read_framed(reader: Reader, wire_format: WireFormat) -> Framed:
    start = reader.position
    group_id, epoch, sender, authenticated_data = reader.opaque(), reader.u64(), _read_sender(reader), reader.opaque()
    body: bytes | Proposal | Commit
    match reader.u8():
        case ContentType.APPLICATION:
            body = reader.opaque()
        case ContentType.PROPOSAL:
            body = read_proposal(reader)
        case ContentType.COMMIT:
            body = read_commit(reader)
        case kind:
            raise Malformed("bad_value", "no known content type", value=kind)
    content, auth_start = reader.since(start), reader.position
    signature = reader.opaque()
    confirmation_tag = reader.opaque() if isinstance(body, Commit) else None
    auth = reader.since(auth_start)
    return Framed(
        wire_format, content, group_id, epoch, sender, authenticated_data, body, signature, confirmation_tag, auth
    )


def read_authenticated_content(reader: Reader) -> Framed:
    """AuthenticatedContent of §6: no membership tag. Only the vectors meet it by itself."""
    kind = reader.u16()
    if kind not in (WireFormat.PUBLIC_MESSAGE, WireFormat.PRIVATE_MESSAGE):
        raise Malformed("bad_value", "no wire format that frames content", value=kind)
    return _read_framed(reader, WireFormat(kind))


def _read_public_message(reader: Reader) -> Framed:
    framed = _read_framed(reader, WireFormat.PUBLIC_MESSAGE)
    if framed.sender.type is not SenderType.MEMBER:
        return framed
    return replace(framed, membership_tag=reader.opaque())


@dataclass(frozen=True)
class UnverifiedCommit:
    """A PublicMessage that frames a commit; `message` is the MLSMessage as received."""

    message: bytes
    framed: Framed
    commit: Commit
    confirmation_tag: bytes


@dataclass(frozen=True)
class UnverifiedProposal:
    framed: Framed
    proposal: Proposal


def decode_public_message(message: bytes) -> Framed:
    found = decode_message(message)
    if not isinstance(found, Framed):
        raise Malformed("not_public_message", "a handshake has to be a PublicMessage")
    return found


def decode_commit(message: bytes) -> UnverifiedCommit:
    framed = decode_public_message(message)
    if not isinstance(framed.body, Commit) or framed.confirmation_tag is None:
        raise Malformed("not_a_commit", "the message frames no commit")
    return UnverifiedCommit(message, framed, framed.body, framed.confirmation_tag)


def decode_proposal(message: bytes) -> UnverifiedProposal:
    framed = decode_public_message(message)
    if isinstance(framed.body, bytes | Commit):
        raise Malformed("not_a_proposal", "the message frames no proposal")
    return UnverifiedProposal(framed, framed.body)


# --- group context and GroupInfo (§8.1, §12.4.3) ---


@dataclass(frozen=True)
class GroupContext:
    suite: int
    group_id: bytes
    epoch: int
    tree_hash: bytes
    confirmed_transcript_hash: bytes
    extensions: tuple[Extension, ...]

    def encode(self) -> bytes:
        return b"".join(
            (
                u16(MLS_VERSION),
                u16(self.suite),
                opaque(self.group_id),
                u64(self.epoch),
                opaque(self.tree_hash),
                opaque(self.confirmed_transcript_hash),
                encode_extensions(self.extensions),
            )
        )

    def interim_transcript_hash(self, confirmation_tag: bytes) -> bytes:
        """§8.2: what the next commit's confirmed hash starts from."""
        return hash_of(self.confirmed_transcript_hash + opaque(confirmation_tag))


def read_group_context(reader: Reader) -> GroupContext:
    read_version(reader)
    return GroupContext(
        reader.u16(), reader.opaque(), reader.u64(), reader.opaque(), reader.opaque(), read_extensions(reader)
    )


@dataclass(frozen=True)
class UnverifiedGroupInfo:
    context: GroupContext
    extensions: tuple[Extension, ...]
    confirmation_tag: bytes
    signer: int
    unsigned: bytes
    signature: bytes


def read_group_info(reader: Reader) -> UnverifiedGroupInfo:
    start = reader.position
    context, extensions = read_group_context(reader), read_extensions(reader)
    confirmation_tag, signer = reader.opaque(), reader.u32()
    return UnverifiedGroupInfo(context, extensions, confirmation_tag, signer, reader.since(start), reader.opaque())


def group_info_unsigned(
    context: GroupContext, extensions: tuple[Extension, ...], confirmation_tag: bytes, signer: int
) -> bytes:
    """GroupInfoTBS of §12.4.3."""
    return context.encode() + encode_extensions(extensions) + opaque(confirmation_tag) + u32(signer)


# --- what a server only passes on (§6.3, §12.4.3.1) ---


@dataclass(frozen=True)
class PrivateMessage:
    group_id: bytes
    epoch: int
    content_type: int
    authenticated_data: bytes


def _read_private_message(reader: Reader) -> PrivateMessage:
    message = PrivateMessage(reader.opaque(), reader.u64(), reader.u8(), reader.opaque())
    reader.opaque()  # encrypted sender data
    reader.opaque()  # ciphertext
    return message


@dataclass(frozen=True)
class Welcome:
    suite: int
    newcomers: tuple[bytes, ...]
    """KeyPackage references of those who can open it."""


def _read_welcome(reader: Reader) -> Welcome:
    def newcomer(inner: Reader) -> bytes:
        reference = inner.opaque()
        read_hpke_ciphertext(inner)
        return reference

    welcome = Welcome(reader.u16(), reader.vector(newcomer))
    reader.opaque()  # encrypted GroupInfo
    return welcome


Message = Framed | PrivateMessage | Welcome | UnverifiedGroupInfo | KeyPackage


def _read_message(reader: Reader) -> Message:
    read_version(reader)
    match reader.u16():
        case WireFormat.PUBLIC_MESSAGE:
            return _read_public_message(reader)
        case WireFormat.PRIVATE_MESSAGE:
            return _read_private_message(reader)
        case WireFormat.WELCOME:
            return _read_welcome(reader)
        case WireFormat.GROUP_INFO:
            return read_group_info(reader)
        case WireFormat.KEY_PACKAGE:
            return read_key_package(reader)
        case kind:
            raise Malformed("bad_value", "no known wire format", value=kind)


def decode_message(message: bytes) -> Message:
    """An MLSMessage of any kind; `PublicMessage` comes as `Framed`."""
    return decode(message, _read_message)
