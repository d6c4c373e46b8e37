"""PostgreSQL refuses everything but appending: to the application, to those who read, and to the owner."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import LiteralString

import psycopg
import pytest
from psycopg import errors as pg
from pytest_django import Settings
from uuid_utils.compat import uuid7

from audit import batch
from audit.events import Event, leaf, mac
from audit.models import Event as Row
from tests.database import Cluster
from tests.integration.conftest import Sql
from tests.trail import act

INSERT: LiteralString = """
    INSERT INTO audit_event (id, leaf, mac, w, wn, t, act, "out")
    VALUES (gen_random_uuid(), '{}', decode(repeat('00', 32), 'hex'), 1, 99, now(), 'circle.read', 0)"""
TAMPERS: list[LiteralString] = [
    "UPDATE audit_event SET leaf = '{}' WHERE wn = 2",
    "UPDATE audit_event SET who = NULL",
    "DELETE FROM audit_event",
    "DELETE FROM audit_event WHERE false",
    "TRUNCATE audit_event CASCADE",
    "DELETE FROM audit_writer",
    "TRUNCATE audit_writer",
    "UPDATE audit_pseudonym SET subject = gen_random_uuid()",
    "TRUNCATE audit_pseudonym CASCADE",
    "UPDATE audit_detail SET sealed = ''",
    "TRUNCATE audit_detail",
]
PAST_THE_FUNCTION: list[LiteralString] = [
    INSERT,
    "UPDATE audit_writer SET n = n + 1",
    "INSERT INTO audit_writer (n, backend) VALUES (0, 1)",
    "DELETE FROM audit_pseudonym",
    "DELETE FROM audit_detail",
    "ALTER TABLE audit_event DISABLE TRIGGER ALL",
    "DROP TRIGGER audit_append_only ON audit_event",
    "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "SET ROLE cordee_owner",
    "SET session_replication_role = replica",
]
EVENTS: LiteralString = "SELECT * FROM audit_event ORDER BY wn"


@pytest.mark.parametrize("role", ["app", "sequencer", "auditor", "owner"])
def test_nobody_changes_or_removes(role: str, as_role: Callable[[str], Sql]) -> None:
    act(reason="a reason")
    before = as_role("postgres")(EVENTS)

    for tamper in TAMPERS:
        with pytest.raises(pg.InsufficientPrivilege):
            as_role(role)(tamper)

    assert len(before) == 5
    assert as_role("postgres")(EVENTS) == before


@pytest.mark.parametrize("role", ["app", "sequencer", "auditor"])
def test_only_the_function_appends(role: str, as_role: Callable[[str], Sql]) -> None:
    act(reason="a reason")

    for statement in PAST_THE_FUNCTION:
        with pytest.raises(pg.InsufficientPrivilege):
            as_role(role)(statement)


@pytest.mark.parametrize("role", ["sequencer", "auditor"])
def test_those_who_read_do_not_append(role: str, as_role: Callable[[str], Sql]) -> None:
    act()

    calls: list[LiteralString] = ["audit_writer_open()", "audit_writers_ended()", "audit_append('{}', '{}')"]
    for call in calls:
        with pytest.raises(pg.InsufficientPrivilege):
            as_role(role)("SELECT " + call)
    assert as_role(role)("SELECT count(*) FROM audit_event") == [(5,)]


def test_the_triggers_hold_where_ordinary_ones_do_not(as_role: Callable[[str], Sql]) -> None:
    """`session_replication_role = replica` switches ordinary triggers off; only a superuser may set it."""
    act(reason="a reason")
    superuser = as_role("postgres")
    superuser("SET session_replication_role = replica")

    for tamper in TAMPERS:
        with pytest.raises(pg.InsufficientPrivilege, match="the log only grows"):
            superuser(tamper)


def test_what_the_owner_inserts_past_the_function_is_not_ours(
    as_role: Callable[[str], Sql], settings: Settings
) -> None:
    act()
    as_role("owner")(INSERT)

    forged = [row.wn for row in Row.objects.all() if mac(row.leaf.encode(), settings.AUDIT_MAC_KEY) != bytes(row.mac)]
    assert forged == [99]


# --- what audit_append takes ---

MAC = bytes(32)


def line(writer: int, number: int, act: str = "auth.logout") -> str:
    event = Event(id=uuid7(), t=datetime.now(UTC), act=act, n=bytes(16), node="n/1")
    return leaf(event, writer=writer, number=number).decode()


@pytest.fixture
def app(as_role: Callable[[str], Sql]) -> Sql:
    return as_role("app")


@pytest.fixture
def writer(app: Sql) -> int:
    """A writer that has begun: its next number is 2."""
    [[writer]] = app(batch.SQL_WRITER_OPEN)
    app(batch.SQL_APPEND, [line(writer, 1, "writer.open")], [MAC])
    return int(writer)


def test_the_next_numbers_are_taken_and_no_others(app: Sql, writer: int) -> None:
    app(batch.SQL_APPEND, [line(writer, 2), line(writer, 3)], [MAC, MAC])
    before = app(EVENTS)

    for numbers in ([3], [5], [0], [4, 6], [5, 4], [4, 4], [4, 5, 7]):
        with pytest.raises(pg.InvalidParameterValue, match="not the next of its writer"):
            app(batch.SQL_APPEND, [line(writer, number) for number in numbers], [MAC] * len(numbers))

    assert app(EVENTS) == before
    assert app(batch.SQL_WRITER_NEXT, writer) == [(4,)]
    app(batch.SQL_APPEND, [line(writer, 4)], [MAC])


def test_a_batch_is_of_one_writer_and_its_own_connection(
    app: Sql, writer: int, cluster: Cluster, committed_db: str
) -> None:
    with pytest.raises(pg.InvalidParameterValue, match="not the next of its writer"):
        app(batch.SQL_APPEND, [line(writer, 2), line(writer + 1, 3)], [MAC, MAC])
    with (
        closing(psycopg.connect(cluster.services.postgres.url("app", committed_db), autocommit=True)) as other,
        pytest.raises(pg.InvalidParameterValue, match="not the writer"),
    ):
        other.execute(batch.SQL_APPEND, ([line(writer, 2)], [MAC]))
    app(batch.SQL_APPEND, [line(writer, 2)], [MAC])


def test_a_writer_begins_by_saying_so_once(app: Sql, writer: int) -> None:
    with pytest.raises(pg.CheckViolation):
        app(batch.SQL_APPEND, [line(writer, 2, "writer.open")], [MAC])
    [[second]] = app(batch.SQL_WRITER_OPEN)
    with pytest.raises(pg.CheckViolation):
        app(batch.SQL_APPEND, [line(second, 1)], [MAC])


def test_each_leaf_has_its_mac(app: Sql, writer: int) -> None:
    for macs in ([], [MAC, MAC]):
        with pytest.raises(pg.InvalidParameterValue):
            app(batch.SQL_APPEND, [line(writer, 2)], macs)
    for length in (0, 31, 33):
        with pytest.raises(pg.CheckViolation):
            app(batch.SQL_APPEND, [line(writer, 2)], [bytes(length)])
    app(batch.SQL_APPEND, [line(writer, 2)], [MAC])


def test_what_is_no_leaf_is_refused(app: Sql, writer: int) -> None:
    good = line(writer, 2)
    broken = ["", "[]", "{}", "name", good[:-1], good.replace(",", ",\n"), good[:-1] + " " * 4096 + "}"]
    nameless = good.replace('"id"', '"x"')
    for text in (*broken, nameless):
        with pytest.raises((pg.DataError, pg.IntegrityError)):
            app(batch.SQL_APPEND, [text], [MAC])
    app(batch.SQL_APPEND, [good], [MAC])
