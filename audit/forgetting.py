"""Cutting a subject from the log: its pseudonym's row and the key of the words about it go, the events stay.

Used by `circles.services.retention` (a patient whose last circle was emptied) and `compliance.services.forgetting` (a
person). From then on the log speaks of somebody whom nobody can name. A legal hold stops it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from audit.errors import Held
from audit.events import SYSTEM, Actor
from audit.models import Hold, Pseudonym
from audit.services import drop_name, record
from audit.subjects import Subject


def pseudonyms_of(subjects: Collection[Subject]) -> set[UUID]:
    """The names under which the log speaks of these; none for whom it has never named, or no more. One query a kind."""
    found: set[UUID] = set()
    for kind in {each.kind for each in subjects}:
        ids = [each.id for each in subjects if each.kind == kind]
        found |= set(Pseudonym.objects.filter(kind=kind, subject__in=ids).values_list("pseudonym", flat=True))
    return found


def held(subjects: Collection[Subject]) -> bool:
    """Whether a hold that stands names one of these. Two queries or three."""
    names = pseudonyms_of(subjects)
    return bool(names) and Hold.objects.filter(lifted=None, subjects__overlap=list(names)).exists()


def forget(subject: Subject, *, actor: Actor, why: str | None = None) -> bool:
    """Erase a person or a patient from the log's side tables, in the caller's transaction; False when it knows none.

    The caller sees to it that the subject acts no more: an act after this would bind a new name. `why` is a purpose of
    use. Raises Held.
    """
    name = Pseudonym.objects.filter(kind=subject.kind, subject=subject.id).values_list("pseudonym", flat=True).first()
    if name is None:
        return False
    if held([subject]):
        raise Held
    record("subject.erase", actor=actor, obj=(subject.kind, subject.id), why=why)
    _execute(name)
    drop_name(subject)
    return True


def forget_absent(kind: str, present: QuerySet[Any], *, why: str) -> Iterator[bool]:
    """Forget every subject of a kind that is not among `present` (ids) any more; each in a transaction of its own.

    Yields whether it went: one under a legal hold stays.
    """
    gone = Pseudonym.objects.filter(kind=kind).exclude(subject__in=present).order_by("pseudonym")
    for each in list(gone.values_list("subject", flat=True)):
        with transaction.atomic():
            yield not held([Subject(kind, each)]) and forget(Subject(kind, each), actor=SYSTEM, why=why)


def close_words(circle_id: UUID) -> None:
    """Erase the key of what was said about a circle, whose content is gone; its name stays, for its trail is kept.

    The caller has recorded `circle.purge` of it in this transaction.
    """
    for name in pseudonyms_of([Subject("Circle", circle_id)]):
        _execute(name)


def _execute(name: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_forget(%s)", (name,))
