"""The official MLS vectors: ``python -m chat.mls.vectors DIR`` prints ``name: passed/total`` for each file.

For developers and for tests/vectors. Each runner yields one truth value per check and says in its docstring what a
check covers; an `MlsError` fails the check it interrupts and ends that entry. What needs a group's secrets (HPKE, AEAD,
key schedule, secret tree) is not the business of a server and is left out: psk_secret.json and secret-tree.json have no
public part. The form of the files: test-vectors.md of github.com/mlswg/mls-implementations.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from chat.mls import proposals, treemath
from chat.mls.codec import Reader, decode, opaque, u32
from chat.mls.errors import MlsError
from chat.mls.group import PublicGroup
from chat.mls.handshake import (
    Commit,
    KeyPackage,
    Proposal,
    read_commit,
    read_key_package,
    read_proposal,
    read_psk,
    read_reinit,
    read_update_path,
)
from chat.mls.keys import (
    SUITES,
    derive_secret,
    expand_with_label,
    mac,
    ref_hash,
    sign_with_label,
    verify_with_label,
)
from chat.mls.leaf import encode_extensions, read_extensions, read_leaf
from chat.mls.messages import (
    Framed,
    GroupContext,
    PrivateMessage,
    Sender,
    SenderType,
    UnverifiedGroupInfo,
    Welcome,
    decode_message,
    decode_public_message,
    read_authenticated_content,
)
from chat.mls.path import apply_path
from chat.mls.rules import UnsafePermissiveRules
from chat.mls.tree import TreeDraft, check_tree, read_tree

Entry = dict[str, Any]
Runner = Callable[[Entry, Path], Iterator[bool]]

RULES: Final = UnsafePermissiveRules()


def _hex(value: str) -> bytes:
    return bytes.fromhex(value)


def _refused(action: Callable[[], object]) -> bool:
    try:
        action()
    except MlsError:
        return True
    return False


def _tree_math(entry: Entry, _: Path) -> Iterator[bool]:
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


def _deserialization(entry: Entry, _: Path) -> Iterator[bool]:
    """A check is one length prefix, read and written."""
    header, length = _hex(entry["vlbytes_header"]), entry["length"]
    yield decode(header, Reader.length) == length and opaque(bytes(length)).startswith(header)


def _crypto_basics(entry: Entry, _: Path) -> Iterator[bool]:
    """A check is one primitive: RefHash, ExpandWithLabel, DeriveSecret, DeriveTreeSecret, SignWithLabel. No HPKE."""
    case = entry["ref_hash"]
    yield ref_hash(case["label"].encode(), _hex(case["value"])) == _hex(case["out"])
    case = entry["expand_with_label"]
    out = expand_with_label(_hex(case["secret"]), case["label"], _hex(case["context"]), case["length"])
    yield out == _hex(case["out"])
    case = entry["derive_secret"]
    yield derive_secret(_hex(case["secret"]), case["label"]) == _hex(case["out"])
    case = entry["derive_tree_secret"]
    out = expand_with_label(_hex(case["secret"]), case["label"], u32(case["generation"]), case["length"])
    yield out == _hex(case["out"])
    case = entry["sign_with_label"]
    key, content, signature = _hex(case["pub"]), _hex(case["content"]), _hex(case["signature"])
    verify_with_label(key, case["label"], content, signature)
    yield sign_with_label(_hex(case["priv"]), case["label"], content) == signature


def _tree_operations(entry: Entry, _: Path) -> Iterator[bool]:
    """A check is one proposal applied: tree hash before, tree and tree hash after, byte by byte."""
    before = read_tree(_hex(entry["tree_before"]))
    proposal = decode(_hex(entry["proposal"]), read_proposal)
    sender = Sender(SenderType.MEMBER, entry["proposal_sender"])
    sent = (proposals.Sent(proposal, sender, by_reference=True),)
    after = proposals.apply(sent, TreeDraft.of(before)).draft.freeze()
    yield (
        before.tree_hash == _hex(entry["tree_hash_before"])
        and before.encode() == _hex(entry["tree_before"])
        and after.encode() == _hex(entry["tree_after"])
        and after.tree_hash == _hex(entry["tree_hash_after"])
    )


def _tree_validation(entry: Entry, _: Path) -> Iterator[bool]:
    """A check is one tree: hash and resolution of every node, parent hashes, unmerged leaves, leaf signatures."""
    tree = read_tree(_hex(entry["tree"]))
    check_tree(tree)
    for index, leaf in tree.leaves():
        leaf.verify_signature(_hex(entry["group_id"]), index)
    yield (
        [tree.resolution(at) for at in range(len(tree.nodes))] == entry["resolutions"]
        and list(tree.hashes) == [_hex(value) for value in entry["tree_hashes"]]
        and tree.encode() == _hex(entry["tree"])
    )


def _treekem(entry: Entry, _: Path) -> Iterator[bool]:
    """A check is one UpdatePath put into the tree: counts, leaf signature, parent hashes, tree hash.

    No path secrets.
    """
    tree = read_tree(_hex(entry["ratchet_tree"]))
    for case in entry["update_paths"]:
        path, draft = decode(_hex(case["update_path"]), read_update_path), TreeDraft.of(tree)
        path.leaf.verify_signature(_hex(entry["group_id"]), case["sender"])
        apply_path(path, case["sender"], draft, newcomers=())
        after = draft.freeze()
        check_tree(after)
        yield after.tree_hash == _hex(case["tree_hash_after"])


def _transcript_hashes(entry: Entry, _: Path) -> Iterator[bool]:
    """A check is one commit: both transcript hashes, and the confirmation tag since its key is given."""
    framed = decode(_hex(entry["authenticated_content"]), read_authenticated_content)
    confirmed = framed.confirmed_transcript_hash(_hex(entry["interim_transcript_hash_before"]))
    tag = framed.confirmation_tag or b""
    interim = GroupContext(entry["cipher_suite"], b"", 0, b"", confirmed, ()).interim_transcript_hash(tag)
    yield (
        confirmed == _hex(entry["confirmed_transcript_hash_after"])
        and interim == _hex(entry["interim_transcript_hash_after"])
        and tag == mac(_hex(entry["confirmation_key"]), confirmed)
    )


def _context_of(entry: Entry, epoch: Entry, number: int) -> GroupContext:
    return GroupContext(
        entry["cipher_suite"],
        _hex(entry["group_id"]),
        number,
        _hex(epoch["tree_hash"]),
        _hex(epoch["confirmed_transcript_hash"]),
        (),
    )


def _key_schedule(entry: Entry, _: Path) -> Iterator[bool]:
    """A check is the serialised group context of one epoch. No secrets."""
    for number, epoch in enumerate(entry["epochs"]):
        yield _context_of(entry, epoch, number).encode() == _hex(epoch["group_context"])


def _message_protection(entry: Entry, _: Path) -> Iterator[bool]:
    """A check is one PublicMessage (proposal, commit): content, signature, membership tag.

    No PrivateMessage is opened.
    """
    context = _context_of(entry, entry, entry["epoch"]).encode()
    for kind in ("proposal", "commit"):
        framed = decode_public_message(_hex(entry[f"{kind}_pub"]))
        signed = framed.signed_content(context)
        verify_with_label(_hex(entry["signature_pub"]), "FramedContentTBS", signed, framed.signature)
        read: Callable[[Reader], Proposal | Commit] = read_proposal if kind == "proposal" else read_commit
        yield (
            framed.body == decode(_hex(entry[kind]), read)
            and framed.content.endswith(_hex(entry[kind]))
            and framed.membership_tag == mac(_hex(entry["membership_key"]), signed + framed.auth)
        )


def _welcome(entry: Entry, _: Path) -> Iterator[bool]:
    """A check is one Welcome: read, addressed to the key package, whose signatures verify. It is not opened."""
    package, welcome = decode_message(_hex(entry["key_package"])), decode_message(_hex(entry["welcome"]))
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


def _messages(entry: Entry, _: Path) -> Iterator[bool]:
    """A check is one structure, read to its last byte, and refused with a byte more or a byte less.

    Trees and extension lists, which this room also writes, come out again byte by byte; the rest is never written (with
    shortest lengths, strict flags and full consumption there is one encoding only). A third of the entries is of
    suite 2: there the seven structures that hold a leaf must be refused, since its keys are not of our suites' length.
    """
    info = decode_message(_hex(entry["mls_group_info"]))
    foreign = not isinstance(info, UnverifiedGroupInfo) or info.context.suite not in SUITES
    for name, value in entry.items():
        data = _hex(value)
        if foreign and name in _HOLDS_A_LEAF:
            yield _refused(partial(_read_exactly, name, data))
        else:
            altered = (data + b"\0", data[:-1])
            yield _read_exactly(name, data) and all(_refused(partial(_read_exactly, name, other)) for other in altered)


def _passive_client(entry: Entry, directory: Path) -> Iterator[bool]:
    """A check is the start of one group and then each epoch's commit: the group context, byte by byte.

    GroupInfo and expected contexts are those of derived-passive-public.json. No epoch authenticator: it is secret.
    """
    public = entry["public"]
    group = PublicGroup.from_group_info(
        _hex(public["group_info"]), ratchet_tree=_hex(public["ratchet_tree"]), rules=RULES
    )
    yield group.context.encode() == _hex(public["group_context"])
    for given, expected in zip(entry["epochs"], public["epochs"], strict=True):
        offered = [group.verify_proposal(_hex(proposal), rules=RULES) for proposal in given["proposals"]]
        group = group.apply(group.verify_commit(_hex(given["commit"]), rules=RULES, proposals=offered))
        yield group.context.encode() == _hex(expected["group_context"])


def _lives(entry: Entry, _: Path) -> Iterator[bool]:
    """A check is one commit taken (group context, roster, the state as stored and read back) or one message refused."""
    group = PublicGroup.from_group_info(
        _hex(entry["group_info"]), ratchet_tree=_hex(entry["ratchet_tree"]), rules=RULES
    )
    for step in entry["steps"]:
        offered = [group.verify_proposal(_hex(proposal), rules=RULES) for proposal in step.get("proposals", [])]
        for hostile in step.get("reject", []):
            message = _hex(hostile["message"])
            yield _refused(partial(group.verify_commit, message, rules=RULES, proposals=offered))
        group = group.apply(group.verify_commit(_hex(step["message"]), rules=RULES, proposals=offered))
        roster = [(index, _hex(identity), _hex(key)) for index, identity, key in step["roster"]]
        yield (
            group.context.encode() == _hex(step["group_context"])
            and group.roster() == roster
            and PublicGroup.from_bytes(group.to_bytes()) == group
        )


RUNNERS: Final[dict[str, Runner]] = {
    "tree-math": _tree_math,
    "deserialization": _deserialization,
    "crypto-basics": _crypto_basics,
    "key-schedule": _key_schedule,
    "transcript-hashes": _transcript_hashes,
    "message-protection": _message_protection,
    "messages": _messages,
    "tree-operations": _tree_operations,
    "tree-validation": _tree_validation,
    "treekem": _treekem,
    "welcome": _welcome,
    "passive-client-welcome": _passive_client,
    "passive-client-handling-commit": _passive_client,
    "passive-client-random": _passive_client,
    "derived-lives": _lives,
}


def _entries(name: str, directory: Path) -> list[Entry]:
    entries: list[Entry] = json.loads((directory / f"{name}.json").read_text())
    if name.startswith("passive-client"):
        shown = json.loads((directory / "derived-passive-public.json").read_text())
        known = {case["index"]: case for case in shown if case["file"] == f"{name}.json"}
        return [entry | {"public": known[index]} for index, entry in enumerate(entries)]
    return entries


def run(name: str, directory: Path) -> tuple[int, int]:
    """(passed, total) of one file's checks."""
    passed = total = 0
    for entry in _entries(name, directory):
        checks = RUNNERS[name](entry, directory)
        try:
            for good in checks:
                total += 1
                passed += good
        except MlsError:
            total += 1
    return passed, total


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m chat.mls.vectors DIR\n")
        return 2
    failed = False
    for name in RUNNERS:
        passed, total = run(name, Path(arguments[0]))
        failed |= passed != total or not total
        sys.stdout.write(f"{name}: {passed}/{total}\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
