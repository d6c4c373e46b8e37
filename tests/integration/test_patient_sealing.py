"""Patients at rest: nothing readable in the table, nothing movable between rows, and old keys still open."""

from __future__ import annotations

import base64
import os
from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from nacl.exceptions import CryptoError
from pytest_django import Settings

from audit.events import SYSTEM
from audit.services import record
from circles.ins import PatientTraits
from circles.models import Patient
from circles.patients import create_patient, open_traits, same_patient
from tests import factories
from tests.factories import Colleague

pytestmark = pytest.mark.django_db


def kept(traits: PatientTraits) -> Patient:
    """A row with its act, without which the database does not keep it."""
    patient = create_patient(traits)
    record("patient.create", actor=SYSTEM, patient_id=patient.id)
    return patient


def everything_in(table: str) -> bytes:
    """The rows as text, with each binary column as it is and decoded."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT t.* FROM {table} t")
        return b"\n".join(
            bytes(cell) if isinstance(cell, memoryview) else str(cell).encode() for row in cursor for cell in row
        )


def test_what_was_sealed_opens_as_it_was() -> None:
    for traits in (
        factories.a_patient(),
        factories.a_patient(used_name="DUPLAN-ÉZÉCHIEL", attributes=("homonym",)),
        factories.a_patient(
            identity_status="provisional", matricule=None, oid=None, attributes=("homonym", "doubtful")
        ),
        factories.a_patient(document="passport"),
    ):
        assert open_traits(Patient.objects.get(id=kept(traits).id)) == traits


def test_no_trait_is_readable_in_any_table_of_circles(gp: Colleague, nurse: Colleague) -> None:
    canary = factories.a_patient(
        birth_name="CANARINOM", given_names="Canariprenom", used_name="CANARIUSAGE", birth_date=date(1937, 8, 29)
    )
    factories.a_circle(gp, nurse, patient=canary)
    with connection.cursor() as cursor:
        tables = [each for each in connection.introspection.table_names(cursor) if each.startswith("circles_")]
    assert "circles_patient" in tables
    content = b"".join(everything_in(table) for table in tables)
    assert str(gp.id).encode() in content  # the search itself finds what is there
    for trait in ("CANARINOM", "Canariprenom", "CANARIUSAGE", "1937-08-29", str(canary.matricule), canary.birthplace):
        for written in (trait, trait.lower(), base64.b64encode(trait.encode()).decode()):
            assert written.encode() not in content


def test_the_same_patient_twice_looks_different_but_is_found() -> None:
    jeanne = factories.a_patient()
    first, second = kept(jeanne), kept(jeanne)
    assert bytes(first.sealed) != bytes(second.sealed)
    assert set(same_patient(jeanne)) == {first, second}
    assert set(same_patient(factories.a_patient())) == set()


def test_a_sealed_value_opens_only_in_its_row() -> None:
    jeanne, other = kept(factories.a_patient()), kept(factories.a_patient())
    other.sealed = jeanne.sealed
    with pytest.raises(CryptoError):
        open_traits(other)


@pytest.mark.parametrize("place", [0, 23, 24, -1])
def test_a_changed_byte_is_noticed(place: int) -> None:
    patient = kept(factories.a_patient())
    sealed = bytearray(patient.sealed)
    sealed[place] ^= 1
    patient.sealed = bytes(sealed)
    with pytest.raises(CryptoError):
        open_traits(patient)


def test_the_newest_key_seals_and_older_ones_open(settings: Settings) -> None:
    old = kept(factories.a_patient())
    settings.PATIENT_KEYS = settings.PATIENT_KEYS | {max(settings.PATIENT_KEYS) + 1: os.urandom(32)}
    new = kept(factories.a_patient())
    assert new.key_version == old.key_version + 1
    assert open_traits(old) != open_traits(new)
    new.key_version = old.key_version
    with pytest.raises(CryptoError):
        open_traits(new)


def test_equality_needs_the_key(settings: Settings) -> None:
    jeanne = factories.a_patient()
    kept(jeanne)
    settings.BLIND_INDEX_KEY = os.urandom(32)
    assert not same_patient(jeanne).exists()


def test_a_number_alone_finds_a_patient_whose_name_was_mistyped() -> None:
    jeanne = factories.a_patient()
    patient = kept(jeanne)
    assert set(same_patient(replace(jeanne, birth_name="OBERTIN"))) == {patient}
    without = replace(jeanne, birth_name="OBERTIN", identity_status="provisional", matricule=None, oid=None)
    assert set(same_patient(without)) == set()
