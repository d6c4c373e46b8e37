"""A file of vectors: which runner reads it, which entries are ours to check, how many checks passed.

Used by `__main__.py` and tests/vectors. A file may come from anywhere: an entry that is not in its form fails one check
and says so, it never ends the run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from chat.mls.keys import SUITES
from chat.mls.vectors.basics import crypto_basics, deserialization, key_schedule, transcript_hashes, tree_math
from chat.mls.vectors.entries import Entry, Runner
from chat.mls.vectors.framing import message_protection, messages, welcome
from chat.mls.vectors.groups import group_infos, lives, passive_client
from chat.mls.vectors.trees import tree_operations, tree_validation, treekem

RUNNERS: Final[dict[str, Runner]] = {
    "tree-math": tree_math,
    "deserialization": deserialization,
    "crypto-basics": crypto_basics,
    "key-schedule": key_schedule,
    "transcript-hashes": transcript_hashes,
    "message-protection": message_protection,
    "messages": messages,
    "tree-operations": tree_operations,
    "tree-validation": tree_validation,
    "treekem": treekem,
    "welcome": welcome,
    "passive-client": passive_client,
    "lives": lives,
    "group-infos": group_infos,
}

PUBLIC_OF_PASSIVE: Final = "derived-passive-public.json"
"""Beside the passive-client files: GroupInfo and group contexts of their entries, by file and index."""


def runner_of(name: str) -> Runner | None:
    """The runner whose name is in the file's, the longest of them: `derived-lives` is read by `lives`."""
    known = [each for each in RUNNERS if each in name]
    return RUNNERS[max(known, key=len)] if known else None


@dataclass
class Outcome:
    """Of one file. `skipped` and `failures` are sentences for a person."""

    passed: int = 0
    total: int = 0
    skipped: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def fail(self, sentence: str) -> None:
        self.total += 1
        self.failures.append(sentence)


def run_file(path: Path, runner: Runner) -> Outcome:
    outcome = Outcome()
    try:
        entries = json.loads(path.read_bytes())
        beside = _public_of_passive(path) if runner is passive_client else {}
    except (ValueError, RecursionError, OSError, KeyError, TypeError) as error:
        outcome.fail(f"not a file of vectors ({type(error).__name__})")
        return outcome
    if not isinstance(entries, list):
        entries = [entries]
    for index, entry in enumerate(entries):
        suite = entry.get("cipher_suite") if isinstance(entry, dict) else None
        if isinstance(suite, int) and suite not in SUITES:
            outcome.skipped.append(f"entry {index} is of suite {suite}")
        elif runner is passive_client and index not in beside:
            outcome.skipped.append(f"entry {index} has no public start in {PUBLIC_OF_PASSIVE}")
        else:
            _run_entry(index, entry | beside.get(index, {}) if isinstance(entry, dict) else entry, runner, outcome)
    return outcome


def _run_entry(index: int, entry: Any, runner: Runner, outcome: Outcome) -> None:
    number = 0
    try:
        for number, good in enumerate(runner(entry), start=1):
            if good:
                outcome.passed, outcome.total = outcome.passed + 1, outcome.total + 1
            else:
                outcome.fail(f"entry {index}, check {number}")
    except Exception as error:  # whatever an entry holds: the next one is run all the same
        outcome.fail(f"entry {index}, check {number + 1}: {type(error).__name__}: {error}")


def _public_of_passive(path: Path) -> dict[int, Entry]:
    beside = path.with_name(PUBLIC_OF_PASSIVE)
    if not beside.exists():
        return {}
    return {case["index"]: {"public": case} for case in json.loads(beside.read_bytes()) if case["file"] == path.name}
