"""What accounts keep sealed under PATIENT_KEYS, so that `manage.py rotate_patient_keys` finds all of it.

`circles.rotation` adds its own and does the work: a new kind of sealed row is added here or there, and a test fails
while it is not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet

from accounts.models import Letter
from accounts.sealing import LETTER, SECOND_FACTOR, seal, unseal

# Where a kind of second factor keeps its secret; passkeys have none.
_SECRETS: Final = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}


@dataclass(frozen=True, slots=True)
class Sealed:
    """One kind of sealed row. `under(version)` are the rows sealed with that key, `reseal` does one of them, locked."""

    name: str
    rows: Callable[[], QuerySet[Any]]
    under: Callable[[int], Q]
    reseal: Callable[[Any], None]


def text_under(column: str) -> Callable[[int], Q]:
    """Of a column that `accounts.sealing` wrote: it begins with the version."""
    return lambda version: Q(**{f"{column}__startswith": f"{version}:"})


def _factor_under(version: int) -> Q:
    held = Q()
    for kind, key in _SECRETS.items():
        held |= Q(**{"type": kind, f"data__{key}__startswith": f"{version}:"})
    return held


def _reseal_factor(factor: Authenticator) -> None:
    key = _SECRETS[Authenticator.Type(factor.type)]
    factor.data[key] = seal(unseal(factor.data[key], purpose=SECOND_FACTOR), purpose=SECOND_FACTOR)
    factor.save(update_fields=["data"])


def _reseal_letter(letter: Letter) -> None:
    letter.sealed = seal(unseal(letter.sealed, purpose=LETTER), purpose=LETTER)
    letter.save(update_fields=["sealed"])


SEALED: Final[tuple[Sealed, ...]] = (
    Sealed("second factors", Authenticator.objects.all, _factor_under, _reseal_factor),
    Sealed("letters", Letter.objects.all, text_under("sealed"), _reseal_letter),
)
