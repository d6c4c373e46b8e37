"""Two professionals become contacts, or do not: asked, accepted, refused, ended, blocked.

A contact opens no circle and shows no patient; it is what a direct exchange asks for (`circles.contacts.may_exchange`).
Errors that a blocked person would meet nowhere else would tell them: a block refuses nothing but a direct exchange.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.events import Actor
from audit.services import record
from circles.contacts import between, may_ask_again
from circles.errors import Conflict, NotFound, TooMany, Unacceptable
from circles.models import Block, Contact, Professional
from circles.notices import What, tell
from circles.rules import person
from circles.schemas_network import MESSAGE_LENGTH

# Far more than somebody meets in a day; a stolen session does not write to a whole region.
ASKED_A_DAY: Final = 50


@transaction.atomic
def ask_contact(*, actor: Actor, user_id: UUID, message: str) -> None:
    """Ask somebody to be a contact; whoever was asked by them first accepts by asking.

    Errors: `not_found`, `bad_input` (the sentence), `contact_blocked` (by me), `already_contact`, `already_asked`,
    `ask_later` (refused less than 30 days ago), `too_many_asked` (429).
    """
    me = person(actor)
    text = message.strip()
    if len(text) > MESSAGE_LENGTH or not text.isprintable():
        raise Unacceptable("bad_input", "message")
    _locked(me, user_id)
    if Block.objects.filter(blocker_id=me, blocked_id=user_id).exists():
        raise Conflict("contact_blocked")
    row = between(me, user_id).first()
    if row is not None and row.state == Contact.State.ASKED and row.asker_id == user_id:
        record("contact.ask", actor=actor, obj=("Contact", row.id), detail={"user": str(user_id)})
        _answer(row, Contact.State.ACCEPTED, actor=actor)
        return
    _check_may_ask(me, row)
    today = Contact.objects.filter(asker_id=me, since__gt=timezone.now() - timedelta(days=1))
    if today.count() >= ASKED_A_DAY:
        raise TooMany("too_many_asked")
    row = row or Contact()
    row.asker_id, row.asked_id = me, user_id
    row.state, row.message, row.since = Contact.State.ASKED, text, timezone.now()
    row.save()
    record("contact.ask", actor=actor, obj=("Contact", row.id), detail={"user": str(user_id)})
    _tell(user_id, "contact_asked", by=me)


@transaction.atomic
def accept_contact(*, actor: Actor, user_id: UUID) -> None:
    """Errors: `not_found` unless this person asks me, and I have not blocked them."""
    _answer(_asked_by(user_id, person(actor)), Contact.State.ACCEPTED, actor=actor)


@transaction.atomic
def refuse_contact(*, actor: Actor, user_id: UUID) -> None:
    """Errors: `not_found` unless this person asks me, and I have not blocked them."""
    _answer(_asked_by(user_id, person(actor)), Contact.State.REFUSED, actor=actor)


@transaction.atomic
def end_contact(*, actor: Actor, user_id: UUID) -> None:
    """Take a contact, or one's own question, back. Errors: `not_found`."""
    me = person(actor)
    _locked(me, user_id)
    row = between(me, user_id).first()
    mine = row is not None and row.state == Contact.State.ASKED and row.asker_id == me
    if row is None or not (mine or row.state == Contact.State.ACCEPTED):
        raise NotFound
    _answer(row, Contact.State.ENDED, actor=actor)


@transaction.atomic
def block(*, actor: Actor, user_id: UUID) -> None:
    """From now on nothing that this person asks is shown to me. Twice is once. Errors: `not_found`."""
    me = person(actor)
    _locked(me, user_id)
    Block.objects.get_or_create(blocker_id=me, blocked_id=user_id)
    record("contact.block", actor=actor, obj=("Person", me), detail={"blocked": str(user_id)})


@transaction.atomic
def unblock(*, actor: Actor, user_id: UUID) -> None:
    """What lay under the block is there again: the contact, or their question. Errors: `not_found`."""
    me = person(actor)
    _locked(me, user_id)
    removed, _ = Block.objects.filter(blocker_id=me, blocked_id=user_id).delete()
    if removed == 0:
        raise NotFound
    record("contact.block", actor=actor, obj=("Person", me), detail={"unblocked": str(user_id)})


def _locked(me: UUID, other: UUID) -> None:
    """Both professionals, locked in one order, so that two acts of the pair wait for each other. Raises NotFound for
    oneself and for whoever cannot sign in.
    """
    both = Professional.objects.filter(user_id__in={me, other}, user__is_active=True)
    if len(both.select_for_update(no_key=True, of=("self",)).order_by("user_id")) != 2:
        raise NotFound


def _asked_by(user_id: UUID, me: UUID) -> Contact:
    _locked(me, user_id)
    row = Contact.objects.filter(asker_id=user_id, asked_id=me, state=Contact.State.ASKED).first()
    if row is None or Block.objects.filter(blocker_id=me, blocked_id=user_id).exists():
        raise NotFound
    return row


def _check_may_ask(me: UUID, row: Contact | None) -> None:
    if row is None:
        return
    if row.state == Contact.State.ACCEPTED:
        raise Conflict("already_contact")
    if row.state == Contact.State.ASKED:
        raise Conflict("already_asked")
    if row.state == Contact.State.REFUSED and row.asker_id == me and not may_ask_again(row.since):
        raise Conflict("ask_later")


def _answer(row: Contact, state: Contact.State, *, actor: Actor) -> None:
    row.state, row.message, row.since = state, "", timezone.now()
    row.save(update_fields=("state", "message", "since"))
    record("contact.answer", actor=actor, obj=("Contact", row.id), detail={"state": state})
    if state == Contact.State.ACCEPTED:
        _tell(row.asker_id, "contact_accepted", by=row.asked_id)


def _tell(user_id: UUID, what: What, *, by: UUID) -> None:
    """Whoever has blocked somebody hears nothing of them."""
    if not Block.objects.filter(blocker_id=user_id, blocked_id=by).exists():
        tell(users=[user_id], what=what, by=by)
