"""The demo's witnesses: two processes that cosign the log, with keys and folders of their own, as others would.

Used by `config/demo.py`. In production each runs with another organisation (docs/operations.md).
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from audit import key_file
from audit.note import COSIGNATURE, SigningKey
from config import processes

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("temoin-1.example", "temoin-2.example")


@contextmanager
def witnessing(folder: Path, *, host: str) -> Iterator[str]:
    """What CORDEE_WITNESSES must be while they run. `folder` holds the log's key; `host` names the logs."""
    seed = key_file.read(folder / "key")
    origins = (f"{host}/audit/{datetime.now(UTC).year}", f"{host}/keys")
    logs = [SigningKey(origin, seed).verifying.vkey for origin in origins]
    with ExitStack() as running:
        yield ",".join(running.enter_context(_witness(folder / name, name, logs)) for name in NAMES)


@contextmanager
def _witness(folder: Path, name: str, logs: list[str]) -> Iterator[str]:
    with suppress(FileExistsError):
        key_file.create(folder / "key")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{probe.getsockname()[1]}"
    options = [f"--name={name}", f"--key={folder / 'key'}", f"--state={folder}", f"--listen={listen}"]
    process: subprocess.Popen[bytes] = processes.start(
        [sys.executable, "-m", "audit.witness", *options, *(f"--log={log}" for log in logs)],
        log=folder / "witness.log",
        stop_signal=signal.SIGTERM,
        folder=ROOT,
    )
    try:
        yield f"http://{listen} {SigningKey(name, key_file.read(folder / 'key'), COSIGNATURE).verifying.vkey}"
    finally:
        processes.stop(process, signal.SIGTERM)
