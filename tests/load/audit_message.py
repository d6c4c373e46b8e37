"""Part `message` of `make bench-audit`: what the trail adds to a posted message, from `send` until its `ack`.

Two servers on two copies of the same circles, one without its trail (`untraced.py`), take turns in short blocks, so
that whatever else this machine does meets both. One message under way at a time, then WINDOW of them.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import socket
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Final

import psycopg

from config import processes
from config.server import server_command
from config.services import Services
from tests.database import _close_all
from tests.load.bench_audit import Report
from tests.load.envelopes import signed_messages
from tests.load.wire import Socket, connect
from tests.server import _free_port

if TYPE_CHECKING:
    from tests.load.circles import LoadCircle

CIRCLES, PAYLOAD = 8, 600
BLOCKS, BLOCK = 24, 50  # turns of each server, messages a turn
WINDOWS: Final = (1, CIRCLES)


class Line:
    """A writing member's socket; `send` returns how long the answer took, in ms."""

    def __init__(self, circle: LoadCircle, stock: int) -> None:
        who = circle.members[0]
        self.circle, self.who = circle, who
        self.frames = [
            json.dumps({"t": "send", "env": base64.b64encode(each).decode()}).encode()
            for each in signed_messages(circle.id, who.device, who.key, PAYLOAD, count=stock)
        ]
        self.wire: Socket | None = None
        self._answer: asyncio.Future[bytes] = asyncio.Future()

    async def open(self, port: int) -> None:
        from chat.canonical import encode, to_base64
        from chat.mls.keys import sign_with_label

        who = self.who
        headers = {"Cookie": who.cookie, "Origin": f"http://localhost:{port}", "Sec-WebSocket-Protocol": "cordee.v1"}
        self.wire = await connect(port, "/ws", self._receive, headers)
        nonce = json.loads(await self._answer)["nonce"]
        content = encode({"device": str(who.device), "nonce": nonce, "v": 1})
        signature = to_base64(sign_with_label(bytes(who.key), "CordeeSocket", content))
        await self._say({"t": "hello", "v": 1, "device": str(who.device), "sig": signature})
        await self._say({"t": "join", "circle": str(self.circle.id)})

    async def send(self) -> float:
        assert self.wire
        self._answer, started = asyncio.Future(), time.perf_counter()
        self.wire.send(self.frames.pop())
        answer = await self._answer
        if not answer.startswith(b'{"t":"ack"'):
            raise SystemExit(f"A message was not taken: {answer.decode()}")
        return (time.perf_counter() - started) * 1000

    async def _say(self, frame: dict[str, object]) -> None:
        assert self.wire
        self._answer = asyncio.Future()
        self.wire.send(json.dumps(frame).encode())
        await self._answer

    def _receive(self, _: Socket, data: bytes) -> None:
        if not data.startswith(b'{"t":"item"') and not self._answer.done():
            self._answer.set_result(data)


def run(report: Report) -> None:
    from tests.load.circles import seed

    with ExitStack() as stack:
        traced = stack.enter_context(report.database())
        circles = seed(circles=CIRCLES, members=2)
        _close_all()
        report.cluster._copy(traced, untraced := f"{traced}_untraced")
        with psycopg.connect(report.services.postgres.url("postgres", untraced)) as superuser:
            superuser.execute(f"ALTER TABLE chat_item DROP CONSTRAINT {_foreign_key(superuser)}".encode())
        ports = [
            stack.enter_context(_serving(report, application, database))
            for application, database in (("config.asgi", traced), ("tests.load.untraced", untraced))
        ]
        times = asyncio.run(_turns(ports, circles))
    for window in WINDOWS:
        ours, without = (statistics.median(times[port, window]) for port in ports)
        ratios = [ours / without for ours, without in zip(*(times[port, window] for port in ports), strict=True)]
        report.say(
            **{
                f"message_ms_{window}_under_way": round(ours, 2),
                f"message_without_trail_ms_{window}_under_way": round(without, 2),
                f"message_trail_costs_ms_{window}_under_way": round(ours - without, 2),
                f"message_trail_costs_percent_{window}_under_way": round((statistics.median(ratios) - 1) * 100, 1),
            }
        )


async def _turns(ports: Sequence[int], circles: Sequence[LoadCircle]) -> dict[tuple[int, int], list[float]]:
    """Medians of the blocks, by server and by how many messages were under way."""
    stock = 2 * BLOCKS * BLOCK
    lines = {port: [Line(circle, stock) for circle in circles] for port in ports}
    for port in ports:
        for line in lines[port]:
            await line.open(port)
    medians: dict[tuple[int, int], list[float]] = {(port, window): [] for port in ports for window in WINDOWS}
    for turn in range(BLOCKS):
        for window in WINDOWS:
            for port in ports if turn % 2 else reversed(ports):
                taken = [
                    each
                    for _ in range(BLOCK // window)
                    for each in await asyncio.gather(*(line.send() for line in lines[port][:window]))
                ]
                if turn:  # the first warms up
                    medians[port, window].append(statistics.median(taken))
    return medians


@contextmanager
def _serving(report: Report, application: str, database: str) -> Iterator[int]:
    port = _free_port()
    environment = Services(report.services.data_dir, given={}).environment(database) | {
        "PUBLIC_URL": f"http://localhost:{port}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PATH": os.environ["PATH"],
    }
    command = ["-m", *(each.replace("config.asgi", application) for each in server_command(port))]
    log = report.folder / f"{application}.log"
    process = processes.start([sys.executable, *command], log=log, stop_signal=signal.SIGTERM, environment=environment)
    try:
        for _ in range(1200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield port
    finally:
        processes.stop(process, signal.SIGTERM)


def _foreign_key(superuser: psycopg.Connection[tuple[object, ...]]) -> str:
    row = superuser.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'chat_item'::regclass "
        "AND confrelid = 'audit_event'::regclass"
    ).fetchone()
    assert row
    return str(row[0])
