"""What the operations of the network answer, exactly as docs/protocol.md "HTTP" writes it. Pure.

Built by `circles.contacts`, sent by `circles.api_network`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Self
from uuid import UUID

from circles.schemas import Card, CardFields, ProfessionalCard

MESSAGE_LENGTH: Final = 200  # characters of the sentence with which somebody asks

# `none` also when this person blocked me: I am not told.
ContactState = Literal["none", "asked_by_me", "asked_me", "accepted", "refused", "blocked", "self"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquainted(Card):
    """Somebody with whom I have to do, and since when it is so."""

    user: UUID
    practitioner: UUID
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow(Acquainted):
    state: ContactState
    message: str

    @classmethod
    def of(cls, card: ProfessionalCard, *, user: UUID, state: ContactState, message: str, since: datetime) -> Self:
        return cls(**shown(card), practitioner=card.practitioner, user=user, state=state, message=message, since=since)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedRow(Acquainted):
    @classmethod
    def of(cls, card: ProfessionalCard, *, user: UUID, since: datetime) -> Self:
        return cls(**shown(card), practitioner=card.practitioner, user=user, since=since)


@dataclass(frozen=True, slots=True)
class Contacts:
    contacts: list[ContactRow]
    blocked: list[BlockedRow]


def shown(card: Card) -> CardFields:
    """The fields that every card has, of a card that has more."""
    return CardFields(
        name=card.name,
        family_name=card.family_name,
        given_name=card.given_name,
        civility=card.civility,
        profession=card.profession,
        sector=card.sector,
        organisation=card.organisation,
    )
