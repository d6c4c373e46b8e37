"""From what an officer knows of somebody to their pseudonym, and back: within the organisation's scope only.

Used by `compliance.api_subjects` and `compliance.resolving`; whoever shows what these return records it. A pseudonym
that the scope's events do not mention is not found, like one that does not exist.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final
from uuid import UUID

from django.db.models import Q

from audit.models import Pseudonym
from circles.errors import NotFound, Unacceptable
from circles.ins import PatientTraits
from circles.models import Circle, Member, Patient
from circles.patients import open_traits, same_patient, with_number
from circles.selectors import professionals
from compliance.schemas_subjects import SubjectFound, SubjectResolved
from compliance.scope import Scope
from directory.keys import key

SHORTEST_NAME: Final = 3  # letters
NAMESAKES: Final = 5  # more people than that under one name: nobody is told apart from the others


def of_patient(scope: Scope, patient: PatientTraits) -> list[SubjectFound]:
    """The same person in each circle of the scope: a patient is another pseudonym in another circle."""
    return _patients(scope, same_patient(patient).values_list("id", flat=True))


def of_number(scope: Scope, oid: str, matricule: str) -> list[SubjectFound]:
    return _patients(scope, with_number(oid, matricule).values_list("id", flat=True))


def of_circle(scope: Scope, circle_id: UUID) -> list[SubjectFound]:
    names = Pseudonym.objects.filter(kind="Circle", subject=circle_id, pseudonym__in=scope.circles)
    return [
        SubjectFound(kind="Circle", pseudonym=name, circles=[name])
        for name in names.values_list("pseudonym", flat=True)
    ]


def of_person(scope: Scope, text: str) -> list[SubjectFound]:
    """Who is called that, among those who practise in the organisation and those in its circles. Errors: `bad_input`
    (too short), `too_many_found`.
    """
    words = key(text).split()
    if not words or max(map(len, words)) < SHORTEST_NAME:
        raise Unacceptable("bad_input", "person")
    in_circles = Member.objects.filter(circle__in=_subjects("Circle", scope.circles)).values_list("user_id", flat=True)
    cards = professionals({*_subjects("Person", scope.people), *in_circles})
    called = [
        user for user, card in cards.items() if set(words) <= set(key(f"{card.family_name} {card.given_name}").split())
    ]
    if len(called) > NAMESAKES:
        raise Unacceptable("too_many_found")
    names = Pseudonym.objects.filter(kind="Person", subject__in=called).values_list("pseudonym", "subject")
    return [SubjectFound(kind="Person", pseudonym=name, name=cards[user].name, circles=[]) for name, user in names]


def check_mentioned(scope: Scope, pseudonyms: Collection[UUID]) -> None:
    """Raises NotFound unless the scope's events speak of each of them. Of a circle of others they do when somebody of
    the organisation was refused there: that makes it nobody's to know.
    """
    circles = Pseudonym.objects.filter(kind="Circle", pseudonym__in=pseudonyms)
    if not scope.circles.issuperset(circles.values_list("pseudonym", flat=True)):
        raise NotFound
    for name in pseudonyms:
        objects = [f"{kind}/{name}" for kind in Pseudonym.Kind.values]
        speaking = Q(who=name) | Q(on=name) | Q(pat=name) | Q(cir=name) | Q(obj__in=objects)
        if not scope.events().filter(speaking).exists():
            raise NotFound


def resolved(pseudonyms: Collection[UUID]) -> list[SubjectResolved]:
    """Who they are, in the order asked; erased subjects say so. Authorises nothing."""
    rows = {row.pseudonym: row for row in Pseudonym.objects.filter(pseudonym__in=pseudonyms)}
    of_kind = {
        kind: {row.subject: name for name, row in rows.items() if row.kind == kind} for kind in Pseudonym.Kind.values
    }
    told = {
        **_people(of_kind["Person"]),
        **_traits(of_kind["Patient"]),
        **_circles(of_kind["Circle"]),
    }
    erased = {name: SubjectResolved(kind=None, pseudonym=name) for name in pseudonyms}
    return list((erased | told).values())


def _people(users: dict[UUID, UUID]) -> dict[UUID, SubjectResolved]:
    cards = professionals(users)
    return {
        name: SubjectResolved(
            kind="Person",
            pseudonym=name,
            name=card.name if card else None,
            profession=card.profession.label if card else None,
            organisation=card.organisation.name if card and card.organisation else None,
        )
        for user, name in users.items()
        for card in [cards.get(user)]
    }


def _traits(patients: dict[UUID, UUID]) -> dict[UUID, SubjectResolved]:
    told = {}
    for patient in Patient.objects.filter(id__in=patients):
        traits, name = open_traits(patient), patients[patient.id]
        told[name] = SubjectResolved(
            kind="Patient",
            pseudonym=name,
            name=f"{traits.birth_name} {traits.given_names}",
            birth_date=traits.birth_date,
        )
    return told


def _circles(circles: dict[UUID, UUID]) -> dict[UUID, SubjectResolved]:
    """A circle is called after its patient: that is for the patient's pseudonym to tell."""
    rows = list(Circle.objects.filter(id__in=circles).select_related("organization"))
    patients = dict(
        Pseudonym.objects.filter(kind="Patient", subject__in=[row.patient_id for row in rows]).values_list(
            "subject", "pseudonym"
        )
    )
    return {
        circles[row.id]: SubjectResolved(
            kind="Circle",
            pseudonym=circles[row.id],
            name=row.name or None,
            organisation=row.organization.name if row.organization else None,
            patient=patients.get(row.patient_id) if row.patient_id else None,
            id=row.id,
        )
        for row in rows
    }


def _patients(scope: Scope, patients: Iterable[UUID]) -> list[SubjectFound]:
    found: dict[UUID, list[UUID]] = {}
    names = dict(
        Pseudonym.objects.filter(kind="Circle", pseudonym__in=scope.circles).values_list("subject", "pseudonym")
    )
    for circle, patient in Circle.objects.filter(patient__in=patients, id__in=names).values_list("id", "patient_id"):
        if patient is not None:
            found.setdefault(patient, []).append(names[circle])
    rows = Pseudonym.objects.filter(kind="Patient", subject__in=found).values_list("pseudonym", "subject")
    return [SubjectFound(kind="Patient", pseudonym=name, circles=found[patient]) for name, patient in rows]


def _subjects(kind: str, names: Collection[UUID]) -> list[UUID]:
    return list(Pseudonym.objects.filter(kind=kind, pseudonym__in=names).values_list("subject", flat=True))
