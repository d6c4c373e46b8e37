"""`make bench-chat`: what a message costs, beside stock Channels in the same run.

50 circles × 10 members, 600-byte payload. Server, Valkey and PostgreSQL share one core, this generator has the
other. While it loads it verifies: each member receives each message of its circle once and in order, the log has no
hole, and each message has its audit row. Prints `name: value` lines and writes bench/chat.json; a difference found
ends it with an error, never with a figure.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import psycopg

from config import processes
from config.server import server_command
from config.services import Services

CIRCLES, MEMBERS, PAYLOAD = 50, 10, 600
MAXIMUM_SECONDS, STEADY_SECONDS, STEADY_RATE = 8.0, 20.0, 50
WINDOW = 4  # messages of one circle that wait for their ack, at maximum
SERVER_CORE, CLIENT_CORE = 0, 1
SEQ_AT = len('{"t":"item","circle":"') + 36 + len('","seq":')


@dataclass
class Inbox:
    """What one member received, in order."""

    seqs: list[int] = field(default_factory=list)
    heard: dict[int, float] = field(default_factory=dict)


@dataclass
class Run:
    """Figures of one load."""

    deliveries: int
    seconds: float
    cpu: float
    latencies: list[float]

    @property
    def per_cpu_second(self) -> float:
        return self.deliveries / self.cpu


class Sender:
    """One circle's writing member: sends pre-signed messages, knows which are acknowledged."""

    def __init__(self, send: Callable[[bytes], None], frames: Sequence[bytes]) -> None:
        self.send = send
        self._frames = iter(frames)
        self.sent = 0
        self.acked = 0
        self.refused: list[bytes] = []
        self.times: list[float] = []
        self.going = False

    def one(self) -> None:
        frame = next(self._frames, None)
        if frame is None:
            raise SystemExit("The load generator ran out of signed messages; raise its stock.")
        self.times.append(time.perf_counter())
        self.sent += 1
        self.send(frame)

    def on_ack(self) -> None:
        self.acked += 1
        if self.going:
            self.one()


def cpu_seconds() -> float:
    """User and system time so far of everything that this process started: server, Valkey, PostgreSQL."""
    total, family = 0, {os.getpid()}
    for pid, parent, ticks in _processes():
        if parent in family:
            family.add(pid)
            total += ticks
    return total / os.sysconf("SC_CLK_TCK")


def _processes() -> Iterator[tuple[int, int, int]]:
    """(pid, parent, ticks with those of children that have ended), parents first."""
    for path in sorted(Path("/proc").glob("[0-9]*/stat"), key=lambda each: int(each.parent.name)):
        with contextlib.suppress(OSError):
            # The name, in brackets, may hold anything; the numbers come after it (proc(5)).
            numbers = path.read_text().rpartition(")")[2].split()
            yield int(path.parent.name), int(numbers[1]), sum(map(int, numbers[11:15]))


def resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def run_maximum(senders: Sequence[Sender], inboxes: Sequence[Inbox]) -> Run:
    """Every circle keeps WINDOW messages under way; the first two seconds are not counted."""
    for sender in senders:
        sender.going = True
        for _ in range(WINDOW):
            sender.one()
    await asyncio.sleep(2)
    cpu, began, received = cpu_seconds(), time.perf_counter(), sum(len(each.seqs) for each in inboxes)
    await asyncio.sleep(MAXIMUM_SECONDS)
    cpu, seconds = cpu_seconds() - cpu, time.perf_counter() - began
    received = sum(len(each.seqs) for each in inboxes) - received
    for sender in senders:
        sender.going = False
    await settled(senders, inboxes)
    return Run(received, seconds, cpu, [])


async def run_steady(senders: Sequence[Sender], listeners: Sequence[Inbox], inboxes: Sequence[Inbox]) -> Run:
    """STEADY_RATE messages a second over all circles; latency from `send` to the arrival at another member."""
    for each in inboxes:
        each.heard.clear()
    cpu, began, received = cpu_seconds(), time.perf_counter(), sum(len(each.seqs) for each in inboxes)
    expected: list[tuple[Inbox, int, float]] = []
    for number in range(int(STEADY_RATE * STEADY_SECONDS)):
        due = began + number / STEADY_RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        sender, listener = senders[number % len(senders)], listeners[number % len(senders)]
        sender.one()
        expected.append((listener, len(sender.times), sender.times[-1]))
    await settled(senders, inboxes)
    seconds, cpu = time.perf_counter() - began, cpu_seconds() - cpu
    received = sum(len(each.seqs) for each in inboxes) - received
    latencies = [listener.heard[count] - sent for listener, count, sent in expected]
    return Run(received, seconds, cpu, latencies)


async def settled(senders: Sequence[Sender], inboxes: Sequence[Inbox]) -> None:
    """Until everything that was sent is acknowledged and received by all."""
    deadline = time.perf_counter() + 30
    wanted = sum(each.sent for each in senders) * MEMBERS
    while (
        sum(each.acked for each in senders) < sum(each.sent for each in senders)
        or sum(len(each.seqs) for each in inboxes) < wanted
    ):
        if time.perf_counter() > deadline:
            refused = sorted({each for sender in senders for each in sender.refused})[:3]
            raise SystemExit(
                f"Lost: {sum(len(each.seqs) for each in inboxes)} of {wanted} deliveries came. Refusals: {refused}"
            )
        await asyncio.sleep(0.01)


async def figures(
    name: str,
    senders: Sequence[Sender],
    listeners: Sequence[Inbox],
    inboxes: Sequence[Inbox],
) -> dict[str, float]:
    steady = await run_steady(senders, listeners, inboxes)
    maximum = await run_maximum(senders, inboxes)
    milliseconds = [each * 1000 for each in steady.latencies]
    return {
        f"{name}_deliveries_per_cpu_second_at_maximum": round(maximum.per_cpu_second),
        f"{name}_messages_per_second_at_maximum": round(maximum.deliveries / MEMBERS / maximum.seconds),
        f"{name}_deliveries_per_cpu_second_at_{STEADY_RATE}_per_second": round(steady.per_cpu_second),
        f"{name}_p50_ms_at_{STEADY_RATE}_per_second": round(statistics.median(milliseconds), 2),
        f"{name}_p95_ms_at_{STEADY_RATE}_per_second": round(percentile(milliseconds, 0.95), 2),
    }


def on_item(inbox: Inbox, data: bytes) -> None:
    seq = int(data[SEQ_AT : data.index(b",", SEQ_AT)])
    inbox.seqs.append(seq)
    inbox.heard[len(inbox.seqs)] = time.perf_counter()


# --- Cordée ---------------------------------------------------------------------------------------------------------


async def bench_cordee(port: int, server: int, circles: Sequence[object]) -> dict[str, float]:
    from chat.canonical import encode, to_base64
    from chat.mls.keys import sign_with_label
    from tests.load.circles import LoadCircle, LoadMember
    from tests.load.envelopes import signed_messages
    from tests.load.wire import Socket, connect

    before = resident(server)
    inboxes: list[Inbox] = []
    senders: list[Sender] = []
    listeners: list[Inbox] = []
    sockets: list[Socket] = []

    async def member(
        circle: LoadCircle, who: LoadMember, on_ack: Callable[[], None], on_error: Callable[[bytes], None]
    ) -> tuple[Socket, Inbox]:
        inbox = Inbox()
        joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def receive(wire: Socket, data: bytes) -> None:
            if data.startswith(b'{"t":"item"'):
                on_item(inbox, data)
            elif data.startswith(b'{"t":"ack"'):
                on_ack()
            elif data.startswith(b'{"t":"challenge"'):
                nonce = json.loads(data)["nonce"]
                content = encode({"device": str(who.device), "nonce": nonce, "v": 1})
                signature = to_base64(sign_with_label(bytes(who.key), "CordeeSocket", content))
                wire.send(json.dumps({"t": "hello", "v": 1, "device": str(who.device), "sig": signature}).encode())
            elif data.startswith(b'{"t":"ready"'):
                wire.send(json.dumps({"t": "join", "circle": str(circle.id)}).encode())
            elif data.startswith(b'{"t":"joined"'):
                joined.set_result(None)
            elif joined.done():
                on_error(data)
            else:
                joined.set_exception(SystemExit(f"A member could not join: {data.decode()}"))

        headers = {"Cookie": who.cookie, "Origin": f"http://localhost:{port}", "Sec-WebSocket-Protocol": "cordee.v1"}
        wire = await connect(port, "/ws", receive, headers)
        await joined
        return wire, inbox

    for circle in circles:
        if not isinstance(circle, LoadCircle):
            raise TypeError
        writer, others = circle.members[0], circle.members[1:]
        frames = [
            json.dumps({"t": "send", "env": base64.b64encode(each).decode()}).encode()
            for each in signed_messages(circle.id, writer.device, writer.key, PAYLOAD, count=STOCK)
        ]
        sender = Sender(lambda _: None, frames)
        wire, inbox = await member(circle, writer, sender.on_ack, sender.refused.append)
        sender.send = wire.send
        senders.append(sender)
        sockets.append(wire)
        inboxes.append(inbox)
        heard = await asyncio.gather(*(member(circle, each, lambda: None, sender.refused.append) for each in others))
        sockets += [wire for wire, _ in heard]
        inboxes += [inbox for _, inbox in heard]
        listeners.append(heard[0][1])
    await asyncio.sleep(1)
    idle = (resident(server) - before) / len(sockets)
    result = await figures("cordee", senders, listeners, inboxes)
    for inbox in inboxes:
        if inbox.seqs != list(range(1, len(inbox.seqs) + 1)):
            raise SystemExit("A member received messages out of order, twice, or not at all.")
    for each in sockets:
        each.close()
    return result | {"cordee_idle_bytes_per_socket": round(idle)}


STOCK = 1200  # signed messages per circle


def check_database() -> dict[str, float]:
    """The log has no hole, and each message its own audit row written in the same transaction."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), sum(seq) FROM chat_item")
        items, _ = cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FROM (SELECT group_id FROM chat_item GROUP BY 1 HAVING max(seq) <> count(*)) AS holes"
        )
        [holes] = cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FROM chat_item JOIN audit_event event ON event.id = event_id WHERE act = 'message.send'"
        )
        [traced] = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM audit_event WHERE act = 'message.send' AND out = 0")
        [events] = cursor.fetchone()
    if holes or not items == traced == events:
        raise SystemExit(f"{items} messages, {traced} traced, {events} events, {holes} logs with a hole.")
    return {"cordee_messages_stored": items, "cordee_messages_with_audit_row": traced}


# --- the reference --------------------------------------------------------------------------------------------------


async def bench_reference(port: int) -> dict[str, float]:
    from tests.load.wire import Socket, connect

    payload = base64.b64encode(os.urandom(PAYLOAD + 200)).decode()
    inboxes: list[Inbox] = []
    senders: list[Sender] = []
    listeners: list[Inbox] = []
    sockets: list[Socket] = []
    for number in range(CIRCLES):
        name = str(UUID(int=number))
        frames = [json.dumps({"id": str(UUID(int=each)), "env": payload}).encode() for each in range(STOCK)]
        sender = Sender(lambda _: None, frames)
        for index in range(MEMBERS):
            inbox = Inbox()

            def receive(_: Socket, data: bytes, inbox: Inbox = inbox, ack: Callable[[], None] = sender.on_ack) -> None:
                if data.startswith(b'{"t": "ack"'):
                    ack()
                else:
                    inbox.seqs.append(1)
                    inbox.heard[len(inbox.seqs)] = time.perf_counter()

            wire = await connect(port, f"/ws/{name}", receive, {"Origin": f"http://localhost:{port}"})
            sockets.append(wire)
            inboxes.append(inbox)
            if index == 0:
                sender.send = wire.send_text  # stock JSON consumers take nothing else
            if index == 1:
                listeners.append(inbox)
        senders.append(sender)
    await asyncio.sleep(1)
    result = await figures("reference", senders, listeners, inboxes)
    for each in sockets:
        each.close()
    return result


# --- the run --------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def on_core(core: int) -> Iterator[None]:
    """What is started in this block inherits the core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def main() -> int:
    stack = contextlib.ExitStack()
    folder = Path(tempfile.mkdtemp(prefix="cordee-bench-", dir="/tmp"))
    folder.chmod(0o711)
    services = Services(folder, durable=True, given={})
    os.environ.update(
        services.environment() | {"PUBLIC_URL": "http://localhost:8000", "DJANGO_SETTINGS_MODULE": "config.settings"}
    )
    import django

    django.setup()
    from tests.database import Cluster
    from tests.load.circles import seed
    from tests.server import serving

    result: dict[str, float] = {}
    try:
        with on_core(SERVER_CORE):
            Cluster(services).start()
        circles = seed(circles=CIRCLES, members=MEMBERS)
        os.sched_setaffinity(0, {CLIENT_CORE})
        with on_core(SERVER_CORE):
            server = stack.enter_context(serving(os.environ, log=folder / "server.log"))
        result |= asyncio.run(bench_cordee(server.port, server.process.pid, circles))
        result |= check_database()
        stack.close()
        create_reference_table(services)
        with on_core(SERVER_CORE):
            port = stack.enter_context(serving_reference(folder / "reference.log"))
        result |= asyncio.run(bench_reference(port))
    finally:
        stack.close()
        services.stop()
        shutil.rmtree(folder, ignore_errors=True)
    ours, theirs = (result[f"{name}_deliveries_per_cpu_second_at_maximum"] for name in ("cordee", "reference"))
    result["ratio_at_maximum"] = round(ours / theirs, 1)
    for name, value in result.items():
        print(f"{name}: {value}")
    Path("bench").mkdir(exist_ok=True)
    Path("bench/chat.json").write_text(json.dumps(result, indent=2) + "\n")
    return 0


@contextlib.contextmanager
def serving_reference(log: Path) -> Iterator[int]:
    """The port of a uvicorn that serves the reference with the same options as ours."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = [each for each in server_command(port) if each != "config.asgi:application"]
    command = [sys.executable, "-m", options[0], "tests.load.reference:application", *options[1:]]
    process = processes.start(command, log=log, stop_signal=signal.SIGTERM, environment=os.environ)
    try:
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield port
    finally:
        processes.stop(process, signal.SIGTERM)


def create_reference_table(services: Services) -> None:
    with psycopg.connect(services.postgres.url("owner")) as connection:
        connection.execute(
            "CREATE TABLE bench_message "
            "(id bigserial PRIMARY KEY, circle varchar(36) NOT NULL, body text NOT NULL, at timestamptz NOT NULL)"
        )


if __name__ == "__main__":
    sys.exit(main())
