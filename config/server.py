"""How the server, and what runs beside it (`manage.py tend`, `manage.py seal_audit`), are started, once for all:
`make run`, `make demo`, the tests and the load generator use these commands.

Relies on uvicorn; measured against its other WebSocket implementations in docs/decisions/0001-the-house.md.
"""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from config import processes

ROOT = Path(__file__).resolve().parent.parent
MAX_FRAME_BYTES = 1024 * 1024  # twice the largest legal frame; the protocol refuses closer, with a code
BACKLOG = 2048  # a restart brings everybody back within seconds
START_SECONDS = 60.0


class ServerFailed(Exception):
    """The server ended, or did not answer in time; the text is its log."""


def server_command(port: int, *, host: str = "127.0.0.1") -> list[str]:
    """Arguments after `python -m`. No compression of sockets (ciphertext does not compress) and no access log."""
    options = {
        "host": host,
        "port": port,
        "backlog": BACKLOG,
        "ws": "websockets-sansio",
        "ws-max-size": MAX_FRAME_BYTES,
        "ws-per-message-deflate": "false",
        "log-level": "warning",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return ["uvicorn", "config.asgi:application", *flags, "--no-access-log", "--no-server-header"]


@contextmanager
def serving(port: int, environment: Mapping[str, str], *, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server process for the length of a block, healthy when the block begins. Raises ServerFailed."""
    command = [sys.executable, "-m", *server_command(port)]
    process = processes.start(command, log=log, stop_signal=signal.SIGTERM, environment=environment)
    try:
        _wait(process, port, log)
        yield process
    finally:
        processes.stop(process, signal.SIGTERM)


@contextmanager
def tending(environment: Mapping[str, str], *, log: Path, every: float | None = None) -> Iterator[None]:
    """`manage.py tend`, which does what has to happen by itself, for the length of a block; `every`: seconds between
    two goes, when others than its own.
    """
    with _beside("tend", environment, log, every):
        yield


@contextmanager
def sealing(environment: Mapping[str, str], *, log: Path, every: float | None = None) -> Iterator[None]:
    """`manage.py seal_audit`, the sequencer of the log, for the length of a block."""
    with _beside("seal_audit", environment, log, every):
        yield


@contextmanager
def _beside(command_name: str, environment: Mapping[str, str], log: Path, every: float | None) -> Iterator[None]:
    command: list[str | Path] = [sys.executable, ROOT / "manage.py", command_name]
    if every is not None:
        command.append(f"--every={every}")
    process = processes.start(command, log=log, stop_signal=signal.SIGTERM, environment=environment)
    try:
        yield
    finally:
        processes.stop(process, signal.SIGTERM)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if _healthy(port):
            return
        time.sleep(0.02)
    raise ServerFailed(log.read_text())


def _healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
