"""The official MLS vectors and the recorded group lives, through `python -m chat.mls.vectors`'s own runners.

The numbers of checks stand here so that a file that shrinks, or a runner that ends early, is noticed. What a check
covers is said at each runner."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chat.mls.vectors import RUNNERS, run

SHARED = Path(os.environ.get("CORDEE_SHARED", Path(__file__).resolve().parents[2].parent / "shared"))
DIRECTORY = SHARED / "mls-vectors"

CHECKS = {
    "tree-math": 682,
    "deserialization": 7,
    "crypto-basics": 5,
    "key-schedule": 5,
    "transcript-hashes": 1,
    "message-protection": 2,
    "messages": 2550,
    "tree-operations": 3,
    "tree-validation": 14,
    "treekem": 62,
    "welcome": 1,
    "passive-client-welcome": 8,
    "passive-client-handling-commit": 39,
    "passive-client-random": 201,
    "derived-lives": 240,
}

if not DIRECTORY.is_dir():
    pytest.skip("no ../shared/mls-vectors here; say where it is with CORDEE_SHARED", allow_module_level=True)


def test_every_runner_is_counted() -> None:
    assert CHECKS.keys() == RUNNERS.keys()


@pytest.mark.parametrize("name", RUNNERS)
def test_every_check_of_the_file_passes(name: str) -> None:
    assert run(name, DIRECTORY) == (CHECKS[name], CHECKS[name])
