"""One WebSocket of ours as a channels consumer sees it: who comes in, frames read and written in order, how it ends.

The ground on which `chat.consumers` stands, and what `chat.hearing` writes to.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Mapping
from typing import Any, Final

from channels.consumer import AsyncConsumer, get_handler_name
from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer

from audit.events import Actor
from audit.services import record_refusal
from chat import protocol, sockets
from chat.protocol import Close

MISTAKES: Final = 20  # frames that no honest client sends, before the connection is closed
QUEUE: Final = 512  # frames waiting for a slow browser; beyond it the browser fetches what it missed


class Connection(AsyncConsumer):  # type: ignore[misc]  # channels has no types
    """States: connected (challenged, `session` and `actor` known) → ready (`device` proved) → closed."""

    def __init__(self) -> None:
        self.nonce = os.urandom(32)
        self.session: sockets.SocketSession | None = None
        self.device: sockets.ProvedDevice | None = None
        self.actor: Actor | None = None  # asked for by `audited`
        self.closing = False
        self._outgoing: asyncio.Queue[bytes | Close] = asyncio.Queue(QUEUE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._mistakes = 0

    async def dispatch(self, message: Mapping[str, Any]) -> None:
        """Channels' own closes database connections after each event, in a thread; none is opened in this one."""
        await getattr(self, get_handler_name(message))(message)

    async def act(self, frame: protocol.ClientFrame) -> None:
        """What the frame asks for; the subclass says."""
        raise NotImplementedError

    # --- coming in ---

    async def websocket_connect(self, _: Mapping[str, object]) -> None:
        self.session = await database_sync_to_async(sockets.session_of)(self.scope)
        offered = self.scope.get("subprotocols", ())
        if self.session is None or protocol.SUBPROTOCOL not in offered:
            # Accepted first: a browser cannot read the code of a refused handshake.
            await self.send({"type": "websocket.accept"})
            code = Close.SIGNED_OUT if self.session is None else Close.VERSION
            await self.send({"type": "websocket.close", "code": int(code)})
            raise StopConsumer
        self.actor = self.session.actor
        await self.send({"type": "websocket.accept", "subprotocol": protocol.SUBPROTOCOL})
        self.start(self._write())
        self.start(self._expect_hello())
        self.tell(protocol.Challenge(nonce=self.nonce))

    async def _expect_hello(self) -> None:
        await asyncio.sleep(protocol.HELLO_SECONDS)
        if self.device is None:
            self.close(Close.HELLO_TIMEOUT)

    async def websocket_receive(self, message: Mapping[str, Any]) -> None:
        if self.closing:
            return
        data: bytes = message.get("bytes") or (message.get("text") or "").encode()
        try:
            frame = protocol.decode(data)
            if self.device is None and not isinstance(frame, protocol.Hello | protocol.Ping):
                raise protocol.BadFrame("not_ready")
        except protocol.BadFrame as error:
            await self._mistake(error.code)
            return
        if isinstance(frame, protocol.Send):
            # Does not wait for its COMMIT, so that the next message may share it; tasks start in the order they are
            # made.
            self.start(self.act(frame))
        else:
            await self.act(frame)

    async def _mistake(self, code: str) -> None:
        """Bytes that are no frame: told, traced, and after some the connection ends."""
        self.tell(protocol.Error(code=code))
        if self.actor is not None:
            await database_sync_to_async(record_refusal)("socket.frame", actor=self.actor, status=400, code=code)
        self._mistakes += 1
        if self._mistakes >= MISTAKES:
            self.close(Close.BAD_FRAME)

    # --- going out ---

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

    async def _write(self) -> None:
        """The only place that writes: in order, one frame after the other."""
        while True:
            each = await self._outgoing.get()
            if isinstance(each, Close):
                await self.send({"type": "websocket.close", "code": int(each)})
                return
            await self.send({"type": "websocket.send", "bytes": each})
