"""What an operator sees of the log: figures, and sentences when something holds it up."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing

import psycopg
import pytest
from django.test import Client
from structlog.testing import capture_logs

from audit import sealing
from audit.sealing import _Clock, _Waiting
from tests.database import Cluster
from tests.integration.conftest import Sql
from tests.log import seal
from tests.trail import act


def figures() -> dict[str, float]:
    lines = Client(SERVER_NAME="localhost").get("/metrics").content.decode().splitlines()
    ours = (line.rpartition(" ") for line in lines if line.startswith("cordee_log_"))
    return {name: float(value) for name, _, value in ours}


def test_figures_say_how_large_and_how_late_the_log_is(committed_db: str) -> None:
    act("s1")
    before = figures()
    seal()
    after = figures()

    origin = next(name for name in after if name.startswith("cordee_log_size") and "audit" in name)
    assert (before["cordee_log_lag_seconds"] > 0, after["cordee_log_lag_seconds"]) == (True, 0)
    assert (origin in before, after[origin]) == (False, 5)
    assert after['cordee_log_rejected{kind="acts"}'] == 0


def test_figures_count_what_was_set_aside(as_role: Callable[[str], Sql]) -> None:
    event = act()
    superuser = as_role("postgres")
    superuser("ALTER TABLE audit_event DISABLE TRIGGER USER")
    superuser("UPDATE audit_event SET obj = NULL, who = NULL WHERE id = %s", event)
    seal()

    assert figures()['cordee_log_rejected{kind="acts"}'] == 1
    assert figures()["cordee_log_lag_seconds"] == 0


def test_a_long_transaction_is_named_and_the_server_stays_well(
    committed_db: str, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "LATE", 0.0)
    act()
    seal()
    with (
        closing(psycopg.connect(cluster.services.postgres.url("app", committed_db))) as slow,
        sealing.connected(committed_db) as sequencers,
    ):
        slow.execute("SELECT pg_current_xact_id()")
        act("s2")
        seal()
        waiting = _Waiting()
        with capture_logs() as lines:
            waiting.look(sequencers)
            waiting.look(sequencers)
        named = figures()
        healthy = Client(SERVER_NAME="localhost").get("/healthz").status_code
        pid = slow.info.backend_pid
        slow.rollback()
        waiting.look(sequencers)

    assert [(line["event"], line["pid"]) for line in lines] == [("log.held_back", pid)]
    assert f'cordee_log_held_back_seconds{{pid="{pid}"}}' in named
    assert healthy == 200


def test_a_clock_that_jumps_is_noticed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = _Clock()
    real = time.time
    with capture_logs() as lines:
        clock.look()
        monkeypatch.setattr("audit.sealing.time.time", lambda: real() + 3600)
        clock.look()
        clock.look()

    assert [(line["event"], line["seconds"]) for line in lines] == [("log.clock_jumped", 3600)]
