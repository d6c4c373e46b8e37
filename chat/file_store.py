"""The folder of attachments: ciphertext by random id. Says nothing of whose they are; `chat.files` does.

A shared folder when several machines serve (docs/operations.md). Files are spread over 256 folders by the random end of
their id.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

BLOCK: Final = 256 * 1024  # read and sent at once: what a slow reader holds of our memory


def write_at(file_id: UUID, offset: int, piece: bytes, *, last: bool) -> None:
    """Put `piece` at `offset`, and nothing after it; on disk for good when it is the `last`."""
    path = _path(file_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.seek(offset)
        file.write(piece)
        file.truncate()
        if last:
            file.flush()
            os.fsync(descriptor)
    if last:
        _sync_folder(path.parent)


def length(file_id: UUID) -> int:
    """How much of the file is here; 0 when there is none."""
    try:
        return _path(file_id).stat().st_size
    except FileNotFoundError:
        return 0


async def read(file_id: UUID, start: int, stop: int) -> AsyncIterator[bytes]:
    """Bytes `start` to `stop`, block by block."""
    file = await asyncio.to_thread(_path(file_id).open, "rb")
    try:
        file.seek(start)
        while start < stop:
            block = await asyncio.to_thread(file.read, min(BLOCK, stop - start))
            if not block:
                return  # the reader sees that less came than was announced
            start += len(block)
            yield block
    finally:
        file.close()


def remove(file_id: UUID) -> None:
    _path(file_id).unlink(missing_ok=True)


def objection() -> str | None:
    """A sentence when nothing can be kept in the folder."""
    probe = settings.FILES_DIR / f".probe-{os.getpid()}"
    try:
        settings.FILES_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        return f"CORDEE_FILES_DIR {settings.FILES_DIR} cannot be written to: {error.strerror}."
    return None


def _path(file_id: UUID) -> Path:
    name = file_id.hex
    return Path(settings.FILES_DIR, name[-2:], name)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
