"""Fan-out: one Redis subscription per process, the same bytes to every local listener's bounded queue.

Used by `consumers` (listening) and by whoever has something to tell after a COMMIT (`store`, `services`' callers,
`whispers`). PostgreSQL is the truth and Redis a hint: when Redis was lost, listeners are told to resync, and no
message is lost.

A channel carries packets: kind (1 byte) ‖ rights version (u64 BE) ‖ bytes. The hub reads no further than that.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Protocol
from uuid import UUID

import msgspec
import structlog
from django.conf import settings
from redis import Redis
from redis import asyncio as aioredis
from redis.exceptions import RedisError

from chat.protocol import Close

log = structlog.get_logger(__name__)
_HEAD = struct.Struct(">BQ")
_RETRY_SECONDS = 0.5


class Kind(IntEnum):
    FRAME = 1  # for the client, as it is
    RECEIPT = 2  # the same, but not to the device that sent it; the frame follows its 16 bytes
    CLOSE = 3  # an Order for the connection


class Order(msgspec.Struct, frozen=True):
    """Ends connections of a person: all, those of one session, or after the person left a circle."""

    code: int
    session: str | None = None
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
        self._redis = aioredis.Redis.from_url(url)
        self._pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
        self._listeners: dict[bytes, set[Listener]] = {}
        self._pump: asyncio.Task[None] | None = None

    async def listen(self, channel: bytes, listener: Listener) -> None:
        """From the return of this call on, nothing published to the channel is missed without a `resync`."""
        listeners = self._listeners.setdefault(channel, set())
        listeners.add(listener)
        if len(listeners) == 1:
            await self._try(self._pubsub.subscribe(channel))
            if self._pump is None:
                self._pump = asyncio.create_task(self._run())

    async def leave(self, channel: bytes, listener: Listener) -> None:
        listeners = self._listeners.get(channel, set())
        listeners.discard(listener)
        if not listeners and self._listeners.pop(channel, None) is not None:
            await self._try(self._pubsub.unsubscribe(channel))

    async def publish(self, packets: Iterable[tuple[bytes, bytes]]) -> None:
        """After COMMIT only. Failing to tell is not failing to store: it is logged, and listeners resync later."""
        pipeline = self._redis.pipeline(transaction=False)
        for channel, data in packets:
            pipeline.publish(channel, data)
        await self._try(pipeline.execute())

    async def _try(self, command: object) -> None:
        try:
            await command  # type: ignore[misc]  # redis types its commands as Awaitable | Any
        except (RedisError, OSError) as error:
            log.warning("hub.unreachable", error=type(error).__name__)

    async def _run(self) -> None:
        while True:
            try:
                message = await self._pubsub.get_message(timeout=None)
            except (RedisError, OSError) as error:
                log.warning("hub.lost", error=type(error).__name__)
                await self._reconnect()
                continue
            if message is not None:
                self._hand_out(message["channel"], message["data"])

    def _hand_out(self, channel: bytes, data: bytes) -> None:
        kind, rights_version = _HEAD.unpack_from(data)
        circle = UUID(bytes=channel[1:]) if channel[:1] == b"c" else None
        received = Packet(circle, kind, rights_version, data[_HEAD.size :])
        for listener in tuple(self._listeners.get(channel, ())):
            listener.deliver(received)

    async def _reconnect(self) -> None:
        """Subscribe again to everything, then have everybody fetch what may have been missed."""
        while True:
            await asyncio.sleep(_RETRY_SECONDS)
            try:
                await self._pubsub.aclose()  # type: ignore[no-untyped-call]
                self._pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
                if self._listeners:
                    await self._pubsub.subscribe(*self._listeners)
                break
            except (RedisError, OSError):
                continue
        for listener in {each for listeners in self._listeners.values() for each in listeners}:
            listener.resync()


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub(settings.REDIS_URL)
    return _hubs[loop]


@cache
def _blocking_redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL)


def tell(channel: bytes, data: bytes) -> None:
    """The same publishing for code outside an event loop; call it in `transaction.on_commit`."""
    try:
        _blocking_redis().publish(channel, data)
    except (RedisError, OSError) as error:
        log.warning("hub.unreachable", error=type(error).__name__)


def close_user(
    user: UUID, code: Close, *, session: str | None = None, circle: UUID | None = None, why: str = ""
) -> None:
    tell(user_channel(user), order(Order(int(code), session, circle, why)))
