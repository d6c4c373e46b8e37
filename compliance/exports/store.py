"""The folder of exports: while they are written, and as one file until they expire. Readable by the server alone.

Used by `compliance.exports.jobs` and the desk's door. Shared by all machines that serve (docs/operations.md).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

BLOCK: Final = 256 * 1024  # read and sent at once: what a slow reader holds of our memory


def folder(export_id: UUID) -> Path:
    """Where the export is written; its parent exists afterwards."""
    settings.EXPORTS_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    path: Path = settings.EXPORTS_DIR / str(export_id)
    return path


def pack(export_id: UUID) -> int:
    """Turn the finished folder into one zip file, and remove it; returns the file's size. May be repeated."""
    source, target = folder(export_id), _file(export_id)
    draft = target.with_suffix(".zip.partial")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as pack:
        for path in sorted(path for path in source.rglob("*") if path.is_file()):
            pack.write(path, Path("journal") / path.relative_to(source))
    draft.rename(target)
    shutil.rmtree(source)
    return target.stat().st_size


async def read(export_id: UUID) -> AsyncIterator[bytes]:
    """The file, block by block."""
    file = await asyncio.to_thread(_file(export_id).open, "rb")
    try:
        while block := await asyncio.to_thread(file.read, BLOCK):
            yield block
    finally:
        file.close()


def remove(export_id: UUID) -> None:
    """Everything of it, finished or not; nothing is an answer too."""
    path = folder(export_id)
    for each in (path, path.with_name(f".{path.name}.partial")):
        shutil.rmtree(each, ignore_errors=True)
    for file in (_file(export_id), _file(export_id).with_suffix(".zip.partial")):
        file.unlink(missing_ok=True)


def objection() -> str | None:
    """A sentence when nothing can be kept in the folder."""
    probe = settings.EXPORTS_DIR / f".probe-{os.getpid()}"
    try:
        settings.EXPORTS_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        return f"CORDEE_EXPORTS_DIR {settings.EXPORTS_DIR} cannot be written to: {error.strerror}."
    return None


def _file(export_id: UUID) -> Path:
    return folder(export_id).with_suffix(".zip")
