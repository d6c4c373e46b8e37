"""What the operations of this room answer, exactly as docs/protocol.md "HTTP" writes it. Bytes are base64.

Built by `circles.selectors` and `circles.candidates`, sent by `circles.api` and `chat.api`. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypedDict
from uuid import UUID

from circles.ins import Attribute, Sex, Status
from circles.roles import Ability, Ground, OrganisationAbility, Role
from directory.sectors import Sector

Kind = Literal["care", "team", "direct"]
State = Literal["open", "closed"]
OwnAbility = OrganisationAbility | Literal["open_circle"]
How = Literal["spoken", "written", "electronic"]
Admission = Literal["not_needed", "to_ask", "asked"]
Why = Literal["already_member", "already_invited", "patient_opposes", "profession_not_allowed", "inactive"]
# `reserved`: somebody has invited this person, who has not opened the account yet.
Account = Literal["none", "reserved", "open"]
# How far an invitation has come. Without account: the letter is on its way, has left, could not be delivered, its
# address does not exist, its link has been looked at, or ran out. With one: the person has been told; has an account
# and no keys yet; asks to be let in.
Progress = Literal[
    "letter_waiting",
    "letter_sent",
    "letter_refused",
    "letter_given_up",
    "link_opened",
    "link_expired",
    "told",
    "account_open",
    "asked",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profession:
    code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    id: UUID
    name: str
    city: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedOrganisation:
    """An organisation in which one holds a role."""

    id: UUID
    name: str
    abilities: list[OrganisationAbility]


class CardFields(TypedDict):
    """The fields of a Card, for those who build one of its kinds."""

    name: str
    family_name: str
    given_name: str
    civility: str
    profession: Profession
    sector: Sector
    organisation: Organisation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Who somebody is to their colleagues."""

    name: str
    family_name: str
    given_name: str
    civility: str
    profession: Profession
    sector: Sector
    organisation: Organisation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfessionalCard(Card):
    practitioner: UUID
    role: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Me(Card):
    id: UUID
    email: str
    identity_key: str | None
    history_key: str | None
    vault: bool
    abilities: list[OwnAbility]
    order_key: str
    steward: str | None
    organisations: list[ServedOrganisation]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientShown:
    """`matricule` only of a qualified identity, and only to members."""

    family: str
    given: str
    used_name: str | None
    sex: Sex
    birth_date: date
    identity_status: Status
    attributes: list[Attribute]
    matricule: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer(Card):
    """The other person of a direct exchange."""

    user: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """By what a circle is known. `patient` of a care circle; `parent` and `name` also of its compartments; `name` and
    `organisation` of a team; `peer` of a direct exchange, as its reader sees it.
    """

    kind: Kind
    patient: PatientShown | None
    parent: UUID | None
    name: str | None
    organisation: Organisation | None
    peer: Peer | None
    colour: str
    weave: int
    initials: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleRow(About):
    id: UUID
    state: State
    role: Role
    member_count: int
    opened: datetime
    abilities: list[Ability]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentShown:
    """The patient's consent on which a place outside the team rests."""

    id: UUID
    given_on: date
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureShown:
    closed: datetime
    by: UUID | None
    code: Literal["decided", "opposition", "nobody_left"]
    reopens_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed(Card):
    user: UUID
    practitioner: UUID
    role: Role
    ground: Ground
    not_after: datetime | None
    consent: ConsentShown | None
    delegate_of: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    user: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Both days included, in the person's own zone; not over yet."""

    starts: date
    ends: date
    replacement: Replacement | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow(Placed):
    """`lent_until`: until when coordination is lent to this person."""

    since: datetime
    absence: Absence | None
    lent_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingInvitation(Placed):
    id: UUID
    created: datetime
    expires: datetime
    progress: Progress
    reminders: int
    reminded: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Former(Card):
    """Somebody who was in, or was asked to be, and is named by what stays in the conversation."""

    user: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Compartment:
    """That there is one: `role` is the reader's, null of a coordinator of the circle who is not in it."""

    id: UUID
    name: str
    member_count: int
    role: Role | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleDetail(CircleRow):
    members: list[MemberRow]
    invitations: list[PendingInvitation]
    former: list[Former]
    closure: ClosureShown | None
    compartments: list[Compartment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(Card):
    practitioner: UUID
    role: UUID
    speciality: str | None
    rpps: str | None
    system: str
    number: str
    user: UUID | None
    identity_key: str | None
    history_key: str | None
    history_sig: str | None
    account: Account
    mssante: str | None
    invitable: bool
    why: Why | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inviter:
    name: str
    profession: Profession
    organisation: Organisation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MyInvitation(About):
    id: UUID
    circle: UUID
    inviter: Inviter
    ground: Ground
    role: Role
    not_after: datetime | None
    created: datetime
    expires: datetime
    admission: Admission


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome(Card):
    """What the link of a letter shows: who is invited, by whom, as what and until when. Nothing of the patient."""

    inviter: Inviter
    kind: Kind
    role: Role
    not_after: datetime | None
    expires: datetime


@dataclass(frozen=True, slots=True)
class Reserved:
    user: UUID


@dataclass(frozen=True, slots=True)
class Circles:
    circles: list[CircleRow]


@dataclass(frozen=True, slots=True)
class Candidates:
    candidates: list[Candidate]
    truncated: bool


@dataclass(frozen=True, slots=True)
class Invitations:
    invitations: list[MyInvitation]
