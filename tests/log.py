"""The log for tests: everything that is committed gets its place and is signed, now.

Works on the database that Django is connected to (`committed_db`, or the shared server's), beside a running sequencer
or without one. An act inside the rolled-back transaction of the fixture `db` cannot be sealed: nobody else sees it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection

from audit import sealing, sequencer_lock
from audit.guard import Guard
from audit.sequencer import Sequencer


def guard() -> Guard:
    """What was last signed for this test's database."""
    assert settings.DATA_DIR
    return Guard(settings.DATA_DIR / "log" / f"guard-{connection.settings_dict['NAME']}.json")


@contextmanager
def sequencing(**other: Any) -> Iterator[Sequencer]:
    """The sequencer of this test's database, in hand; `other`: what it shall have else than the settings say."""
    with sealing.connected(connection.settings_dict["NAME"]) as sequencers:
        assert sequencer_lock.take(sequencers)
        one = sealing.sequencer(sequencers, guard())
        for name, value in other.items():
            setattr(one, name, value)
        yield one


def seal() -> None:
    """Seals everything, or waits until the sequencer that is at work has."""
    with sealing.connected(connection.settings_dict["NAME"]) as sequencers:
        if sequencer_lock.take(sequencers):
            sealing.seal_all(sealing.sequencer(sequencers, guard()))
            return
        deadline = time.monotonic() + 20
        while _unsealed():
            assert time.monotonic() < deadline, "the sequencer that is at work does not seal"
            time.sleep(0.02)


def _unsealed() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM audit_event WHERE id NOT IN (SELECT source FROM audit_rejected) "
            "AND NOT EXISTS (SELECT FROM audit_leaf WHERE event = audit_event.id)) "
            "OR EXISTS (SELECT FROM audit_keyleaf WHERE id NOT IN (SELECT source FROM audit_rejected) "
            "AND NOT EXISTS (SELECT FROM audit_leaf WHERE key_leaf = audit_keyleaf.id))"
        )
        return bool(cursor.fetchone()[0])
