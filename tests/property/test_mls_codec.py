"""Whatever bytes come, `chat.mls` answers with an `MlsError`; whatever life a group has, its state can be told again.

The groups are made by `FakeMember`s from a fixed seed; hypothesis chooses the bytes, the alterations and the lives.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.mls import Extension, MlsError, PublicGroup
from chat.mls.codec import Reader, decode, opaque, u8, u32
from chat.mls.handshake import read_commit, read_key_package, read_proposal, read_update_path
from chat.mls.messages import (
    decode_commit,
    decode_message,
    read_authenticated_content,
    read_group_context,
    read_group_info,
)
from chat.mls.tree import check_tree, read_tree
from tests.mls_members import POLICY, REQUIRED, RULES, FakeMember, circle, replace_extensions

GROUP, MEMBERS = circle(6, 7, REQUIRED, Extension(POLICY, b"state"))
STRANGER = FakeMember(b"stranger", Random(3))
TAGS = 2 * 33  # confirmation and membership tag: no server can check them, members do

COMMITS = {
    "update": MEMBERS[2].commit(GROUP, data=b"time"),
    "removal and policy": MEMBERS[0].commit(
        GROUP, replace_extensions(REQUIRED, Extension(POLICY, b"next")), removing=[3]
    ),
    "external join": STRANGER.join(GROUP),
    "resync": MEMBERS[4].join(GROUP, resync=4),
}
GROUP_INFO = MEMBERS[1].group_info(GROUP.context, 1)
TREE = GROUP.ratchet_tree_bytes()
STATE = GROUP.to_bytes()

READERS: list[Callable[[bytes], object]] = [
    decode_message,
    read_tree,
    PublicGroup.from_bytes,
    lambda data: PublicGroup.from_group_info(data, ratchet_tree=TREE, rules=RULES),
    lambda data: PublicGroup.from_group_info(GROUP_INFO, ratchet_tree=data, rules=RULES),
    lambda data: GROUP.verify_commit(data, rules=RULES),
    lambda data: GROUP.verify_proposal(data, rules=RULES),
    *(
        partial(decode, item=item)
        for item in (
            read_proposal,
            read_commit,
            read_update_path,
            read_key_package,
            read_group_context,
            read_group_info,
            read_authenticated_content,
        )
    ),
]


def alterations(data: bytes, last: int) -> st.SearchStrategy[bytes]:
    """`data` with bytes changed, taken out or put in, somewhere before `last`."""

    def altered(at: int, taken: int, put: bytes) -> bytes:
        return data[:at] + put + data[at + taken :]

    places = st.integers(0, last - 1)
    return st.builds(altered, places, st.integers(0, 4), st.binary(max_size=4)).filter(lambda other: other != data)


@given(st.binary(max_size=300))
def test_random_bytes_raise_nothing_but_our_error(data: bytes) -> None:
    for read in READERS:
        with suppress(MlsError):
            read(data)


@pytest.mark.parametrize("original", [GROUP_INFO, TREE, STATE, *COMMITS.values()])
@settings(max_examples=60)
@given(st.data())
def test_nearly_right_bytes_raise_nothing_but_our_error(original: bytes, data: st.DataObject) -> None:
    nearly = data.draw(alterations(original, len(original)))
    for read in READERS:
        with suppress(MlsError):
            read(nearly)


@pytest.mark.parametrize("kind", COMMITS)
@settings(max_examples=150)
@given(st.data())
def test_an_altered_commit_is_refused(kind: str, data: st.DataObject) -> None:
    original = COMMITS[kind]
    GROUP.verify_commit(original, rules=RULES)
    checked = len(original) - (TAGS if kind not in ("external join", "resync") else TAGS // 2)
    with pytest.raises(MlsError):
        GROUP.verify_commit(data.draw(alterations(original, checked - 4)), rules=RULES)


@pytest.mark.parametrize("kind", COMMITS)
@settings(max_examples=150)
@given(st.data())
def test_a_member_who_signs_nonsense_breaks_nothing(kind: str, data: st.DataObject) -> None:
    """The body of a commit is altered and signed again: it is refused, or it leaves a group that holds together."""
    framed = decode_commit(COMMITS[kind]).framed
    author = STRANGER if kind == "external join" else MEMBERS[framed.sender.index or 4]
    sender = u8(4) if framed.sender.index is None else u8(1) + u32(framed.sender.index)
    before_body = opaque(framed.authenticated_data) + u8(3)
    body = framed.content[framed.content.index(before_body) + len(before_body) :]
    message = author.frame(GROUP, sender, data.draw(alterations(body, len(body))))
    try:
        after = GROUP.verify_commit(message, rules=RULES).group_after
    except MlsError:
        return
    check_tree(after.tree)
    assert PublicGroup.from_bytes(after.to_bytes()).roster() == after.roster()


@settings(max_examples=60)
@given(alterations(GROUP_INFO, len(GROUP_INFO)), alterations(TREE, len(TREE)))
def test_an_altered_beginning_is_refused(group_info: bytes, tree: bytes) -> None:
    PublicGroup.from_group_info(GROUP_INFO, ratchet_tree=TREE, rules=RULES)
    for info, beside in ((group_info, TREE), (GROUP_INFO, tree)):
        with pytest.raises(MlsError):
            PublicGroup.from_group_info(info, ratchet_tree=beside, rules=RULES)


@given(st.integers(0, 70_000))
def test_a_length_reads_as_it_was_written(size: int) -> None:
    assert len(decode(opaque(bytes(size)), Reader.opaque)) == size


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sampled_from(["join", "add", "remove", "update", "resync", "policy"]), st.integers(0, 99)),
        max_size=20,
    )
)
def test_a_state_by_events_equals_the_state_by_group_info(life: list[tuple[str, int]]) -> None:
    group, members = circle(1, 11, REQUIRED)
    present = list(members)
    for number, (act, choice) in enumerate(life):
        actor = present[choice % len(present)]
        others = [member for member in present if member is not actor]
        newcomer = FakeMember(b"newcomer %d" % number, Random(1000 + number))
        match act:
            case "join":
                message = newcomer.join(group)
                present.append(newcomer)
            case "add":
                message = actor.commit(group, adding=[newcomer.key_package()], with_path=choice % 2 == 0)
                present.append(newcomer)
            case "remove" if others:
                gone = others[: 1 + choice % 3]
                message = actor.commit(group, removing=[member.index_in(group) for member in gone])
                present = [member for member in present if member not in gone]
            case "resync" if others:
                message = actor.join(group, resync=actor.index_in(group))
            case "policy":
                message = actor.commit(group, replace_extensions(REQUIRED, Extension(POLICY, b"%d" % number)))
            case _:
                message = actor.commit(group)
        group = PublicGroup.from_bytes(group.apply(group.verify_commit(message, rules=RULES)).to_bytes())
        assert {member.signature_key for member in group.roster()} == {member.signature_key for member in present}
        check_tree(group.tree)
    signer = present[0]
    shown = signer.group_info(group.context, signer.index_in(group), group.confirmation_tag)
    assert PublicGroup.from_group_info(shown, ratchet_tree=group.ratchet_tree_bytes(), rules=RULES) == group
