"""Recording acts: in the caller's transaction, or not at all.

Every service of the upper rooms calls `record` between its writes and the end of its transaction; the doors
(`audit.doors`) record reads and refusals. Relies on `audit.batch` (stamping), `audit.subjects` (pseudonyms) and
Django's default connection.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import Final, Unpack
from uuid import UUID
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.http import HttpRequest
from django.utils.module_loading import import_string
from uuid_utils.compat import uuid7

from audit import batch, subjects
from audit.details import Json, Note
from audit.errors import AuditError, NotInTransaction
from audit.events import SUBJECTS, Actor, Event, mac
from audit.middleware import trace_of
from audit.subjects import Names, Subject

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Station:
    """What a database connection knows: its writer, and the names that it has seen committed."""

    writer: int | None = None
    names: Names = field(default_factory=dict)


NAMES_KEPT: Final = 10_000  # by one connection: about two megabytes

# By the driver's connection: Django's wrapper outlives it, and a pool hands it from thread to thread.
_stations: Final[WeakKeyDictionary[object, _Station]] = WeakKeyDictionary()


def record(
    act: str,
    *,
    actor: Actor,
    outcome: int = 0,
    error: str | None = None,
    patient_id: UUID | None = None,
    circle_id: UUID | None = None,
    obj: tuple[str, UUID | int] | None = None,
    why: str | None = None,
    reason: str | None = None,
    detail: Json | None = None,
    **facts: Unpack[batch.Facts],
) -> UUID:
    """Write one event into the caller's transaction and return its id.

    `obj` is (type, id) with a type of `audit.events.OBJECTS`; a Person (user id), a Patient and a Circle are turned
    into pseudonyms. `why` is a purpose of use, the act's own by default. `reason` (words) and `detail` are sealed
    beside the log. `facts` as in `batch.Facts`. Two queries once the subjects are known to this connection. Raises
    AuditError or DatabaseError: the act must then fail too; KeyError for an act outside the vocabulary.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction(f"{act} must be recorded in the transaction of the act.")
    who = Subject("Person", actor.user_id) if actor.user_id else None
    on = Subject("Person", actor.on) if actor.on else None
    pat = Subject("Patient", patient_id) if patient_id else None
    cir = Subject("Circle", circle_id) if circle_id else None
    target = Subject(obj[0], UUID(str(obj[1]))) if obj and obj[0] in SUBJECTS else None
    notes = [Note("rsn", reason)] if reason else []
    if detail:
        notes.append(Note("det", detail))
    commitments = {note.key: note.commitment for note in notes}
    with connection.cursor() as cursor:
        writer, number, opening = _writer(cursor)
        names, bindings = _names(cursor, {one for one in (who, on, pat, cir, target) if one})
        event = batch.event(
            act,
            actor=actor,
            who=names[who] if who else None,
            on=names[on] if on else None,
            pat=names[pat] if pat else None,
            cir=names[cir] if cir else None,
            obj=f"{obj[0]}/{names[target] if target else obj[1]}" if obj else None,
            outcome=outcome,
            error=error,
            why=why,
            rsn=commitments.get("rsn"),
            det=commitments.get("det"),
            **facts,
        )
        cursor.execute(batch.SQL_APPEND, batch.leaves([*opening, *bindings, event], writer, number))
    for note in notes:
        note.keep(event.id, {*names.values()})
    return event.id


def append_key_leaf(*, user_id: UUID, seq: int, leaf: bytes) -> UUID:
    """The `seq`-th event of a person's keys, for the key log: in the caller's transaction, or not at all. Its id.

    `leaf` is one line of UTF-8, at most 4096 bytes: exactly what is hashed.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("A key event must be appended in the transaction of the act.")
    identifier = uuid7()
    with connection.cursor() as cursor:
        signed = mac(leaf, settings.AUDIT_MAC_KEY)
        cursor.execute(batch.SQL_APPEND_KEY_LEAF, (identifier, user_id, seq, leaf.decode(), signed))
    return identifier


def recorded(act: str) -> UUID | None:
    """The newest event of this act that the current transaction has written.

    Asks the database: a rolled-back savepoint does not count.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM audit_event WHERE xid = pg_current_xact_id_if_assigned() AND act = %s "
            "ORDER BY id DESC LIMIT 1",
            (act,),
        )
        row = cursor.fetchone()
        return None if row is None else row[0]


def record_refusal(act: str, *, actor: Actor, status: int, code: str, circle_id: UUID | None = None) -> None:
    """Trace a refused act in a transaction of its own; call it after the roll-back.

    `status` is the HTTP meaning of the refusal: 401, 403 and 404 are outcome 8 (no right, or not to be told), other
    refusals 4, 5xx 12. A circle that was never seen by the log is left out: strangers cannot make names by guessing
    ids. Nobody's refusals are not recorded (anybody could fill the log). Does not raise: the refusal stands without
    its trace, and the operator's log says so.
    """
    if actor.user_id is None and actor.system_id is None:
        return
    outcome = 12 if status >= 500 else 8 if status in (401, 403, 404) else 4
    try:
        with transaction.atomic():
            known = circle_id is not None and _is_known(Subject("Circle", circle_id))
            record(act, actor=actor, outcome=outcome, error=code, circle_id=circle_id if known else None)
    except (AuditError, DatabaseError):
        logger.exception("a refusal of %s was not recorded", act)


def actor_of(request: HttpRequest) -> Actor:
    """Who asks, with the request's id and network. Asked once per request.

    `settings.AUDIT_ACTOR` names the callable that makes an Actor of a request: this floor knows no accounts.
    """
    trace = trace_of(request)
    if trace.actor is None:
        person: Actor = import_string(settings.AUDIT_ACTOR)(request)
        trace.actor = replace(person, net=trace.net, req=trace.req)
    return trace.actor


def drop_name(subject: Subject) -> None:
    """This connection forgets an erased name; others know it at most until they end, and nobody acts under it."""
    station = _station()
    transaction.on_commit(lambda: station.names.pop(subject, None))


def _is_known(subject: Subject) -> bool:
    with connection.cursor() as cursor:
        return bool(subjects.known(cursor, [subject]))


def _station() -> _Station:
    connection.ensure_connection()
    return _stations.setdefault(connection.connection, _Station())


def _names(cursor: CursorWrapper, wanted: set[Subject]) -> tuple[Names, list[Event]]:
    """Pseudonyms of all `wanted`, and the events of those that had to be bound."""
    cached = _station().names
    names = {one: cached[one] for one in wanted if one in cached}
    if len(names) == len(wanted):
        return names, []
    names |= subjects.known(cursor, wanted - names.keys())
    bound, events = subjects.bind(cursor, wanted - names.keys())
    names |= bound
    transaction.on_commit(lambda: _remember(cached, names))  # a roll-back takes the name back
    return names, events


def _remember(cached: Names, names: Names) -> None:
    if len(cached) > NAMES_KEPT:
        cached.clear()
    cached.update(names)


def _writer(cursor: CursorWrapper) -> tuple[int, int, list[Event]]:
    """This connection's writer, its next number, and its first events when it begins here (or was rolled back)."""
    station = _station()
    if station.writer is not None:
        cursor.execute(batch.SQL_WRITER_NEXT, (station.writer,))
        if row := cursor.fetchone():
            return station.writer, int(row[0]), []
    cursor.execute(batch.SQL_WRITER_OPEN)
    station.writer = int(cursor.fetchone()[0])
    cursor.execute(batch.SQL_WRITERS_ENDED)
    return station.writer, 1, batch.opening(station.writer, cursor.fetchall())
