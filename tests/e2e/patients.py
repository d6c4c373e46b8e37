"""Invented patients with demonstration identities, no two alike, whose names were never said before."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date
from typing import Final

from circles.ins import key_of
from tests.e2e.canaries import a_word

_COMMUNE: Final = "38421"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Patient:
    family: str
    given: str
    born: date
    matricule: str
    birthplace: str = _COMMUNE

    @property
    def listed(self) -> str:
        """As lists and the banner name them."""
        return f"{self.family.upper()} {self.given}"

    @property
    def named(self) -> str:
        """As sentences name them."""
        return f"{self.given} {self.family.upper()}"


def a_patient() -> Patient:
    number = next(_numbers)
    # Born on different days: the same day would make two of them "near names".
    born = date(1930 + number % 60, 1 + number % 12, 1 + number % 28)
    matricule = f"2{born:%y%m}{_COMMUNE}{number:03}"
    return Patient(
        family=a_word().title(),
        given=a_word().title(),
        born=born,
        matricule=f"{matricule}{key_of(matricule):02}",
    )
