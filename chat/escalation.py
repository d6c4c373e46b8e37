"""Urgent messages that were not confirmed in time: who has not is reminded, then the coordinators are told.

A round of `manage.py tend`. Whoever stands in for an absent person is told with the coordinators. The server reads
neither message nor answer: it knows by the envelope's kind that a message is urgent, and by its answers' senders whom
they confirm and that somebody sees to it. Reminding ends with the last confirmation, with the first person who takes
the message, and with its erasure.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.events import SYSTEM
from audit.services import record
from chat import telling
from chat.models import Item, Reminder
from circles.absences import replacements
from circles.models import Circle, Member
from circles.notices import What, tell
from circles.roles import ROLE_ABILITIES

# Beyond it nobody is waiting for an answer any more: a server that was down for days reminds nobody of last week.
LOOKED_BACK: Final = timedelta(days=1)
CONFIRMING: Final = frozenset(role for role, abilities in ROLE_ABILITIES.items() if "send" in abilities)


@dataclass(frozen=True, slots=True)
class Followed:
    """What was done about an urgent message, for those who read it."""

    message: UUID
    reminded: datetime
    escalated: datetime | None


def follow_up() -> int:
    """Remind and escalate whatever is due; how many. One transaction for each message; those held are passed over."""
    return sum(_follow_up(*each) for each in _due())


def followed(circle_id: UUID) -> list[Followed]:
    """The reminders of this circle's urgent messages, the oldest first. One query; the caller has asked the gate."""
    rows = Reminder.objects.filter(group=circle_id, sent__isnull=False).order_by("sent")
    return [Followed(each.message, each.sent, each.escalated) for each in rows if each.sent is not None]


def _due() -> list[tuple[UUID, UUID]]:
    """Circle and id of urgent messages for which a step may be due."""
    now = timezone.now()
    done = Reminder.objects.exclude(escalated=None, settled=None).values("message")
    late = Item.objects.filter(urgent=True, at__gt=now - LOOKED_BACK, at__lte=now - settings.REMIND_AFTER)
    rows = late.exclude(message_id__in=done).order_by("at").values_list("group_id", "message_id")
    return cast("list[tuple[UUID, UUID]]", list(rows))


@transaction.atomic
def _follow_up(circle_id: UUID, message_id: UUID) -> bool:
    """The next step for one message, if it is due now."""
    Reminder.objects.get_or_create(message=message_id, defaults={"group_id": circle_id})
    reminder = Reminder.objects.select_for_update(skip_locked=True).filter(message=message_id).first()
    if reminder is None or reminder.escalated is not None or reminder.settled is not None:
        return False
    item = Item.objects.select_related("device").get(message_id=message_id)
    circle = Circle.objects.get(id=circle_id)
    waiting = [] if item.body is None or circle.state != Circle.State.OPEN else _waiting(item)
    now = timezone.now()
    if not waiting:
        reminder.settled = now
        reminder.save(update_fields=("settled",))
        return False
    if reminder.sent is None:
        reminder.sent = now
        _tell("urgent", waiting, item, circle, act="message.remind")
    elif reminder.sent + settings.ESCALATE_AFTER <= now:
        reminder.escalated = now
        _tell("escalated", _responsible(circle_id, waiting), item, circle, act="message.escalate")
        tell(users=[item.device.user_id], what="escalated", circle_id=circle_id)
    else:
        return False
    reminder.save(update_fields=("sent", "escalated"))
    telling.circle_changed(circle_id)
    return True


def _waiting(item: Item) -> list[UUID]:
    """Who was in the circle then, is now, may answer and has not; nobody once somebody sees to it."""
    answers = list(Item.objects.filter(group=item.group_id, answers=item.message_id).select_related("device"))
    if any(each.takes for each in answers):
        return []
    asked = _present(item.group_id).filter(role__in=CONFIRMING, joined__lte=item.at)
    answered = {each.device.user_id for each in answers} | {item.device.user_id}
    return list(asked.exclude(user__in=answered).values_list("user_id", flat=True))


def _responsible(circle_id: UUID, waiting: Collection[UUID]) -> list[UUID]:
    """The coordinators, and those of the circle who stand in for one who is away or for somebody it waits for."""
    members = dict(_present(circle_id).values_list("user_id", "role"))
    coordinators = {user for user, role in members.items() if role == "coordinator"}
    away = replacements({*coordinators, *waiting}, timezone.now().date())
    return sorted(coordinators | {user for user in away.values() if user in members}, key=str)


def _present(circle_id: UUID) -> QuerySet[Member]:
    return Member.objects.filter(circle=circle_id, ended=None, user__is_active=True)


def _tell(what: What, users: Collection[UUID], item: Item, circle: Circle, *, act: str) -> None:
    tell(users=users, what=what, circle_id=circle.id, by=item.device.user_id)
    record(
        act,
        actor=SYSTEM,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=("Message", cast("UUID", item.message_id)),
        cnt=len(users),
        detail={"users": [str(each) for each in users]},
    )
