"""Somebody without an account is invited: a reserved account, a letter with a link that works once, and its claim.

The link's secret is in the letter alone; here is its hash. It is bound to one invitation and therefore to one person of
the directory, ends with the invitation, and is burned in the transaction that opens the account
(docs/decisions/0011).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone, translation
from django.utils.formats import date_format

from accounts import letters
from accounts import services as accounts
from accounts.addresses import address
from accounts.letters import Language
from accounts.sealing import ADDRESS, seal, unseal
from accounts.selectors import email_of
from audit.events import Actor
from audit.services import record
from circles import access
from circles.errors import Conflict, NotFound, Unacceptable
from circles.models import Circle, Invitation, Professional, Reservation, WelcomeLink
from circles.rules import check_place, locked, person
from circles.services.ending import check_open, end_invitation
from circles.services.opening import link_professional
from circles.signals import invitation_ended
from directory.models import Practitioner, PractitionerRole

LINK_LIFE: Final = timedelta(days=14)
MOST_LINKS: Final = 8  # of one invitation: somebody who has not found it in eight letters is better telephoned
KEPT_FOR: Final = timedelta(days=1)  # an address without an invitation: somebody may be about to sign one
_WRITTEN_IN: Final = ZoneInfo("Europe/Paris")
_MOMENT: Final = {"fr": "j F Y à G\u00a0\\h\u00a0i", "en": "j F Y, H:i"}


@transaction.atomic
def reserve(*, actor: Actor, circle_id: UUID, role_id: UUID, to: str | None, language: Language) -> UUID:
    """The account that will be this person's, so that the circle's chain can name it, and where to write to them about
    this circle: `to`, or the directory's MSSanté address. The same account every time, the latest address.

    Errors: `not_found`, `inactive`, `profession_not_allowed`, `bad_address`, `address_missing`, `account_open`.
    """
    circle = locked(circle_id)
    access.circle_for(person(actor), circle_id, "invite")
    held = PractitionerRole.objects.select_related("practitioner").filter(id=role_id).first()
    if held is None:
        raise NotFound
    check_place("member", held, not_after=None)
    destination = address(to or _mailbox_of(held))
    user_id = _reserved_account(held, actor=actor)
    kept = {
        "sealed": seal(destination, purpose=ADDRESS),
        "typed_by_id": None if destination.lower() in _mailboxes_of(held) else actor.user_id,
        "language": language,
        "made": timezone.now(),
    }
    Reservation.objects.update_or_create(circle=circle, user_id=user_id, defaults=kept)
    record(
        "account.reserve",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=("Person", user_id),
        detail={"role": str(held.id), "to": destination},
    )
    return user_id


def write(invitation: Invitation, *, actor: Actor, template: str = "invitation") -> None:
    """Send the invitee a letter with a new link; the one before does nothing any more. Call it with the circle locked.

    Errors: `address_missing`, `too_many_letters`.
    """
    kept = Reservation.objects.filter(circle_id=invitation.circle_id, user_id=invitation.user_id).first()
    if kept is None:
        raise Unacceptable("address_missing")
    if invitation.links.count() >= MOST_LINKS:
        raise Conflict("too_many_letters")
    secret, destination = secrets.token_bytes(32), unseal(kept.sealed, purpose=ADDRESS)
    expires = min(invitation.expires, timezone.now() + LINK_LIFE)
    letter = letters.queue(
        to=destination,
        template=template,
        language="en" if kept.language == "en" else "fr",
        parameters=_words(invitation, secret.hex(), expires, kept.language),
    )
    invitation.links.filter(end="").update(end=WelcomeLink.End.REPLACED)
    invitation.links.create(hash=_hash(secret), letter=letter, expires=expires)
    record(
        "invitation.send",
        actor=actor,
        patient_id=invitation.circle.patient_id,
        circle_id=invitation.circle_id,
        obj=("Invitation", invitation.id),
        detail={"to": destination, "letter": str(letter)},
    )


def is_reserved(user_id: UUID) -> bool:
    """Nobody has claimed this account yet."""
    return email_of(user_id) == ""


@dataclass(frozen=True, slots=True)
class Found:
    """A link that works, its circle locked."""

    link: WelcomeLink
    invitation: Invitation
    circle: Circle


def find(secret: str, *, user_id: UUID | None) -> Found:
    """What a link leads to; `user_id` is whoever is signed in where it is used.

    Errors: `not_found` (unknown, and for whoever is signed in as somebody else), `link_used`, `link_replaced`,
    `link_expired`, `invitation_not_open`, `invitation_expired`. Call it in a transaction.
    """
    known = WelcomeLink.objects.filter(hash=_hash_of(secret))
    circle_id = known.values_list("invitation__circle_id", flat=True).first()
    if circle_id is None:
        raise NotFound
    circle = locked(circle_id)
    link = known.select_related(
        "invitation__circle",
        "invitation__practitioner_role__practitioner",
        "invitation__practitioner_role__organization",
    ).get()
    invitation = link.invitation
    if user_id not in (None, invitation.user_id):
        raise NotFound
    if link.end == WelcomeLink.End.USED or not is_reserved(invitation.user_id):
        raise Conflict("link_used")
    if link.end == WelcomeLink.End.REPLACED:
        raise Conflict("link_replaced")
    check_open(invitation)
    if link.expires <= timezone.now():
        raise Conflict("link_expired")
    return Found(link, invitation, circle)


@transaction.atomic
def look(*, actor: Actor, secret: str) -> Found:
    """Whoever has the link sees what it is for; its inviter sees that it was looked at. Errors: those of `find`."""
    found = find(secret, user_id=actor.user_id)
    if found.link.opened is None:
        found.link.opened = timezone.now()
        found.link.save(update_fields=["opened"])
    _record("invitation.read", found, actor=actor)
    return found


@transaction.atomic
def claim(*, actor: Actor, secret: str, email: str, password: str) -> None:
    """Open the account that the link is for, and burn the link. Errors: those of `find` and of `claim_user`."""
    found = find(secret, user_id=actor.user_id)
    invitation = found.invitation
    kept = Reservation.objects.get(circle=found.circle, user_id=invitation.user_id)
    reached = unseal(kept.sealed, purpose=ADDRESS).lower()
    accounts.claim_user(
        actor=actor,
        user_id=invitation.user_id,
        email=email,
        password=password,
        verified=email.strip().lower() == reached,
    )
    found.link.end = WelcomeLink.End.USED
    found.link.save(update_fields=["end"])
    Professional.objects.filter(user_id=invitation.user_id).update(typed_by=kept.typed_by_id)
    kept.delete()
    _record("invitation.open", found, actor=actor)
    _warn_elsewhere(invitation, reached)


@transaction.atomic
def refuse(*, actor: Actor, secret: str) -> None:
    """The letter has reached somebody else: the invitation ends, and with it the link. Errors: those of `find`."""
    found = find(secret, user_id=actor.user_id)
    found.invitation.declined_because = "wrong_person"
    found.invitation.save(update_fields=["declined_because"])
    end_invitation(found.invitation, found.circle, actor=actor, state=Invitation.State.DECLINED)
    invitation_ended.send(Circle, circle_id=found.circle.id, user_id=found.invitation.user_id, code="declined")


def forget_addresses() -> int:
    """Erase where to write to people who are waited for no more, or never were invited; how many."""
    awaited = Invitation.objects.filter(
        circle=OuterRef("circle"), user=OuterRef("user"), state=Invitation.State.PENDING
    )
    left = Reservation.objects.filter(~Exists(awaited), made__lte=timezone.now() - KEPT_FOR)
    return left.delete()[0]


def _reserved_account(held: PractitionerRole, *, actor: Actor) -> UUID:
    """Of two who ask at once for the same person, the second finds the account of the first."""
    Practitioner.objects.select_for_update(no_key=True).get(id=held.practitioner_id)
    known = Professional.objects.select_related("user").filter(practitioner_id=held.practitioner_id).first()
    if known is None:
        user = accounts.reserve_user()
        known = link_professional(actor=actor, user_id=user.id, role_id=held.id)
    if not known.user.is_active:
        raise Conflict("inactive")
    if known.user.email is not None:
        raise Conflict("account_open")
    return known.user_id


def _mailbox_of(held: PractitionerRole) -> str:
    """Where MSSanté reaches somebody, in this situation or else at all; operators of MSSanté check who they are."""
    mailbox = held.mssante or held.practitioner.mssante
    if mailbox == "":
        raise Unacceptable("address_missing")
    return mailbox


def _mailboxes_of(held: PractitionerRole) -> set[str]:
    return {each.lower() for each in (held.mssante, held.practitioner.mssante) if each}


def _record(act: str, found: Found, *, actor: Actor) -> None:
    record(
        act,
        actor=actor,
        patient_id=found.circle.patient_id,
        circle_id=found.circle.id,
        obj=("Invitation", found.invitation.id),
        detail={"user": str(found.invitation.user_id)},
    )


def _warn_elsewhere(invitation: Invitation, reached: str) -> None:
    """An inviter may have typed an address that is not the person's. Their MSSanté mailbox then tells them."""
    held = invitation.practitioner_role
    mailbox = held.mssante or held.practitioner.mssante
    if mailbox == "" or mailbox.lower() == reached:
        return
    name = f"{held.practitioner.given_name} {held.practitioner.family_name.upper()}"
    letters.queue(to=mailbox, template="account_opened", language="fr", parameters={"name": name})


def _words(invitation: Invitation, secret: str, expires: datetime, language: str) -> dict[str, str]:
    inviter = Professional.objects.select_related(
        "practitioner_role__practitioner", "practitioner_role__organization"
    ).get(user_id=invitation.inviter_id)
    held, invited = inviter.practitioner_role, invitation.practitioner_role.practitioner
    structure = "" if held.organization is None else f", {held.organization.name}"
    with translation.override(language):
        until = date_format(timezone.localtime(expires, _WRITTEN_IN), _MOMENT[language])
    return {
        "name": f"{invited.given_name} {invited.family_name.upper()}",
        "inviter": f"{held.practitioner.given_name} {held.practitioner.family_name.upper()}",
        "situation": f"{held.profession_label}{structure}",
        "link": f"{settings.PUBLIC_URL}/bienvenue#{secret}",
        "until": until,
    }


def _hash(secret: bytes) -> bytes:
    """A plain hash is enough: 32 random bytes cannot be guessed."""
    return hashlib.sha256(b"cordee welcome link" + secret).digest()


def _hash_of(secret: str) -> bytes:
    try:
        return _hash(bytes.fromhex(secret))
    except ValueError:
        return b""
