"""Who a circle is about: one main circle for one person, and an identity that changes by rule only."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import transaction

from audit.events import Actor
from audit.services import record
from circles import access
from circles.errors import Conflict, NotFound
from circles.ins import PatientTraits
from circles.models import Circle, Patient
from circles.patients import lock_identity, main_circles, open_traits, replace_traits
from circles.rules import count_search, latest_today, locked, person
from circles.signals import patient_changed

_TRAITS: Final = tuple(PatientTraits.__dataclass_fields__)


def check_only_circle(traits: PatientTraits, *, user_id: UUID, but: UUID | None = None) -> None:
    """Raises Conflict when this person has an open main circle already, another one than `but`.

    `circle_exists` (detail: its id) to one of its members, `circle_exists_elsewhere` to everybody else, who learns
    nothing more. The same number is the same person; the same traits are, unless `traits` says that they are a
    homonym's. Two who ask about one person wait for each other until their transactions end.
    """
    lock_identity(traits)
    others = main_circles(traits) if but is None else main_circles(traits).exclude(id=but)
    mine = others.filter(members__user_id=user_id, members__ended=None).first()
    if mine is not None:
        raise Conflict("circle_exists", str(mine.id))
    if others.exists():
        raise Conflict("circle_exists_elsewhere")


def circle_of_others(traits: PatientTraits, *, user_id: UUID) -> Circle:
    """The open main circle of this person, locked, for somebody who is not in it.

    Raises `not_found` (also to whom the patient has opposed, who is not to learn even that), `several_circles`
    (homonyms whom only a number tells apart), `circle_exists` (detail: its id), `too_many`: each answer is one to the
    question whether the patient has a circle.
    """
    count_search(user_id)
    found = list(main_circles(traits).values_list("id", flat=True)[:2])
    if not found:
        raise NotFound
    if len(found) > 1:
        raise Conflict("several_circles")
    circle = locked(found[0])
    if circle.oppositions.filter(user_id=user_id, lifted=None).exists():
        raise NotFound
    if circle.members.filter(user_id=user_id, ended=None).exists():
        raise Conflict("circle_exists", str(circle.id))
    return circle


@transaction.atomic
def change_patient(*, actor: Actor, circle_id: UUID, traits: PatientTraits) -> None:
    """Another identity for the patient of this circle and of its compartments, by a coordinator of the main circle.

    The trail keeps which traits changed and both statuses, never a value. Errors: `not_found`, `not_main_circle`,
    `date_in_future`, `bad_birth_date`, `status_not_reachable`, `document_required`, `circle_exists`,
    `circle_exists_elsewhere`, `too_many`.
    """
    coordinator = person(actor)
    circle = locked(circle_id)
    access.circle_for(coordinator, circle_id, "invite")
    if circle.patient_id is None:
        raise NotFound
    if circle.parent_id is not None:
        raise Conflict("not_main_circle")
    patient = Patient.objects.select_for_update().get(id=circle.patient_id)
    before = open_traits(patient)
    traits.check_birth_date(latest_today())
    traits.check_follows(before)
    count_search(coordinator)  # another patient's traits, tried on a circle of one's own
    check_only_circle(traits, user_id=coordinator, but=circle.id)
    replace_traits(patient, traits)
    record(
        "patient.update",
        actor=actor,
        patient_id=patient.id,
        circle_id=circle.id,
        obj=("Patient", patient.id),
        detail={
            "from": before.identity_status,
            "to": traits.identity_status,
            "changed": [each for each in _TRAITS if getattr(before, each) != getattr(traits, each)],
            "document": traits.document,
            "warnings": list(traits.warnings),
        },
    )
    patient_changed.send(Patient, circle_ids=list(patient.circles.values_list("id", flat=True)))
