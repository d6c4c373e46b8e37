"""Who is in contact with whom, as each of the two may know it.

Used by `circles.api_network`, `circles.network` and by whoever opens a direct exchange (`may_exchange`). Somebody who
was blocked sees what they saw before: their question unanswered, their contact standing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from circles.models import Block, Contact
from circles.schemas_network import BlockedRow, ContactRow, Contacts, ContactState
from circles.selectors import professionals

# After a refusal the same person may ask again; not tomorrow.
ASK_AGAIN_AFTER: Final = timedelta(days=30)


def may_exchange(one: UUID, other: UUID) -> bool:
    """Whether these two may open a direct exchange: in contact, and neither has blocked the other. Two queries."""
    return (
        between(one, other).filter(state=Contact.State.ACCEPTED).exists()
        and not Block.objects.filter(Q(blocker_id=one, blocked_id=other) | Q(blocker_id=other, blocked_id=one)).exists()
    )


def contacts_of(user_id: UUID) -> Contacts:
    """This person's contacts, questions and blocks, newest first. Three queries."""
    blocks = {each.blocked_id: each.since for each in Block.objects.filter(blocker_id=user_id).order_by("-since")}
    rows = list(_of(user_id).order_by("-since"))
    cards = professionals({_other(row, user_id) for row in rows} | blocks.keys())
    shown: list[ContactRow] = []
    for row in rows:
        other, state = _other(row, user_id), _seen_by(user_id, row)
        if state == "none" or other in blocks or other not in cards:
            continue
        # What one wrote oneself is not shown again.
        message = row.message if state == "asked_me" else ""
        shown.append(ContactRow.of(cards[other], user=other, state=state, message=message, since=row.since))
    blocked = [BlockedRow.of(cards[user], user=user, since=since) for user, since in blocks.items() if user in cards]
    return Contacts(contacts=shown, blocked=blocked)


def states_for(user_id: UUID, others: Collection[UUID]) -> dict[UUID, ContactState]:
    """What each of these people is to this person. Two queries."""
    states: dict[UUID, ContactState] = dict.fromkeys(others, "none")
    for row in _of(user_id).filter(Q(asker__in=others) | Q(asked__in=others)):
        states[_other(row, user_id)] = _seen_by(user_id, row)
    for blocked in Block.objects.filter(blocker_id=user_id, blocked__in=others).values_list("blocked_id", flat=True):
        states[blocked] = "blocked"
    if user_id in states:
        states[user_id] = "self"
    return states


def between(one: UUID, other: UUID) -> QuerySet[Contact]:
    """The row of these two, if there is one."""
    return Contact.objects.filter(Q(asker_id=one, asked_id=other) | Q(asker_id=other, asked_id=one))


def may_ask_again(since: datetime) -> bool:
    """Whether enough time has passed since a refusal."""
    return since + ASK_AGAIN_AFTER <= timezone.now()


def _of(user_id: UUID) -> QuerySet[Contact]:
    return Contact.objects.filter(Q(asker_id=user_id) | Q(asked_id=user_id)).exclude(state=Contact.State.ENDED)


def _other(row: Contact, user_id: UUID) -> UUID:
    return row.asked_id if row.asker_id == user_id else row.asker_id


def _seen_by(user_id: UUID, row: Contact) -> ContactState:
    asked_by_me = row.asker_id == user_id
    if row.state == Contact.State.ACCEPTED:
        return "accepted"
    if row.state == Contact.State.ASKED:
        return "asked_by_me" if asked_by_me else "asked_me"
    # A refusal is shown to the one who was refused, while it stands in the way of asking again.
    return "refused" if asked_by_me and row.state == Contact.State.REFUSED and not may_ask_again(row.since) else "none"
