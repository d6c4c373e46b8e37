"""A person becomes known as a professional, and opens the circle of a patient."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction

from audit.events import Actor
from audit.services import record
from circles import access
from circles.careteam import proposals
from circles.errors import Conflict, NotAllowed, NotFound, Unacceptable
from circles.ins import PatientTraits
from circles.models import Circle, Member, Patient, Professional
from circles.patients import create_patient
from circles.roles import ROLE_ABILITIES
from circles.rope import Rope, choose_rope
from circles.rules import check_ground, check_not_in_future, check_place, latest_today, person
from circles.services.patients import check_only_circle
from circles.signals import membership_started
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
    # Two openings by one person wait for each other here: they may be for the same patient, and need different ropes.
    opener = Professional.objects.select_for_update(no_key=True).filter(user_id=person(actor)).first()
    if opener is None:
        raise NotAllowed("not_registered")
    check_place("coordinator", opener.practitioner_role, not_after=None)
    check_ground(ground, consented=False)
    check_not_in_future(informed_on)
    patient.check_birth_date(latest_today())
    if circle_id.version != 7:
        raise Unacceptable("bad_circle_id")
    proposal = proposals.claim(circle_id, opener.user_id)
    check_only_circle(patient, user_id=opener.user_id)
    mine = Circle.objects.filter(members__user_id=opener.user_id, members__ended=None)
    rope = choose_rope(circle_id, (Rope(*pair) for pair in mine.values_list("colour", "weave")))
    circle = _create_circle(circle_id, create_patient(patient), rope, informed_on, opener.user_id)
    member = Member.objects.create(
        circle=circle,
        user_id=opener.user_id,
        practitioner_role_id=opener.practitioner_role_id,
        role="coordinator",
        ground=ground,
    )
    access.grant(user_id=opener.user_id, circle=circle, abilities=ROLE_ABILITIES["coordinator"], until=None)
    record(
        "circle.create",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=("Circle", circle.id),
        detail={"informed_on": informed_on.isoformat(), "warnings": list(patient.warnings)},
    )
    record(
        "member.join",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=("Member", member.id),
        detail={"role": member.role, "ground": ground},
    )
    if proposal is not None:
        proposals.opened(proposal, circle, opener=opener.practitioner_id)
    membership_started.send(Circle, circle_id=circle.id, user_id=opener.user_id)
    return circle


def _create_circle(circle_id: UUID, patient: Patient, rope: Rope, informed_on: date, created_by: UUID) -> Circle:
    try:
        with transaction.atomic():
            return Circle.objects.create(
                id=circle_id,
                kind=Circle.Kind.CARE,
                patient=patient,
                colour=rope.colour,
                weave=rope.weave,
                informed_on=informed_on,
                created_by_id=created_by,
            )
    except IntegrityError as error:
        raise Conflict("id_taken") from error
