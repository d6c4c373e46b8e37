"""The file of an Ed25519 seed: one line of base64, readable by its owner alone. Pure.

    python -m audit.key_file /etc/cordee/log.key

Used by the sequencer (CORDEE_LOG_KEY_FILE) and the witness. A seed signs under several names: its key id differs with
each (`audit.note`).
"""

from __future__ import annotations

import base64
import os
import secrets
import stat
import sys
from pathlib import Path


class KeyFileRefused(Exception):
    """No key can be had of this file; the sentence is for the operator."""


def read(path: Path) -> bytes:
    """The seed, 32 bytes."""
    try:
        mode = path.stat().st_mode
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileRefused(f"The key file {path} cannot be read: {error}.") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileRefused(f"The key file {path} can be read by others than its owner: chmod 600 {path}")
    try:
        seed = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        seed = b""
    if len(seed) != 32:
        raise KeyFileRefused(f"The key file {path} is not 32 bytes written as base64.")
    return seed


def create(path: Path) -> None:
    """A new key, whole or not at all; raises FileExistsError rather than to replace one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a rename it never replaces
    finally:
        draft.unlink()


if __name__ == "__main__":
    try:
        create(Path(sys.argv[1]))
    except IndexError:
        sys.exit("usage: python -m audit.key_file FILE")
    except OSError as error:
        sys.exit(f"No key was made: {error}.")
