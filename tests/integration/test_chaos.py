"""A server that dies in the middle of whatever it does: every act has its event, every event its act, and the log goes
on. `make bench-audit` does the same ten thousand times.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg
from django.conf import settings

from audit.inspection import Snapshot, inspect
from compliance.reconciliation import differences
from tests.chat_server import wait_until
from tests.database import Cluster
from tests.log import seal
from tests.random_acts import started

ACTS, KILLS = 80, 2


def test_killed_in_the_middle_nothing_is_without_its_trace(committed_db: str, cluster: Cluster, tmp_path: Path) -> None:
    said, environment = tmp_path / "said", os.environ | cluster.services.environment(committed_db)
    for seed in range(1, KILLS + 1):
        killed_after(ACTS // KILLS * seed, seed, environment, said)
    seal()

    assert {name: each for name, each in differences() if each} == {}
    with psycopg.connect(cluster.services.postgres.url("auditor", committed_db), autocommit=True) as auditor:
        snapshot = Snapshot(auditor, settings.AUDIT_MAC_KEY)
        assert {name: each for name, each in inspect(snapshot) if each} == {}


def killed_after(acts: int, seed: int, environment: Mapping[str, str], said: Path) -> None:
    """A process that acts until there are so many in all, and a moment longer."""
    process = started(seed, environment, said)
    wait_until(lambda: process.poll() is not None or said.stat().st_size >= acts, 60)
    time.sleep(0.01 * seed)
    process.kill()
    assert process.wait() == -signal.SIGKILL, said.with_suffix(".err").read_text()
