"""The group commit: one writer task per process turns everything that arrived during the last commit into one
transaction.

Used by `consumers`. Raw psycopg, because the path of a message is two round trips for however many messages: lock
and look, write and COMMIT. Only after COMMIT does a sender get its answer and anybody else the message. Lock order:
groups in id order; nothing else is locked while they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import psycopg
import structlog
from django.conf import settings

from audit import batch
from audit.events import Actor, Event
from chat import protocol
from chat.envelope import Kind as EnvelopeKind
from chat.envelope import UnverifiedEnvelope
from chat.errors import ChatError, Conflict, NotFound
from chat.hub import Kind, circle_channel, hub, packet
from chat.log import chain_hash, wire_time

log = structlog.get_logger(__name__)
Connection = psycopg.AsyncConnection[Any]
Cursor = psycopg.AsyncCursor[Any]

BATCH: Final = 256  # messages in one transaction: bounds how long a circle stays locked
QUEUE: Final = 4096  # messages waiting in one process; beyond it senders are told `busy`

ACTS: Final = {
    EnvelopeKind.MESSAGE: "message.send",
    EnvelopeKind.URGENT: "message.send",
    EnvelopeKind.NOTICE: "announcement.post",
    EnvelopeKind.ACK: "message.ack",
}  # an erasure changes what is stored already: `chat.erasures`

# `circles_member` and `circles_circle` belong to the room below: read here in SQL because the question must be asked
# under this lock, for many at once.
LOCK = """
    SELECT circle_id, seq, epoch, rekey_required, rights_version, log_hash
    FROM chat_group WHERE circle_id = ANY(%s) ORDER BY circle_id FOR UPDATE
"""
ENTITLED = """
    SELECT leaf.group_id, leaf.device_id, circle.kind <> 'care' AND member.role = 'coordinator'
    FROM unnest(%s::uuid[], %s::uuid[]) AS asked(circle, device)
    JOIN chat_leaf leaf ON leaf.group_id = asked.circle AND leaf.device_id = asked.device
    JOIN chat_device device ON device.id = leaf.device_id AND device.ended IS NULL
    JOIN circles_member member ON member.circle_id = leaf.group_id AND member.user_id = device.user_id
        AND member.ended IS NULL AND (member.not_after IS NULL OR member.not_after > now())
    JOIN circles_circle circle ON circle.id = leaf.group_id AND circle.state = 'open'
"""
PATIENTS = "SELECT id, patient_id FROM circles_circle WHERE id = ANY(%s)"
SEEN = "SELECT message_id, digest, group_id, seq, at, hash FROM chat_item WHERE message_id = ANY(%s)"
INSERT = """
    INSERT INTO chat_item (group_id, seq, kind, at, epoch, device_id, message_id, body, digest, hash, event_id,
                           urgent, answers, takes)
    SELECT circle, seq, 1, at, epoch, device, id, body, digest, hash, event, urgent, answers, takes
    FROM unnest(%s::uuid[], %s::bigint[], %s::timestamptz[], %s::bigint[], %s::uuid[], %s::uuid[], %s::bytea[],
                %s::bytea[], %s::bytea[], %s::uuid[], %s::boolean[], %s::uuid[], %s::boolean[])
        AS item(circle, seq, at, epoch, device, id, body, digest, hash, event, urgent, answers, takes)
"""
ADVANCE = """
    UPDATE chat_group SET seq = head.seq, log_hash = head.hash
    FROM unnest(%s::uuid[], %s::bigint[], %s::bytea[]) AS head(circle, seq, hash) WHERE circle_id = head.circle
"""


@dataclass(frozen=True, slots=True)
class Posted:
    """A message's place in the log, final."""

    circle: UUID
    seq: int
    at: datetime
    hash: bytes


@dataclass(frozen=True, slots=True)
class Answering:
    """Of an acknowledgement: the urgent message, and whether its sender sees to it. The sender's word."""

    message: UUID
    takes: bool


@dataclass(slots=True)
class Post:
    """A message whose envelope was verified, waiting for its place."""

    envelope: UnverifiedEnvelope
    actor: Actor
    digest: bytes
    answer: asyncio.Future[Posted]
    about: Answering | None


@dataclass(slots=True)
class _Head:
    seq: int
    epoch: int
    rekey_required: bool
    rights_version: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class _Seen:
    """A message id that is in a log already, with the digest of its bytes."""

    digest: bytes
    placed: Posted


@dataclass(frozen=True, slots=True)
class _Row:
    post: Post
    placed: Posted
    rights_version: int


@dataclass(frozen=True, slots=True)
class _Placing:
    """What a batch comes to: rows to write, repeats of what is written already, refusals."""

    rows: list[_Row]
    repeats: list[_Row]
    refusals: list[tuple[Post, ChatError]]


def _place(
    posts: Sequence[Post],
    heads: Mapping[UUID, _Head],
    entitled: Mapping[tuple[UUID, UUID], bool],
    seen: Mapping[UUID, _Seen],
    at: datetime,
) -> _Placing:
    """Give each message the next place of its circle's log, or its refusal; moves `heads`. Decides alone, asks
    nothing. `entitled`: which device writes in which circle, and whether also notices.
    """
    placing, taken = _Placing([], [], []), dict(seen)
    for post in posts:
        envelope = post.envelope
        head, earlier = heads.get(envelope.circle), taken.get(envelope.id)
        announces = entitled.get((envelope.circle, envelope.device))
        if head is None or announces is None or (envelope.kind is EnvelopeKind.NOTICE and not announces):
            placing.refusals.append((post, NotFound()))
        elif earlier is not None and earlier.digest != post.digest:
            placing.refusals.append((post, Conflict("replayed_id")))
        elif earlier is not None:
            placing.repeats.append(_Row(post, earlier.placed, head.rights_version))
        elif envelope.epoch != head.epoch:
            placing.refusals.append((post, Conflict("stale_epoch")))
        elif head.rekey_required:
            placing.refusals.append((post, Conflict("rekey_required")))
        else:
            head.seq += 1
            head.hash, _ = chain_hash(head.hash, head.seq, envelope.raw)
            placed = Posted(envelope.circle, head.seq, at, head.hash)
            taken[envelope.id] = _Seen(post.digest, placed)
            placing.rows.append(_Row(post, placed, head.rights_version))
    return placing


class Store:
    """Lives in one event loop, with a database connection of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._queue: asyncio.Queue[Post] = asyncio.Queue(QUEUE)
        self._connection: Connection | None = None
        self._writer: batch.Writer | None = None
        # Pseudonyms, once seen committed: of people and circles, and of a circle's patient.
        self._names: dict[UUID, UUID] = {}
        self._patients: dict[UUID, UUID | None] = {}
        self._task: asyncio.Task[None] | None = None

    def post(
        self, envelope: UnverifiedEnvelope, actor: Actor, about: Answering | None = None
    ) -> asyncio.Future[Posted]:
        """The future is done after COMMIT, with the place or a ChatError (`stale_epoch`, `rekey_required`,
        `replayed_id`, …).
        """
        answer: asyncio.Future[Posted] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait(Post(envelope, actor, envelope.digest(), answer, about))
        except asyncio.QueueFull:
            answer.set_exception(ChatError("busy", status=503))
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return answer

    async def _run(self) -> None:
        while True:
            posts = [await self._queue.get()]
            while len(posts) < BATCH and not self._queue.empty():
                posts.append(self._queue.get_nowait())
            await self._write_or_split(posts)

    async def _write_or_split(self, posts: Sequence[Post]) -> None:
        """A row that the database refuses must not fail the others: the batch is tried again one by one."""
        try:
            placing = await self._write(posts)
        except psycopg.OperationalError as error:
            log.error("store.unavailable", error=type(error).__name__)
            await self._disconnect()
            for post in posts:
                _settle(post, ChatError("busy", status=503))
            return
        except Exception as error:
            # Whatever it is, the writer lives on: a task that dies would leave every sender waiting.
            # Another process may have taken the id for another circle since we looked: no lock of ours says so.
            taken = isinstance(error, psycopg.errors.UniqueViolation)
            if not taken:
                log.error("store.batch_failed", exc_info=error, size=len(posts))
            if len(posts) == 1:
                _settle(posts[0], Conflict("replayed_id") if taken else ChatError("bad_envelope"))
                return
            for post in posts:
                await self._write_or_split([post])
            return
        for post, refusal in placing.refusals:
            _settle(post, refusal)
        # A repeat is told again: its sender heard no answer, so perhaps nobody heard the message.
        told = placing.rows + placing.repeats
        for row in told:
            _settle(row.post, row.placed)
        await hub().publish(
            (
                circle_channel(row.placed.circle),
                packet(Kind.FRAME, message_frame(row.placed, row.post.envelope.raw), row.rights_version),
            )
            for row in told
        )

    async def _write(self, posts: Sequence[Post]) -> _Placing:
        """Two round trips: BEGIN, lock and look; write and COMMIT. Raises what the database says, with nothing
        written.
        """
        connection, writer = await self._connect()
        await self._learn_names(connection, posts)
        try:
            async with connection.pipeline():
                await connection.execute("BEGIN")
                heads, entitled, seen = await self._look(connection, posts)
            placing = _place(posts, heads, entitled, seen, datetime.now(UTC))
            async with connection.pipeline():
                if placing.rows:
                    await self._insert(connection, writer, placing.rows, heads)
                await connection.execute("COMMIT")
        except BaseException:
            await connection.rollback()
            raise
        writer.next += len(placing.rows)
        return placing

    async def _look(
        self, connection: Connection, posts: Sequence[Post]
    ) -> tuple[dict[UUID, _Head], dict[tuple[UUID, UUID], bool], dict[UUID, _Seen]]:
        """Lock the circles, then ask under the lock."""
        circles = [post.envelope.circle for post in posts]
        devices = [post.envelope.device for post in posts]
        lock = await connection.execute(LOCK, [sorted(set(circles))])
        entitled = await connection.execute(ENTITLED, [circles, devices])
        seen = await connection.execute(SEEN, [[post.envelope.id for post in posts]])
        return (
            {row[0]: _Head(*row[1:]) for row in await lock.fetchall()},
            {(row[0], row[1]): row[2] for row in await entitled.fetchall()},
            {row[0]: _Seen(row[1], Posted(*row[2:])) for row in await seen.fetchall()},
        )

    async def _insert(
        self, connection: Connection, writer: batch.Writer, rows: Sequence[_Row], heads: Mapping[UUID, _Head]
    ) -> None:
        events = [self._event(row) for row in rows]
        envelopes = [row.post.envelope for row in rows]
        placed = [row.placed for row in rows]
        moved = sorted({each.circle for each in placed})
        await connection.execute(batch.SQL_APPEND, batch.leaves(events, writer.id, writer.next))
        await connection.execute(
            INSERT,
            [
                [each.circle for each in envelopes],
                [each.seq for each in placed],
                [each.at for each in placed],
                [each.epoch for each in envelopes],
                [each.device for each in envelopes],
                [each.id for each in envelopes],
                [each.raw for each in envelopes],
                [row.post.digest for row in rows],
                [each.hash for each in placed],
                [each.id for each in events],
                [each.kind is EnvelopeKind.URGENT for each in envelopes],
                [row.post.about.message if row.post.about else None for row in rows],
                [row.post.about is not None and row.post.about.takes for row in rows],
            ],
        )
        await connection.execute(
            ADVANCE, [moved, [heads[each].seq for each in moved], [heads[each].hash for each in moved]]
        )

    async def _learn_names(self, connection: Connection, posts: Sequence[Post]) -> None:
        acting = {person for post in posts for person in (post.actor.user_id, post.actor.on)}
        people = {person for person in acting if person is not None}
        if unknown := people - self._names.keys():
            self._names |= await batch.pseudonyms(connection, "Person", unknown)
        if circles := {post.envelope.circle for post in posts} - self._names.keys():
            # The header's circle is only a claim until the circle is locked: one that does not exist has no name.
            of = dict(await (await connection.execute(PATIENTS, [list(circles)])).fetchall())
            patients = await batch.pseudonyms(connection, "Patient", (each for each in of.values() if each))
            self._names |= await batch.pseudonyms(connection, "Circle", of)
            self._patients |= {circle: patients.get(patient) for circle, patient in of.items()}

    def _event(self, row: _Row) -> Event:
        post = row.post
        return batch.event(
            ACTS[post.envelope.kind],
            actor=post.actor,
            who=None if post.actor.user_id is None else self._names[post.actor.user_id],
            on=None if post.actor.on is None else self._names[post.actor.on],
            pat=self._patients[post.envelope.circle],
            cir=self._names[post.envelope.circle],
            obj=f"Message/{post.envelope.id}",
            epo=post.envelope.epoch,
            seq=row.placed.seq,
            sha=post.digest,
            siz=len(post.envelope.raw),
        )

    async def _connect(self) -> tuple[Connection, batch.Writer]:
        if self._connection is None or self._writer is None:
            self._connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
            self._writer = await batch.open_writer(self._connection)
        return self._connection, self._writer

    async def _disconnect(self) -> None:
        connection, self._connection, self._writer = self._connection, None, None
        if connection is not None:
            await connection.close()


def _settle(post: Post, answer: Posted | ChatError) -> None:
    if post.answer.done():  # the connection is gone
        return
    if isinstance(answer, ChatError):
        post.answer.set_exception(answer)
    else:
        post.answer.set_result(answer)


def message_frame(placed: Posted, raw: bytes) -> bytes:
    """What the members receive."""
    return protocol.encode(
        protocol.MessageItem(circle=placed.circle, seq=placed.seq, at=wire_time(placed.at), hash=placed.hash, env=raw)
    )


_stores: dict[asyncio.AbstractEventLoop, Store] = {}


def store() -> Store:
    """The store of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _stores:
        _stores[loop] = Store(settings.DATABASE_URL)
    return _stores[loop]
