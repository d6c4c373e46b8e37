"""What travels: messages, welcome, and the PublicMessages of message-protection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from chat.mls.codec import Reader, decode
from chat.mls.handshake import (
    Commit,
    KeyPackage,
    Proposal,
    read_commit,
    read_key_package,
    read_proposal,
    read_psk,
    read_reinit,
)
from chat.mls.keys import SUITES, mac, verify_with_label
from chat.mls.leaf import encode_extensions, read_extensions, read_leaf
from chat.mls.messages import (
    Framed,
    PrivateMessage,
    UnverifiedGroupInfo,
    Welcome,
    decode_message,
    decode_public_message,
)
from chat.mls.tree import read_tree
from chat.mls.vectors.basics import context_of
from chat.mls.vectors.entries import Entry, refused, unhex


def message_protection(entry: Entry) -> Iterator[bool]:
    """A check is one PublicMessage (proposal, commit): content, signature, membership tag.

    No PrivateMessage is opened.
    """
    context = context_of(entry, entry, entry["epoch"]).encode()
    for kind in ("proposal", "commit"):
        framed = decode_public_message(unhex(entry[f"{kind}_pub"]))
        signed = framed.signed_content(context)
        verify_with_label(unhex(entry["signature_pub"]), "FramedContentTBS", signed, framed.signature)
        read: Callable[[Reader], Proposal | Commit] = read_proposal if kind == "proposal" else read_commit
        yield (
            framed.body == decode(unhex(entry[kind]), read)
            and framed.content.endswith(unhex(entry[kind]))
            and framed.membership_tag == mac(unhex(entry["membership_key"]), signed + framed.auth)
        )


def welcome(entry: Entry) -> Iterator[bool]:
    """A check is one Welcome: read, addressed to the key package, whose signatures verify. It is not opened."""
    package, welcome = decode_message(unhex(entry["key_package"])), decode_message(unhex(entry["welcome"]))
    if not isinstance(package, KeyPackage) or not isinstance(welcome, Welcome):
        yield False
        return
    package.verify_signature()
    package.leaf.verify_signature(b"", 0)
    yield package.reference() in welcome.newcomers


def _read_group_secrets(reader: Reader) -> object:
    return reader.opaque(), reader.optional(Reader.opaque), reader.vector(read_psk)


_BARE: Final[dict[str, Callable[[Reader], object]]] = {
    "group_secrets": _read_group_secrets,
    "add_proposal": read_key_package,
    "update_proposal": read_leaf,
    "remove_proposal": Reader.u32,
    "pre_shared_key_proposal": read_psk,
    "re_init_proposal": read_reinit,
    "external_init_proposal": Reader.opaque,
    "commit": read_commit,
}

_WRAPPED: Final[dict[str, type[object]]] = {
    "mls_welcome": Welcome,
    "mls_group_info": UnverifiedGroupInfo,
    "mls_key_package": KeyPackage,
    "public_message_application": Framed,
    "public_message_proposal": Framed,
    "public_message_commit": Framed,
    "private_message": PrivateMessage,
}


_HOLDS_A_LEAF: Final = frozenset(
    {
        "mls_key_package",
        "ratchet_tree",
        "add_proposal",
        "update_proposal",
        "commit",
        "public_message_proposal",
        "public_message_commit",
    }
)


def _read_exactly(name: str, data: bytes) -> bool:
    if name == "ratchet_tree":
        return read_tree(data).encode() == data
    if name == "group_context_extensions_proposal":
        return encode_extensions(decode(data, read_extensions)) == data
    if name in _WRAPPED:
        return isinstance(decode_message(data), _WRAPPED[name])
    decode(data, _BARE[name])
    return True


def messages(entry: Entry) -> Iterator[bool]:
    """A check is one structure, read to its last byte, and refused with a byte more or a byte less.

    Trees and extension lists, which this room also writes, come out again byte by byte; the rest is never written (with
    shortest lengths, strict flags and full consumption there is one encoding only). A third of the entries is of
    suite 2: there the seven structures that hold a leaf must be refused, since its keys are not of our suites' length.
    """
    info = decode_message(unhex(entry["mls_group_info"]))
    foreign = not isinstance(info, UnverifiedGroupInfo) or info.context.suite not in SUITES
    for name, value in entry.items():
        data = unhex(value)
        if foreign and name in _HOLDS_A_LEAF:
            yield refused(partial(_read_exactly, name, data))
        else:
            altered = (data + b"\0", data[:-1])
            yield _read_exactly(name, data) and all(refused(partial(_read_exactly, name, other)) for other in altered)
