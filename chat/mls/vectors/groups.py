"""Groups followed from public state alone: passive-client-*, *-lives, group-infos."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from chat.mls.group import PublicGroup
from chat.mls.vectors.entries import RULES, Entry, refused, unhex


def passive_client(entry: Entry) -> Iterator[bool]:
    """A check is the start of one group and then each epoch's commit: the group context, byte by byte.

    GroupInfo and expected contexts are those of derived-passive-public.json. No epoch authenticator: it is secret.
    """
    public = entry["public"]
    group = _started(public)
    yield group.context.encode() == unhex(public["group_context"])
    for given, expected in zip(entry["epochs"], public["epochs"], strict=True):
        offered = [group.verify_proposal(unhex(proposal), rules=RULES) for proposal in given["proposals"]]
        group = group.apply(group.verify_commit(unhex(given["commit"]), rules=RULES, proposals=offered))
        yield group.context.encode() == unhex(expected["group_context"])


def lives(entry: Entry) -> Iterator[bool]:
    """A check is one commit taken (group context, roster, the state as stored and read back) or one message refused.

    Our own lives also name the code of each refusal, so that none is refused for a wrong reason.
    """
    group = _started(entry)
    for step in entry["steps"]:
        offered = [group.verify_proposal(unhex(proposal), rules=RULES) for proposal in step.get("proposals", [])]
        for hostile in step.get("reject", []):
            message = unhex(hostile["message"])
            yield refused(partial(group.verify_commit, message, rules=RULES, proposals=offered), hostile.get("code"))
        group = group.apply(group.verify_commit(unhex(step["message"]), rules=RULES, proposals=offered))
        yield (
            group.context.encode() == unhex(step["group_context"])
            and group.roster() == _roster(step)
            and PublicGroup.from_bytes(group.to_bytes()) == group
        )


def group_infos(entry: Entry) -> Iterator[bool]:
    """A check is one GroupInfo with its tree: taken with this roster, or refused with this code."""
    if "code" in entry:
        yield refused(partial(_started, entry), entry["code"])
    else:
        group = _started(entry)
        yield group.roster() == _roster(entry) and group.ratchet_tree_bytes() == unhex(entry["ratchet_tree"])


def _started(entry: Entry) -> PublicGroup:
    return PublicGroup.from_group_info(
        unhex(entry["group_info"]), ratchet_tree=unhex(entry["ratchet_tree"]), rules=RULES
    )


def _roster(entry: Entry) -> list[tuple[int, bytes, bytes]]:
    return [(index, unhex(identity), unhex(key)) for index, identity, key in entry["roster"]]
