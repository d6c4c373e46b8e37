"""What the sequencer has signed last, kept on another path than the database: a restored backup cannot become a fork.

Written before the database's transaction commits, so it may be one batch ahead and never behind. Used by
`audit.sequencer` only; to be backed up with the machine, not with the database (docs/operations.md).
"""

from __future__ import annotations

import json
from pathlib import Path

from audit import durable
from audit.note import Checkpoint, NoteRefused, split


class GuardUnreadable(Exception):
    """The file is there and says nothing: signing stops until somebody has looked."""


class Guard:
    """One file: `{origin: the newest note}`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def last(self, origin: str) -> tuple[Checkpoint, str] | None:
        """The newest checkpoint that was signed for `origin`, and its note; None when there never was one."""
        note = self._read().get(origin)
        if note is None:
            return None
        try:
            checkpoint = Checkpoint.read(split(note)[0])
        except NoteRefused as error:
            raise GuardUnreadable(f"{self.path}: {error}") from error
        return checkpoint, note

    def keep(self, origin: str, note: str) -> None:
        """On disk when this returns, whole or not at all. Raises OSError (no space, no right): then do not sign."""
        content = json.dumps(self._read() | {origin: note}, indent=1, ensure_ascii=False)
        durable.replace(self.path, content)

    def _read(self) -> dict[str, str]:
        try:
            content = json.loads(self.path.read_text())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise GuardUnreadable(f"{self.path} is not JSON") from error
        if not isinstance(content, dict) or not all(isinstance(note, str) for note in content.values()):
            raise GuardUnreadable(f"{self.path} does not hold notes")
        return content
