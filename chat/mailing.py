"""A letter to people whom nothing else has reached: a round of `manage.py tend`.

No page of theirs is open, no push service took a wake-up, no device of theirs has what was written, and some time has
passed. The letter says that something waits, not what, from whom or about whom; one an hour at most.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.letters import queue
from accounts.models import User
from chat.hub import connected
from chat.models import Cursor, Preference, Waiting
from chat.preferences import is_quiet
from chat.waking import FRESH, URGENT_NOTICES
from circles.models import Notice

APART: Final = timedelta(hours=1)  # two letters to a person
MOST: Final = 200


def write_to_absent() -> int:
    """Queue the letters that are due; how many. One transaction each."""
    people = _unreached()
    return sum(_write(user_id) for user_id in sorted(people - connected(people)))


def _unreached() -> set[UUID]:
    lately = Preference.objects.filter(user=OuterRef("user")).filter(
        Q(mail=False) | Q(mailed__gt=timezone.now() - APART)
    )
    found: set[UUID] = set()
    for rows in (_waiting(), _notices()):
        found.update(rows.exclude(Exists(lately)).order_by("user").values_list("user_id", flat=True).distinct()[:MOST])
    return found


def _late() -> Q:
    """Urgent things are told as soon as their first reminder is due."""
    now = timezone.now()
    soon = min(settings.MAIL_AFTER, settings.REMIND_AFTER)
    return Q(began__lte=now - settings.MAIL_AFTER) | Q(is_urgent=True, began__lte=now - soon)


def _waiting() -> QuerySet[Waiting]:
    arrived = Cursor.objects.filter(
        group=OuterRef("group"), device__user=OuterRef("user"), delivered__gte=OuterRef("seq")
    )
    rows = Waiting.objects.filter(pushed=None, mailed=None, user__is_active=True)
    return rows.annotate(began=F("since"), is_urgent=F("urgent")).filter(_late()).exclude(Exists(arrived))


def _notices() -> QuerySet[Notice]:
    rows = Notice.objects.filter(seen=None, pushed=None, mailed=None, user__is_active=True)
    fresh = rows.filter(created__gt=timezone.now() - FRESH)
    return fresh.annotate(began=F("created"), is_urgent=Q(what__in=URGENT_NOTICES)).filter(_late())


@transaction.atomic
def _write(user_id: UUID) -> bool:
    Preference.objects.get_or_create(user_id=user_id)
    held = Preference.objects.select_for_update(skip_locked=True).filter(user=user_id).first()
    if held is None or (held.mailed is not None and held.mailed > timezone.now() - APART):
        return False
    waiting, notices = list(_waiting().filter(user=user_id)), list(_notices().filter(user=user_id))
    urgent = any(each.urgent for each in waiting) or any(each.what in URGENT_NOTICES for each in notices)
    if not (waiting or notices) or (is_quiet(user_id) and not urgent):
        return False
    address = User.objects.values_list("email", flat=True).get(id=user_id)
    if not address:  # of an account that waits for its person
        return False
    queue(
        to=address, template="urgent" if urgent else "waiting", language="fr", parameters={"url": settings.PUBLIC_URL}
    )
    held.mailed = timezone.now()
    held.save(update_fields=("mailed",))
    _mark(Waiting.objects.filter(id__in=[each.id for each in waiting]))
    _mark(Notice.objects.filter(id__in=[each.id for each in notices]))
    return True


def _mark(rows: QuerySet[Waiting] | QuerySet[Notice]) -> None:
    rows.update(mailed=timezone.now())
