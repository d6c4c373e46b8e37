"""Every command that Valkey is given, by whomever, while one listens (MONITOR)."""

from __future__ import annotations

import threading
from contextlib import suppress

import redis


class Overheard:
    """Listens from the beginning; `all()` is what was said until now."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url, socket_timeout=None)
        self._monitor = self._client.monitor().__enter__()  # type: ignore[no-untyped-call]
        self._lines: list[bytes] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def all(self) -> bytes:
        return b"\n".join(self._lines)

    def stop(self) -> None:
        self._monitor.connection.disconnect()
        self._thread.join()
        self._client.close()

    def _listen(self) -> None:
        with suppress(redis.ConnectionError, ValueError, OSError):  # hung up
            while True:
                self._lines.append(self._monitor.connection.read_response())
