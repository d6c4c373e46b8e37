"""A device at the socket, as a test speaks to it: what it sends, what it waits for, how it ends.

Used by the integration tests of `chat` against a real server. Nothing here sleeps: to know that something did *not*
come, wait for something that comes later (`fence`).
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any
from uuid import UUID

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from chat.canonical import from_base64
from tests.chat_members import ChatDevice, Fields, id_of
from tests.server import Server

PATIENCE = 20.0  # seconds; a bound, not a wait: a loaded machine is slow, a broken server silent
Frame = dict[str, Any]


def told(answer: Frame) -> str:
    """The kind of an answer, or the code of an error."""
    return str(answer["code"] if answer["t"] == "error" else answer["t"])


class Closed(AssertionError):
    """The server ended the connection while the test waited for a frame."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Socket:
    """One connection; frames that nobody asked for yet wait in `seen`."""

    def __init__(
        self,
        server: Server,
        cookie: str | None,
        *,
        origin: str | None = None,
        offered: tuple[str, ...] = ("cordee.v1",),
        waiting: int = 16,
        receive_buffer: int | None = None,
    ) -> None:
        """`waiting`: frames that may wait unread in this client before it lets the server's transport fill up;
        `receive_buffer`: bytes that the kernel may keep for it.
        """
        self._open = ExitStack()
        transport = socket.socket()
        if receive_buffer is not None:
            transport.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        transport.connect(("127.0.0.1", server.port))
        connecting = connect(
            server.url.replace("http", "ws") + "/ws",
            sock=transport,
            origin=Origin(origin or server.url),
            subprotocols=[Subprotocol(each) for each in offered],
            additional_headers={"Cookie": cookie} if cookie else {},
            compression=None,
            ping_interval=None,
            max_size=None,
            max_queue=waiting,
            open_timeout=PATIENCE,
            close_timeout=1,
        )
        self._connection = self._open.enter_context(connecting)
        self.seen: list[Frame] = []

    def __enter__(self) -> Socket:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    # --- frames ---

    def send(self, frame: Mapping[str, object] | bytes | str) -> None:
        self._connection.send(json.dumps(frame).encode() if isinstance(frame, Mapping) else frame)

    def read(self) -> Frame:
        """The next frame as it comes. Raises Closed."""
        try:
            data = self._connection.recv(timeout=PATIENCE)
        except ConnectionClosed as closed:
            raise Closed(closed.rcvd.code if closed.rcvd else 1006) from None
        assert isinstance(data, bytes), "the server writes binary messages"
        frame: Frame = json.loads(data)
        return frame

    def expect(self, kind: str, /, **said: object) -> Frame:
        """The first frame of this kind that says this, among those seen and those to come. Raises Closed."""

        def fits(frame: Frame) -> bool:
            return frame["t"] == kind and all(frame.get(name) == value for name, value in said.items())

        return self._first(fits)

    def answer(self, ref: str) -> Frame:
        """What the server says to a message id or a reference: `ack`, `committed` or `error`."""
        return self._first(lambda frame: ref in (frame.get("id"), frame.get("ref")))

    def _first(self, fits: Callable[[Frame], bool]) -> Frame:
        for place, frame in enumerate(self.seen):
            if fits(frame):
                return self.seen.pop(place)
        while not fits(frame := self.read()):
            self.seen.append(frame)
        return frame

    def fence(self) -> list[Frame]:
        """Everything that was written to this connection before now, and that no `expect` has taken."""
        self.send({"t": "ping"})
        self.expect("pong")
        taken, self.seen = self.seen, []
        return taken

    def close_code(self) -> int:
        """Waits for the server to end the connection; what came before is kept in `seen`."""
        try:
            while True:
                self.seen.append(self.read())
        except Closed as closed:
            return closed.code

    def close(self) -> None:
        self._open.close()

    # --- a device's first words ---

    def say_hello(self, device: ChatDevice) -> Socket:
        """Ready, or Closed."""
        self.send(device.hello(from_base64(self.expect("challenge")["nonce"])))
        self.expect("ready")
        return self

    def listen(self, circle: UUID) -> Frame:
        """Join a circle's items; the answer, `joined` or `error`."""
        self.send({"t": "join", "circle": str(circle)})
        return self._first(lambda frame: frame["t"] in ("joined", "error") and frame["circle"] == str(circle))

    def items(self, circle: UUID, count: int) -> list[Frame]:
        """The next `count` items of a circle, as they come."""
        return [self.expect("item", circle=str(circle)) for _ in range(count)]

    def post(self, frame: Fields) -> Frame:
        """Send a `send` frame and wait for its answer."""
        self.send(frame)
        return self.answer(id_of(frame))

    def commit(self, frame: Fields) -> Frame:
        """Send a `commit` frame and wait for its answer."""
        self.send(frame)
        return self.answer(str(frame["ref"]))
