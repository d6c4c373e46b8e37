"""Every refusal that a person can meet is worded in the browser, in both languages; the others are named here."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("accounts", "chat", "circles", "directory")
RAISED = {"ChatError", "Conflict", "NotAllowed", "TooMany", "Unacceptable"}

# What only another program than ours, or an operator, can be refused for: the browser says that it did not work.
NOBODY_CAUSES = {
    "account_error",
    "already_linked",
    "bad_certificate",
    "bad_circle_id",
    "bad_envelope",
    "bad_frame",
    "bad_identity_attributes",
    "bad_identity_status",
    "bad_key_event",
    "bad_rotation",
    "bad_statement",
    "bad_steward",
    "bad_subscription",
    "bad_vault",
    "device_exists",
    "directory_error",
    "not_ready",
    "replayed_id",
    "unreadable_source",
    "version",
    "wrong_device",
}


def codes() -> Iterator[str]:
    """What is raised by its code, and the codes that classes of `errors.py` bear."""
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                match node:
                    case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(code)), *_]) if name in RAISED:
                        yield code
                    case ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str(code))):
                        if path.name == "errors.py":
                            yield code


def words(language: str) -> set[str]:
    return set(json.loads((ROOT / f"frontend/src/locales/{language}/common.json").read_text())["errors"])


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_a_person_can_be_refused_for_has_words(language: str) -> None:
    raised = set(codes())
    assert len(raised) > 100
    assert raised - words(language) - NOBODY_CAUSES == set()


def test_the_list_of_the_others_is_no_longer_than_it_has_to_be() -> None:
    assert set(codes()) >= NOBODY_CAUSES
    assert words("fr") & NOBODY_CAUSES == set()
