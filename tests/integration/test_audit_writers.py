"""Writers: each connection counts its own events, and the end of one is noticed by the next."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable

import pytest
from django.db import connection
from psycopg import AsyncConnection
from psycopg import errors as pg
from pytest_django import Settings
from uuid_utils.compat import uuid7

from audit import batch
from audit.errors import AuditError
from audit.models import Event, Pseudonym, Writer
from audit.selectors import events_about
from tests.integration.conftest import Sql
from tests.trail import NURSE, act


def test_a_writer_that_ended_is_closed_by_the_next_with_its_count(as_role: Callable[[str], Sql]) -> None:
    act("a")
    [first] = Writer.objects.all()
    as_role("postgres")("SELECT pg_terminate_backend(%s, 5000)", first.backend)  # as after a kill -9
    connection.close()
    act("b")

    second = Writer.objects.exclude(id=first.id).get()
    first.refresh_from_db()
    [closing] = events_about(obj=("Writer", first.id)).filter(act="writer.close")
    assert first.closed is not None
    assert second.closed is None
    assert json.loads(closing.leaf)["cnt"] == first.n == Event.objects.filter(w=first.id).count()
    assert closing.w == second.id


@pytest.mark.usefixtures("committed_db")
def test_writers_at_once_count_each_for_itself_and_find_one_name() -> None:
    act("before")
    mine = Writer.objects.get()
    in_threads(lambda number: [act(f"{number}/{each}", circle=CIRCLE) for each in range(5)])
    act("after")

    mine.refresh_from_db()
    assert mine.closed is None
    for writer in Writer.objects.all():
        numbers = list(Event.objects.filter(w=writer.id).order_by("wn").values_list("wn", flat=True))
        assert numbers == list(range(1, writer.n + 1))
    assert Event.objects.filter(act="writer.open").count() == Writer.objects.count() == 4
    assert Pseudonym.objects.filter(subject=CIRCLE).count() == 1
    assert events_about(circle_id=CIRCLE).count() == 15


CIRCLE = uuid7()


def in_threads(work: Callable[[int], object], count: int = 3) -> None:
    """Run `work(0)` … at once, each with a connection of its own that lives until all are done."""
    barrier, failures = threading.Barrier(count), []

    def run(number: int) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(10)
            work(number)
            barrier.wait(10)
        except Exception as error:
            barrier.abort()
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


# --- many at once, on an asynchronous connection ---


@pytest.mark.usefixtures("committed_db")
async def test_a_batch_is_written_in_its_order(settings: Settings) -> None:
    async with await AsyncConnection.connect(settings.DATABASE_URL, autocommit=True) as asynchronous:
        writer = await batch.open_writer(asynchronous)
        first = writer.next
        events = [
            batch.event("message.send", actor=NURSE, epo=1, seq=seq, sha=hashlib.sha256(b"").digest(), siz=0)
            for seq in range(50)
        ]
        await asynchronous.execute(batch.SQL_APPEND, batch.leaves(events, writer.id, first))

        with pytest.raises(pg.InvalidParameterValue):
            await asynchronous.execute(batch.SQL_APPEND, batch.leaves(events, writer.id, first))
        cursor = await asynchronous.execute("SELECT id, wn FROM audit_event WHERE act = 'message.send' ORDER BY wn")
        assert await cursor.fetchall() == [(event.id, number) for number, event in enumerate(events, first)]
        cursor = await asynchronous.execute(batch.SQL_WRITER_NEXT, (writer.id,))
        assert await cursor.fetchall() == [(first + 50,)]


@pytest.mark.usefixtures("committed_db")
async def test_a_batch_names_only_subjects_that_an_act_has_bound(settings: Settings) -> None:
    async with await AsyncConnection.connect(settings.DATABASE_URL, autocommit=True) as asynchronous:
        with pytest.raises(AuditError, match="1 of 1 Person"):
            await batch.pseudonyms(asynchronous, "Person", [uuid7()])
