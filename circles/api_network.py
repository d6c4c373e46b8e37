"""The door to the network around circles: contacts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from ninja import Router
from pydantic import Field

from accounts.http import SignedInRequest, signed_in
from audit.doors import audited, not_audited
from audit.services import actor_of
from circles import contacts, services
from circles.api import Empty
from circles.schemas_network import MESSAGE_LENGTH, Contacts

router = Router(auth=signed_in, tags=["network"])


class AskIn(Empty):
    message: Annotated[str, Field(max_length=MESSAGE_LENGTH)]


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
