"""Persons, patients and circles under random names: bound at their first act, each binding logged with a commitment.

Used by `audit.services` only. A binding is written in the caller's transaction and forgotten with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from django.db.backends.utils import CursorWrapper

from audit import batch
from audit.events import SYSTEM, Event, commitment

SQL_KNOWN: Final = """
    SELECT kind, subject, pseudonym FROM audit_pseudonym
    JOIN unnest(%s::text[], %s::uuid[]) AS wanted (kind, subject) USING (kind, subject)"""
SQL_BIND: Final = """
    INSERT INTO audit_pseudonym (pseudonym, kind, subject, salt, event_id) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (kind, subject) DO NOTHING"""


@dataclass(frozen=True, slots=True)
class Subject:
    """One of `audit.events.SUBJECTS` by the id that its own room gave it."""

    kind: str
    id: UUID


Names = dict[Subject, UUID]


def known(cursor: CursorWrapper, subjects: Iterable[Subject]) -> Names:
    """The pseudonyms that exist already, here or in this transaction."""
    wanted = list(subjects)
    if not wanted:
        return {}
    cursor.execute(SQL_KNOWN, ([one.kind for one in wanted], [one.id for one in wanted]))
    return {Subject(kind, subject): pseudonym for kind, subject, pseudonym in cursor.fetchall()}


def bind(cursor: CursorWrapper, subjects: Iterable[Subject]) -> tuple[Names, list[Event]]:
    """Names for subjects that have none, and the events that must be written with them in this transaction.

    Two transactions may bind the same subject: the second waits for the first and takes its name.
    """
    names: Names = {}
    events: list[Event] = []
    # In one order, so that two binders never wait for each other.
    for one in sorted(set(subjects), key=lambda one: (one.kind, one.id)):
        pseudonym, salt = uuid4(), os.urandom(32)
        det = binding_commitment(one, pseudonym, salt)
        binding = batch.event("subject.bind", actor=SYSTEM, obj=f"{one.kind}/{pseudonym}", det=det)
        cursor.execute(SQL_BIND, (pseudonym, one.kind, one.id, salt, binding.id))
        if cursor.rowcount:
            names[one] = pseudonym
            events.append(binding)
        else:
            names |= known(cursor, [one])
    return names, events


def binding_commitment(subject: Subject, pseudonym: UUID, salt: bytes) -> bytes:
    """What `det` of a `subject.bind` must be for the row it belongs to."""
    return commitment("cordee audit pseudonym", salt, f"{subject.kind}/{subject.id}={pseudonym}".encode())
