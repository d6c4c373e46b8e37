"""An invitee is reminded, or written to again, by a coordinator."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.letters import Language
from audit.events import Actor
from audit.services import record
from circles import access, notices
from circles.errors import Conflict, NotFound
from circles.models import Circle, Invitation
from circles.rules import locked, person
from circles.services.ending import check_open
from circles.services.welcoming import is_reserved, reserve, write

# Somebody who is asked every day stops reading: three times, a day apart, then one telephones.
BETWEEN_REMINDERS: Final = timedelta(hours=24)
MOST_REMINDERS: Final = 3


@transaction.atomic
def remind(*, actor: Actor, invitation_id: UUID) -> None:
    """Remind somebody who has not answered: with a new link when they have no account yet, else with a notice.

    Errors: `not_found`, `invitation_not_open`, `invitation_expired`, `too_soon`, `too_many_reminders`,
    `too_many_letters`.
    """
    invitation, circle = _to_remind(actor, invitation_id)
    now = timezone.now()
    if invitation.reminders >= MOST_REMINDERS:
        raise Conflict("too_many_reminders")
    if now - (invitation.reminded or invitation.created) < BETWEEN_REMINDERS:
        raise Conflict("too_soon")
    invitation.reminders += 1
    invitation.reminded = now
    invitation.save(update_fields=["reminders", "reminded"])
    record(
        "invitation.remind",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=("Invitation", invitation.id),
        detail={"user": str(invitation.user_id)},
    )
    if is_reserved(invitation.user_id):
        write(invitation, actor=actor, template="invitation_reminder")
    else:
        notices.tell(users=[invitation.user_id], what="reminded", circle_id=circle.id, by=actor.user_id)


@transaction.atomic
def resend(*, actor: Actor, invitation_id: UUID, to: str | None, language: Language) -> None:
    """Write again to somebody who has no account yet, perhaps elsewhere; the link of the letter before ends.

    Errors: `not_found`, `invitation_not_open`, `invitation_expired`, `account_open`, `too_many_letters`, and those of
    `reserve`.
    """
    invitation, circle = _to_remind(actor, invitation_id)
    reserve(actor=actor, circle_id=circle.id, role_id=invitation.practitioner_role_id, to=to, language=language)
    write(invitation, actor=actor)


def _to_remind(actor: Actor, invitation_id: UUID) -> tuple[Invitation, Circle]:
    """An open invitation into a circle in which the actor may invite, the circle locked."""
    found = Invitation.objects.filter(id=invitation_id)
    circle_id = found.values_list("circle_id", flat=True).first()
    if circle_id is None:
        raise NotFound
    circle = locked(circle_id)
    access.circle_for(person(actor), circle_id, "invite")
    invitation = found.select_related("circle", "practitioner_role__practitioner").get()
    check_open(invitation)
    return invitation, circle
