"""A real server process for a test: uvicorn serving `config.asgi` on a free port, as `make run` starts it.

Used by the fixture `server`, by the real-browser tests and by the load generator. A test in which something has to
happen by itself asks for `tending` beside it, one whose log is to be sealed for `sealing`.
"""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config import server


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
    with server.serving(port, complete, log=log) as process:
        yield Server(url=url, port=port, log=log, environment=complete, process=process)


@contextmanager
def tending(running: Server, *, every: float = 1.0) -> Iterator[Path]:
    """`manage.py tend` beside a running server; the answer: its log."""
    log = running.log.with_name("tend.log")
    with server.tending(running.environment, log=log, every=every):
        yield log


@contextmanager
def sealing(running: Server, *, every: float = 0.1) -> Iterator[Path]:
    """`manage.py seal_audit` beside a running server; the answer: its log."""
    log = running.log.with_name("seal.log")
    with server.sealing(running.environment, log=log, every=every):
        yield log


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
