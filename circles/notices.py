"""What is told to a person beside the conversation: an invitation, an end, somebody who waits for them.

Services of `circles` and `chat` call `tell` in the transaction of the act; the bell screen reads the rows, and `chat`
brings them to who is away. A row names a circle and the colleague who acted, never a patient and nothing that was
written.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, cast, get_args
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from circles.models import Notice
from circles.schemas import Inviter, ProfessionalCard
from circles.selectors import professionals
from circles.signals import noticed

What = Literal[
    "invited",
    "reminded",
    "admitted",
    "role_changed",
    "handed_over",
    "removed",
    "left",
    "closed",
    "consent_withdrawn",
    "opposition",
    "break_glass",
    "join_asked",
    "contact_asked",
    "contact_accepted",
    "proposed",
    "announced",
    "urgent",
    "escalated",
    "replaced",
    "ending_soon",
    "reopened",
    "monthly_report",
]
WHATS: Final[tuple[What, ...]] = get_args(What)
SHOWN: Final = 100  # the newest ones: a bell is for what is going on, the trail keeps the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    id: UUID
    what: What
    circle: UUID | None
    by: Inviter | None
    created: datetime
    seen: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    notices: list[NoticeRow]
    unseen: int


def tell(*, users: Collection[UUID], what: What, circle_id: UUID | None = None, by: UUID | None = None) -> None:
    """Leave each of these people a notice, in the caller's transaction; who acted is not told of it. One query."""
    told = sorted(set(users) - {by})
    if not told:
        return
    Notice.objects.bulk_create(Notice(user_id=user, what=what, circle_id=circle_id, by_id=by) for user in told)
    noticed.send(Notice, user_ids=told)


def invitation_over(*, user_id: UUID, circle_id: UUID) -> None:
    """Who has answered, or can no more, is not called to an invitation. In the caller's transaction."""
    calls = Notice.objects.filter(user_id=user_id, circle_id=circle_id, what__in=("invited", "reminded"), seen=None)
    if calls.update(seen=timezone.now()):
        noticed.send(Notice, user_ids=[user_id])


def notices_of(user_id: UUID) -> Notices:
    """This person's newest notices, newest first, and how many of all were not seen. Three queries."""
    mine = Notice.objects.filter(user_id=user_id)
    rows = list(mine.order_by("-created", "-id")[:SHOWN])
    people = professionals({each.by_id for each in rows if each.by_id is not None})
    return Notices(notices=[_row(each, people) for each in rows], unseen=mine.filter(seen=None).count())


@transaction.atomic
def mark_seen(*, user_id: UUID, ids: Collection[UUID]) -> None:
    """Somebody else's ids, and ones that do not exist, change nothing."""
    if Notice.objects.filter(user_id=user_id, id__in=ids, seen=None).update(seen=timezone.now()):
        noticed.send(Notice, user_ids=[user_id])


def _row(notice: Notice, people: dict[UUID, ProfessionalCard]) -> NoticeRow:
    by = None if notice.by_id is None else people.get(notice.by_id)
    return NoticeRow(
        id=notice.id,
        what=cast("What", notice.what),
        circle=notice.circle_id,
        by=None if by is None else Inviter(name=by.name, profession=by.profession, organisation=by.organisation),
        created=notice.created,
        seen=notice.seen,
    )
