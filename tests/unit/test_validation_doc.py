"""docs/validation.md is true: each file that it names exists, and each test that it names is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVER, CLIENT = ROOT / "chat", ROOT / "frontend" / "src" / "core"


def texts(paths: Iterable[Path]) -> dict[str, str]:
    """By the file's name without its ending; two of one name are read as one."""
    found: dict[str, str] = {}
    for path in paths:
        name = path.name.partition(".")[0]
        found[name] = found.get(name, "") + path.read_text()
    return found


PYTHON = texts((ROOT / "tests").rglob("test_*.py"))
TYPESCRIPT = texts((ROOT / "frontend" / "test").rglob("*.test.ts*"))


class Row(NamedTuple):
    check: str
    server: list[str]
    client: list[str]
    tests: list[str]


def rows() -> Iterator[Row]:
    for line in (ROOT / "docs" / "validation.md").read_text().splitlines():
        if line.startswith("| ") and not line.startswith("| check |"):
            check, *cells = (cell.strip() for cell in line.strip("|").split("|"))
            assert len(cells) == 3, line
            yield Row(check, *(re.findall(r"`([^`]+)`", cell) for cell in cells))


ROWS = list(rows())


def is_there(test: str) -> bool:
    """`test_file::name` or `file.test: the beginning of a title`."""
    if "::" in test:
        file, _, name = test.partition("::")
        return re.search(rf"def test_{re.escape(name)}\(", PYTHON.get(file, "")) is not None
    file, _, title = test.partition(".test: ")
    return bool(title) and title in TYPESCRIPT.get(file, "")


def test_the_tables_are_read() -> None:
    assert len(ROWS) > 50
    assert len({row.check for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.check)
def test_every_file_and_every_test_of_a_check_exists(row: Row) -> None:
    assert row.server or row.client, "somebody checks it"
    assert row.tests, "something breaks it on purpose"
    assert [name for name in row.server if not (SERVER / name).is_file()] == []
    assert [name for name in row.client if not (CLIENT / name).is_file()] == []
    assert [test for test in row.tests if not is_there(test)] == []


def test_a_test_that_is_not_there_is_noticed() -> None:
    assert is_there("test_policy::a_person_is_in_once")
    assert not is_there("test_policy::a_person_is_in_twice")
    assert is_there("vectors.test: chain: $name")
    assert not is_there("vectors.test: chains: $name")
    assert not is_there("hostile.test")


def test_the_threat_model_names_tests_that_exist() -> None:
    named = re.findall(r"`(test_[a-z_]+|[a-z-]+\.test)`", (ROOT / "docs" / "threat-model.md").read_text())
    assert len(named) > 20
    assert [name for name in named if name not in PYTHON and name.partition(".")[0] not in TYPESCRIPT] == []
