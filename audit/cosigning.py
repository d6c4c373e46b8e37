"""Asking the witnesses: each in a thread of its own, with the newest checkpoint only, so that none holds up another.

Run inside the sequencer's process (`audit.sealing`). A witness that is away, slow or wrong costs its cosignature and
nothing else: it is logged once and asked again. Relies on C2SP tlog-witness.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from threading import Event, Thread
from typing import Any, Final

import httpx
import psycopg
import structlog

from audit import sequencer_sql
from audit.merkle import consistency_path
from audit.note import SIZE, NoteRefused, VerifyingKey, b64, open_note, split
from audit.tiles import hashes

PATIENCE: Final = 10.0  # seconds for an answer
AGAIN: Final = 5.0  # seconds after a failure

log = structlog.get_logger(__name__)
Connect = Callable[[], AbstractContextManager[psycopg.Connection[Any]]]


class WitnessFailed(Exception):
    """It does not answer, or what it answers is no cosignature of its own."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest checkpoint of a log, and the size that this witness cosigned last."""

    log: int
    origin: str
    size: int
    note: str
    cosigned: int


class Asking(Thread):
    """One witness, asked whenever `news` is set, until the process ends."""

    def __init__(self, url: str, key: VerifyingKey, connect: Connect) -> None:
        super().__init__(name=f"witness {key.name}", daemon=True)
        self.url, self.key, self._connect = url, key, connect
        self.news = Event()
        self.news.set()
        self._failed = False

    def run(self) -> None:
        while True:
            self.news.wait()
            self.news.clear()
            try:
                with self._connect() as connection, httpx.Client(timeout=PATIENCE) as client:
                    while True:
                        self.ask(connection, client)
                        self._well()
                        self.news.wait()
                        self.news.clear()
            except (WitnessFailed, httpx.HTTPError, psycopg.OperationalError) as failure:
                self._unwell(failure)
                self.news.set()
                Event().wait(AGAIN)

    def ask(self, connection: psycopg.Connection[Any], client: httpx.Client) -> None:
        """For a cosignature of the newest checkpoint of each log that grows, and keep it."""
        with connection.transaction(), connection.cursor(binary=True) as cursor:
            newest = [Newest(*row) for row in sequencer_sql.to_cosign(cursor, self.key.name)]
        for one in newest:
            lines = self._cosignature(connection, client, one)
            with connection.transaction(), connection.cursor() as cursor:
                sequencer_sql.keep_cosignature(cursor, one.log, one.size, self.key.name, lines)

    def _cosignature(self, connection: psycopg.Connection[Any], client: httpx.Client, one: Newest) -> str:
        """The witness's line for this checkpoint, verified. Raises WitnessFailed."""
        answer = self._post(connection, client, one, one.cosigned)
        known = answer.text.strip()
        if answer.status_code == HTTPStatus.CONFLICT and SIZE.fullmatch(known) and int(known) != one.cosigned:
            if int(known) > one.size:
                # It has seen leaves that our database no longer holds, or never did.
                log.error("log.witness_ahead", witness=self.key.name, origin=one.origin, seen=int(known), ours=one.size)
                raise WitnessFailed(f"it has seen {known} leaves of {one.origin}")
            answer = self._post(connection, client, one, int(known))
        if answer.status_code != HTTPStatus.OK:
            raise WitnessFailed(f"{answer.status_code} for {one.origin} at {one.size}")
        return self._own_line(one.note, answer.text)

    def _own_line(self, note: str, answer: str) -> str:
        try:
            _, lines = split(note + answer)
        except NoteRefused as refusal:
            raise WitnessFailed(str(refusal)) from refusal
        text = split(note)[0]
        for line in lines:
            with suppress(NoteRefused):
                open_note(f"{text}\n{line}\n", [self.key])
                return f"{line}\n"
        raise WitnessFailed("its answer holds no cosignature of its key")

    def _post(self, connection: psycopg.Connection[Any], client: httpx.Client, one: Newest, old: int) -> httpx.Response:
        with connection.transaction(), connection.cursor(binary=True) as cursor:
            read = hashes(lambda level, number: sequencer_sql.tile(cursor, one.log, level, number) or b"")
            path = consistency_path(old, one.size, read) if old else []
        lines = [f"old {old}", *map(b64, path), "", one.note]
        return client.post(f"{self.url}/add-checkpoint", content="\n".join(lines).encode())

    def _well(self) -> None:
        if self._failed:
            self._failed = False
            log.info("log.witness_back", witness=self.key.name)

    def _unwell(self, failure: Exception) -> None:
        if not self._failed:
            self._failed = True
            log.warning("log.witness_away", witness=self.key.name, why=str(failure).partition("\n")[0])
