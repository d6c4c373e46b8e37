"""Events by the batch: made, stamped, written through one connection, in Django or beside it.

`chat.store` (asynchronous psycopg, one transaction for many messages) uses it directly; `audit.services` uses it for
one act. Relies on the SQL functions of migration 0002. What belongs to a connection is kept with the connection: its
writer and the pseudonyms it has already seen committed.

    writer = await batch.open_writer(connection)
    names = await batch.pseudonyms(connection, "Person", ids)
    texts, macs = batch.leaves(events, writer.id, writer.next)
    await connection.execute(batch.SQL_APPEND, (texts, macs))
    # after COMMIT, and only then:
    writer.next += len(events)
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypedDict, Unpack
from uuid import UUID

from django.conf import settings
from psycopg import AsyncConnection
from uuid_utils.compat import uuid7

from audit.acts import ACTS
from audit.errors import AuditError
from audit.events import SYSTEM, Actor, Event, leaf, mac

SQL_WRITER_OPEN: Final = "SELECT audit_writer_open()"
SQL_WRITER_NEXT: Final = "SELECT n + 1 FROM audit_writer WHERE id = %s AND closed IS NULL"
SQL_WRITERS_ENDED: Final = "SELECT writer, written FROM audit_writers_ended()"
SQL_APPEND: Final = "SELECT audit_append(%b::text[], %b::bytea[])"
SQL_APPEND_KEY_LEAF: Final = "SELECT audit_append_key_leaf(%s, %s, %s::integer, %s, %s)"
SQL_PSEUDONYMS: Final = "SELECT subject, pseudonym FROM audit_pseudonym WHERE kind = %s AND subject = ANY(%s)"


class Facts(TypedDict, total=False):
    """What some acts say besides who, what and about whom; docs/audit.md says which."""

    epo: int
    seq: int
    sha: bytes
    siz: int
    ros: bytes
    pol: bytes
    cnt: int


@dataclass(slots=True)
class Writer:
    """A connection's place in the log: `next` is the number of its next event, moved by its owner after COMMIT."""

    id: int
    next: int


def event(
    act: str,
    *,
    actor: Actor,
    who: UUID | None = None,
    on: UUID | None = None,
    pat: UUID | None = None,
    cir: UUID | None = None,
    obj: str | None = None,
    outcome: int = 0,
    error: str | None = None,
    why: str | None = None,
    rsn: bytes | None = None,
    det: bytes | None = None,
    **facts: Unpack[Facts],
) -> Event:
    """An event that happens now. `who`, `on`, `pat`, `cir` are pseudonyms of the actor and of the subjects.

    Raises KeyError for an act outside the vocabulary.
    """
    return Event(
        id=uuid7(),
        t=datetime.now(UTC),
        act=act,
        n=os.urandom(16),
        node=f"{settings.NODE}/{settings.VERSION}",
        out=outcome,
        err=error,
        who=who,
        dev=actor.device_id,
        ses=actor.session,
        role=actor.role,
        org=actor.org,
        auth=actor.auth,
        sys=actor.system_id,
        on=on,
        pat=pat,
        cir=cir,
        obj=obj,
        why=why or ACTS[act].why,
        rsn=rsn,
        net=actor.net,
        req=actor.req,
        det=det,
        **facts,
    )


def leaves(events: Sequence[Event], writer: int, first_n: int) -> tuple[list[str], list[bytes]]:
    """The parameters of SQL_APPEND: leaf texts and MACs of `events` as numbers `first_n`, `first_n + 1`, … of `writer`.

    Raises LeafRefused; then nothing of the batch may be written.
    """
    texts, macs = [], []
    for number, one in enumerate(events, first_n):
        line = leaf(one, writer=writer, number=number)
        texts.append(line.decode())
        macs.append(mac(line, settings.AUDIT_MAC_KEY))
    return texts, macs


def opening(writer: int, ended: Iterable[tuple[int, int]]) -> list[Event]:
    """A writer's first events: that it begins, and which others have ended, after how many events."""
    return [
        event("writer.open", actor=SYSTEM, obj=f"Writer/{writer}"),
        *(event("writer.close", actor=SYSTEM, obj=f"Writer/{other}", cnt=written) for other, written in ended),
    ]


async def open_writer(connection: AsyncConnection[Any]) -> Writer:
    """A writer for a connection that is outside a transaction; committed when this returns."""
    async with connection.transaction(), connection.cursor() as cursor:
        [[writer]] = await (await cursor.execute(SQL_WRITER_OPEN)).fetchall()
        ended = await (await cursor.execute(SQL_WRITERS_ENDED)).fetchall()
        first = opening(writer, ended)
        await cursor.execute(SQL_APPEND, leaves(first, writer, 1))
    return Writer(id=writer, next=1 + len(first))


async def pseudonyms(connection: AsyncConnection[Any], kind: str, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Pseudonyms of subjects that an earlier act has bound; the caller keeps them with the connection.

    Raises AuditError when one is not bound: the act that let the subject in left no trace.
    """
    wanted = set(ids)
    found: dict[UUID, UUID] = dict(await (await connection.execute(SQL_PSEUDONYMS, (kind, list(wanted)))).fetchall())
    if len(found) < len(wanted):
        raise AuditError(f"{len(wanted) - len(found)} of {len(wanted)} {kind} subjects have no pseudonym.")
    return found
