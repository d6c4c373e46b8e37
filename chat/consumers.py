"""The socket's door: decode, ask the gate, call one service, answer. One connection per device.

The session cookie says who the person is, the `hello` signature which device. `chat.connection` carries the frames,
`chat.hearing` knows what the connection may hear and do in each circle. Refusals keep the connection where that is
safe.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer

from audit.doors import audited, not_audited
from audit.events import Actor
from chat import announcing, commits, erasures, grants, observations, protocol, sockets
from chat.connection import Connection
from chat.envelope import IN_LOG, BadEnvelope, Kind, UnverifiedEnvelope, read_envelope, verify_envelope
from chat.errors import ChatError, DeviceEnded, NotFound
from chat.hearing import Hearings
from chat.hub import Kind as PacketKind
from chat.hub import circle_channel, hub, packet, user_channel
from chat.log import wire_time
from chat.mls.errors import BadSignature
from chat.protocol import Close
from chat.store import Answering, Posted, store
from circles.roles import Ability

log = structlog.get_logger(__name__)

IN_FLIGHT: Final = 64  # messages of one device waiting for COMMIT
CLOCK_AHEAD: Final = timedelta(minutes=5)  # `created` may be old (an outbox), never later than this

Handler = Callable[["CordeeConsumer", Any], Awaitable[None]]


class CordeeConsumer(Connection):
    """One action for each kind of frame."""

    def __init__(self) -> None:
        super().__init__()
        self._hearings = Hearings(self)
        self._in_flight = 0

    async def websocket_disconnect(self, _: Mapping[str, object]) -> None:
        self.stop()
        await self._hearings.end_all()
        raise StopConsumer

    async def act(self, frame: protocol.ClientFrame) -> None:
        """Run the action; a refusal, which `audited` has traced, is told and the connection kept."""
        try:
            await ACTIONS[type(frame)](self, frame)
        except Exception as error:
            ref, circle = _about(frame)
            self.tell(protocol.Error(code=_code(error), ref=ref, circle=circle))

    # --- actions ---

    @audited("device.connect")
    async def hello(self, frame: protocol.Hello) -> None:
        if frame.v != protocol.VERSION:
            self.close(Close.VERSION)
            raise ChatError("version", status=426)
        actor = self._acting()
        if self.device is not None:
            raise ChatError("bad_frame")
        try:
            device = await database_sync_to_async(sockets.prove_device)(
                replace(actor, device_id=frame.device), frame.device, self.nonce, frame.sig
            )
        except DeviceEnded:
            self.close(Close.DEVICE_ENDED)
            raise
        await self._hearings.listen_to_person(self._user())
        self.device = device
        # From here on an end of the session or of the device is heard; one that came before was not.
        ended = self.session and await database_sync_to_async(sockets.has_ended)(self.session, device.id)
        if self.session is None or ended:
            self.close(ended or Close.SIGNED_OUT)
            raise ChatError("signed_out", status=401)
        self.actor = replace(actor, device_id=device.id)
        self.tell(protocol.Ready(now=wire_time(datetime.now(UTC)), device=device.id))

    @audited("circle.listen")
    async def join(self, frame: protocol.Join) -> None:
        # Listen first, look afterwards: what comes between the two waits.
        try:
            hearing = await self._hearings.begin(frame.circle)
            joined, rights = await database_sync_to_async(sockets.join)(self._acting(), frame.circle)
        except Exception:
            await self._hearings.end(frame.circle)
            raise
        self.tell(joined)
        self._hearings.answered(frame.circle, hearing, joined.rv, rights)

    @not_audited("stops listening; ends no right")
    async def leave(self, frame: protocol.Leave) -> None:
        await self._hearings.end(frame.circle)

    @audited("message.send")
    async def send_message(self, frame: protocol.Send) -> None:
        envelope = self._check(frame.env, IN_LOG, "send")
        if self._in_flight >= IN_FLIGHT:
            raise ChatError("busy", status=503)
        self._in_flight += 1
        try:
            if envelope.kind is Kind.ERASE:
                placed = await self._erase(envelope)
            else:
                placed = await store().post(envelope, self._acting_in(envelope.circle), _about_what(frame, envelope))
            if envelope.kind is Kind.NOTICE:
                await database_sync_to_async(announcing.tell_members)(self._user(), placed)
        finally:
            self._in_flight -= 1
        self.tell(
            protocol.Ack(
                id=envelope.id, circle=placed.circle, seq=placed.seq, at=wire_time(placed.at), hash=placed.hash
            )
        )

    async def _erase(self, envelope: UnverifiedEnvelope) -> Posted:
        erased = await sockets.in_pool(erasures.erase, actor=self._acting(), user_id=self._user(), envelope=envelope)
        await self._publish(envelope.circle, erased.frame, erased.rights_version)
        return erased.placed

    @not_audited("a read position: latest per device, no part of the record")
    async def receipt(self, frame: protocol.Receipt) -> None:
        envelope = self._check(frame.env, {Kind.RECEIPT}, "read")
        data = await database_sync_to_async(sockets.keep_receipt)(self._user(), envelope)
        await self._tell_others(envelope.circle, data)

    @not_audited("the server's own note that a browser has the item")
    async def received(self, frame: protocol.Received) -> None:
        if self.device is None or "read" not in self._hearings.abilities(frame.circle):
            raise NotFound
        data = await database_sync_to_async(sockets.keep_delivered)(
            self._user(), self.device.id, frame.circle, frame.seq
        )
        if data is not None:
            await self._tell_others(frame.circle, data)

    @audited("mls.confirm")
    async def seen(self, frame: protocol.Seen) -> None:
        news = await database_sync_to_async(observations.keep_seen)(
            actor=self._acting(), user_id=self._user(), device=self._proved(), statement=frame.statement
        )
        if news is not None:
            await self._tell_others(news.circle, protocol.encode(news))

    @audited("mls.report")
    async def report(self, frame: protocol.Report) -> None:
        await database_sync_to_async(observations.keep_report)(
            actor=self._acting(), user_id=self._user(), device=self._proved(), statement=frame.statement
        )

    @audited("mls.commit")
    async def commit(self, frame: protocol.Commit) -> None:
        accepted = await sockets.in_pool(
            commits.commit, actor=self._acting(), user_id=self._user(), device_id=self._proved().id, frame=frame
        )
        self.tell(
            protocol.Committed(
                ref=frame.ref, circle=accepted.circle, seq=accepted.seq, epoch=accepted.epoch, hash=accepted.hash
            )
        )
        await self._publish(accepted.circle, accepted.frame, accepted.rights_version)
        await hub().publish(
            (user_channel(user), packet(PacketKind.FRAME, protocol.encode(protocol.Changed(what, accepted.circle))))
            for user in accepted.tell
            for what in sockets.CHANGED
        )

    @audited("history.grant")
    async def grant(self, frame: protocol.Grant) -> None:
        given = await sockets.in_pool(
            grants.give_history, actor=self._acting(), user_id=self._user(), device=self._proved(), frame=frame
        )
        self.tell(protocol.Granted(ref=frame.ref, circle=frame.circle, seq=given.seq, hash=given.hash))
        await self._publish(frame.circle, given.frame, given.rights_version)

    @not_audited("keeps the connection open")
    async def ping(self, _: protocol.Ping) -> None:
        self.tell(protocol.Pong())

    # --- small questions ---

    def _acting(self) -> Actor:
        if self.actor is None:
            raise ChatError("not_ready")
        return self.actor

    def _acting_in(self, circle: UUID) -> Actor:
        """A secretariat acts for a member: the trail names both."""
        return replace(self._acting(), on=self._hearings.on_behalf(circle))

    def _user(self) -> UUID:
        if self.session is None:
            raise ChatError("not_ready")
        return self.session.user_id

    def _proved(self) -> sockets.ProvedDevice:
        if self.device is None:
            raise ChatError("not_ready")
        return self.device

    async def _publish(self, circle: UUID, frame: bytes, rights_version: int) -> None:
        await hub().publish([(circle_channel(circle), packet(PacketKind.FRAME, frame, rights_version))])

    async def _tell_others(self, circle: UUID, frame: bytes) -> None:
        """To all who listen to the circle, except this device."""
        told = packet(PacketKind.TO_OTHERS, self._proved().id.bytes + frame)
        await hub().publish([(circle_channel(circle), told)])

    def _check(self, raw: bytes, kinds: Collection[Kind], ability: Ability) -> UnverifiedEnvelope:
        """An envelope of these kinds by this device, signed, for a circle in which this connection may do that."""
        try:
            envelope = read_envelope(raw)
        except BadEnvelope as error:
            raise ChatError("bad_envelope") from error
        device = self._proved()
        if envelope.device != device.id:
            raise ChatError("wrong_device", status=403)
        if ability not in self._hearings.abilities(envelope.circle):
            raise NotFound
        if envelope.kind not in kinds:
            raise ChatError("bad_envelope")
        if envelope.created > datetime.now(UTC) + CLOCK_AHEAD:
            raise ChatError("clock_skew")
        try:
            verify_envelope(envelope, device.key)
        except BadSignature as error:
            raise ChatError("bad_signature") from error
        return envelope


def _about_what(frame: protocol.Send, envelope: UnverifiedEnvelope) -> Answering | None:
    if frame.answers is None and not frame.takes:
        return None
    if envelope.kind is not Kind.ACK or frame.answers is None:
        raise ChatError("bad_envelope")
    return Answering(frame.answers, frame.takes)


def _about(frame: protocol.ClientFrame) -> tuple[UUID | None, UUID | None]:
    """What an error answers to: (reference or message id, circle)."""
    match frame:
        case protocol.Send(env=env) | protocol.Receipt(env=env):
            return (UUID(bytes=env[26:42]), UUID(bytes=env[2:18])) if len(env) >= 42 else (None, None)
        case protocol.Commit() | protocol.Grant():
            return frame.ref, frame.circle
        case protocol.Join() | protocol.Leave() | protocol.Received() | protocol.Seen() | protocol.Report():
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
    protocol.Seen: CordeeConsumer.seen,
    protocol.Report: CordeeConsumer.report,
    protocol.Commit: CordeeConsumer.commit,
    protocol.Grant: CordeeConsumer.grant,
    protocol.Ping: CordeeConsumer.ping,
}
