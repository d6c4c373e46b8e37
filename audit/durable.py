"""A small file that is whole or as it was before, also after a power cut. Pure.

Used for what must not be forgotten: what the sequencer has signed last, and what a witness has.
"""

from __future__ import annotations

import os
from pathlib import Path


def replace(path: Path, content: str) -> None:
    """On disk when this returns. Raises OSError (no space, no right): then nothing has changed."""
    draft = path.with_name(f".{path.name}.new")
    with draft.open("w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
