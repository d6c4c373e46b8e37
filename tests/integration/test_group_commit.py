"""The group commit: everything that came meanwhile in one transaction, each row for itself, told only after COMMIT.

The server is real; `sql` looks at its database as the superuser, from outside.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from uuid_utils.compat import uuid7

from audit.models import Event
from audit.selectors import events_about
from chat.models import Item
from tests.chat_log import check_log
from tests.chat_members import id_of
from tests.chat_people import CareCircle, Person, Scene, a_care_circle
from tests.chat_server import ChatHouse, wait_until
from tests.chat_socket import Socket, told
from tests.server import Server, serving

Sql = Callable[..., list[Any]]


@pytest.fixture
def sql(house: ChatHouse) -> Iterator[Sql]:
    url = house.parts.postgres.url("postgres", house.database)
    with psycopg.connect(url, autocommit=True, application_name="test") as connection:

        def run(statement: LiteralString, *parameters: object) -> list[Any]:
            cursor = connection.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

        yield run


@pytest.fixture
def circle(scene: Scene) -> CareCircle:
    return a_care_circle(scene.gp, scene.nurse)


@contextmanager
def talking(server: Server, circle: CareCircle, *people: Person) -> Iterator[list[Socket]]:
    """The people's sockets, listening to the circle."""
    sockets = [person.socket(server) for person in people]
    try:
        for socket in sockets:
            socket.listen(circle.id)
        yield sockets
    finally:
        for socket in sockets:
            socket.close()


@contextmanager
def held(house: ChatHouse, circle: CareCircle) -> Iterator[None]:
    """The circle's row is locked by somebody else: whatever is written to it waits."""
    url = house.parts.postgres.url("postgres", house.database)
    with psycopg.connect(url, application_name="test") as blocker:
        blocker.execute("SELECT FROM chat_group WHERE circle_id = %s FOR UPDATE", [circle.id])
        yield
        blocker.rollback()


def waiting(sql: Sql) -> int:
    return int(sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")[0][0])


def test_what_came_meanwhile_is_one_transaction_in_the_order_it_came(
    scene: Scene, house: ChatHouse, circle: CareCircle, sql: Sql
) -> None:
    with talking(house.server, circle, scene.gp) as (gp,):
        frames = [scene.gp.device.send(circle.id, circle.epoch) for _ in range(30)]
        with held(house, circle):
            gp.send(frames[0])
            wait_until(lambda: waiting(sql) == 1)
            for frame in frames[1:]:
                gp.send(frame)
            assert gp.fence() == []  # all 30 have arrived, none is answered
        acks = [gp.answer(id_of(frame)) for frame in frames]
    assert [told(ack) for ack in acks] == ["ack"] * 30
    seqs = [ack["seq"] for ack in acks]
    assert seqs == list(range(seqs[0], seqs[0] + 30))
    items = check_log(circle.id)[-30:]
    assert [str(item.message_id) for item in items] == [id_of(frame) for frame in frames]
    transactions = [item.event.xid for item in items]
    assert len(set(transactions)) == 2  # the first alone, the other 29 together
    assert len({(item.event.w, item.event.wn) for item in items}) == 30


def test_nobody_is_answered_and_nobody_hears_before_the_commit(
    scene: Scene, house: ChatHouse, circle: CareCircle, sql: Sql
) -> None:
    with talking(house.server, circle, scene.gp, scene.nurse) as (gp, nurse):
        frame = scene.gp.device.send(circle.id, circle.epoch)
        with held(house, circle):
            gp.send(frame)
            wait_until(lambda: waiting(sql) == 1)
            assert gp.fence() == []
            assert nurse.fence() == []
            assert not Item.objects.filter(message_id=id_of(frame)).exists()
            assert not events_about(obj=("Message", uuid7())).exists()
        assert told(gp.answer(id_of(frame))) == "ack"
        assert nurse.expect("item")["env"] == frame["env"]
    assert Item.objects.filter(message_id=id_of(frame)).exists()


def test_a_message_and_its_event_stand_or_fall_together(
    scene: Scene, chat_server: Server, circle: CareCircle, sql: Sql
) -> None:
    before = Event.objects.filter(act="message.send", out=0).count()
    with talking(chat_server, circle, scene.gp) as (gp,), refusing(sql, "audit_event", "NEW.act = 'message.send'"):
        frame = scene.gp.device.send(circle.id, circle.epoch)
        assert told(gp.post(frame)) not in ("ack", "stale_epoch")
        assert not Item.objects.filter(message_id=id_of(frame)).exists()
    assert Event.objects.filter(act="message.send", out=0).count() == before
    with talking(chat_server, circle, scene.gp) as (gp,):
        assert told(gp.post(frame)) == "ack"
    [event] = events_about(obj=("Message", Item.objects.get(message_id=id_of(frame)).message_id or uuid7()))
    assert event.out == 0
    check_log(circle.id)


@contextmanager
def refusing(sql: Sql, table: LiteralString, when: LiteralString) -> Iterator[None]:
    """The database refuses rows of this table that are so; what it says is none of a lost connection's words."""
    sql(
        """
        CREATE FUNCTION refuse_for_a_test() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE check_violation USING MESSAGE = 'refused for a test'; END $$
        """
    )
    sql(
        "CREATE TRIGGER refuse_for_a_test BEFORE INSERT ON "
        + table
        + " FOR EACH ROW WHEN ("
        + when
        + ") EXECUTE FUNCTION refuse_for_a_test()"
    )
    sql("ALTER TABLE " + table + " ENABLE ALWAYS TRIGGER refuse_for_a_test")
    try:
        yield
    finally:
        sql("DROP FUNCTION refuse_for_a_test CASCADE")


def test_a_row_that_the_database_refuses_does_not_fail_the_others(
    scene: Scene, house: ChatHouse, circle: CareCircle, sql: Sql
) -> None:
    elsewhere = a_care_circle(scene.nurse)
    with (
        talking(house.server, circle, scene.gp) as (gp,),
        talking(house.server, elsewhere, scene.nurse) as (nurse,),
        refusing(sql, "chat_item", "length(NEW.body) = 1000"),
    ):
        good = [scene.gp.device.send(circle.id, circle.epoch) for _ in range(8)]
        bad = scene.gp.device.send(circle.id, circle.epoch, size=1000 - 122 - 64)
        other = scene.nurse.device.send(elsewhere.id, elsewhere.epoch)
        with held(house, circle):  # so that all of them are in one batch
            gp.send(good[0])
            wait_until(lambda: waiting(sql) == 1)
            for frame in (*good[1:4], bad, *good[4:]):
                gp.send(frame)
            gp.fence()
            nurse.send(other)
            nurse.fence()
        assert [told(gp.answer(id_of(frame))) for frame in good] == ["ack"] * 8
        assert told(nurse.answer(id_of(other))) == "ack"
        assert told(gp.answer(id_of(bad))) == "bad_envelope"
        assert told(gp.post(scene.gp.device.send(circle.id, circle.epoch))) == "ack"
    for each in (circle, elsewhere):
        check_log(each.id)
    assert not Item.objects.filter(message_id=id_of(bad)).exists()
    [*_, refused] = [event for event in scene.gp.traces("message.send") if event.out != 0]
    assert refused.err == "bad_envelope"


def test_messages_of_many_circles_do_not_mix(scene: Scene, house: ChatHouse, sql: Sql) -> None:
    circles = [a_care_circle(scene.gp) for _ in range(4)]
    with scene.gp.socket(house.server) as gp:
        for circle in circles:
            gp.listen(circle.id)
        frames = [scene.gp.device.send(circles[number % 4].id, 0) for number in range(24)]
        with held(house, circles[0]):
            gp.send(frames[0])
            wait_until(lambda: waiting(sql) == 1)
            for frame in frames[1:]:
                gp.send(frame)
            gp.fence()
        acks = [gp.answer(id_of(frame)) for frame in frames]
    for number, circle in enumerate(circles):
        assert [ack["seq"] for ack in acks[number::4]] == [1, 2, 3, 4, 5, 6]
        assert [str(item.message_id) for item in check_log(circle.id)] == [id_of(frame) for frame in frames[number::4]]


def test_when_the_database_drops_the_connection_senders_hear_busy_and_may_send_again(
    scene: Scene, house: ChatHouse, circle: CareCircle, sql: Sql
) -> None:
    with talking(house.server, circle, scene.gp, scene.nurse) as (gp, nurse):
        assert told(gp.post(scene.gp.device.send(circle.id, circle.epoch))) == "ack"
        frame = scene.gp.device.send(circle.id, circle.epoch)
        with held(house, circle):
            gp.send(frame)
            wait_until(lambda: waiting(sql) == 1)
            sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            assert told(gp.answer(id_of(frame))) == "busy"
        assert not Item.objects.filter(message_id=id_of(frame)).exists()
        assert told(gp.post(frame)) == "ack"  # the same bytes
        nurse.items(circle.id, 2)
    check_log(circle.id)
    busy = [event for event in scene.gp.traces("message.send") if event.err == "busy"]
    assert [event.out for event in busy][-1:] == [12]


def test_the_writer_of_a_lost_connection_is_closed_and_a_new_one_begins(
    scene: Scene, house: ChatHouse, circle: CareCircle, sql: Sql
) -> None:
    """Each connection is a writer of the trail and counts its events without a gap."""
    with talking(house.server, circle, scene.gp) as (gp,):
        first = gp.post(scene.gp.device.send(circle.id, circle.epoch))["seq"]
        with held(house, circle):
            lost = scene.gp.device.send(circle.id, circle.epoch)
            gp.send(lost)
            wait_until(lambda: waiting(sql) == 1)
            sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            gp.answer(id_of(lost))
        second = gp.post(scene.gp.device.send(circle.id, circle.epoch))["seq"]
    before, after = (Item.objects.get(group_id=circle.id, seq=seq).event for seq in (first, second))
    assert after.w != before.w
    gaps = sql("SELECT w FROM audit_event GROUP BY w HAVING count(*) <> max(wn) OR min(wn) <> 1")
    assert gaps == []


def test_while_a_circle_is_locked_others_of_another_process_go_on(
    scene: Scene, house: ChatHouse, second_server: Server, circle: CareCircle, sql: Sql
) -> None:
    elsewhere = a_care_circle(scene.nurse)
    with (
        talking(house.server, circle, scene.gp) as (gp,),
        talking(second_server, elsewhere, scene.nurse) as (nurse,),
    ):
        frame = scene.gp.device.send(circle.id, circle.epoch)
        with held(house, circle):
            gp.send(frame)
            wait_until(lambda: waiting(sql) == 1)
            assert told(nurse.post(scene.nurse.device.send(elsewhere.id, elsewhere.epoch))) == "ack"
        assert told(gp.answer(id_of(frame))) == "ack"


# --- two processes ---


@pytest.fixture(scope="module")
def second_server(house: ChatHouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Another process on the same database and Valkey, as operators add them."""
    log: Path = tmp_path_factory.mktemp("second") / "server.log"
    with serving(house.environment, log=log) as server:
        yield server


def test_two_processes_write_one_log_and_everybody_hears_all_of_it(
    scene: Scene, chat_server: Server, second_server: Server, circle: CareCircle
) -> None:
    count = 60
    with (
        talking(chat_server, circle, scene.gp) as (here,),
        talking(second_server, circle, scene.nurse) as (there,),
    ):

        def write(person: Person, socket: Socket) -> list[int]:
            frames = [person.device.send(circle.id, circle.epoch) for _ in range(count)]
            for frame in frames:
                socket.send(frame)
            return [socket.answer(id_of(frame))["seq"] for frame in frames]

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.submit(write, scene.gp, here), pool.submit(write, scene.nurse, there)
            acked = first.result(), second.result()
        heard = [socket.items(circle.id, 2 * count) for socket in (here, there)]
    for own in acked:
        assert own == sorted(own)  # a device's messages keep their order
    assert sorted(acked[0] + acked[1]) == list(range(3, 3 + 2 * count))
    by_place = [{item["seq"]: item for item in items} for items in heard]
    assert by_place[0] == by_place[1]  # the same items at the same places, wherever one listens
    assert sorted(by_place[0]) == sorted(acked[0] + acked[1])
    check_log(circle.id)


def test_a_repeat_at_another_process_is_the_same_message(
    scene: Scene, chat_server: Server, second_server: Server, circle: CareCircle
) -> None:
    frame = scene.gp.device.send(circle.id, circle.epoch)
    with talking(chat_server, circle, scene.gp) as (here,), talking(second_server, circle, scene.gp) as (there,):
        for socket in (here, there):
            socket.send(frame)
        answers = [socket.answer(id_of(frame)) for socket in (here, there)]
    assert answers[0] == answers[1]
    assert told(answers[0]) == "ack"
    assert Item.objects.filter(message_id=id_of(frame)).count() == 1


def test_one_id_sent_to_two_circles_at_two_processes_is_taken_once(
    scene: Scene, chat_server: Server, second_server: Server, circle: CareCircle
) -> None:
    """Different circles are locked by different processes: the index decides, and the loser is told in words."""
    other = a_care_circle(scene.gp, scene.nurse)
    with (
        talking(chat_server, circle, scene.gp, scene.gp) as (here, _),
        talking(second_server, other, scene.gp) as (there,),
    ):
        for _ in range(10):
            taken = uuid7()
            here.send(scene.gp.device.send(circle.id, circle.epoch, id=taken))
            there.send(scene.gp.device.send(other.id, other.epoch, id=taken))
            answers = sorted(told(socket.answer(str(taken))) for socket in (here, there))
            assert answers == ["ack", "replayed_id"]
    for each in (circle, other):
        check_log(each.id)


def test_a_membership_that_ends_at_one_process_ends_at_the_other(
    scene: Scene, chat_server: Server, second_server: Server
) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    with talking(chat_server, circle, scene.gp) as (gp,), talking(second_server, circle, scene.nurse) as (nurse,):
        frame, after = circle.rope.end(scene.gp.device, scene.nurse.id)
        assert told(gp.commit(frame)) == "committed"
        assert nurse.close_code() == 4403
        assert told(gp.post(scene.gp.device.send(circle.id, after.epoch))) == "ack"


def test_a_server_that_is_killed_has_answered_nothing_that_it_has_not_written(
    scene: Scene, house: ChatHouse, second_server: Server, circle: CareCircle
) -> None:
    """In the middle of a burst: every ack is in the log, and what has no ack may be sent again. The last test here.

    The nurse, at the other process, hears every message: also one that was written and could not be told any more.
    """
    frames = [scene.gp.device.send(circle.id, circle.epoch) for _ in range(300)]
    acked: set[str] = set()
    nurse = scene.nurse.socket(house.server, waiting=2000)
    nurse.listen(circle.id)
    with talking(second_server, circle, scene.gp) as (gp,):
        for frame in frames:
            gp.send(frame)
        while len(acked) < 20:
            answer = gp.read()
            if answer["t"] == "ack":
                acked.add(answer["id"])
        second_server.process.kill()
        gp.close_code()
        acked |= {frame["id"] for frame in gp.seen if frame["t"] == "ack"}
    kept = {str(item.message_id) for item in check_log(circle.id) if item.message_id}
    assert acked <= kept
    with scene.gp.socket(house.server) as again:
        again.listen(circle.id)
        for frame in frames:
            while (answer := again.post(frame))["t"] == "error":
                assert answer["code"] == "busy"
                time.sleep(0.01)
    unheard = {frame["env"] for frame in frames}
    while unheard:
        unheard.discard(nurse.expect("item")["env"])
    nurse.close()
    assert {str(item.message_id) for item in check_log(circle.id) if item.message_id} == {id_of(f) for f in frames}
