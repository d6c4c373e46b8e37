"""The hub: the same bytes to every listener, slow ones sent away, and Valkey may be lost without losing a message.

The first part has hubs in this process and listeners that write down what they are handed; the second part is the real
server. Each hub here stands for one process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from redis import Redis
from uuid_utils.compat import uuid7

from chat.consumers import IN_FLIGHT
from chat.hub import Hub, Kind, Packet, circle_channel, packet, user_channel
from tests.chat_log import check_log
from tests.chat_members import id_of
from tests.chat_people import Scene, a_care_circle
from tests.chat_server import ChatHouse, Valkey
from tests.chat_socket import told
from tests.server import Server

PATIENCE = 10.0


class Ear:
    """A listener that writes down what it is handed."""

    def __init__(self) -> None:
        self.heard: list[Packet] = []
        self.resyncs = 0
        self._news = asyncio.Event()

    def deliver(self, received: Packet) -> None:
        self.heard.append(received)
        self._news.set()

    def resync(self) -> None:
        self.resyncs += 1
        self._news.set()

    @property
    def bodies(self) -> list[bytes]:
        return [each.body for each in self.heard]

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def hubs(url: str, count: int = 1) -> AsyncIterator[list[Hub]]:
    made = [Hub(url) for _ in range(count)]
    try:
        yield made
    finally:
        for each in made:
            await each.aclose()


def message(body: bytes, rights_version: int = 1) -> bytes:
    return packet(Kind.FRAME, body, rights_version)


async def test_every_listener_is_handed_the_same_bytes(valkey: Valkey) -> None:
    circle, other = uuid7(), uuid7()
    ears, elsewhere = [Ear(), Ear(), Ear()], Ear()
    async with hubs(valkey.url, 2) as (here, there):
        for hub, ear in zip((here, here, there), ears, strict=True):
            await hub.listen(circle_channel(circle), ear)
        await there.listen(circle_channel(other), elsewhere)
        await here.publish([(circle_channel(circle), message(b"%d" % number, 7)) for number in range(20)])
        for ear in ears:
            await ear.until(lambda ear=ear: len(ear.heard) == 20)  # type: ignore[misc]
            assert ear.heard == [Packet(circle, Kind.FRAME, 7, b"%d" % number) for number in range(20)]
        assert elsewhere.heard == []


async def test_the_channel_of_a_person_is_not_that_of_a_circle(valkey: Valkey) -> None:
    same = uuid7()
    circle, person = Ear(), Ear()
    async with hubs(valkey.url) as (hub,):
        await hub.listen(circle_channel(same), circle)
        await hub.listen(user_channel(same), person)
        await hub.publish([(user_channel(same), message(b"for the person"))])
        await person.until(lambda: person.bodies == [b"for the person"])
        assert person.heard[0].circle is None
        assert circle.heard == []


async def test_many_begin_to_listen_at_once(valkey: Valkey) -> None:
    """After a restart of the server everybody comes back in the same instant."""
    circles, ears = [uuid7() for _ in range(30)], [Ear() for _ in range(30)]
    async with hubs(valkey.url) as (hub,):
        await asyncio.gather(
            *(hub.listen(circle_channel(circle), ear) for circle, ear in zip(circles, ears, strict=True))
        )
        await hub.publish([(circle_channel(circle), message(circle.bytes)) for circle in circles])
        for circle, ear in zip(circles, ears, strict=True):
            await ear.until(lambda ear=ear, circle=circle: ear.bodies == [circle.bytes])  # type: ignore[misc]
        assert [ear.resyncs for ear in ears] == [0] * 30


async def test_from_the_answer_on_nothing_is_missed(valkey: Valkey) -> None:
    """What another process publishes the instant after `listen` has returned is heard."""
    async with hubs(valkey.url, 2) as (here, there):
        await there.publish([(circle_channel(uuid7()), message(b""))])  # its connection is open
        for _ in range(200):
            circle, ear = uuid7(), Ear()
            await here.listen(circle_channel(circle), ear)
            await there.publish([(circle_channel(circle), message(b"at once"))])
            await ear.until(lambda ear=ear: ear.bodies == [b"at once"])  # type: ignore[misc]
            await here.leave(circle_channel(circle), ear)


async def test_who_leaves_and_comes_back_hears_again(valkey: Valkey) -> None:
    circle, ear, witness = uuid7(), Ear(), Ear()
    channel = circle_channel(circle)
    async with hubs(valkey.url, 2) as (hub, other):
        await other.listen(channel, witness)
        for number in range(20):
            await hub.listen(channel, ear)
            await hub.leave(channel, ear)
            await hub.listen(channel, ear)
            await other.publish([(channel, message(b"%d" % number))])
            await ear.until(lambda number=number: len(ear.heard) == number + 1)  # type: ignore[misc]
            await hub.leave(channel, ear)
        await other.publish([(channel, message(b"nobody there"))])
        await witness.until(lambda: len(witness.heard) == 21)
    assert ear.bodies == [b"%d" % number for number in range(20)]


async def test_one_listener_that_fails_does_not_make_the_others_deaf(valkey: Valkey) -> None:
    class Broken(Ear):
        def deliver(self, received: Packet) -> None:
            raise ValueError("cannot")

    circle, ear = uuid7(), Ear()
    async with hubs(valkey.url) as (hub,):
        await hub.listen(circle_channel(circle), Broken())
        await hub.listen(circle_channel(circle), ear)
        for body in (b"one", b"two"):
            await hub.publish([(circle_channel(circle), message(body))])
        await ear.until(lambda: ear.bodies == [b"one", b"two"])


async def test_bytes_that_are_no_packet_are_passed_over(valkey: Valkey) -> None:
    circle, ear = uuid7(), Ear()
    async with hubs(valkey.url) as (hub,):
        await hub.listen(circle_channel(circle), ear)
        with Redis.from_url(valkey.url) as redis:
            for junk in (b"", b"x", bytes(8)):
                redis.publish(circle_channel(circle), junk)
        await hub.publish([(circle_channel(circle), message(b"a packet"))])
        await ear.until(lambda: ear.bodies == [b"a packet"])


# --- Valkey is lost ---


def cut_subscriptions(valkey: Valkey) -> None:
    """Valkey ends every subscriber's connection and keeps running: what a network does."""
    with Redis.from_url(valkey.url) as redis:
        redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")


def restart(valkey: Valkey) -> None:
    valkey.stop()
    valkey.start()


@pytest.mark.parametrize("lose", [cut_subscriptions, restart])
async def test_after_a_loss_everybody_is_told_to_fetch_and_hears_again(
    valkey: Valkey, lose: Callable[[Valkey], None]
) -> None:
    circle, ears = uuid7(), [Ear(), Ear()]
    async with hubs(valkey.url) as (hub,):
        for ear in ears:
            await hub.listen(circle_channel(circle), ear)
        lose(valkey)
        for ear in ears:
            await ear.until(lambda ear=ear: ear.resyncs == 1)  # type: ignore[misc]
        await hub.publish([(circle_channel(circle), message(b"afterwards"))])
        for ear in ears:
            await ear.until(lambda ear=ear: ear.bodies == [b"afterwards"])  # type: ignore[misc]


@pytest.mark.parametrize("lose", [cut_subscriptions, restart])
async def test_a_loss_while_nobody_listens_leaves_no_trace(valkey: Valkey, lose: Callable[[Valkey], None]) -> None:
    circle, ear = uuid7(), Ear()
    async with hubs(valkey.url) as (hub,):
        await hub.listen(circle_channel(circle), ear)
        await hub.leave(circle_channel(circle), ear)
        lose(valkey)
        await _hears(hub, circle)


async def test_who_comes_while_valkey_is_away_is_told_to_fetch_when_it_is_back(valkey: Valkey) -> None:
    circle, early, late = uuid7(), Ear(), Ear()
    async with hubs(valkey.url) as (hub,):
        await hub.listen(circle_channel(circle), early)
        valkey.stop()
        async with asyncio.timeout(PATIENCE):
            await hub.listen(circle_channel(circle), late)
            await hub.publish([(circle_channel(circle), message(b"lost"))])
        valkey.start()
        for ear in (early, late):
            await ear.until(lambda ear=ear: ear.resyncs >= 1)  # type: ignore[misc]
        await _hears(hub, circle)


async def test_a_hub_that_begins_while_valkey_is_away_finds_it_later(valkey: Valkey) -> None:
    circle, ear = uuid7(), Ear()
    valkey.stop()
    async with hubs(valkey.url) as (hub,):
        async with asyncio.timeout(PATIENCE):
            await hub.listen(circle_channel(circle), ear)
        valkey.start()
        await ear.until(lambda: ear.resyncs >= 1)
        await _hears(hub, circle)


async def test_telling_does_not_wait_for_a_valkey_that_is_away(valkey: Valkey) -> None:
    async with hubs(valkey.url) as (hub,):
        await hub.publish([(circle_channel(uuid7()), message(b""))])
        valkey.stop()
        async with asyncio.timeout(0.5):  # the group commit waits for this
            await hub.publish([(circle_channel(uuid7()), message(b""))])
        valkey.start()


async def test_a_valkey_that_no_longer_answers_is_lost_too(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frozen, its connections stay open: only its silence shows it."""
    monkeypatch.setattr("chat.hub._QUIET_SECONDS", 0.1)
    circle, ear = uuid7(), Ear()
    async with hubs(valkey.url) as (hub,):
        await hub.listen(circle_channel(circle), ear)
        with valkey.frozen():
            async with asyncio.timeout(PATIENCE):
                await hub.publish([(circle_channel(circle), message(b"lost"))])
        await ear.until(lambda: ear.resyncs >= 1)
        await _hears(hub, circle)


async def _hears(hub: Hub, circle: UUID) -> None:
    """A newcomer hears what is published from now on; told to fetch, it comes again as a browser does."""
    async with asyncio.timeout(PATIENCE):
        ear = Ear()
        while True:
            await hub.listen(circle_channel(circle), ear)
            await hub.publish([(circle_channel(circle), message(b"here"))])
            await ear.until(lambda: bool(ear.heard) or bool(ear.resyncs))
            if ear.heard:
                return
            ear.resyncs = 0


# --- the server ---


def test_a_reader_too_slow_is_sent_away_and_fetches_what_it_missed(scene: Scene, chat_server: Server) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    with (
        scene.gp.socket(chat_server) as gp,
        scene.nurse.socket(chat_server, waiting=1, receive_buffer=4096) as slow,
    ):
        last = slow.listen(circle.id)["seq"]
        gp.listen(circle.id)
        # More than the transport's buffers and the consumer's queue can hold together.
        for _ in range(1000 // IN_FLIGHT):
            frames = [scene.gp.device.send(circle.id, circle.epoch, size=8000) for _ in range(IN_FLIGHT)]
            for frame in frames:
                gp.send(frame)
            assert {told(gp.answer(id_of(frame))) for frame in frames} == {"ack"}
            gp.seen.clear()
        assert slow.close_code() == 4409
        heard = [frame["seq"] for frame in slow.seen if frame["t"] == "item"]
    assert heard == list(range(last + 1, last + 1 + len(heard)))
    assert len(heard) < 900
    missed: list[int] = []
    while page := scene.nurse.get(f"circles/{circle.id}/items", since=(heard + missed)[-1], limit=100)[1]["items"]:
        missed += [item["seq"] for item in page]
    assert heard + missed == [item.seq for item in check_log(circle.id)][last:]


def test_when_valkey_restarts_sockets_resync_and_no_message_is_lost(scene: Scene, house: ChatHouse) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    gp, nurse = scene.gp.socket(house.server), scene.nurse.socket(house.server)
    last = nurse.listen(circle.id)["seq"]
    gp.listen(circle.id)
    assert told(gp.post(scene.gp.device.send(circle.id, circle.epoch))) == "ack"
    house.valkey.stop()
    # The sender is answered all the same: PostgreSQL is the truth.
    assert told(gp.post(scene.gp.device.send(circle.id, circle.epoch))) == "ack"
    house.valkey.start()
    assert (gp.close_code(), nurse.close_code()) == (4409, 4409)
    heard = [frame["seq"] for frame in nurse.seen if frame["t"] == "item"]
    with scene.gp.socket(house.server) as again, scene.nurse.socket(house.server) as back:
        joined = back.listen(circle.id)
        fetched = scene.nurse.get(f"circles/{circle.id}/items", since=last)[1]["items"]
        assert [item["seq"] for item in fetched] == [last + 1, last + 2] == list(range(last + 1, joined["seq"] + 1))
        assert heard == [last + 1]
        again.listen(circle.id)
        assert told(again.post(scene.gp.device.send(circle.id, circle.epoch))) == "ack"
        assert back.expect("item")["seq"] == last + 3
    for socket in (gp, nurse):
        socket.close()
    check_log(circle.id)


def test_when_valkey_only_drops_the_subscription_sockets_resync_too(scene: Scene, house: ChatHouse) -> None:
    with scene.nurse.socket(house.server) as nurse:
        nurse.listen(scene.circle.id)
        cut_subscriptions(house.valkey)
        assert nurse.close_code() == 4409
