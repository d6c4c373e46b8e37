"""Reading is bounded in time and memory whatever comes: the costliest messages that we know, and what hypothesis finds.

CPU time of this process, the best of three; the bound is ten times what it takes on a developer's machine.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.mls import MlsError, PublicGroup
from chat.mls.codec import MAX_MESSAGE_BYTES, opaque, u8, u16, u32, u64
from chat.mls.tree import read_tree
from tests.mls_members import RULES, circle

SECONDS: Final = 0.05
BYTES: Final = 16 * 1024 * 1024
FULL: Final = MAX_MESSAGE_BYTES - 1024  # what fits in a frame beside its head
GROUP, _ = circle(8)


def frame(body: bytes) -> bytes:
    """An unsigned commit by a joiner: reading comes before any signature."""
    return u16(1) + u16(1) + opaque(GROUP.group_id) + u64(GROUP.epoch) + u8(4) + opaque(b"") + u8(3) + body


def leaf(types: bytes = b"") -> bytes:
    keys = opaque(bytes(32)) * 2
    return keys + u16(1) + opaque(b"id") + opaque(types) * 5 + u8(2) + opaque(b"") + opaque(bytes(64))


def listing(proposal: bytes) -> bytes:
    """A commit that carries `proposal` as often as a frame has room for it."""
    return frame(opaque((u8(1) + proposal) * (FULL // (len(proposal) + 1))) + b"\0")


PATH_NODE = opaque(bytes(32)) + opaque(b"\0\0" * 2000)
CHAIN = (
    opaque(bytes(32)) * 2 + u16(2) + opaque(b"\0" * 4000) + opaque(b"") * 5 + u8(2) + opaque(b"") + opaque(bytes(64))
)
COSTLY = {
    "removals": listing(u16(3) + u32(1)),
    "references": frame(opaque(u16(0x0200) * (FULL // 2)) + b"\0"),
    "updates": listing(u16(2) + leaf()),
    "updates that can everything": listing(u16(2) + leaf(u16(7) * 380)),
    "certificate chains": listing(u16(2) + CHAIN),
    "extensions": listing(u16(7) + opaque(b"".join(u16(each) + b"\0" for each in range(2000)))),
    "path secrets": frame(opaque(b"") + u8(1) + leaf() + opaque(PATH_NODE * (FULL // len(PATH_NODE)))),
    "a megabyte": frame(bytes(1 << 20)),
}


def costs(action: Callable[[], object]) -> float:
    best = SECONDS * 100
    for _ in range(3):
        begun = time.process_time()
        with suppress(MlsError):
            action()
        best = min(best, time.process_time() - begun)
    return best


@pytest.mark.parametrize("name", COSTLY)
def test_the_costliest_commits_are_refused_at_once(name: str) -> None:
    message = COSTLY[name]
    with pytest.raises(MlsError):
        GROUP.verify_commit(message, rules=RULES)
    assert costs(lambda: GROUP.verify_commit(message, rules=RULES)) < SECONDS
    tracemalloc.start()
    with suppress(MlsError):
        GROUP.verify_commit(message, rules=RULES)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < BYTES


def _vector(parts: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    return st.builds(lambda part, times: opaque(part * times), parts, st.sampled_from([1, 3, 50, 3000]))


NESTED = st.recursive(st.binary(max_size=8), _vector, max_leaves=6).filter(lambda data: len(data) < 2 << 20)
"""Vectors in vectors, each a few bytes many times over, up to 2 MiB."""


@settings(max_examples=80, deadline=None)
@given(NESTED, st.sampled_from([b"", frame(b""), u16(1) + u16(4), u16(1) + u16(5)]))
def test_vectors_in_vectors_cost_no_more(data: bytes, head: bytes) -> None:
    for read in (
        lambda: GROUP.verify_commit(head + data, rules=RULES),
        lambda: GROUP.verify_proposal(head + data, rules=RULES),
        lambda: PublicGroup.from_group_info(head + data, ratchet_tree=data, rules=RULES),
        lambda: PublicGroup.from_bytes(data),
        lambda: read_tree(data),
    ):
        with suppress(MlsError):
            read()
        assert costs(read) < 2 * SECONDS  # a tree may hold eight times the values of a message
