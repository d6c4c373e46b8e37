"""Primitives and hashes: tree-math, deserialization, crypto-basics, transcript-hashes, key-schedule."""

from __future__ import annotations

from collections.abc import Iterator

from chat.mls import treemath
from chat.mls.codec import Reader, decode, length_prefix, u32
from chat.mls.keys import derive_secret, expand_with_label, mac, ref_hash, sign_with_label, verify_with_label
from chat.mls.messages import GroupContext, read_authenticated_content
from chat.mls.vectors.entries import Entry, unhex


def tree_math(entry: Entry) -> Iterator[bool]:
    """A check is one node with its children, parent and sibling; one more for the counts and the root."""
    slots, width = entry["n_leaves"], entry["n_nodes"]
    top = treemath.root(slots)
    yield width == 2 * slots - 1 and entry["root"] == top
    for at in range(width):
        inner, below = at % 2 == 1, at != top
        yield (
            entry["left"][at] == (treemath.left(at) if inner else None)
            and entry["right"][at] == (treemath.right(at) if inner else None)
            and entry["parent"][at] == (treemath.parent(at) if below else None)
            and entry["sibling"][at] == (treemath.sibling(at) if below else None)
        )


def deserialization(entry: Entry) -> Iterator[bool]:
    """A check is one length prefix, read and written."""
    header, length = unhex(entry["vlbytes_header"]), entry["length"]
    yield decode(header, Reader.length) == length and length_prefix(length) == header


def crypto_basics(entry: Entry) -> Iterator[bool]:
    """A check is one primitive: RefHash, ExpandWithLabel, DeriveSecret, DeriveTreeSecret, SignWithLabel. No HPKE."""
    case = entry["ref_hash"]
    yield ref_hash(case["label"].encode(), unhex(case["value"])) == unhex(case["out"])
    case = entry["expand_with_label"]
    out = expand_with_label(unhex(case["secret"]), case["label"], unhex(case["context"]), case["length"])
    yield out == unhex(case["out"])
    case = entry["derive_secret"]
    yield derive_secret(unhex(case["secret"]), case["label"]) == unhex(case["out"])
    case = entry["derive_tree_secret"]
    out = expand_with_label(unhex(case["secret"]), case["label"], u32(case["generation"]), case["length"])
    yield out == unhex(case["out"])
    case = entry["sign_with_label"]
    key, content, signature = unhex(case["pub"]), unhex(case["content"]), unhex(case["signature"])
    verify_with_label(key, case["label"], content, signature)
    yield sign_with_label(unhex(case["priv"]), case["label"], content) == signature


def transcript_hashes(entry: Entry) -> Iterator[bool]:
    """A check is one commit: both transcript hashes, and the confirmation tag since its key is given."""
    framed = decode(unhex(entry["authenticated_content"]), read_authenticated_content)
    confirmed = framed.confirmed_transcript_hash(unhex(entry["interim_transcript_hash_before"]))
    tag = framed.confirmation_tag or b""
    interim = GroupContext(entry["cipher_suite"], b"", 0, b"", confirmed, ()).interim_transcript_hash(tag)
    yield (
        confirmed == unhex(entry["confirmed_transcript_hash_after"])
        and interim == unhex(entry["interim_transcript_hash_after"])
        and tag == mac(unhex(entry["confirmation_key"]), confirmed)
    )


def context_of(entry: Entry, epoch: Entry, number: int) -> GroupContext:
    return GroupContext(
        entry["cipher_suite"],
        unhex(entry["group_id"]),
        number,
        unhex(epoch["tree_hash"]),
        unhex(epoch["confirmed_transcript_hash"]),
        (),
    )


def key_schedule(entry: Entry) -> Iterator[bool]:
    """A check is the serialised group context of one epoch. No secrets."""
    for number, epoch in enumerate(entry["epochs"]):
        yield context_of(entry, epoch, number).encode() == unhex(epoch["group_context"])
