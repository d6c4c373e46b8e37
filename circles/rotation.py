"""Everything that is sealed under PATIENT_KEYS goes under the newest of them, in batches that may end anywhere.

Used by `manage.py rotate_patient_keys`. A row is under the old key or under the new one, and both open while it lasts;
so the server goes on, and whoever stops it begins again where it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.rotation import SEALED as SEALED_BY_ACCOUNTS
from accounts.rotation import Sealed, text_under
from accounts.sealing import ADDRESS, seal, unseal
from audit.events import SYSTEM
from audit.services import record
from circles import patients
from circles.careteam import sealing
from circles.careteam.models import CareTeamContent, Supplied
from circles.models import BreakGlass, Patient, Reservation
from circles.services.break_glass import purpose

BATCH: Final = 200  # rows of one transaction: about a tenth of a second


def _reseal_break_glass(row: BreakGlass) -> None:
    for column in ("reason", "comment"):
        sealed = getattr(row, column)
        if sealed:
            kept = purpose(row.id, column)
            setattr(row, column, seal(unseal(sealed, purpose=kept), purpose=kept))
    row.save(update_fields=["reason", "comment"])


def _reseal_reservation(row: Reservation) -> None:
    row.sealed = seal(unseal(row.sealed, purpose=ADDRESS), purpose=ADDRESS)
    row.save(update_fields=["sealed"])


def _reseal_content(row: CareTeamContent) -> None:
    row.key_version, row.sealed = sealing.seal(sealing.unseal(row.key_version, row.sealed, row.team), row.team)
    row.save(update_fields=["key_version", "sealed"])


def _reseal_supplied(row: Supplied) -> None:
    row.key_version, row.sealed = sealing.seal(sealing.unseal(row.key_version, row.sealed, row.id), row.id)
    row.save(update_fields=["key_version", "sealed"])


def _version(version: int) -> Q:
    return Q(key_version=version)


def _break_glass_under(version: int) -> Q:
    return text_under("reason")(version) | text_under("comment")(version)


SEALED: Final[tuple[Sealed, ...]] = (
    *SEALED_BY_ACCOUNTS,
    Sealed("patients", Patient.objects.all, _version, patients.reseal),
    Sealed("break-glasses", BreakGlass.objects.all, _break_glass_under, _reseal_break_glass),
    Sealed("addresses", Reservation.objects.all, text_under("sealed"), _reseal_reservation),
    Sealed("care teams", CareTeamContent.objects.all, _version, _reseal_content),
    Sealed("care teams' people", Supplied.objects.all, _version, _reseal_supplied),
)


@dataclass(frozen=True, slots=True)
class Count:
    name: str
    version: int
    rows: int


def counts() -> Iterator[Count]:
    """How many rows of each kind are under which key, none left out of PATIENT_KEYS."""
    for kind in SEALED:
        for version in sorted(settings.PATIENT_KEYS):
            yield Count(kind.name, version, kind.rows().filter(kind.under(version)).count())


def rotate() -> Iterator[Count]:
    """Batch after batch, until nothing that nobody else holds is under an old key. Yields after each commit."""
    newest = max(settings.PATIENT_KEYS)
    for kind in SEALED:
        for version in sorted(settings.PATIENT_KEYS.keys() - {newest}):
            while done := _batch(kind, version, newest):
                yield Count(kind.name, version, done)


@transaction.atomic
def _batch(kind: Sealed, version: int, newest: int) -> int:
    rows = list(kind.rows().filter(kind.under(version)).select_for_update(skip_locked=True, of=("self",))[:BATCH])
    for row in rows:
        kind.reseal(row)
    if rows:
        detail = {"sealed": kind.name, "from": version, "to": newest}
        record("secret.rotate", actor=SYSTEM, cnt=len(rows), detail=detail)
    return len(rows)
