"""The door of invitations: those I got, those I may follow up, and the link in a letter, which needs no account.

Inviting and revoking are commits on the socket (`chat.commits`).
"""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from accounts.http import SignedInRequest, signed_in
from accounts.letters import Language
from accounts.limits import check_rate
from audit.doors import audited
from audit.services import actor_of, record
from circles import selectors, services
from circles.roles import DeclineCode
from circles.rules import LONGEST_REASON
from circles.schemas import Invitations, Reserved, Welcome

router = Router(auth=signed_in, tags=["invitations"])

# A link cannot be guessed; this is against who would keep the server busy. A hospital is one address.
WELCOME_RATE: Final = "60/m/ip"
LONGEST_ADDRESS: Final = 320


class Empty(Schema):
    model_config = ConfigDict(extra="forbid")


class AddressIn(Empty):
    to: Annotated[str, Field(max_length=LONGEST_ADDRESS)] | None
    language: Language


class ReserveIn(AddressIn):
    role: UUID


class DeclineIn(Empty):
    because: DeclineCode
    text: Annotated[str, Field(max_length=LONGEST_REASON)]


class LinkIn(Empty):
    token: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class ClaimIn(LinkIn):
    email: Annotated[str, Field(max_length=LONGEST_ADDRESS)]
    password: Annotated[str, Field(max_length=1024)]


@router.get("/invitations", response=Invitations)
@audited("invitation.list")
def list_invitations(request: SignedInRequest) -> Invitations:
    rows = selectors.invitations_of(request.user.id)
    shown = {"invitations": [str(row.id) for row in rows]}
    record("invitation.list", actor=actor_of(request), cnt=len(rows), detail=shown)
    return Invitations(rows)


@router.post("/invitations/{invitation_id}/accept", response=Empty)
@audited("invitation.accept")
def accept_invitation(request: SignedInRequest, invitation_id: UUID, body: Empty) -> Empty:
    services.accept(actor=actor_of(request), invitation_id=invitation_id)
    return Empty()


@router.post("/invitations/{invitation_id}/decline", response=Empty)
@audited("invitation.decline")
def decline_invitation(request: SignedInRequest, invitation_id: UUID, body: DeclineIn) -> Empty:
    services.decline(actor=actor_of(request), invitation_id=invitation_id, because=body.because, text=body.text)
    return Empty()


@router.post("/circles/{circle_id}/reservations", response=Reserved)
@audited("account.reserve")
def reserve(request: SignedInRequest, circle_id: UUID, body: ReserveIn) -> Reserved:
    user = services.reserve(
        actor=actor_of(request), circle_id=circle_id, role_id=body.role, to=body.to, language=body.language
    )
    return Reserved(user)


@router.post("/invitations/{invitation_id}/remind", response=Empty)
@audited("invitation.remind")
def remind(request: SignedInRequest, invitation_id: UUID, body: Empty) -> Empty:
    services.remind(actor=actor_of(request), invitation_id=invitation_id)
    return Empty()


@router.post("/invitations/{invitation_id}/resend", response=Empty)
@audited("invitation.send")
def resend(request: SignedInRequest, invitation_id: UUID, body: AddressIn) -> Empty:
    services.resend(actor=actor_of(request), invitation_id=invitation_id, to=body.to, language=body.language)
    return Empty()


@router.post("/welcome", response=Welcome, auth=None)
@audited("invitation.read")
def look(request: HttpRequest, body: LinkIn) -> Welcome:
    check_rate(request, action="welcome", rate=WELCOME_RATE)
    found = services.look(actor=actor_of(request), secret=body.token)
    return selectors.welcome(found.invitation, expires=found.link.expires)


@router.post("/welcome/claim", response=Empty, auth=None)
@audited("account.claim")
def claim(request: HttpRequest, body: ClaimIn) -> Empty:
    check_rate(request, action="welcome", rate=WELCOME_RATE)
    services.claim(actor=actor_of(request), secret=body.token, email=body.email, password=body.password)
    return Empty()


@router.post("/welcome/refuse", response=Empty, auth=None)
@audited("invitation.decline")
def refuse(request: HttpRequest, body: LinkIn) -> Empty:
    check_rate(request, action="welcome", rate=WELCOME_RATE)
    services.refuse(actor=actor_of(request), secret=body.token)
    return Empty()
