"""Waking the browsers of people for whom something waits: a round of `manage.py tend`.

Each device for itself: a page that is open at the desk does not keep the phone from ringing, reading on either does.
A device that has the message already is left alone, and so is one that was woken a moment ago; urgent messages wait for
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from audit.events import SYSTEM
from audit.services import record
from chat.models import Cursor, PushSubscription, Waiting
from chat.preferences import is_quiet
from chat.push import Outcome, WakeKind, push
from circles.models import Notice

log = structlog.get_logger(__name__)

APART: Final = timedelta(minutes=2)  # two pushes to a device, unless something is urgent
LEASE: Final = timedelta(minutes=2)  # to whoever sends; then another process may
PATIENCE: Final = timedelta(minutes=5)  # when a push service could not take it
FRESH: Final = timedelta(hours=12)  # a notice older than this waits on the bell screen
# Ten at a time, five seconds each at worst: the other rounds are not kept waiting.
MOST: Final = 50
AT_A_TIME: Final = 10
URGENT_NOTICES: Final = ("urgent", "escalated", "break_glass")


@dataclass(frozen=True, slots=True)
class _Due:
    subscription: PushSubscription
    kind: WakeKind
    waiting: list[int]
    notices: list[UUID]


def wake() -> int:
    """Push to every device that is due; how many took it."""
    secret = settings.PUSH_KEY
    if secret is None:
        return 0
    due = _claim()
    if not due:
        return 0
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        outcomes = list(pool.map(lambda each: push(each.subscription, each.kind, secret=secret), due))
    for each, outcome in zip(due, outcomes, strict=True):
        _settle(each, outcome)
    return outcomes.count(Outcome.TAKEN)


@transaction.atomic
def _claim() -> list[_Due]:
    now = timezone.now()
    free = PushSubscription.objects.filter(Q(paused=None) | Q(paused__lte=now), device__ended=None)
    rested = Q(pushed=None) | Q(pushed__lte=now - APART)
    candidates = (
        free.select_related("device")
        .annotate(user=F("device__user"))
        .filter(
            Exists(_waiting().filter(urgent=True))
            | Exists(_notices().filter(what__in=URGENT_NOTICES))
            | (rested & (Exists(_waiting()) | Exists(_notices())))
        )
        .order_by(F("pushed").asc(nulls_first=True))
        .select_for_update(skip_locked=True, of=("self",))[:MOST]
    )
    due = [found for each in candidates if (found := _due(each)) is not None]
    PushSubscription.objects.filter(device__in=[each.subscription.device_id for each in due]).update(paused=now + LEASE)
    return due


def _waiting() -> QuerySet[Waiting]:
    """What this device's person has not read, and the device does not have."""
    has_it = Cursor.objects.filter(
        group=OuterRef("group"), device=OuterRef(OuterRef("device")), delivered__gte=OuterRef("seq")
    )
    return Waiting.objects.filter(user=OuterRef("device__user"), pushed=None).exclude(Exists(has_it))


def _notices() -> QuerySet[Notice]:
    fresh = timezone.now() - FRESH
    return Notice.objects.filter(user=OuterRef("device__user"), seen=None, pushed=None, created__gt=fresh)


def _due(subscription: PushSubscription) -> _Due | None:
    user_id = subscription.device.user_id
    has_it = Cursor.objects.filter(
        group=OuterRef("group"), device=subscription.device_id, delivered__gte=OuterRef("seq")
    )
    waiting = list(Waiting.objects.filter(user=user_id, pushed=None).exclude(Exists(has_it)))
    fresh = timezone.now() - FRESH
    notices = list(Notice.objects.filter(user=user_id, seen=None, pushed=None, created__gt=fresh))
    kind = _kind(waiting, notices)
    if kind != "urgent" and is_quiet(user_id):
        return None
    return _Due(subscription, kind, [each.id for each in waiting], [each.id for each in notices])


def _kind(waiting: Sequence[Waiting], notices: Sequence[Notice]) -> WakeKind:
    if any(each.urgent for each in waiting) or any(each.what in URGENT_NOTICES for each in notices):
        return "urgent"
    return "message" if waiting else "notice"


@transaction.atomic
def _settle(due: _Due, outcome: Outcome) -> None:
    device_id, now = due.subscription.device_id, timezone.now()
    mine = PushSubscription.objects.filter(device=device_id)
    if outcome is Outcome.GONE:
        mine.delete()
        record("push.unsubscribe", actor=SYSTEM, obj=("Device", device_id))
    elif outcome is Outcome.LATER:
        mine.update(paused=now + PATIENCE)
        log.info("push.later", device=str(device_id))
    else:
        mine.update(pushed=now, paused=None)
        Waiting.objects.filter(id__in=due.waiting).update(pushed=now)
        Notice.objects.filter(id__in=due.notices).update(pushed=now)
