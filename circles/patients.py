"""Patient traits at rest: sealed with a key that is not in the database, found again by equality only.

Used by `circles.services` and `circles.selectors`. Relies on `settings.PATIENT_KEYS` (the highest version seals, all
open) and `settings.BLIND_INDEX_KEY`. XChaCha20-Poly1305 with the patient's id and the key version as associated data: a
sealed value moved to another row does not open. Old keys are replaced by `manage.py rotate_patient_keys`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from nacl.secret import Aead
from uuid_utils.compat import uuid7

from circles.ins import PatientTraits
from circles.models import Circle, Patient
from directory.keys import key


def create_patient(traits: PatientTraits) -> Patient:
    """A new row; the same patient in another circle is another row."""
    patient = Patient(id=uuid7())
    _write(patient, traits)
    patient.save(force_insert=True)
    return patient


def replace_traits(patient: Patient, traits: PatientTraits) -> None:
    """Another identity for the same row, found by its new traits from now on. Call it with the row locked."""
    _write(patient, traits)
    patient.save()


def reseal(patient: Patient) -> None:
    """The same identity under the newest key. Call it with the row locked."""
    _seal(patient, open_traits(patient))
    patient.save(update_fields=("key_version", "sealed"))


def open_traits(patient: Patient) -> PatientTraits:
    """Raises nacl.exceptions.CryptoError when the row was altered, KeyError when its key was taken away too early."""
    box = Aead(settings.PATIENT_KEYS[patient.key_version])
    content = json.loads(box.decrypt(bytes(patient.sealed), _associated(patient.id, patient.key_version)))
    birth_date, attributes = date.fromisoformat(content.pop("birth_date")), tuple(content.pop("attributes"))
    return PatientTraits(birth_date=birth_date, attributes=attributes, **content)


def same_patient(traits: PatientTraits) -> QuerySet[Patient]:
    """Rows of the same person: same number, or the same strict traits unless they are known to be a homonym's."""
    same = Q(matricule_index=_matricule_index(traits)) if traits.matricule else Q(pk__in=())
    if "homonym" not in traits.attributes:
        same |= Q(traits_index=_traits_index(traits))
    return Patient.objects.filter(same)


def with_number(oid: str, matricule: str) -> QuerySet[Patient]:
    """Rows that hold this number, whatever the status of their identity."""
    return Patient.objects.filter(matricule_index=_blind("matricule", oid, matricule))


def main_circles(traits: PatientTraits) -> QuerySet[Circle]:
    """The open care circles of this person, compartments left out: one, unless they were opened before anybody knew."""
    return Circle.objects.filter(
        patient__in=same_patient(traits), kind=Circle.Kind.CARE, parent=None, state=Circle.State.OPEN
    )


def lock_identity(traits: PatientTraits) -> None:
    """Until the transaction ends, whoever opens or changes a circle for this person waits here.

    There is no row to lock for a patient who has no circle yet; PostgreSQL locks the beginning of each blind index,
    always in one order.
    """
    indexes = {index for index in (_traits_index(traits), _matricule_index(traits)) if index is not None}
    with connection.cursor() as cursor:
        for number in sorted(int.from_bytes(index[:8], "big", signed=True) for index in indexes):
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (number,))


def _write(patient: Patient, traits: PatientTraits) -> None:
    _seal(patient, traits)
    patient.traits_index, patient.matricule_index = _traits_index(traits), _matricule_index(traits)


def _seal(patient: Patient, traits: PatientTraits) -> None:
    version = max(settings.PATIENT_KEYS)
    content = json.dumps(asdict(traits), default=date.isoformat).encode()
    patient.key_version = version
    patient.sealed = Aead(settings.PATIENT_KEYS[version]).encrypt(content, _associated(patient.id, version))


def _associated(patient_id: UUID, version: int) -> bytes:
    return b"cordee patient" + patient_id.bytes + version.to_bytes(2, "big")


def _traits_index(traits: PatientTraits) -> bytes:
    """Over the five strict traits as they are compared, so that spelling with or without accents finds the same row."""
    names = (key(traits.birth_name), key(traits.given_names))
    return _blind("traits", *names, traits.birth_date.isoformat(), traits.sex, traits.birthplace)


def _matricule_index(traits: PatientTraits) -> bytes | None:
    if traits.matricule is None or traits.oid is None:
        return None
    return _blind("matricule", traits.oid, traits.matricule)


def _blind(*parts: str) -> bytes:
    return hashlib.blake2b(
        json.dumps(parts).encode(), digest_size=32, key=settings.BLIND_INDEX_KEY, person=b"cordee patient"
    ).digest()
