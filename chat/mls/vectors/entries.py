"""What every runner of this folder is written with: an entry of a file, its bytes in hex, a refusal that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from chat.mls.errors import MlsError
from chat.mls.rules import UnsafePermissiveRules

Entry = dict[str, Any]

Runner = Callable[[Entry], Iterator[bool]]
"""Yields one truth value per check; an `MlsError` fails the check that it interrupts and ends the entry."""

RULES: Final = UnsafePermissiveRules()

unhex = bytes.fromhex


def refused(action: Callable[[], object], code: str | None = None) -> bool:
    """Whether `action` raises an `MlsError`, with this code when one is given."""
    try:
        action()
    except MlsError as error:
        return code in (None, error.code)
    return False
