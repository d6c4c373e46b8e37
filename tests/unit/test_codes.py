"""What people read and type instead of a pseudonym; the browser reads the same vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from compliance.codes import code_of, device_code, first_and_last, read_code

VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "codes.json").read_text()
)


@pytest.mark.parametrize("vector", VECTORS["subjects"], ids=lambda vector: vector["code"])
def test_a_subject(vector: dict[str, Any]) -> None:
    assert code_of(vector["kind"], UUID(vector["id"])) == vector["code"]


@pytest.mark.parametrize("vector", VECTORS["devices"], ids=lambda vector: vector["code"])
def test_a_device(vector: dict[str, Any]) -> None:
    assert device_code(UUID(vector["id"])) == vector["code"]


@pytest.mark.parametrize("vector", VECTORS["typed"], ids=lambda vector: repr(vector["text"]))
def test_what_is_typed(vector: dict[str, Any]) -> None:
    said = vector["reads"]
    assert read_code(vector["text"]) == (said and (said["letter"], said["bits"]))


def test_what_is_read_leads_back_to_whom_it_was_made_of() -> None:
    for _ in range(1000):
        pseudonym = uuid4()
        read = read_code(code_of("Person", pseudonym))
        assert read is not None
        first, last = first_and_last(read[1])
        assert first <= pseudonym <= last
