"""A patient's identity as the members of the circle see it, and as a coordinator changes it.

Used by `circles.api_patients`; relies on `circles.patients` for what is sealed.
"""

from __future__ import annotations

from uuid import UUID

from circles import access
from circles.errors import NotFound
from circles.ins import PatientTraits
from circles.models import Circle
from circles.patients import open_traits
from circles.schemas_patients import PatientIdentity


def identity_for(user_id: UUID, circle_id: UUID) -> PatientIdentity:
    """Raises NotFound unless this person may read the circle, and in one without a patient. Two queries."""
    circle = access.circle_for(user_id, circle_id, "read")
    traits = _traits_of(circle)
    return PatientIdentity(
        birth_name=traits.birth_name,
        used_name=traits.used_name,
        given_names=traits.given_names,
        birth_date=traits.birth_date,
        sex=traits.sex,
        birthplace=traits.birthplace,
        identity_status=traits.identity_status,
        attributes=list(traits.attributes),
        document=traits.document,
        matricule=traits.shown_matricule,
        oid=None if traits.shown_matricule is None else traits.oid,
        numbered=traits.matricule is not None,
        warnings=list(traits.warnings),
    )


def kept_number(user_id: UUID, circle_id: UUID) -> dict[str, str | None]:
    """`matricule` and `oid` of this patient, shown or not: who changes the rest may leave them as they are.

    Raises NotFound unless this person may invite into the circle, and in one without a patient.
    """
    kept = _traits_of(access.circle_for(user_id, circle_id, "invite"))
    return {"matricule": kept.matricule, "oid": kept.oid}


def _traits_of(circle: Circle) -> PatientTraits:
    if circle.patient is None:
        raise NotFound
    return open_traits(circle.patient)
