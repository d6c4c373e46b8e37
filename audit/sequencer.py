"""Gives every committed event its place in the log, and signs: leaf hashes, tiles, checkpoint, in one transaction.

Run by `manage.py seal_audit` on a connection of role cordee_sequencer that holds the lock of `audit.sequencer_lock`.
The order is that of `(xid, id)` below the oldest transaction still running: nothing can come in before it any more, so
it is the same whoever computes it, and however often. That is what makes a crash harmless: what was signed and not
committed is found in the guard and made again, to the same root. What is not the application's own is set aside
(`Rejected`) and stops nobody else. docs/decisions/0012-the-log.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import structlog
from psycopg import Connection, Cursor

from audit import checks, sequencer_sql
from audit.guard import Guard
from audit.merkle import EMPTY_ROOT, leaf_hash, root_at
from audit.note import Checkpoint, SigningKey, sign
from audit.tiles import Grown, ReadTile, hashes

BATCH: Final = 4096  # events a transaction when there is a backlog; an ordinary round has a few hundred
CLOCK_TOLERANCE: Final = 300  # seconds by which an event's own time may be off before it is worth a line

log = structlog.get_logger(__name__)


class SequencerStopped(Exception):
    """Signing would contradict what was signed, or what stands in the database: somebody has to look."""


@dataclass(frozen=True, slots=True)
class Shard:
    """The open log of a kind: its newest checkpoint, and the last event in it."""

    id: int
    kind: str
    origin: str
    size: int
    root: bytes
    note: str
    xid: int
    upto: UUID


class Taken(NamedTuple):
    """One event in its order; `objection` when it gets no place."""

    id: UUID
    xid: int
    hash: bytes
    time: datetime | None
    objection: checks.Reason | None


class Sequencer:
    """`host` names new logs, `anchor(note, checkpoint)` records in the trail that a log was closed."""

    def __init__(
        self,
        connection: Connection[Any],
        *,
        host: str,
        seed: bytes,
        mac_key: bytes,
        guard: Guard,
        anchor: Callable[[str, Checkpoint], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.connection = connection
        self.host, self.guard = host, guard
        self.seed, self.mac_key, self.anchor, self.now = seed, mac_key, anchor, now
        self._key_fits = False  # until one event of the application's own was seen

    def seal(self) -> int:
        """One round over both logs: how many events were settled, each by its place or by being set aside. Again until
        it is 0 for everything that can be settled now; a round settles at most BATCH and as many bad ones.

        Raises SequencerStopped, OSError (the guard could not be written: nothing was signed) and psycopg.Error.
        """
        self._try_key()
        self._turn_the_year()
        return self._round("acts") + self._round("keys")

    def take_in(self) -> int:
        """Gives what was set aside and is good by now (the key was wrong, not the events) its place at the end; how
        many. Again until it is 0. An operator's decision, after a look at why.

        After a crash between guard and database the same call finishes what it had begun. Raises as `seal`.
        """
        self._try_key()
        return self._round("acts", again=True) + self._round("keys", again=True)

    def trust_database(self) -> None:
        """For logs of which the guard knows nothing: what the database says was signed. An operator's decision."""
        with self.connection.transaction(), self.connection.cursor(binary=True) as cursor:
            for kind in ("acts", "keys"):
                shard = self._shard(cursor, kind)
                if shard and self.guard.last(shard.origin) is None:
                    self.guard.keep(shard.origin, shard.note)

    def rotate(self, seed: bytes) -> None:
        """From now on `seed` signs: the last note of the key before says which key that is. For both logs or none."""
        with self.connection.transaction(), self.connection.cursor(binary=True) as cursor:
            for kind in ("acts", "keys"):
                shard = self._shard(cursor, kind)
                if shard is None:
                    raise SequencerStopped("No log has been opened yet: there is no key to replace.")
                successor = SigningKey(shard.origin, seed).verifying.vkey
                last = Checkpoint(shard.origin, shard.size, shard.root, (f"next-key {successor}",))
                note = sign(last, SigningKey(shard.origin, self.seed))
                sequencer_sql.add_key(cursor, shard.id, successor, shard.size, note)
        self.seed = seed

    def _round(self, kind: str, *, again: bool = False) -> int:
        with self.connection.transaction(), self.connection.cursor(binary=True) as cursor:
            shard = self._shard(cursor, kind)
            if shard is None and again:
                return 0
            if shard is None:
                # Committed before anything is sealed in it: what is signed is always owed to a log that is known.
                self._open(cursor, kind, self._name(kind))
                return 1
            tree = Grown(shard.size, self._tiles(cursor, shard))
            promised = self._promised(shard, tree)
            owed = promised.size - shard.size if promised else None
            taken = _taken(self._set_aside_before(cursor, kind) if again else self._pending(cursor, shard), owed)
            self._try_key_on(taken)
            good = [one for one in taken if one.objection is None]
            if not again:
                self._set_aside(cursor, kind, [one for one in taken if one.objection])
            if not good:
                self._keep_promise(promised, shard.origin, tree)
                return len(taken)
            tree.append(one.hash for one in good)
            note = self._keep_promise(promised, shard.origin, tree) or self._sign(shard.origin, tree)
            sequencer_sql.write(cursor, shard.id, kind, shard.size, [(one.id, one.hash) for one in good], tree.changed)
            upto = (shard.xid, shard.upto) if again else (good[-1].xid, good[-1].id)
            sequencer_sql.write_checkpoint(cursor, shard.id, tree.size, tree.root, note, *upto)
        self._watch_clock(good)
        return len(taken)

    # --- what may be signed -------------------------------------------------------------------------------------------

    def _promised(self, shard: Shard, tree: Grown) -> Checkpoint | None:
        """What was signed and not committed, when the guard is ahead. Raises SequencerStopped when the database is no
        extension of what was signed.
        """
        if tree.root != shard.root:
            raise SequencerStopped(f"The tiles of {shard.origin} do not give the root that was signed.")
        last = self.guard.last(shard.origin)
        if last is None:
            raise SequencerStopped(
                f"{self.guard.path} knows nothing of {shard.origin}, which has {shard.size} leaves. Bring the file "
                f"back, or, if nobody has signed since, say `seal_audit --trust-database`."
            )
        checkpoint, _ = last
        if checkpoint.size > shard.size:
            return checkpoint
        if root_at(checkpoint.size, hashes(tree.tile)) != checkpoint.root:
            raise SequencerStopped(
                f"{shard.origin} was signed with {checkpoint.size} leaves; the database holds others in their place."
            )
        return None

    def _keep_promise(self, promised: Checkpoint | None, origin: str, tree: Grown) -> str | None:
        """The note of what was signed before a crash, once the same tree stands again."""
        if promised is None:
            return None
        if (tree.size, tree.root) != (promised.size, promised.root):
            raise SequencerStopped(
                f"{origin} was signed with {promised.size} leaves; the database gives {tree.size}, or others. "
                f"Was a backup restored? Nothing is signed until it is the database that was signed."
            )
        _, note = self.guard.last(origin) or (None, None)
        return note

    def _sign(self, origin: str, tree: Grown) -> str:
        """First the guard, then the database: after a crash between them the guard says what is owed."""
        note = sign(Checkpoint(origin, tree.size, tree.root), SigningKey(origin, self.seed))
        self.guard.keep(origin, note)
        return note

    def _try_key(self) -> None:
        """With another AUDIT_MAC_KEY than the application's every event would be set aside: the newest sealed ones say
        whether it is the same. Raises SequencerStopped.
        """
        if self._key_fits:
            return
        with self.connection.cursor(binary=True) as cursor:
            sealed = sequencer_sql.newest_sealed(cursor)
        self._key_fits = any(checks.is_signed(leaf.encode(), signed, self.mac_key) for leaf, signed in sealed)
        if sealed and not self._key_fits:
            raise SequencerStopped(
                "AUDIT_MAC_KEY is not the key that made the newest sealed events: every event would be set aside. "
                "Give the sequencer the server's key."
            )

    def _try_key_on(self, taken: list[Taken]) -> None:
        """With nothing sealed yet, the first events say it."""
        if self._key_fits or not taken:
            return
        self._key_fits = any(one.objection != "mac" for one in taken)
        if not self._key_fits:
            raise SequencerStopped(
                f"AUDIT_MAC_KEY made none of the first {len(taken)} events, and nothing is sealed yet: it is not the "
                "server's key. Nothing was set aside."
            )

    # --- events -------------------------------------------------------------------------------------------------------

    def _pending(self, cursor: Cursor[Any], shard: Shard) -> Iterator[Taken]:
        at = (shard.xid, shard.upto)
        while rows := sequencer_sql.pending(cursor, shard.kind, at, BATCH):
            for row in rows:
                yield self._take(shard.kind, row)
            at = (int(rows[-1][3]), rows[-1][0])

    def _take(self, kind: str, row: tuple[Any, ...]) -> Taken:
        identifier, text, signed, xid, *columns = row
        leaf = text.encode()
        if kind == "acts":
            time = columns[2]
            objection = checks.objection(leaf, signed, (identifier, *columns), self.mac_key)
        else:
            time = None
            objection = checks.key_leaf_objection(leaf, signed, self.mac_key)
        return Taken(identifier, int(xid), leaf_hash(leaf), time, objection)

    def _set_aside_before(self, cursor: Cursor[Any], kind: str) -> Iterator[Taken]:
        """Of what was set aside earlier, what is good now; the order is that of all events."""
        at = (0, UUID(int=0))
        while rows := sequencer_sql.set_aside(cursor, kind, at, BATCH):
            for row in rows:
                one = self._take(kind, row)
                if one.objection is None:
                    log.warning("log.taken_in", kind=kind, source=str(one.id))
                    yield one
            at = (int(rows[-1][3]), rows[-1][0])

    def _set_aside(self, cursor: Cursor[Any], kind: str, rejected: list[Taken]) -> None:
        for one in rejected:
            sequencer_sql.reject(cursor, one.id, kind, str(one.objection))
            log.error("log.rejected", kind=kind, source=str(one.id), reason=one.objection)

    def _watch_clock(self, good: list[Taken]) -> None:
        """An event's own time orders nothing; a clock that has jumped is worth a line all the same."""
        now, times = self.now(), [one.time for one in good if one.time]
        if (
            times
            and (off := max(abs((now - time).total_seconds()) for time in (times[0], times[-1]))) > CLOCK_TOLERANCE
        ):
            log.warning("log.clock", seconds=round(off), first=str(good[0].id), last=str(good[-1].id))

    # --- logs ---------------------------------------------------------------------------------------------------------

    def _shard(self, cursor: Cursor[Any], kind: str) -> Shard | None:
        row = sequencer_sql.newest(cursor, kind)
        if row is None:
            return None
        identifier, origin, vkey, size, root, note, xid, upto, behind = row
        if behind:
            raise SequencerStopped(
                f"PostgreSQL's transaction counter is behind that of {origin}: the database was loaded into another "
                f"cluster. docs/operations.md, “Restoring”, says how to move the counter on."
            )
        if vkey != SigningKey(origin, self.seed).verifying.vkey:
            raise SequencerStopped(f"CORDEE_LOG_KEY_FILE holds another key than the one that signs {origin}.")
        return Shard(identifier, kind, origin, size, root, note, int(xid), upto)

    def _name(self, kind: str) -> str:
        return f"{self.host}/keys" if kind == "keys" else f"{self.host}/audit/{self.now().year}"

    def _open(self, cursor: Cursor[Any], kind: str, origin: str, *, after: Shard | None = None) -> None:
        """A log without leaves, which continues behind the last event of `after`."""
        before = self.guard.last(origin)
        if before is not None and before[0].size > 0:
            raise SequencerStopped(f"{origin} was signed before, and the database does not know it.")
        key = SigningKey(origin, self.seed)
        note = sign(Checkpoint(origin, 0, EMPTY_ROOT), key)
        xid, upto = (after.xid, after.upto) if after else (0, UUID(int=0))
        identifier = sequencer_sql.open_log(cursor, kind, origin, key.verifying.vkey)
        sequencer_sql.write_checkpoint(cursor, identifier, 0, EMPTY_ROOT, note, xid, upto)
        log.info("log.opened", origin=origin)
        self.guard.keep(origin, note)

    def _turn_the_year(self) -> None:
        """On the first round of a year: the log of the year before ends, and its last checkpoint is the first thing
        that the new one holds.
        """
        with self.connection.transaction(), self.connection.cursor(binary=True) as cursor:
            shard = self._shard(cursor, "acts")
        if shard is None or self.now().year <= int(shard.origin.rpartition("/")[2]):
            return
        self.anchor(shard.note, Checkpoint(shard.origin, shard.size, shard.root))
        with self.connection.transaction(), self.connection.cursor(binary=True) as cursor:
            sequencer_sql.close_log(cursor, shard.id)
            self._open(cursor, "acts", self._name("acts"), after=shard)

    def _tiles(self, cursor: Cursor[Any], shard: Shard) -> ReadTile:
        def read(level: int, number: int) -> bytes:
            tile = sequencer_sql.tile(cursor, shard.id, level, number)
            if tile is None:
                raise SequencerStopped(f"{shard.origin} lacks tile {number} of level {level}.")
            return tile

        return read


def _taken(pending: Iterator[Taken], owed: int | None) -> list[Taken]:
    """Events up to and with the last good one of a batch; when a number is owed, exactly so many good ones."""
    taken: list[Taken] = []
    good = 0
    for one in pending:
        taken.append(one)
        good += one.objection is None
        if good == (owed or BATCH) or (owed is None and len(taken) >= 2 * BATCH):
            break
    return taken
