"""What the operations of the network answer, exactly as docs/protocol.md "HTTP" writes it. Pure.

Built by `circles.contacts`, sent by `circles.api_network`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Self
from uuid import UUID

from circles.schemas import Absence, Card, CardFields, Organisation, Profession, ProfessionalCard
from directory.sectors import Sector

MESSAGE_LENGTH: Final = 200  # characters of the sentence with which somebody asks
AVAILABILITY_LENGTH: Final = 500
MOST_HOURS: Final = 21  # three stretches a day
# ISO 639-1, and French sign language (639-3): what patients in France are most often met in.
LANGUAGES: Final = (
    *(
        "fr",
        "fsl",
        "ar",
        "bg",
        "bn",
        "br",
        "ca",
        "co",
        "cs",
        "de",
        "el",
        "en",
        "es",
        "eu",
        "fa",
        "ff",
        "ha",
        "he",
        "hi",
    ),
    *("hr", "ht", "hu", "hy", "it", "ja", "ka", "km", "ko", "ku", "lo", "mg", "ml", "nl", "oc", "pa", "pl", "ps"),
    *("pt", "ro", "ru", "so", "sq", "sr", "sw", "ta", "ti", "tr", "uk", "ur", "vi", "wo", "yi", "zh"),
)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """`day` from 1 (Monday) to 7; `opens` before `closes`, both `HH:MM`."""

    day: int
    opens: str
    closes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One place in which somebody practises."""

    role: UUID
    profession: Profession
    speciality: str | None
    sector: Sector
    organisation: Organisation | None
    city: str | None
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileShown(Card):
    """`user` null of somebody who has no account; then nothing is known but the directory."""

    practitioner: UUID
    user: UUID | None
    contact: ContactState
    mssante: str | None
    situations: list[Situation]
    languages: list[str]
    availability: str
    hours: list[Hours]
    absence: Absence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPerson(Card):
    """Somebody of the directory in one situation."""

    practitioner: UUID
    role: UUID
    speciality: str | None
    active: bool
    user: UUID | None
    contact: ContactState


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundStructure:
    id: UUID
    name: str
    city: str | None
    postal_code: str | None
    sector: Sector | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    people: list[FoundPerson]
    structures: list[FoundStructure]
    truncated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a structure does, of the ROR; texts may be empty."""

    name: str
    field: str
    activity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureShown(FoundStructure):
    offers: list[Offer]
    people: list[FoundPerson]
    truncated: bool


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
