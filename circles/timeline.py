"""What happened to a circle's people, from its tables: who came in on what ground, until when, and why somebody left.

Used by `circles.api_places`. The browser compares it with the signed chain, which knows the same from the devices that
decided it; consents, oppositions, closures and emergencies stand in the tables alone. The number of queries does not
grow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, cast
from uuid import UUID

from circles import access
from circles.models import BreakGlass, Circle, Closure, Consent, Handover, Invitation, Member, Opposition
from circles.roles import DeclineCode, Ground, Role
from circles.schemas import Former
from circles.selectors import card_fields, professionals

Happened = Literal[
    "opened",
    "invited",
    "joined",
    "ended",
    "consent",
    "consent_withdrawn",
    "opposition",
    "opposition_lifted",
    "handed_over",
    "given_back",
    "closed",
    "reopened",
    "break_glass",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """`user` is whom it is about, `by` who did it (null: the date, or the server for somebody). `id` is that of the
    consent or opposition; `code` an end code, an invitation's state, or why the circle closed; `because` the reason
    that somebody gave for declining.
    """

    at: datetime
    what: Happened
    user: UUID | None = None
    by: UUID | None = None
    role: Role | None = None
    ground: Ground | None = None
    until: datetime | None = None
    code: str | None = None
    because: DeclineCode | None = None
    how: str | None = None
    on: date | None = None
    id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    rows: list[TimelineRow]
    people: list[Former]


def timeline_for(user_id: UUID, circle_id: UUID) -> Timeline:
    """Oldest first. Raises NotFound unless this person may read the circle. Nine queries."""
    circle = access.circle_for(user_id, circle_id, "read")
    rows = rows_of(circle)
    named = {each for row in rows for each in (row.user, row.by) if each is not None}
    cards = professionals(named)
    return Timeline(rows=rows, people=[Former(**card_fields(card), user=user) for user, card in cards.items()])


def rows_of(circle: Circle) -> list[TimelineRow]:
    """Oldest first. Authorises nothing."""
    return sorted(_all(circle), key=lambda row: row.at)


def _all(circle: Circle) -> Iterator[TimelineRow]:
    opener, *others = circle.members.order_by("joined", "id")
    yield TimelineRow(at=circle.opened, what="opened", by=opener.user_id, ground=cast("Ground", opener.ground))
    yield from _ended(opener)
    for invitation in circle.invitations.all():
        yield _invited(invitation)
    for member in others:
        yield _joined(member)
        yield from _ended(member)
    for consent in circle.consents.all():
        yield from _consent(consent)
    for opposition in circle.oppositions.all():
        yield from _opposition(opposition)
    for handover in circle.handovers.all():
        yield from _handover(handover)
    for closure in circle.closures.all():
        yield from _closure(closure)
    for emergency in circle.break_glasses.all():
        yield _break_glass(emergency)


def _invited(invitation: Invitation) -> TimelineRow:
    return TimelineRow(
        at=invitation.created,
        what="invited",
        user=invitation.user_id,
        by=invitation.inviter_id,
        role=cast("Role", invitation.role),
        ground=cast("Ground", invitation.ground),
        until=invitation.not_after,
        code=invitation.state,
        because=cast("DeclineCode", invitation.declined_because) or None,
    )


def _joined(member: Member) -> TimelineRow:
    return TimelineRow(
        at=member.joined,
        what="joined",
        user=member.user_id,
        role=cast("Role", member.role),
        ground=cast("Ground", member.ground),
        until=member.not_after,
    )


def _ended(member: Member) -> Iterator[TimelineRow]:
    if member.ended is not None:
        yield TimelineRow(
            at=member.ended, what="ended", user=member.user_id, by=member.ended_by_id, code=member.end_code
        )


def _consent(consent: Consent) -> Iterator[TimelineRow]:
    yield TimelineRow(
        at=consent.recorded,
        what="consent",
        user=consent.user_id,
        by=consent.recorded_by_id,
        how=consent.how,
        on=consent.given_on,
        id=consent.id,
    )
    if consent.withdrawn is not None:
        yield TimelineRow(
            at=consent.withdrawn, what="consent_withdrawn", user=consent.user_id, by=consent.withdrawn_by_id
        )


def _opposition(opposition: Opposition) -> Iterator[TimelineRow]:
    yield TimelineRow(
        at=opposition.recorded,
        what="opposition",
        user=opposition.user_id,
        by=opposition.recorded_by_id,
        how=opposition.how,
        on=opposition.told_on,
        id=opposition.id,
    )
    if opposition.lifted is not None:
        yield TimelineRow(
            at=opposition.lifted, what="opposition_lifted", user=opposition.user_id, by=opposition.lifted_by_id
        )


def _handover(handover: Handover) -> Iterator[TimelineRow]:
    yield TimelineRow(
        at=handover.given, what="handed_over", user=handover.taker_id, by=handover.giver_id, until=handover.until
    )
    if handover.returned is not None:
        yield TimelineRow(at=handover.returned, what="given_back", user=handover.taker_id, by=handover.giver_id)


def _closure(closure: Closure) -> Iterator[TimelineRow]:
    yield TimelineRow(at=closure.closed, what="closed", by=closure.closed_by_id, code=closure.code)
    if closure.reopened is not None:
        yield TimelineRow(at=closure.reopened, what="reopened", by=closure.reopened_by_id)


def _break_glass(emergency: BreakGlass) -> TimelineRow:
    return TimelineRow(at=emergency.started, what="break_glass", by=emergency.user_id, until=emergency.until)
