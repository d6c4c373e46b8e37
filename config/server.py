"""How the server is started, once for all: `make run`, `make demo`, the tests and the load generator use the same
command.

Relies on uvicorn; measured against the other protocol implementations in docs/decisions/0001-the-house.md.
"""

from __future__ import annotations

MAX_FRAME_BYTES = (
    1024 * 1024
)  # the largest legal frame is a commit of 512 KiB; the protocol refuses closer, with a code
BACKLOG = 2048  # a restart of the server brings everybody back within seconds


def server_command(port: int, *, host: str = "localhost") -> list[str]:
    """Arguments after `python -m`: one process, no compression of sockets (ciphertext does not compress), no access
    log.
    """
    return [
        "uvicorn", "config.asgi:application",
        "--host", host, "--port", str(port), "--backlog", str(BACKLOG),
        "--ws", "websockets-sansio", "--ws-max-size", str(MAX_FRAME_BYTES), "--ws-per-message-deflate", "false",
        "--no-access-log", "--no-server-header", "--log-level", "warning",
    ]  # fmt: skip
