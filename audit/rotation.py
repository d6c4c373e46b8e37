"""The keys of the words go under the newest of AUDIT_DETAIL_KEYS, in batches that may end anywhere.

Used by `manage.py rotate_audit_keys`. The words themselves are not touched: they are sealed under the keys of their
subjects, which are few. A key is under the old version or under the new one, and both open while it lasts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Count

from audit.data_keys import reseal
from audit.events import SYSTEM
from audit.models import DataKey
from audit.services import record

BATCH: Final = 500  # rows of one transaction: a fraction of a second


def counts() -> dict[int, int]:
    """How many keys are under which version."""
    rows = DataKey.objects.values("key_version").annotate(n=Count("id")).order_by("key_version")
    return {row["key_version"]: row["n"] for row in rows}


def rotate() -> Iterator[int]:
    """Batch after batch, until nothing that nobody else holds is under an old version. Yields after each commit."""
    while done := _batch():
        yield done


@transaction.atomic
def _batch() -> int:
    newest = max(settings.AUDIT_DETAIL_KEYS)
    old = DataKey.objects.exclude(key_version=newest).order_by("id")
    rows = list(old.select_for_update(skip_locked=True)[:BATCH])
    for row in rows:
        reseal(row)
    if rows:
        record("secret.rotate", actor=SYSTEM, cnt=len(rows), detail={"sealed": "words of the log", "to": newest})
    return len(rows)
