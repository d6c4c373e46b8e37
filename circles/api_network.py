"""The door to the network around circles: the directory, profiles, contacts.

What the directory shows is no secret among its professionals; who looked somebody up is in the trail all the same.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from ninja import Router
from pydantic import Field

from accounts.http import SignedInRequest, signed_in
from audit.doors import audited, not_audited
from audit.services import actor_of, record
from circles import contacts, network, services
from circles.api import Empty
from circles.schemas_network import (
    AVAILABILITY_LENGTH,
    MESSAGE_LENGTH,
    MOST_HOURS,
    Contacts,
    Found,
    Hours,
    ProfileShown,
    StructureShown,
)
from circles.services import AbsenceSaid

router = Router(auth=signed_in, tags=["network"])


class AskIn(Empty):
    message: Annotated[str, Field(max_length=MESSAGE_LENGTH)]


class HoursIn(Empty):
    day: int
    opens: Annotated[str, Field(max_length=5)]
    closes: Annotated[str, Field(max_length=5)]


class AbsenceIn(Empty):
    starts: date
    ends: date
    replacement: UUID | None


class ProfileIn(Empty):
    languages: list[Annotated[str, Field(max_length=3)]]
    availability: Annotated[str, Field(max_length=AVAILABILITY_LENGTH)]
    hours: Annotated[list[HoursIn], Field(max_length=MOST_HOURS)]
    absence: AbsenceIn | None


@router.get("/directory", response=Found)
@audited("directory.search")
def search_directory(request: SignedInRequest, q: str) -> Found:
    return network.search(request.user.id, q)


@router.get("/structures/{structure_id}", response=StructureShown)
@audited("directory.read")
def read_structure(request: SignedInRequest, structure_id: UUID) -> StructureShown:
    return network.structure(request.user.id, structure_id)


@router.get("/profile", response=ProfileShown)
@not_audited("Shows a person nothing but their own profile.")
def read_own_profile(request: SignedInRequest) -> ProfileShown:
    return network.own_profile(request.user.id)


@router.put("/profile", response=ProfileShown)
@audited("profile.update")
def update_profile(request: SignedInRequest, body: ProfileIn) -> ProfileShown:
    services.update_profile(
        actor=actor_of(request),
        languages=body.languages,
        availability=body.availability,
        hours=[Hours(day=each.day, opens=each.opens, closes=each.closes) for each in body.hours],
        absence=None
        if body.absence is None
        else AbsenceSaid(starts=body.absence.starts, ends=body.absence.ends, replacement=body.absence.replacement),
    )
    return network.own_profile(request.user.id)


@router.get("/profiles/{practitioner_id}", response=ProfileShown)
@audited("profile.read")
def read_profile(request: SignedInRequest, practitioner_id: UUID) -> ProfileShown:
    shown = network.profile(request.user.id, practitioner_id)
    record("profile.read", actor=actor_of(request), obj=("Practitioner", practitioner_id))
    return shown


@router.get("/contacts", response=Contacts)
@not_audited("Shows a person whom they asked, who asked them and whom they blocked.")
def list_contacts(request: SignedInRequest) -> Contacts:
    return contacts.contacts_of(request.user.id)


@router.post("/contacts/{user_id}/ask", response=Empty)
@audited("contact.ask")
def ask_contact(request: SignedInRequest, user_id: UUID, body: AskIn) -> Empty:
    services.ask_contact(actor=actor_of(request), user_id=user_id, message=body.message)
    return Empty()


@router.post("/contacts/{user_id}/accept", response=Empty)
@audited("contact.answer")
def accept_contact(request: SignedInRequest, user_id: UUID, body: Empty) -> Empty:
    services.accept_contact(actor=actor_of(request), user_id=user_id)
    return Empty()


@router.post("/contacts/{user_id}/refuse", response=Empty)
@audited("contact.answer")
def refuse_contact(request: SignedInRequest, user_id: UUID, body: Empty) -> Empty:
    services.refuse_contact(actor=actor_of(request), user_id=user_id)
    return Empty()


@router.post("/contacts/{user_id}/end", response=Empty)
@audited("contact.answer")
def end_contact(request: SignedInRequest, user_id: UUID, body: Empty) -> Empty:
    services.end_contact(actor=actor_of(request), user_id=user_id)
    return Empty()


@router.post("/contacts/{user_id}/block", response=Empty)
@audited("contact.block")
def block(request: SignedInRequest, user_id: UUID, body: Empty) -> Empty:
    services.block(actor=actor_of(request), user_id=user_id)
    return Empty()


@router.post("/contacts/{user_id}/unblock", response=Empty)
@audited("contact.block")
def unblock(request: SignedInRequest, user_id: UUID, body: Empty) -> Empty:
    services.unblock(actor=actor_of(request), user_id=user_id)
    return Empty()
