"""The sequencer as a process: connects, waits for its turn, seals round after round, and says what keeps it from it.

Used by `manage.py seal_audit` and by the tests (`tests/log.py`). Everything that it needs comes from the settings:
SEQUENCER_DATABASE_URL, LOG_KEY_FILE, LOG_GUARD_FILE, AUDIT_MAC_KEY. What passes by itself (PostgreSQL away, no space
left) is logged and tried again; what somebody must look at ends the process with a sentence (SequencerStopped,
GuardUnreadable, KeyFileRefused, NotConfigured).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import structlog
from django.conf import settings
from django.db import transaction
from psycopg.conninfo import make_conninfo

from audit import key_file, sequencer_lock, sequencer_sql
from audit.cosigning import Asking
from audit.events import SYSTEM
from audit.guard import Guard
from audit.note import Checkpoint
from audit.sequencer import BATCH, Sequencer
from audit.services import record

EVERY: Final = 0.5  # seconds between two rounds, so that an event waits a second at most
AGAIN: Final = 5.0  # seconds after something that passes by itself
LATE: Final = 10.0  # seconds that an event may wait before it is said, and between two times of saying it
CLOCK_JUMP: Final = 60.0  # seconds between the machine's clock and its own counting

log = structlog.get_logger(__name__)


class NotConfigured(Exception):
    """A setting that the sequencer needs is missing; the sentence names it."""


@contextmanager
def connected(database: str | None = None) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the sequencer's role; `database` when another than the setting's."""
    if settings.SEQUENCER_DATABASE_URL is None:
        raise NotConfigured("SEQUENCER_DATABASE_URL is not set: the sequencer signs in as cordee_sequencer.")
    where = make_conninfo(settings.SEQUENCER_DATABASE_URL, dbname=database)
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        yield connection


def sequencer(connection: psycopg.Connection[Any], guard: Guard | None = None) -> Sequencer:
    """The sequencer of the settings on this connection, which must hold the lock."""
    if settings.LOG_KEY_FILE is None or settings.LOG_GUARD_FILE is None:
        raise NotConfigured("CORDEE_LOG_KEY_FILE and CORDEE_LOG_GUARD_FILE must name files (docs/operations.md).")
    return Sequencer(
        connection,
        host=urlsplit(settings.PUBLIC_URL).hostname or "",
        seed=key_file.read(settings.LOG_KEY_FILE),
        mac_key=settings.AUDIT_MAC_KEY,
        guard=guard or Guard(settings.LOG_GUARD_FILE),
        anchor=_anchor,
    )


def seal_all(one: Sequencer) -> int:
    """Everything that can have its place now."""
    total = 0
    while sealed := one.seal():
        total += sealed
    return total


def take_all_in(one: Sequencer) -> int:
    """Of what was set aside, everything that is good now."""
    total = 0
    while taken := one.take_in():
        total += taken
    return total


def run(*, every: float = EVERY) -> None:
    """Seals for ever, and has its witnesses asked after each round that has signed something."""
    witnesses = [Asking(url, key, connected) for url, key in settings.WITNESSES]

    def sealed() -> None:
        for witness in witnesses:
            witness.news.set()

    while True:
        try:
            with connected() as connection:
                _wait_for_turn(connection)
                for witness in witnesses:
                    if not witness.is_alive():
                        witness.start()
                _seal_for_ever(connection, every, sealed)
        except psycopg.OperationalError as error:
            log.warning("log.database_away", error=str(error).partition("\n")[0])
            time.sleep(AGAIN)


def _wait_for_turn(connection: psycopg.Connection[Any]) -> None:
    said = False
    while not sequencer_lock.take(connection):
        if not said:
            log.warning("log.another_sequencer", pid=sequencer_lock.holder(connection))
            said = True
        time.sleep(AGAIN)


def _seal_for_ever(connection: psycopg.Connection[Any], every: float, sealed: Callable[[], None]) -> None:
    one, waiting, clock = sequencer(connection), _Waiting(), _Clock()
    log.info("log.sealing", every=every)
    while True:
        try:
            done = one.seal()
        except (OSError, psycopg.errors.DiskFull) as error:
            # Nothing was signed, or what was signed is in the guard and will be made again.
            log.error("log.no_space", error=str(error).partition("\n")[0])
            time.sleep(AGAIN)
            continue
        if done:
            sealed()
        waiting.look(connection)
        clock.look()
        if done < BATCH:
            time.sleep(every)


@dataclass(slots=True)
class _Waiting:
    """Says when an event waits although rounds are made, and behind whose transaction."""

    event: UUID | None = None
    since: float = 0.0
    said: float = 0.0

    def look(self, connection: psycopg.Connection[Any]) -> None:
        now, event = time.monotonic(), sequencer_sql.waiting(connection)
        if event is None or event != self.event:
            self.event, self.since, self.said = event, now, now
        elif now - self.said > LATE:
            self.said = now
            log.warning("log.held_back", seconds=round(now - self.since), pid=sequencer_lock.blocker(connection))


class _Clock:
    """Notices that the machine's clock has jumped. It orders nothing, but people read its times."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def look(self) -> None:
        offset = time.time() - time.monotonic()
        if abs(jump := offset - self._offset) > CLOCK_JUMP:
            log.warning("log.clock_jumped", seconds=round(jump))
        self._offset = offset


def _anchor(note: str, checkpoint: Checkpoint) -> None:
    """The event that ties a year's log to the one before: the hash of its last checkpoint, which the detail holds."""
    with transaction.atomic():
        digest = sha256(note.encode()).digest()
        detail = {"origin": checkpoint.origin, "size": checkpoint.size, "note": note}
        record("audit.anchor", actor=SYSTEM, detail=detail, sha=digest, cnt=checkpoint.size)
