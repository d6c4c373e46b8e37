"""The socket's door: decode, ask the gate, call one service, answer. One connection per device.

The session cookie says who the person is, the `hello` signature which device. What a connection may do in a circle
is asked once of the gate at `join`, and again when the circle's rights moved. Refusals keep the connection where
that is safe.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from asgiref.sync import sync_to_async
from channels.consumer import AsyncConsumer, get_handler_name
from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer

from audit.doors import audited, not_audited
from audit.events import Actor
from audit.services import record_refusal
from chat import commits, protocol, sockets
from chat.envelope import BadEnvelope, Kind, UnverifiedEnvelope, read_envelope, verify_envelope
from chat.errors import ChatError, NotFound
from chat.hub import Kind as PacketKind
from chat.hub import Order, Packet, circle_channel, hub, packet, user_channel
from chat.log import wire_time
from chat.mls.errors import BadSignature
from chat.protocol import Close
from chat.store import store
from circles.roles import Ability

log = structlog.get_logger(__name__)

QUEUE: Final = 512  # frames waiting for a slow browser; beyond it the browser fetches what it missed
IN_FLIGHT: Final = 64  # messages of one device waiting for COMMIT
MISTAKES: Final = 20  # frames that no honest client sends, before the connection is closed
CLOCK_AHEAD: Final = timedelta(minutes=5)  # `created` may be old (an outbox), never later than this

Handler = Callable[["CordeeConsumer", Any], Awaitable[None]]


@dataclass(slots=True)
class Hearing:
    """What this connection may do in a circle it listens to. While the gate is being asked, packets wait in order."""

    rights_version: int = 0
    abilities: frozenset[str] = frozenset()
    until: datetime | None = None  # what a person may do can end by itself, without anybody's event
    waiting: list[Packet] | None = None

    def is_outdated_by(self, received: Packet) -> bool:
        ended = self.until is not None and self.until <= datetime.now(UTC)
        return ended or received.rights_version > self.rights_version


class CordeeConsumer(AsyncConsumer):  # type: ignore[misc]  # channels has no types
    """States: connected (challenged) → ready (device proved) → closed."""

    def __init__(self) -> None:
        self._nonce = os.urandom(32)
        self._outgoing: asyncio.Queue[bytes | Close] = asyncio.Queue(QUEUE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._hearing: dict[UUID, Hearing] = {}
        self._device: sockets.ProvedDevice | None = None
        self._session: sockets.SocketSession | None = None
        self.actor: Actor | None = None  # asked for by `audited`
        self._in_flight = 0
        self._mistakes = 0
        self._closing = False

    # --- the connection ---

    async def dispatch(self, message: Mapping[str, Any]) -> None:
        """Channels' own closes database connections after each event, in a thread; none is opened in this one."""
        await getattr(self, get_handler_name(message))(message)

    async def websocket_connect(self, _: Mapping[str, object]) -> None:
        self._session = await database_sync_to_async(sockets.session_of)(self.scope)
        offered = self.scope.get("subprotocols", ())
        if self._session is None or protocol.SUBPROTOCOL not in offered:
            # Accepted first: a browser cannot read the code of a refused handshake.
            await self.send({"type": "websocket.accept"})
            code = Close.SIGNED_OUT if self._session is None else Close.VERSION
            await self.send({"type": "websocket.close", "code": int(code)})
            raise StopConsumer
        self.actor = self._session.actor
        await self.send({"type": "websocket.accept", "subprotocol": protocol.SUBPROTOCOL})
        self._start(self._write())
        self._start(self._expect_hello())
        self._tell(protocol.Challenge(nonce=self._nonce))

    async def websocket_receive(self, message: Mapping[str, Any]) -> None:
        if self._closing:
            return
        data: bytes = message.get("bytes") or (message.get("text") or "").encode()
        try:
            frame = protocol.decode(data)
            if self._device is None and not isinstance(frame, protocol.Hello | protocol.Ping):
                raise protocol.BadFrame("not_ready")
        except protocol.BadFrame as error:
            await self._mistake(error.code)
            return
        if isinstance(frame, protocol.Send):
            # Does not wait for its COMMIT, so that the next message may share it; tasks start in the order they are
            # made.
            self._start(self._act(frame))
        else:
            await self._act(frame)

    async def _act(self, frame: protocol.ClientFrame) -> None:
        """Run the action; a refusal, which `audited` has traced, is told and the connection kept."""
        try:
            await ACTIONS[type(frame)](self, frame)
        except Exception as error:
            ref, circle = _about(frame)
            self._tell(protocol.Error(code=_code(error), ref=ref, circle=circle))

    async def _mistake(self, code: str) -> None:
        """Bytes that are no frame: told, traced, and after some the connection ends."""
        self._tell(protocol.Error(code=code))
        if self.actor is not None:
            await database_sync_to_async(record_refusal)("socket.frame", actor=self.actor, status=400, code=code)
        self._mistakes += 1
        if self._mistakes >= MISTAKES:
            self._close(Close.BAD_FRAME)

    async def websocket_disconnect(self, _: Mapping[str, object]) -> None:
        await self._forget()
        raise StopConsumer

    async def _forget(self) -> None:
        self._closing = True
        for circle in list(self._hearing):
            await hub().leave(circle_channel(circle), self)
        self._hearing.clear()
        if self._session is not None:
            await hub().leave(user_channel(self._session.user_id), self)
        for task in self._tasks:
            task.cancel()

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _expect_hello(self) -> None:
        await asyncio.sleep(protocol.HELLO_SECONDS)
        if self._device is None:
            self._close(Close.HELLO_TIMEOUT)

    async def _write(self) -> None:
        """The only place that writes: in order, one frame after the other."""
        while True:
            each = await self._outgoing.get()
            if isinstance(each, Close):
                await self.send({"type": "websocket.close", "code": int(each)})
                return
            await self.send({"type": "websocket.send", "bytes": each})

    def _tell(self, frame: protocol.ServerFrame) -> None:
        self._put(protocol.encode(frame))

    def _put(self, data: bytes) -> None:
        if self._closing:
            return
        if self._outgoing.full():
            # Too slow: drop what waits, rather than slow others; the browser fetches by `since`.
            self._close(Close.RESYNC)
            return
        self._outgoing.put_nowait(data)

    def _close(self, code: Close) -> None:
        if self._closing:
            return
        self._closing = True
        if code is Close.RESYNC:
            while not self._outgoing.empty():
                self._outgoing.get_nowait()
        if self._outgoing.full():
            self._outgoing.get_nowait()
        self._outgoing.put_nowait(code)

    # --- what the hub hands over ---

    def deliver(self, received: Packet) -> None:
        if self._closing:
            return
        if received.kind == PacketKind.CLOSE:
            self._obey(msgspec.json.decode(received.body, type=Order))
            return
        if received.circle is not None:
            hearing = self._hearing.get(received.circle)
            if hearing is None:
                return
            if hearing.waiting is not None:
                self._wait(hearing.waiting, received)
                return
            if hearing.is_outdated_by(received):
                hearing.waiting = [received]
                self._start(self._ask_again(received.circle, hearing))
                return
        if received.kind == PacketKind.RECEIPT:
            if self._device is not None and received.body[:16] != self._device.id.bytes:
                self._put(received.body[16:])
            return
        self._put(received.body)

    def _wait(self, waiting: list[Packet], received: Packet) -> None:
        if len(waiting) >= QUEUE:
            self._close(Close.RESYNC)
            return
        waiting.append(received)

    def resync(self) -> None:
        self._close(Close.RESYNC)

    def _obey(self, order: Order) -> None:
        if self._session is None or (order.session is not None and order.session != self._session.actor.session):
            return
        if order.circle is not None:
            self._tell(protocol.Left(circle=order.circle, code=order.why))
        self._close(Close(order.code))

    async def _ask_again(self, circle: UUID, hearing: Hearing) -> None:
        """Somebody's rights moved since the gate was asked: no item is handed over on an old answer."""
        version = max(received.rights_version for received in hearing.waiting or ())
        try:
            rights = await database_sync_to_async(sockets.rights)(self._user(), circle)
        except Exception as error:
            log.error("socket.gate_unreachable", error=type(error).__name__)
            self._close(Close.RESYNC)
            return
        if self._hearing.get(circle) is not hearing:
            return
        if "read" not in rights.abilities:
            await self._stop_hearing(circle)
            return
        self._hear(circle, hearing, max(version, hearing.rights_version), rights)

    def _hear(self, circle: UUID, hearing: Hearing, version: int, rights: sockets.Rights) -> None:
        """The gate has answered: what waited for it is delivered in order, or asks again for itself."""
        hearing.rights_version, hearing.abilities, hearing.until = version, rights.abilities, rights.until
        waiting, hearing.waiting = hearing.waiting or [], None
        for received in waiting:
            self.deliver(received)

    # --- actions ---

    @audited("device.connect")
    async def hello(self, frame: protocol.Hello) -> None:
        if frame.v != protocol.VERSION:
            self._close(Close.VERSION)
            raise ChatError("version", status=426)
        actor = self._acting()
        if self._device is not None:
            raise ChatError("bad_frame")
        device = await database_sync_to_async(sockets.prove_device)(
            replace(actor, device_id=frame.device), frame.device, self._nonce, frame.sig
        )
        await hub().listen(user_channel(self._user()), self)
        # From here on an end of the session is heard; one that came before was not.
        if self._session is None or await database_sync_to_async(sockets.has_ended)(self._session):
            self._close(Close.SIGNED_OUT)
            raise ChatError("signed_out", status=401)
        self._device = device
        self.actor = replace(actor, device_id=device.id)
        self._tell(protocol.Ready(now=wire_time(datetime.now(UTC)), device=device.id))

    @audited("circle.listen")
    async def join(self, frame: protocol.Join) -> None:
        # Listen first, look afterwards: what comes between the two waits.
        earlier = self._hearing.get(frame.circle)
        hearing = Hearing(waiting=[] if earlier is None else earlier.waiting or [])
        self._hearing[frame.circle] = hearing
        try:
            await hub().listen(circle_channel(frame.circle), self)
            joined, rights = await database_sync_to_async(sockets.join)(self._acting(), frame.circle)
        except Exception:
            await self._stop_hearing(frame.circle)
            raise
        self._tell(joined)
        self._hear(frame.circle, hearing, joined.rv, rights)

    @not_audited("stops listening; ends no right")
    async def leave(self, frame: protocol.Leave) -> None:
        await self._stop_hearing(frame.circle)

    @audited("message.send")
    async def send_message(self, frame: protocol.Send) -> None:
        envelope = self._check(frame.env, Kind.MESSAGE, "send")
        if self._in_flight >= IN_FLIGHT:
            raise ChatError("busy", status=503)
        self._in_flight += 1
        try:
            placed = await store().post(envelope, self._acting())
        finally:
            self._in_flight -= 1
        self._tell(
            protocol.Ack(
                id=envelope.id, circle=placed.circle, seq=placed.seq, at=wire_time(placed.at), hash=placed.hash
            )
        )

    @not_audited("a read position: latest per device, no part of the record")
    async def receipt(self, frame: protocol.Receipt) -> None:
        envelope = self._check(frame.env, Kind.RECEIPT, "read")
        data = await database_sync_to_async(sockets.keep_receipt)(self._user(), envelope)
        await self._tell_others(envelope.circle, data)

    @not_audited("the server's own note that a browser has the item")
    async def received(self, frame: protocol.Received) -> None:
        if self._device is None or frame.circle not in self._hearing:
            raise NotFound
        data = await database_sync_to_async(sockets.keep_delivered)(
            self._user(), self._device.id, frame.circle, frame.seq
        )
        if data is not None:
            await self._tell_others(frame.circle, data)

    @audited("mls.commit")
    async def commit(self, frame: protocol.Commit) -> None:
        if self._device is None:
            raise ChatError("not_ready")
        # In a thread of a pool, not in the one that database_sync_to_async shares: circles do not wait for each other.
        accepted = await sync_to_async(sockets.in_own_connection(commits.commit), thread_sensitive=False)(
            actor=self._acting(), user_id=self._user(), device_id=self._device.id, frame=frame
        )
        self._tell(
            protocol.Committed(
                ref=frame.ref, circle=accepted.circle, seq=accepted.seq, epoch=accepted.epoch, hash=accepted.hash
            )
        )
        item = packet(PacketKind.FRAME, accepted.frame, accepted.rights_version)
        changed = [
            packet(PacketKind.FRAME, protocol.encode(protocol.Changed(what=what, circle=accepted.circle)))
            for what in sockets.CHANGED
        ]
        await hub().publish(
            [(circle_channel(accepted.circle), item)]
            + [(user_channel(user), each) for user in accepted.tell for each in changed]
        )

    @not_audited("keeps the connection open")
    async def ping(self, _: protocol.Ping) -> None:
        self._tell(protocol.Pong())

    # --- small questions ---

    def _acting(self) -> Actor:
        if self.actor is None:
            raise ChatError("not_ready")
        return self.actor

    def _user(self) -> UUID:
        if self._session is None:
            raise ChatError("not_ready")
        return self._session.user_id

    async def _stop_hearing(self, circle: UUID) -> None:
        self._hearing.pop(circle, None)
        await hub().leave(circle_channel(circle), self)

    async def _tell_others(self, circle: UUID, frame: bytes) -> None:
        """To all who listen to the circle, except this device."""
        if self._device is not None:
            await hub().publish([(circle_channel(circle), packet(PacketKind.RECEIPT, self._device.id.bytes + frame))])

    def _check(self, raw: bytes, kind: Kind, ability: Ability) -> UnverifiedEnvelope:
        """An envelope of this kind by this device, signed, for a circle in which this connection may do that."""
        try:
            envelope = read_envelope(raw)
        except BadEnvelope as error:
            raise ChatError("bad_envelope") from error
        device = self._device
        if device is None or envelope.device != device.id:
            raise ChatError("wrong_device", status=403)
        hearing = self._hearing.get(envelope.circle)
        if hearing is None or ability not in hearing.abilities:
            raise NotFound
        if envelope.kind is not kind:
            raise ChatError("bad_envelope")
        if envelope.created > datetime.now(UTC) + CLOCK_AHEAD:
            raise ChatError("clock_skew")
        try:
            verify_envelope(envelope, device.key)
        except BadSignature as error:
            raise ChatError("bad_signature") from error
        return envelope


def _about(frame: protocol.ClientFrame) -> tuple[UUID | None, UUID | None]:
    """What an error answers to: (reference or message id, circle)."""
    match frame:
        case protocol.Send(env) | protocol.Receipt(env):
            return (UUID(bytes=env[26:42]), UUID(bytes=env[2:18])) if len(env) >= 42 else (None, None)
        case protocol.Commit():
            return frame.ref, frame.circle
        case protocol.Join() | protocol.Leave() | protocol.Received():
            return None, frame.circle
        case _:
            return None, None


def _code(error: Exception) -> str:
    """The stable code of a refusal; anything else is our fault and is logged without its words."""
    code = getattr(error, "code", None)
    if isinstance(code, str):
        return code
    log.error("socket.failed", error=type(error).__name__, exc_info=error)
    return "internal"


ACTIONS: Final[Mapping[type[protocol.Frame], Handler]] = {
    protocol.Hello: CordeeConsumer.hello,
    protocol.Join: CordeeConsumer.join,
    protocol.Leave: CordeeConsumer.leave,
    protocol.Send: CordeeConsumer.send_message,
    protocol.Receipt: CordeeConsumer.receipt,
    protocol.Received: CordeeConsumer.received,
    protocol.Commit: CordeeConsumer.commit,
    protocol.Ping: CordeeConsumer.ping,
}
