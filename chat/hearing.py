"""What one connection hears: the circles that it listens to, and what it may do in each.

Used by `chat.consumers`; listens to `chat.hub`. The gate is asked once, when a circle is joined, and again when
somebody's rights in it have moved or one's own have ended by themselves. While it is being asked, packets wait in
order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import structlog
from channels.db import database_sync_to_async

from chat import protocol, sockets
from chat.connection import QUEUE, Connection
from chat.hub import Kind, Order, Packet, circle_channel, hub, user_channel
from chat.protocol import Close

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Hearing:
    """What this connection may do in a circle."""

    rights_version: int = 0
    abilities: frozenset[str] = frozenset()
    on_behalf: UUID | None = None  # whose secretariat this person is there
    until: datetime | None = None  # what a person may do can end by itself, without anybody's event
    waiting: list[Packet] | None = None

    def is_outdated_by(self, received: Packet) -> bool:
        ended = self.until is not None and self.until <= datetime.now(UTC)
        return ended or received.rights_version > self.rights_version


class Hearings:
    """All circles of one connection, and its person's own channel. A `hub.Listener`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._of: dict[UUID, Hearing] = {}

    def abilities(self, circle: UUID) -> frozenset[str]:
        """As the gate last said; none in a circle that is not listened to."""
        hearing = self._of.get(circle)
        return frozenset() if hearing is None else hearing.abilities

    def on_behalf(self, circle: UUID) -> UUID | None:
        """The member for whom this person acts in a circle."""
        hearing = self._of.get(circle)
        return None if hearing is None else hearing.on_behalf

    async def listen_to_person(self, user: UUID) -> None:
        await hub().listen(user_channel(user), self)

    async def begin(self, circle: UUID) -> Hearing:
        """From here on packets of this circle wait, until `answered`."""
        earlier = self._of.get(circle)
        hearing = Hearing(waiting=[] if earlier is None else earlier.waiting or [])
        self._of[circle] = hearing
        await hub().listen(circle_channel(circle), self)
        return hearing

    def answered(self, circle: UUID, hearing: Hearing, version: int, rights: sockets.Rights) -> None:
        """The gate has answered: what waited for it is delivered in order, or asks again for itself."""
        if self._of.get(circle) is not hearing:
            return
        hearing.rights_version, hearing.abilities, hearing.until = version, rights.abilities, rights.until
        hearing.on_behalf = rights.on_behalf
        waiting, hearing.waiting = hearing.waiting or [], None
        for received in waiting:
            self.deliver(received)

    async def end(self, circle: UUID) -> None:
        self._of.pop(circle, None)
        await hub().leave(circle_channel(circle), self)

    async def end_all(self) -> None:
        for circle in list(self._of):
            await hub().leave(circle_channel(circle), self)
        self._of.clear()
        if self._connection.session is not None:
            await hub().leave(user_channel(self._connection.session.user_id), self)

    # --- what the hub hands over ---

    def deliver(self, received: Packet) -> None:
        if self._connection.closing:
            return
        if received.kind == Kind.CLOSE:
            self._obey(msgspec.json.decode(received.body, type=Order))
            return
        if received.circle is not None and not self._is_due(received.circle, received):
            return
        if received.kind == Kind.TO_OTHERS:
            device = self._connection.device
            if device is not None and received.body[:16] != device.id.bytes:
                self._connection.put(received.body[16:])
            return
        self._connection.put(received.body)

    def _is_due(self, circle: UUID, received: Packet) -> bool:
        """Whether it may be handed over now; otherwise it waits, or is for nobody here."""
        hearing = self._of.get(circle)
        if hearing is None:
            return False
        if hearing.waiting is not None:
            if len(hearing.waiting) >= QUEUE:
                self._connection.close(Close.RESYNC)
            else:
                hearing.waiting.append(received)
            return False
        if hearing.is_outdated_by(received):
            hearing.waiting = [received]
            self._connection.start(self._ask_again(circle, hearing))
            return False
        return True

    def resync(self) -> None:
        self._connection.close(Close.RESYNC)

    def _obey(self, order: Order) -> None:
        session, device = self._connection.session, self._connection.device
        if session is None or (order.session is not None and order.session != session.actor.session):
            return
        if order.device is not None and (device is None or order.device != device.id):
            return
        if order.circle is not None:
            self._connection.tell(protocol.Left(circle=order.circle, code=order.why))
        self._connection.close(Close(order.code))

    async def _ask_again(self, circle: UUID, hearing: Hearing) -> None:
        """Somebody's rights moved since the gate was asked: no item is handed over on an old answer."""
        version = max(received.rights_version for received in hearing.waiting or ())
        session = self._connection.session
        if session is None:
            return
        try:
            rights = await database_sync_to_async(sockets.rights)(session.user_id, circle)
        except Exception as error:
            log.error("socket.gate_unreachable", error=type(error).__name__)
            self._connection.close(Close.RESYNC)
            return
        if self._of.get(circle) is not hearing:
            return
        if "read" not in rights.abilities:
            await self.end(circle)
            return
        self.answered(circle, hearing, max(version, hearing.rights_version), rights)
