"""What is past its time goes: closed circles are archived, archived ones emptied, old notices and files forgotten.

Used by `manage.py retain`. Each step claims its rows in short transactions and may be stopped anywhere: what was erased
stays erased, and the next run goes on. A circle's content goes in batches before the circle itself says that it is
empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction

from chat import file_store
from chat.models import Cursor, EpochKey, File, Item, Reminder, Report, Seen
from circles.retention import Due, everything_due
from circles.services import retention

BATCH: Final = 1000  # rows of one transaction: a fraction of a second


@dataclass(frozen=True, slots=True)
class Done:
    """What was carried out of what was due."""

    due: Due
    count: int


def retain() -> Iterator[Done]:
    """Carry out everything that is due, one organisation and purpose after the other."""
    for due in everything_due():
        yield Done(due, _carry_out(due))


def _carry_out(due: Due) -> int:
    match due.purpose:
        case "archive":
            return sum(retention.archive(circle_id=each, before=due.before) for each in due.ids)
        case "purge":
            return sum(_purge(each) for each in due.ids)
        case "break_glass":
            return sum(retention.forget_break_glass(break_glass_id=each, before=due.before) for each in due.ids)
        case "notices":
            chunks = range(0, len(due.ids), retention.NOTICES_AT_ONCE)
            return sum(retention.forget_notices(due.ids[start:]) for start in chunks)


def _purge(circle_id: UUID) -> bool:
    """Ciphertexts, files, keys, receipts; then the circle says so, with how much there was. The log keeps its places
    and hashes, and the chain of who was in: with them the trail can be checked. A circle under a legal hold stays.
    """
    if retention.is_held(circle_id):
        return False
    erased = {
        "messages": _erase_messages(circle_id),
        "files": _erase_files(circle_id),
        "keys": _delete(EpochKey, circle_id),
    }
    for model in (Cursor, Seen, Report):
        _delete(model, circle_id)
    return retention.empty(circle_id=circle_id, erased=erased)


def _erase_messages(circle_id: UUID) -> int:
    erased = 0
    while True:
        with transaction.atomic():
            bodies = Item.objects.filter(group_id=circle_id, kind=Item.Kind.MESSAGE, body__isnull=False)
            batch = list(bodies.select_for_update().order_by("seq").values_list("seq", "message_id")[:BATCH])
            Item.objects.filter(group_id=circle_id, seq__in=[seq for seq, _ in batch]).update(body=None)
            Reminder.objects.filter(message__in=[message for _, message in batch]).delete()
        if not batch:
            return erased
        erased += len(batch)


def _erase_files(circle_id: UUID) -> int:
    """The bytes before the row: a row whose bytes are gone is found again, bytes alone never."""
    erased = 0
    for file_id in list(File.objects.filter(group_id=circle_id).values_list("id", flat=True)):
        file_store.remove(file_id)
        erased += File.objects.filter(id=file_id).delete()[0]
    return erased


def _delete(model: type[EpochKey | Cursor | Seen | Report], circle_id: UUID) -> int:
    deleted = 0
    while ids := list(model._default_manager.filter(group_id=circle_id).values_list("id", flat=True)[:BATCH]):
        deleted += model._default_manager.filter(id__in=ids).delete()[0]
    return deleted
