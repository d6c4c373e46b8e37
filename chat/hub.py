"""Fan-out: one Redis subscription per process, the same bytes to every local listener's bounded queue.

Used by `consumers` (listening) and by whoever has something to tell after a COMMIT (`store`, `services`' callers,
`whispers`). PostgreSQL is the truth and Redis a hint: when Redis was lost, listeners are told to resync, and no
message is lost.

A channel carries packets: kind (1 byte) ‖ rights version (u64 BE) ‖ bytes. The hub reads no further than that.
"""

from __future__ import annotations

import asyncio
import struct
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec
import structlog
from django.conf import settings
from redis import Redis
from redis import asyncio as aioredis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as NoAnswer
from redis.exceptions import RedisError

from chat.protocol import Close

log = structlog.get_logger(__name__)
_HEAD = struct.Struct(">BQ")
_RETRY_SECONDS: Final = 0.5
_QUIET_SECONDS = 10.0  # without a message, before Redis is asked whether it is still there
_ANSWER_SECONDS: Final = 2.0  # the group commit waits for a publishing, and must not wait for long
_NOBODY: Final = b"-"


class Kind(IntEnum):
    FRAME = 1  # for the client, as it is
    TO_OTHERS = 2  # the same, but not to the device that sent it; the frame follows its 16 bytes
    CLOSE = 3  # an Order for the connection


class Order(msgspec.Struct, frozen=True):
    """Ends connections of a person: all, those of one session or one device, or after the person left a circle."""

    code: int
    session: str | None = None
    device: UUID | None = None
    circle: UUID | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Packet:
    circle: UUID | None
    kind: int
    rights_version: int
    body: bytes


class Listener(Protocol):
    def deliver(self, packet: Packet) -> None:
        """Takes the packet without waiting; a listener that cannot closes itself."""

    def resync(self) -> None:
        """Something may have been missed."""


def circle_channel(circle: UUID) -> bytes:
    return b"c" + circle.bytes


def user_channel(user: UUID) -> bytes:
    return b"u" + user.bytes


def packet(kind: Kind, body: bytes, rights_version: int = 0) -> bytes:
    return _HEAD.pack(kind, rights_version) + body


def order(value: Order) -> bytes:
    return packet(Kind.CLOSE, msgspec.json.encode(value))


class Hub:
    """Lives in one event loop. Channels are subscribed to while somebody local listens."""

    def __init__(self, url: str) -> None:
        self._redis = aioredis.Redis.from_url(
            url, socket_timeout=_ANSWER_SECONDS, socket_connect_timeout=_ANSWER_SECONDS
        )
        self._pubsub: PubSub | None = None  # None while Redis is away
        self._listeners: dict[bytes, set[Listener]] = {}
        # Subscribing and leaving that Redis has not confirmed yet, by channel; and who waits for that.
        self._unconfirmed: Counter[bytes] = Counter()
        self._waiting: dict[bytes, asyncio.Future[None]] = {}
        self._may_have_missed = False
        self._pump: asyncio.Task[None] | None = None

    async def listen(self, channel: bytes, listener: Listener) -> None:
        """From the return of this call on, nothing published to the channel is missed without a `resync`."""
        self._listeners.setdefault(channel, set()).add(listener)
        if self._pump is None:
            self._pump = asyncio.create_task(self._run())
        if len(self._listeners[channel]) == 1 and self._pubsub is not None:
            await self._change(self._pubsub.subscribe, channel)
        if self._unconfirmed[channel] or (self._pubsub is None and not self._may_have_missed):
            waiting = self._waiting.setdefault(channel, asyncio.get_running_loop().create_future())
            await asyncio.shield(waiting)

    async def leave(self, channel: bytes, listener: Listener) -> None:
        listeners = self._listeners.get(channel, set())
        listeners.discard(listener)
        if not listeners and self._listeners.pop(channel, None) is not None and self._pubsub is not None:
            await self._change(self._pubsub.unsubscribe, channel)

    async def publish(self, packets: Iterable[tuple[bytes, bytes]]) -> None:
        """After COMMIT only. Failing to tell is not failing to store: it is logged, and listeners resync later."""
        pipeline = self._redis.pipeline(transaction=False)
        for channel, data in packets:
            pipeline.publish(channel, data)
        try:
            await pipeline.execute()
        except (RedisError, OSError) as error:
            log.warning("hub.unreachable", error=type(error).__name__)

    async def aclose(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
        if self._pubsub is not None:
            await self._pubsub.aclose()  # type: ignore[no-untyped-call]
        await self._redis.aclose()

    async def _change(self, command: Callable[[bytes], Awaitable[None]], channel: bytes) -> None:
        self._unconfirmed[channel] += 1
        try:
            await command(channel)
        except (RedisError, OSError) as error:
            log.warning("hub.unreachable", error=type(error).__name__)  # the pump notices too, and begins anew

    async def _run(self) -> None:
        while True:
            pubsub = self._redis.pubsub()
            try:
                await self._subscribe_to_all(pubsub)
                while True:
                    self._take(await _next(pubsub))
            except Exception as error:
                # Whatever it is, begin anew: a pump that dies would leave the whole process deaf.
                log.warning("hub.lost", error=type(error).__name__)
            self._lose()
            with suppress(RedisError, OSError):
                await pubsub.aclose()  # type: ignore[no-untyped-call]
            await asyncio.sleep(_RETRY_SECONDS)

    async def _subscribe_to_all(self, pubsub: PubSub) -> None:
        """To everything that is listened to; then those who may have missed something fetch it."""
        known: set[bytes] = set()
        # A channel of nobody's keeps the connection open while nobody listens.
        while missing := {_NOBODY, *self._listeners} - known:
            await pubsub.subscribe(*missing)
            due = len(missing)
            while due:
                due -= (await _next(pubsub))["type"] == "subscribe"
            known |= missing
        self._pubsub = pubsub
        self._release()
        if self._may_have_missed:
            self._may_have_missed = False
            for listener in {each for listeners in self._listeners.values() for each in listeners}:
                listener.resync()

    def _lose(self) -> None:
        """From here on something may be missed; nobody waits for what cannot be confirmed."""
        self._pubsub = None
        self._may_have_missed = True
        self._unconfirmed.clear()
        self._release()

    def _release(self) -> None:
        for waiting in self._waiting.values():
            waiting.set_result(None)
        self._waiting.clear()

    def _take(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "pong":
            return
        channel: bytes = message["channel"]
        if message["type"] == "message":
            self._hand_out(channel, message["data"])
            return
        self._unconfirmed[channel] -= 1
        if self._unconfirmed[channel] <= 0:
            del self._unconfirmed[channel]
            if channel in self._waiting:
                self._waiting.pop(channel).set_result(None)

    def _hand_out(self, channel: bytes, data: bytes) -> None:
        if len(data) < _HEAD.size:
            log.error("hub.not_a_packet", size=len(data))
            return
        kind, rights_version = _HEAD.unpack_from(data)
        circle = UUID(bytes=channel[1:]) if channel[:1] == b"c" else None
        received = Packet(circle, kind, rights_version, data[_HEAD.size :])
        for listener in tuple(self._listeners.get(channel, ())):
            try:
                listener.deliver(received)
            except Exception as error:
                # Whatever it is, the others hear: a pump that dies would leave the whole process deaf.
                log.error("hub.delivery_failed", exc_info=error)


async def _next(pubsub: PubSub) -> Mapping[str, Any]:
    """The next message. A Redis that does not even answer a PING is lost: networks drop connections in silence."""
    message = await pubsub.get_message(timeout=_QUIET_SECONDS)
    if message is None:
        await pubsub.ping()
        message = await pubsub.get_message(timeout=_QUIET_SECONDS)
    if message is None:
        raise NoAnswer("no answer")
    found: Mapping[str, Any] = message
    return found


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub(settings.REDIS_URL)
    return _hubs[loop]


@cache
def _blocking_redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=_ANSWER_SECONDS, socket_connect_timeout=_ANSWER_SECONDS)


def tell(channel: bytes, data: bytes) -> None:
    """The same publishing for code outside an event loop; call it in `transaction.on_commit`."""
    try:
        _blocking_redis().publish(channel, data)
    except (RedisError, OSError) as error:
        log.warning("hub.unreachable", error=type(error).__name__)


def connected(users: Iterable[UUID]) -> set[UUID]:
    """Those of them who have a page open somewhere, in any process; nobody while Redis is away."""
    asked = {user_channel(user): user for user in users}
    if not asked:
        return set()
    try:
        counted: list[tuple[bytes, int]] = _blocking_redis().pubsub_numsub(*asked)  # type: ignore[assignment]
    except (RedisError, OSError) as error:
        log.warning("hub.unreachable", error=type(error).__name__)
        return set()
    return {asked[channel] for channel, listeners in counted if listeners}


def close_user(
    user: UUID,
    code: Close,
    *,
    session: str | None = None,
    device: UUID | None = None,
    circle: UUID | None = None,
    why: str = "",
) -> None:
    tell(user_channel(user), order(Order(int(code), session, device, circle, why)))
