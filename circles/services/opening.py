"""A person becomes known as a professional, and opens the circle of a patient."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction

from audit.events import Actor
from audit.services import record
from circles.careteam import proposals
from circles.errors import Conflict, NotFound
from circles.ins import PatientTraits
from circles.models import Circle, Professional
from circles.patients import create_patient
from circles.rope import choose_rope
from circles.rules import check_ground, check_not_in_future, check_place, latest_today
from circles.services.beginning import begin, opener, ropes_of
from circles.services.patients import check_only_circle
from directory.models import PractitionerRole


@transaction.atomic
def link_professional(*, actor: Actor, user_id: UUID, role_id: UUID) -> Professional:
    """Say who a person who signs in is: the practitioner of this directory role, who acts in it by default.

    The caller vouches for it (a registrar, later Pro Santé Connect). Errors: `not_found`, `already_linked`.
    """
    held = PractitionerRole.objects.filter(id=role_id).first()
    if held is None:
        raise NotFound
    try:
        with transaction.atomic():
            professional = Professional.objects.create(
                user_id=user_id, practitioner_id=held.practitioner_id, practitioner_role=held
            )
    except IntegrityError as error:
        raise Conflict("already_linked") from error
    record("account.link", actor=actor, obj=("Person", user_id), detail={"role": str(held.id)})
    return professional


@transaction.atomic
def open_circle(*, actor: Actor, circle_id: UUID, patient: PatientTraits, informed_on: date, ground: str) -> Circle:
    """A care circle with the actor as its coordinator. The id is the browser's own: it names the MLS group too.

    Errors: `bad_circle_id`, `id_taken`, `not_registered`, `inactive`, `profession_not_allowed`, `bad_ground`,
    `consent_required`, `date_in_future`, `bad_birth_date`; `circle_exists` (detail: its id) when the actor is in this
    patient's circle, `circle_exists_elsewhere` when others are.
    """
    by = opener(actor)
    check_place("coordinator", by.practitioner_role, not_after=None)
    check_ground(ground, consented=False)
    check_not_in_future(informed_on)
    patient.check_birth_date(latest_today())
    proposal = proposals.claim(circle_id, by.user_id)
    check_only_circle(patient, user_id=by.user_id)
    circle = begin(
        actor=actor,
        circle=Circle(id=circle_id, kind=Circle.Kind.CARE, patient=create_patient(patient), informed_on=informed_on),
        rope=choose_rope(circle_id, ropes_of(by.user_id)),
        creator={"user_id": by.user_id, "practitioner_role_id": by.practitioner_role_id, "ground": ground},
        said={"informed_on": informed_on.isoformat(), "warnings": list(patient.warnings)},
    )
    if proposal is not None:
        proposals.opened(proposal, circle, opener=by.practitioner_id)
    return circle
