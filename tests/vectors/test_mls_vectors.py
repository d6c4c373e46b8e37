"""The MLS vectors through `python -m chat.mls.vectors`'s own runners: our own, and the official where they are.

The numbers of checks stand here so that a file that shrinks, or a runner that ends early, is noticed. What a check
covers is said at each runner.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from chat.mls.vectors.__main__ import main
from chat.mls.vectors.files import run_file, runner_of

OWN = Path(__file__).with_name("mls")
SHARED = Path(os.environ.get("CORDEE_SHARED", Path(__file__).resolve().parents[2].parent / "shared")) / "mls-vectors"

OWN_CHECKS = {"circle-lives": 432, "group-infos": 29, "group-lives": 152, "tree-validation": 26}
OFFICIAL_CHECKS = {
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


def check_file(path: Path, checks: int) -> None:
    runner = runner_of(path.stem)
    assert runner is not None
    outcome = run_file(path, runner)
    assert (outcome.failures, outcome.skipped, outcome.passed, outcome.total) == ([], [], checks, checks)


@pytest.mark.parametrize("name", OWN_CHECKS)
def test_every_check_of_our_own_file_passes(name: str) -> None:
    check_file(OWN / f"{name}.json", OWN_CHECKS[name])


def test_every_own_file_is_counted() -> None:
    assert {path.stem for path in OWN.glob("*.json")} == OWN_CHECKS.keys()
    assert sum(path.stat().st_size for path in OWN.iterdir()) < 1_500_000


@pytest.mark.skipif(not SHARED.is_dir(), reason="no ../shared/mls-vectors; CORDEE_SHARED says where it is")
@pytest.mark.parametrize("name", OFFICIAL_CHECKS)
def test_every_check_of_the_official_file_passes(name: str) -> None:
    check_file(SHARED / f"{name}.json", OFFICIAL_CHECKS[name])


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with one honest file."""
    shutil.copy(OWN / "tree-validation.json", tmp_path)
    return tmp_path


def alter(path: Path, index: int, **fields: object) -> None:
    entries = json.loads(path.read_text())
    entries[index] |= fields
    path.write_text(json.dumps(entries))


def test_the_command_prints_a_line_a_file_and_ends_well(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (directory / "secret-tree.json").write_text("[]")
    (directory / "holiday.json").write_text("anything")
    (directory / "notes.txt").write_text("")
    (directory / "tree-math.json").mkdir()
    assert main([str(directory)]) == 0
    told = capsys.readouterr()
    assert told.out == "tree-validation: 26/26\n"
    assert "holiday: not a form with a public part" in told.err


def test_entries_of_other_suites_are_left_out_and_told(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alter(directory / "tree-validation.json", 1, cipher_suite=2)
    assert main([str(directory)]) == 0
    told = capsys.readouterr()
    assert told.out == "tree-validation: 25/25\n"
    assert "tree-validation: skipped: entry 1 is of suite 2" in told.err


@pytest.mark.parametrize(
    "fields",
    [
        {"tree_hashes": []},
        {"tree": "zz"},
        {"tree": None},
        {"tree": "bfffffff"},
        {"group_id": 5},
        {"cipher_suite": [1], "tree": ""},
        {"cipher_suite": "one", "resolutions": {}},
    ],
)
def test_a_wrong_entry_fails_alone(
    directory: Path, capsys: pytest.CaptureFixture[str], fields: dict[str, object]
) -> None:
    alter(directory / "tree-validation.json", 1, **fields)
    assert main([str(directory)]) == 1
    told = capsys.readouterr()
    assert told.out == "tree-validation: 25/26\n"
    assert "tree-validation: FAILED: entry 1, check 1" in told.err


@pytest.mark.parametrize(
    "content", [b"", b"[", b"\xff", b"[" * 100_000, b"7", b"null", b'["x"]', b'{"a":1}', b"[" + b"9" * 5000 + b"]"]
)
def test_a_file_that_holds_no_vectors_fails(
    directory: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    for name in ("tree-math", "messages", "derived-lives", "passive-client-random"):
        (directory / f"{name}.json").write_bytes(content)
    (directory / "derived-passive-public.json").write_bytes(content)
    assert main([str(directory)]) == 1
    assert "tree-validation: 26/26\n" in capsys.readouterr().out


def test_nothing_to_check_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 1
    assert main([str(tmp_path / "nowhere")]) == 2
    assert main([]) == 2
    assert capsys.readouterr().out == ""


def test_a_refusal_for_another_reason_fails(tmp_path: Path) -> None:
    life = json.loads((OWN / "circle-lives.json").read_text())[0]
    life["steps"] = life["steps"][:2]
    [hostile] = life["steps"][1]["reject"][:1]
    hostile["code"] = "another"
    path = tmp_path / "circle-lives.json"
    path.write_text(json.dumps([life]))
    runner = runner_of(path.stem)
    assert runner is not None
    assert len(run_file(path, runner).failures) == 1
