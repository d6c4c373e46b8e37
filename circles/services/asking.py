"""Somebody outside asks the coordinators of a patient's circle to be invited; they invite, or put it aside."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.events import Actor
from audit.services import record
from circles import access
from circles.errors import Conflict, NotFound, TooMany, Unacceptable
from circles.ins import PatientTraits
from circles.models import Circle, Invitation, JoinRequest
from circles.notices import tell
from circles.rules import check_vouched, locked, person, practising
from circles.services.patients import circle_of_others

A_DAY: Final = 20


@transaction.atomic
def ask_to_join(*, actor: Actor, patient: PatientTraits, why: str) -> None:
    """Leave a request at the open main circle of this patient. The asker learns nothing of who is in it.

    Errors: `not_registered`, `inactive`, `profession_not_allowed`, `not_vouched`, `bad_input`, `not_found`,
    `several_circles`, `circle_exists` (detail: its id; one is in it already), `request_waits`, `already_invited`,
    `too_many`.
    """
    asker = practising(person(actor))
    check_vouched(asker)
    if why not in JoinRequest.Why:
        raise Unacceptable("bad_input", "why")
    circle = circle_of_others(patient, user_id=asker.user_id)
    mine = JoinRequest.objects.filter(user_id=asker.user_id)
    if mine.filter(circle=circle, answered=None).exists():
        raise Conflict("request_waits")
    invited = circle.invitations.filter(user_id=asker.user_id, state=Invitation.State.PENDING)
    if invited.filter(expires__gt=timezone.now()).exists():
        raise Conflict("already_invited")
    if mine.filter(created__gt=timezone.now() - timedelta(days=1)).count() >= A_DAY:
        raise TooMany("too_many")
    asked = JoinRequest.objects.create(
        circle=circle, user_id=asker.user_id, practitioner_role_id=asker.practitioner_role_id, why=why
    )
    record(
        "invitation.ask",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=("JoinRequest", asked.id),
        detail={"why": why},
    )
    coordinators = set(circle.members.filter(role="coordinator", ended=None).values_list("user_id", flat=True))
    tell(users=coordinators, what="join_asked", circle_id=circle.id, by=asker.user_id)


@transaction.atomic
def dismiss_request(*, actor: Actor, request_id: UUID) -> None:
    """By a coordinator. One that was answered before stays as it is. Errors: `not_found`."""
    circle_id = JoinRequest.objects.filter(id=request_id).values_list("circle_id", flat=True).first()
    if circle_id is None:
        raise NotFound
    circle = locked(circle_id)
    access.circle_for(person(actor), circle_id, "invite")
    _answer(circle.join_requests.get(id=request_id), JoinRequest.Answer.DISMISSED)
    record(
        "invitation.dismiss",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle_id,
        obj=("JoinRequest", request_id),
    )


def answer_by_inviting(circle: Circle, user_id: UUID) -> None:
    """Whoever asked has been invited. Call it with the circle locked, in the transaction of the invitation."""
    asked = circle.join_requests.filter(user_id=user_id, answered=None).first()
    if asked is not None:
        _answer(asked, JoinRequest.Answer.INVITED)


def _answer(asked: JoinRequest, answer: JoinRequest.Answer) -> None:
    if asked.answered is None:
        asked.answer, asked.answered = answer, timezone.now()
        asked.save(update_fields=("answer", "answered"))
