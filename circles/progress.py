"""How far invitations have come, for those who wait for an answer.

Used by `circles.selectors`; relies on `accounts.letters` for what became of a letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.utils import timezone

from accounts import letters
from circles.models import Invitation, WelcomeLink
from circles.schemas import Progress

_LETTERS: Final[dict[letters.State, Progress]] = {
    "waiting": "letter_waiting",
    "sent": "letter_sent",
    "refused": "letter_refused",
    "given_up": "letter_given_up",
}


def progress_of(invitations: Sequence[Invitation]) -> dict[UUID, Progress]:
    """By invitation; their users are loaded with them. Two queries, none when nobody is invited."""
    if not invitations:
        return {}
    links = {
        link.invitation_id: link for link in WelcomeLink.objects.filter(invitation__in=invitations).order_by("created")
    }
    states = letters.states([link.letter for link in links.values()]) if links else {}
    return {each.id: _progress(each, links.get(each.id), states) for each in invitations}


def _progress(invitation: Invitation, link: WelcomeLink | None, states: dict[UUID, letters.State]) -> Progress:
    if invitation.admission == Invitation.Admission.ASKED:
        return "asked"
    if invitation.user.email is not None or link is None:
        return "told" if invitation.admission == Invitation.Admission.NOT_NEEDED else "account_open"
    if link.expires <= timezone.now():
        return "link_expired"
    if link.opened is not None:
        return "link_opened"
    return _LETTERS[states[link.letter]]
