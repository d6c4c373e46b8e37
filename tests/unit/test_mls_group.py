"""The public group: which commits a server takes, and why it refuses the others. Members are `FakeMember`s."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from random import Random

import pytest

from chat.mls import (
    CREDENTIAL_BASIC,
    Add,
    Extension,
    Member,
    MlsError,
    Proposal,
    PublicGroup,
    RefusedByRules,
    Sender,
    UnsafePermissiveRules,
)
from chat.mls.codec import opaque, u8, u16, u32
from chat.mls.messages import decode_commit
from chat.mls.tree import ParentNode, check_tree, tree_of
from tests.mls_members import POLICY, REQUIRED, RULES, FakeMember, add, circle, remove, replace_extensions

SIZE = 5
POLICY_BEFORE, POLICY_AFTER = Extension(POLICY, b"before"), Extension(POLICY, b"after")


@pytest.fixture(scope="module")
def cast() -> tuple[PublicGroup, list[FakeMember]]:
    return circle(SIZE, 1, REQUIRED, POLICY_BEFORE)


@pytest.fixture
def group(cast: tuple[PublicGroup, list[FakeMember]]) -> PublicGroup:
    return cast[0]


@pytest.fixture
def members(cast: tuple[PublicGroup, list[FakeMember]]) -> list[FakeMember]:
    return cast[1]


@pytest.fixture
def stranger() -> FakeMember:
    return FakeMember(b"stranger", Random(99))


def refusal(action: Callable[[], object]) -> str:
    with pytest.raises(MlsError) as refused:
        action()
    return refused.value.code


# --- beginnings ---


def test_a_group_begins_at_epoch_0_with_its_creator(members: list[FakeMember]) -> None:
    group_info, tree = members[0].create(b"new", REQUIRED)
    group = PublicGroup.create(group_info, ratchet_tree=tree, rules=RULES)
    assert group.epoch == 0
    assert group.roster() == [(0, members[0].identity, members[0].signature_key)]
    assert refusal(lambda: PublicGroup.create(group_info, rules=RULES)) == "no_tree"
    assert (
        refusal(lambda: PublicGroup.create(group_info[:-1] + b"\0", ratchet_tree=tree, rules=RULES)) == "bad_signature"
    )


def test_a_later_state_is_no_beginning(group: PublicGroup, members: list[FakeMember]) -> None:
    later = members[2].group_info(group.context, 2)
    assert (
        refusal(lambda: PublicGroup.create(later, ratchet_tree=group.ratchet_tree_bytes(), rules=RULES))
        == "not_a_new_group"
    )
    alone, tree = members[0].create(b"new", epoch=4)
    assert refusal(lambda: PublicGroup.create(alone, ratchet_tree=tree, rules=RULES)) == "not_a_new_group"


def test_the_creators_lifetime_is_asked_for(members: list[FakeMember]) -> None:
    class Strict(UnsafePermissiveRules):
        def check_lifetime(self, not_before: int, not_after: int) -> None:
            raise RefusedByRules("expired")

    group_info, tree = members[0].create(b"new")
    assert refusal(lambda: PublicGroup.create(group_info, ratchet_tree=tree, rules=Strict())) == "expired"


def test_a_tree_that_does_not_hash_to_the_context_is_refused(group: PublicGroup, members: list[FakeMember]) -> None:
    other, _ = circle(SIZE, 2)
    group_info = members[0].group_info(group.context, 0)
    tree = other.ratchet_tree_bytes()
    assert refusal(lambda: PublicGroup.from_group_info(group_info, ratchet_tree=tree, rules=RULES)) == "bad_tree_hash"


# --- what is taken ---


def test_an_update_changes_the_keys_and_nobody(group: PublicGroup, members: list[FakeMember]) -> None:
    commit = group.verify_commit(members[3].commit(group, data=b"time"), rules=RULES)
    after = group.apply(commit)
    assert after.roster() == group.roster()
    assert after.epoch == group.epoch + 1
    assert (commit.external, commit.committer.leaf_index, commit.removed, commit.new_extensions) == (False, 3, (), None)
    assert commit.authenticated_data == b"time"
    assert after.confirmation_tag == commit.confirmation_tag
    assert after.tree.leaf(3) != group.tree.leaf(3)


def test_a_commit_removes_and_replaces_the_policy(group: PublicGroup, members: list[FakeMember]) -> None:
    message = members[0].commit(group, replace_extensions(REQUIRED, POLICY_AFTER), removing=[1, 4])
    commit = group.verify_commit(message, rules=RULES)
    after = group.apply(commit)
    assert commit.removed_leaves == (1, 4)
    assert commit.removed[0] == (1, members[1].identity, members[1].signature_key)
    assert commit.new_extensions == (REQUIRED, POLICY_AFTER)
    assert after.extension(POLICY) == b"after"
    assert [member.leaf_index for member in after.roster()] == [0, 2, 3]
    assert after.tree.leaf_slots == 4  # leaf 4 was alone in the right half


def test_a_joiner_takes_the_leftmost_blank_leaf(
    group: PublicGroup, members: list[FakeMember], stranger: FakeMember
) -> None:
    shrunk = group.apply(group.verify_commit(members[0].commit(group, removing=[1, 3]), rules=RULES))
    commit = shrunk.verify_commit(stranger.join(shrunk), rules=RULES)
    assert commit.external
    assert commit.committer == Member(1, b"stranger", stranger.signature_key)


def test_a_resync_may_land_on_the_leaf_that_it_removes(group: PublicGroup, members: list[FakeMember]) -> None:
    commit = group.verify_commit(members[2].join(group, resync=2), rules=RULES)
    assert commit.removed_leaves == (2,)
    assert commit.committer.leaf_index == 2
    assert group.apply(commit).roster() == group.roster()


def test_added_leaves_get_no_path_secret(group: PublicGroup, members: list[FakeMember], stranger: FakeMember) -> None:
    message = members[0].commit(group, adding=[stranger.key_package()])
    commit = group.verify_commit(message, rules=RULES)
    assert commit.added == ((5, b"stranger", stranger.signature_key),)
    without_path = members[0].commit(group, adding=[stranger.key_package()], with_path=False)
    assert not group.verify_commit(without_path, rules=RULES).has_path


def test_what_a_joiner_is_shown_is_what_the_server_knows(group: PublicGroup, members: list[FakeMember]) -> None:
    after = group.apply(group.verify_commit(members[1].commit(group), rules=RULES))
    given = members[1].group_info(after.context, 1, after.confirmation_tag)
    external_pub, signature = given[-32 - 1 - 32 - 4 - 2 - 64 :][:32], given[-64:]
    after.verify_group_info(external_pub, signature, 1)
    assert after.group_info_bytes(external_pub, signature, 1) == given
    assert PublicGroup.from_group_info(given, ratchet_tree=after.ratchet_tree_bytes(), rules=RULES) == after
    assert refusal(lambda: after.verify_group_info(external_pub, signature, 2)) == "bad_signature"
    assert refusal(lambda: after.verify_group_info(external_pub, signature, 7)) == "unknown_signer"
    assert refusal(lambda: after.verify_group_info(members[0].fresh_key(), signature, 1)) == "bad_signature"
    assert refusal(lambda: group.verify_group_info(external_pub, signature, 1)) == "bad_signature"


def test_the_state_survives_a_database_column(group: PublicGroup, members: list[FakeMember]) -> None:
    stored = group.to_bytes()
    again = PublicGroup.from_bytes(stored)
    message = members[4].commit(group)
    assert again == group
    assert again.verify_commit(message, rules=RULES) == group.verify_commit(message, rules=RULES)
    at = stored.index(members[3].signature_key)
    assert refusal(lambda: PublicGroup.from_bytes(stored[:at] + b"\0" + stored[at + 1 :])) == "bad_state"


# --- what is refused ---


def test_another_epoch_is_stale(group: PublicGroup, members: list[FakeMember]) -> None:
    message = members[1].commit(group)
    after = group.apply(group.verify_commit(message, rules=RULES))
    assert refusal(lambda: after.verify_commit(message, rules=RULES)) == "stale_epoch"
    rival = group.verify_commit(members[2].commit(group), rules=RULES)
    assert refusal(lambda: after.apply(rival)) == "stale_epoch"


def test_another_group_is_refused(group: PublicGroup, members: list[FakeMember]) -> None:
    other = PublicGroup(replace(group.context, group_id=b"another"), group.tree, group.confirmation_tag)
    message = members[1].commit(other)
    assert refusal(lambda: group.verify_commit(message, rules=RULES)) == "wrong_group"


def test_only_a_member_commits_as_a_member(group: PublicGroup, members: list[FakeMember], stranger: FakeMember) -> None:
    body = opaque(u8(1) + remove(1)) + b"\0"
    assert (
        refusal(lambda: group.verify_commit(stranger.frame(group, u8(1) + u32(2), body), rules=RULES))
        == "bad_signature"
    )
    assert (
        refusal(lambda: group.verify_commit(members[0].frame(group, u8(1) + u32(77), body), rules=RULES))
        == "unknown_sender"
    )
    assert refusal(lambda: group.verify_commit(stranger.frame(group, u8(4), body), rules=RULES)) == "path_missing"


@pytest.mark.parametrize(
    ("proposals", "code"),
    [
        ([remove(0)], "change_of_own_leaf"),
        ([remove(1), remove(1)], "duplicate_proposal"),
        ([replace_extensions(POLICY_AFTER), replace_extensions(POLICY_AFTER)], "duplicate_proposal"),
        ([u16(6) + opaque(bytes(32))], "external_init_by_member"),
        ([u16(5) + opaque(b"next") + u16(1) + u16(1) + opaque(b""), remove(1)], "reinit_not_alone"),
        ([u16(4) + u8(2) + u8(3) + opaque(b"") + bytes(8) + opaque(bytes(32))], "bad_psk"),
    ],
)
def test_a_member_may_not_propose(
    group: PublicGroup, members: list[FakeMember], proposals: list[bytes], code: str
) -> None:
    body = opaque(b"".join(u8(1) + proposal for proposal in proposals)) + b"\0"
    assert refusal(lambda: group.verify_commit(members[0].frame(group, u8(1) + u32(0), body), rules=RULES)) == code


@pytest.mark.parametrize("nobody", [5, 7, 8, 2**32 - 1])
def test_a_blank_leaf_cannot_be_removed(group: PublicGroup, members: list[FakeMember], nobody: int) -> None:
    message = members[0].commit(group, removing=[nobody])
    assert refusal(lambda: group.verify_commit(message, rules=RULES)) == "blank_leaf"


def test_a_removal_needs_a_path(group: PublicGroup, members: list[FakeMember]) -> None:
    message = members[0].commit(group, removing=[1], with_path=False)
    assert refusal(lambda: group.verify_commit(message, rules=RULES)) == "path_missing"


def test_a_joiner_proposes_only_to_join(group: PublicGroup, members: list[FakeMember], stranger: FakeMember) -> None:
    for proposal in (replace_extensions(REQUIRED, POLICY_AFTER), add(members[0].key_package())):
        message = stranger.join(group, proposal)
        assert refusal(partial(group.verify_commit, message, rules=RULES)) == "not_in_external_commit"
    twice = stranger.join(group, remove(1), remove(2))
    assert refusal(lambda: group.verify_commit(twice, rules=RULES)) == "bad_external_commit"


def test_a_member_does_not_join_twice(group: PublicGroup, members: list[FakeMember]) -> None:
    message = members[1].join(group)
    assert refusal(lambda: group.verify_commit(message, rules=RULES)) == "duplicate_key"


def test_a_leaf_supports_what_the_group_demands(
    group: PublicGroup, members: list[FakeMember], stranger: FakeMember
) -> None:
    def bare(source: bytes, place: bytes) -> bytes:
        return stranger.leaf(source, place, capabilities=())

    message = stranger.join(group, leaf=bare)
    assert refusal(lambda: group.verify_commit(message, rules=RULES)) == "unsupported_by_member"
    unknown = members[0].commit(group, replace_extensions(REQUIRED, POLICY_AFTER, Extension(0xF0C2, b"")))
    assert refusal(lambda: group.verify_commit(unknown, rules=RULES)) == "unsupported_by_member"


def test_a_leaf_renews_its_key_and_signs_its_place(group: PublicGroup, members: list[FakeMember]) -> None:
    author = members[2]
    before = group.tree.leaf(2)
    assert before is not None

    def lazy(source: bytes, place: bytes) -> bytes:
        return author.leaf(source, place, encryption_key=before.encryption_key)

    def misplaced(source: bytes, place: bytes) -> bytes:
        return author.leaf(source, place + b"\0")

    def weak(source: bytes, place: bytes) -> bytes:
        return author.leaf(source, place, encryption_key=bytes(32))

    def unbound(source: bytes, place: bytes) -> bytes:
        return author.leaf(u8(3) + opaque(bytes(32)), place)

    def from_update(source: bytes, place: bytes) -> bytes:
        return author.leaf(u8(2), place)

    for leaf, code in [
        (lazy, "key_not_renewed"),
        (misplaced, "bad_signature"),
        (weak, "weak_key"),
        (unbound, "bad_parent_hash"),
        (from_update, "bad_parent_hash"),
    ]:
        message = author.commit(group, leaf=leaf)
        assert refusal(partial(group.verify_commit, message, rules=RULES)) == code


def test_a_path_seals_nothing_for_the_added(
    group: PublicGroup, members: list[FakeMember], stranger: FakeMember
) -> None:
    message = members[0].commit(group, adding=[stranger.key_package()], sealing_for_added=True)
    assert refusal(lambda: group.verify_commit(message, rules=RULES)) == "bad_path"


def test_a_path_is_as_long_as_the_committers_own(group: PublicGroup, members: list[FakeMember]) -> None:
    """Leaf 4 is alone in the right half: its filtered path is one node, leaf 0's is three."""
    made_for_4 = decode_commit(members[4].commit(group)).framed.content
    body = made_for_4[made_for_4.index(u8(3) + opaque(b"") + b"\x01") + 1 :]
    message = members[0].frame(group, u8(1) + u32(0), body)
    assert refusal(lambda: group.verify_commit(message, rules=RULES)) == "bad_path"


def test_nobody_else_commits(group: PublicGroup, members: list[FakeMember]) -> None:
    body = opaque(b"") + b"\0"
    for sender in (u8(2) + u32(0), u8(3)):
        message = members[0].frame(group, sender, body)
        assert refusal(partial(group.verify_commit, message, rules=RULES)) == "unsupported_sender"


def test_a_full_tree_takes_nobody(group: PublicGroup, stranger: FakeMember, monkeypatch: pytest.MonkeyPatch) -> None:
    full, _ = circle(8, 3)
    message = stranger.join(full)
    monkeypatch.setattr("chat.mls.tree.MAX_LEAF_SLOTS", 8)
    assert refusal(partial(full.verify_commit, message, rules=RULES)) == "group_full"


def test_a_tree_handed_over_chains_every_parent_to_a_leaf(
    group: PublicGroup, members: list[FakeMember], stranger: FakeMember
) -> None:
    """Leaf 5 is added without a path, hence unmerged at its non-blank ancestor, node 7."""
    message = members[0].commit(group, adding=[stranger.key_package()], with_path=False)
    tree = group.apply(group.verify_commit(message, rules=RULES)).tree
    root = tree.nodes[7]
    assert isinstance(root, ParentNode)
    assert root.unmerged_leaves == (5,)
    check_tree(tree)
    for altered, code in [
        (replace(root, unmerged_leaves=()), "bad_parent_hash"),
        (replace(root, unmerged_leaves=(5, 5)), "bad_unmerged_leaves"),
        (replace(root, unmerged_leaves=(6,)), "bad_unmerged_leaves"),
        (replace(root, unmerged_leaves=(9,)), "bad_unmerged_leaves"),
        (replace(root, unmerged_leaves=(1, 5)), "bad_unmerged_leaves"),
        (replace(root, encryption_key=members[0].fresh_key()), "bad_parent_hash"),
        (replace(root, encryption_key=stranger.fresh_key(), parent_hash=bytes(32)), "bad_parent_hash"),
    ]:
        nodes = [*tree.nodes[:7], altered, *tree.nodes[8:]]
        assert refusal(partial(check_tree, tree_of(nodes))) == code
    leaf = tree.nodes[0]
    assert refusal(partial(check_tree, tree_of([leaf, None, leaf]))) == "duplicate_key"


def test_a_handshake_is_a_public_message(group: PublicGroup) -> None:
    private = u16(1) + u16(2) + opaque(group.group_id) + bytes(8) + u8(3) + opaque(b"") * 3
    assert refusal(lambda: group.verify_commit(private, rules=RULES)) == "not_public_message"


# --- the caller's rules ---


def refused(*_: object, **__: object) -> None:
    raise RefusedByRules("not_here")


@pytest.mark.parametrize(
    ("rule", "taken", "asked"),
    [
        ("check_proposal", "update", "remove"),
        ("check_credential", None, "update"),
        ("check_succession", "join", "update"),
        ("check_resync", "join", "resync"),
        ("check_extensions", "remove", "policy"),
        ("check_lifetime", "join", "add"),
    ],
)
def test_each_rule_is_asked_where_it_belongs(
    group: PublicGroup,
    members: list[FakeMember],
    stranger: FakeMember,
    monkeypatch: pytest.MonkeyPatch,
    rule: str,
    taken: str | None,
    asked: str,
) -> None:
    messages = {
        "update": lambda: members[1].commit(group),
        "remove": lambda: members[1].commit(group, removing=[2]),
        "policy": lambda: members[1].commit(group, replace_extensions(REQUIRED, POLICY_AFTER)),
        "add": lambda: members[1].commit(group, adding=[stranger.key_package()]),
        "join": lambda: stranger.join(group),
        "resync": lambda: members[3].join(group, resync=3),
    }
    rules = UnsafePermissiveRules()
    group.verify_commit(messages[asked](), rules=rules)
    monkeypatch.setattr(rules, rule, refused)
    if taken is not None:
        group.verify_commit(messages[taken](), rules=rules)
    assert refusal(lambda: group.verify_commit(messages[asked](), rules=rules)) == "not_here"


def test_the_rules_see_proposals_senders_and_members(
    group: PublicGroup, members: list[FakeMember], stranger: FakeMember
) -> None:
    seen: list[object] = []

    class Watching(UnsafePermissiveRules):
        credential_types = frozenset({CREDENTIAL_BASIC})

        def check_proposal(self, proposal: Proposal, sender: Sender, *, by_reference: bool) -> None:
            seen.append((type(proposal), sender.index, by_reference))

        def check_credential(self, identity: bytes, signature_key: bytes) -> None:
            seen.append((identity, signature_key))

    group.verify_commit(members[2].commit(group, adding=[stranger.key_package()]), rules=Watching())
    assert seen == [
        (Add, 2, False),
        (b"stranger", stranger.signature_key),
        (members[2].identity, members[2].signature_key),
    ]


def test_a_credential_type_outside_the_rules_is_refused(group: PublicGroup, stranger: FakeMember) -> None:
    class BasicOnly(UnsafePermissiveRules):
        credential_types = frozenset({CREDENTIAL_BASIC})

    stranger.identity = opaque(b"certificate")

    def x509(source: bytes, place: bytes) -> bytes:
        return stranger.leaf(source, place, credential_type=2)

    message = stranger.join(group, leaf=x509)
    group.verify_commit(message, rules=RULES)
    assert refusal(lambda: group.verify_commit(message, rules=BasicOnly())) == "unsupported_credential"
