"""One WebSocket of ours as a channels consumer sees it: frames go out in order, a close ends everything.

The ground on which `chat.consumers` stands, and what `chat.hearing` writes to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, Final

from channels.consumer import AsyncConsumer, get_handler_name

from chat import protocol, sockets
from chat.protocol import Close

QUEUE: Final = 512  # frames waiting for a slow browser; beyond it the browser fetches what it missed


class Connection(AsyncConsumer):  # type: ignore[misc]  # channels has no types
    """`session` is known from the handshake on, `device` once it has proved its key."""

    def __init__(self) -> None:
        self.session: sockets.SocketSession | None = None
        self.device: sockets.ProvedDevice | None = None
        self.closing = False
        self._outgoing: asyncio.Queue[bytes | Close] = asyncio.Queue(QUEUE)
        self._tasks: set[asyncio.Task[None]] = set()

    async def dispatch(self, message: Mapping[str, Any]) -> None:
        """Channels' own closes database connections after each event, in a thread; none is opened in this one."""
        await getattr(self, get_handler_name(message))(message)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Work that ends with the connection."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        self.closing = True
        for task in self._tasks:
            task.cancel()

    def tell(self, frame: protocol.ServerFrame) -> None:
        self.put(protocol.encode(frame))

    def put(self, data: bytes) -> None:
        if self.closing:
            return
        if self._outgoing.full():
            # Too slow: drop what waits, rather than slow others; the browser fetches by `since`.
            self.close(Close.RESYNC)
            return
        self._outgoing.put_nowait(data)

    def close(self, code: Close) -> None:
        """After the frames that wait; nothing is taken or put from here on."""
        if self.closing:
            return
        self.closing = True
        if code is Close.RESYNC:
            while not self._outgoing.empty():
                self._outgoing.get_nowait()
        if self._outgoing.full():
            self._outgoing.get_nowait()
        self._outgoing.put_nowait(code)

    async def write(self) -> None:
        """The only place that writes: in order, one frame after the other."""
        while True:
            each = await self._outgoing.get()
            if isinstance(each, Close):
                await self.send({"type": "websocket.close", "code": int(each)})
                return
            await self.send({"type": "websocket.send", "bytes": each})
