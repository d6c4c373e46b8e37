"""Attachments: who may bring, continue, fetch and erase the ciphertext of a file.

Used by `chat.api_files`, by the erasure of messages and by `manage.py purge_files`. The server knows a file's circle,
author, size and times; its name, type, key and hash are inside the message. Bytes are in `chat.file_store`, appended
under the lock of the file's row; where folder and table differ after a crash, the shorter of the two is true.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from accounts.models import User
from audit import services as audit
from audit.events import SYSTEM, Actor
from chat import file_store
from chat.errors import ChatError, Conflict, NotFound
from chat.models import File
from circles import access

log = structlog.get_logger(__name__)

CHUNK: Final = 64 * 1024  # of plaintext; each is sealed alone
TAG: Final = 16
LARGEST: Final = 1600 * (CHUNK + TAG)  # 100 MB of plaintext
PIECE: Final = 1024 * 1024  # of one request
MOST_UNFINISHED: Final = 32  # of one person: two messages' worth, left behind by a lost network
MOST_A_DAY: Final = 2 * 1024**3  # bytes of one person: nobody fills the folder alone
UNFINISHED_FOR: Final = timedelta(hours=24)


class WrongOffset(Conflict):
    """`detail` is the offset at which the file goes on."""

    def __init__(self, right: int) -> None:
        super().__init__("wrong_offset")
        self.detail = str(right)


@transaction.atomic
def announce(*, actor: Actor, user_id: UUID, circle_id: UUID, file_id: UUID, size: int) -> None:
    """A file of `size` bytes of ciphertext is going to be brought. A repeat changes nothing.

    Refuses with `bad_input`, `file_too_large`, `replayed_id`, `too_many_files`.
    """
    circle = access.circle_for(user_id, circle_id, "send")
    if file_id.version != 7 or size < TAG:
        raise ChatError("bad_input", status=422)
    if size > LARGEST:
        raise ChatError("file_too_large", status=413)
    User.objects.select_for_update(no_key=True).get(id=user_id)  # two announcements of one person see each other
    known = File.objects.filter(id=file_id).first()
    if known is None:
        _check_quota(user_id, size)
        File.objects.create(id=file_id, group_id=circle_id, author_id=user_id, size=size)
    elif (known.group_id, known.author_id, known.size, known.erased) != (circle_id, user_id, size, None):
        raise Conflict("replayed_id")
    audit.record(
        "attachment.add",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle_id,
        obj=("Attachment", file_id),
        siz=size,
    )


def _check_quota(user_id: UUID, size: int) -> None:
    mine = File.objects.filter(author_id=user_id)
    today = mine.filter(created__gt=timezone.now() - timedelta(days=1)).aggregate(sum=Sum("size"))["sum"] or 0
    if mine.filter(received__lt=F("size")).count() >= MOST_UNFINISHED or today + size > MOST_A_DAY:
        raise ChatError("too_many_files", status=429)


@transaction.atomic
def append(*, user_id: UUID, circle_id: UUID, file_id: UUID, offset: int, piece: bytes) -> int:
    """Keep the next bytes of a file that this person announced; the answer: how many there are now.

    Refuses with `wrong_offset` (what came is at another place than where the file goes on), `file_too_large`,
    `storage_unavailable`.
    """
    access.circle_for(user_id, circle_id, "send")
    file = _announced_by(user_id, circle_id, file_id, lock=True)
    received = min(file.received, file_store.length(file_id))
    if offset != received:
        raise WrongOffset(received)
    if len(piece) > PIECE or offset + len(piece) > file.size:
        raise ChatError("file_too_large", status=413)
    file.received = offset + len(piece)
    try:
        file_store.write_at(file_id, offset, piece, last=file.received == file.size)
    except OSError as error:
        log.error("files.unavailable", error=type(error).__name__, errno=error.errno)
        raise ChatError("storage_unavailable", status=503) from error
    file.save(update_fields=["received"])
    return file.received


def announced_for(user_id: UUID, circle_id: UUID, file_id: UUID) -> File:
    """How far a file of this person's own has come."""
    access.circle_for(user_id, circle_id, "send")
    file = _announced_by(user_id, circle_id, file_id)
    file.received = min(file.received, file_store.length(file_id))
    return file


def file_for(user_id: UUID, circle_id: UUID, file_id: UUID) -> File:
    """A complete file, for whoever reads in its circle now."""
    access.circle_for(user_id, circle_id, "read")
    file = File.objects.filter(id=file_id, group_id=circle_id, erased=None, received=F("size")).first()
    if file is None:
        raise NotFound
    if file_store.length(file_id) != file.size:
        log.error("files.lost", file=str(file_id))
        raise NotFound
    return file


def erase(*, actor: Actor, circle_id: UUID, author: UUID, file_ids: Collection[UUID]) -> int:
    """Erase those of the files that `author` brought to this circle; the answer: how many these were.

    Call it in the transaction of the erasing message: the bytes go after its COMMIT, or with `purge_files`.
    """
    found = list(
        File.objects.select_for_update().filter(id__in=file_ids, group_id=circle_id, author_id=author, erased=None)
    )
    File.objects.filter(id__in=[each.id for each in found]).update(erased=timezone.now())
    for each in found:
        audit.record("attachment.erase", actor=actor, circle_id=circle_id, obj=("Attachment", each.id), siz=each.size)
        transaction.on_commit(partial(file_store.remove, each.id), robust=True)
    return len(found)


def purge() -> int:
    """Remove what nobody goes on bringing, and bytes that outlived their erasure; the answer: how many files."""
    before, purged = timezone.now() - UNFINISHED_FOR, 0
    while _purge_one(before):
        purged += 1
    return purged


@transaction.atomic
def _purge_one(before: datetime) -> bool:
    """Claims its row: the command may run twice, and an upload that is just going on is left alone."""
    unfinished = Q(received__lt=F("size"), created__lt=before)
    file = File.objects.select_for_update(skip_locked=True).filter(unfinished | ~Q(erased=None)).first()
    if file is None:
        return False
    if file.erased is None:
        audit.record(
            "attachment.erase", actor=SYSTEM, circle_id=file.group_id, obj=("Attachment", file.id), siz=file.size
        )
    file_store.remove(file.id)  # before the COMMIT: a row whose bytes are gone is found again, bytes alone never
    file.delete()
    return True


def _announced_by(user_id: UUID, circle_id: UUID, file_id: UUID, *, lock: bool = False) -> File:
    files = File.objects.select_for_update() if lock else File.objects
    file = files.filter(id=file_id, group_id=circle_id, author_id=user_id, erased=None).first()
    if file is None:
        raise NotFound
    return file
