"""A real server process for a test: uvicorn serving `config.asgi` on a free port, as `make run` starts it.

Used by the fixture `server`, by the real-browser tests and by the load generator.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config import processes
from config.server import server_command

START_SECONDS = 30.0


@dataclass(frozen=True)
class Server:
    """A running server: where it is, what it wrote, what it was started with."""

    url: str
    port: int
    log: Path
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes]


@contextmanager
def serving(environment: Mapping[str, str], *, log: Path) -> Iterator[Server]:
    """A server with `environment` (DATABASE_URL, REDIS_URL, secrets) and its own PUBLIC_URL for the length of a
    block.
    """
    port = _free_port()
    url = f"http://localhost:{port}"
    complete = dict(environment) | {"PUBLIC_URL": url, "PORT": str(port), "DJANGO_SETTINGS_MODULE": "config.settings"}
    process = processes.start(
        [sys.executable, "-m", *server_command(port)], log=log, stop_signal=signal.SIGTERM, environment=complete
    )
    try:
        _wait(process, port, log)
        yield Server(url=url, port=port, log=log, environment=complete, process=process)
    finally:
        processes.stop(process, signal.SIGTERM)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("localhost", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"The server did not start:\n{log.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
