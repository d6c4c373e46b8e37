"""From a path to resources: a folder of JSON files, one Bundle, or one resource. Bounded, and tolerant file by file.

Used by `manage.py sync_directory`; relies on nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from directory.errors import UnreadableSource

# An operator's file is read whole into memory; the national extracts come in pages of at most 10,000.
MOST_ENTRIES = 10_000
MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource as found; `full_url` is how its Bundle calls it."""

    resource: object
    full_url: str | None = None


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file of a folder with nothing to read: `not_json`, `file_too_large`, `too_many_entries` or `not_a_bundle`."""

    name: str
    code: str


class _Unreadable(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def entries_of(path: Path) -> Iterator[Entry | BadFile]:
    """Everything at `path`, files in the order of their names. Raises UnreadableSource for a single unreadable file."""
    if path.is_dir():
        for file in sorted(path.glob("*.json")):
            try:
                yield from _entries(file)
            except _Unreadable as error:
                yield BadFile(file.name, error.code)
        return
    try:
        yield from _entries(path)
    except _Unreadable as error:
        raise UnreadableSource(f"{path.name}: {error.code}") from error


def _entries(file: Path) -> list[Entry]:
    content = _json(file)
    if not isinstance(content, dict) or content.get("resourceType") != "Bundle":
        return [Entry(content)]
    entries = content.get("entry", [])
    if not isinstance(entries, list):
        raise _Unreadable("not_a_bundle")
    if len(entries) > MOST_ENTRIES:
        raise _Unreadable("too_many_entries")
    return [_entry(entry) for entry in entries]


def _entry(entry: object) -> Entry:
    if not isinstance(entry, dict):
        return Entry(None)
    full_url = entry.get("fullUrl")
    return Entry(entry.get("resource"), full_url if isinstance(full_url, str) else None)


def _json(file: Path) -> Any:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise _Unreadable("file_too_large")
        return json.loads(file.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except (OSError, ValueError, RecursionError) as error:
        raise _Unreadable("not_json") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
