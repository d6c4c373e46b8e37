"""A WebSocket client that costs little, so that the load generator measures the server and not itself (RFC 6455).

Sends with the masking key zero, which the RFC allows and which leaves the bytes as they are; reads unfragmented
frames only, as the server sends them.
"""

from __future__ import annotations

import asyncio
import base64
import os
import struct
from collections.abc import Callable

Receive = Callable[["Socket", bytes], None]


class Socket(asyncio.Protocol):
    """One connection. `receive` is called with each message; `closed` is done with the close code."""

    def __init__(self, request: bytes, receive: Receive) -> None:
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[int] = loop.create_future()
        self.receive = receive
        self._request = request
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("not a stream")
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self.opened.done():
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            status = bytes(self._buffer[:12])
            del self._buffer[: end + 4]
            if status != b"HTTP/1.1 101":
                self.opened.set_exception(ConnectionError(status.decode()))
                return
            self.opened.set_result(None)
        self._read_frames()

    def _read_frames(self) -> None:
        buffer, position = self._buffer, 0
        while len(buffer) - position >= 2:
            opcode, length, start = buffer[position] & 0x0F, buffer[position + 1], position + 2
            if length == 126:
                if len(buffer) < start + 2:
                    break
                (length,) = struct.unpack_from(">H", buffer, start)
                start += 2
            elif length == 127:
                if len(buffer) < start + 8:
                    break
                (length,) = struct.unpack_from(">Q", buffer, start)
                start += 8
            if len(buffer) < start + length:
                break
            payload = bytes(buffer[start : start + length])
            position = start + length
            if opcode in (1, 2):
                self.receive(self, payload)
            elif opcode == 8 and not self.closed.done():
                self.closed.set_result(struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005)
            elif opcode == 9:
                self._write(10, payload)
        del buffer[:position]

    def connection_lost(self, _: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed during the handshake"))
        if not self.closed.done():
            self.closed.set_result(1006)

    def send(self, payload: bytes) -> None:
        self._write(2, payload)

    def send_text(self, payload: bytes) -> None:
        self._write(1, payload)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _write(self, opcode: int, payload: bytes) -> None:
        if self._transport is None:
            raise ConnectionError("not connected")
        size = len(payload)
        head = (
            bytes([0x80 | opcode, 0x80 | size])
            if size < 126
            else bytes([0x80 | opcode, 0x80 | 126]) + struct.pack(">H", size)
        )
        self._transport.write(head + b"\0\0\0\0" + payload)


async def connect(port: int, path: str, receive: Receive, headers: dict[str, str]) -> Socket:
    """An open connection to localhost. Raises ConnectionError."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: localhost:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(lambda: Socket(request, receive), "localhost", port)
    await socket.opened
    return socket
