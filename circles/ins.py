"""The identity of a patient (INS): which traits there are, and which combinations of them may exist.

Used by `circles.services.open_circle`, `circles.patients` and `circles.selectors`. Pure.
Sources: the référentiel INS and the référentiel national d'identitovigilance (RNIV) of the ANS.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from circles.errors import Unacceptable

Sex = Literal["M", "F", "I"]
Status = Literal["provisional", "retrieved", "validated", "qualified"]
Attribute = Literal["homonym", "doubtful", "fictive"]

SEXES: Final[tuple[Sex, ...]] = get_args(Sex)
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
ATTRIBUTES: Final[tuple[Attribute, ...]] = get_args(Attribute)

# Whose number it is: NIR and NIA belong to persons, the other two to nobody.
REAL_OIDS: Final = frozenset({"1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9"})
TEST_OID: Final = "1.2.250.1.213.1.4.10"
DEMO_OID: Final = "1.2.250.1.213.1.4.11"
OIDS: Final = REAL_OIDS | {TEST_OID, DEMO_OID}

NAME_LENGTH: Final = 100  # the national identity service carries no longer name
# Sex, year and month of birth, department (Corsica: 2A, 2B), commune, order; then the key.
_MATRICULE: Final = re.compile(r"[1-8]\d{4}(?:\d\d|2[AB])\d{6}\d\d", re.ASCII)
# INSEE code of a commune, or 99 and the code of a country.
_BIRTHPLACE: Final = re.compile(r"(?:\d\d|2[AB])\d{3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PatientTraits:
    """A patient's identity that breaks no rule: building one that does raises Unacceptable with the rule's code.

    Names are kept in composed form (NFC), without space around them. `birthplace` is an INSEE code. `matricule` is the
    number with its key, 15 characters without spaces, and `oid` says which kind of number it is; both or neither.
    """

    birth_name: str
    given_names: str
    birth_date: date
    sex: Sex
    birthplace: str
    identity_status: Status
    used_name: str | None = None
    attributes: tuple[Attribute, ...] = ()
    matricule: str | None = None
    oid: str | None = None

    def __post_init__(self) -> None:
        for field in ("birth_name", "given_names", "used_name"):
            if getattr(self, field) is not None:
                object.__setattr__(self, field, _name(getattr(self, field)))
        if self.sex not in SEXES:
            raise Unacceptable("bad_sex")
        if not _BIRTHPLACE.fullmatch(self.birthplace):
            raise Unacceptable("bad_birthplace")
        self._check_status()
        self._check_matricule()

    def _check_status(self) -> None:
        if self.identity_status not in STATUSES:
            raise Unacceptable("bad_identity_status")
        if not set(self.attributes) <= set(ATTRIBUTES) or len(set(self.attributes)) != len(self.attributes):
            raise Unacceptable("bad_identity_attributes")
        if {"doubtful", "fictive"} & set(self.attributes) and self.identity_status != "provisional":
            raise Unacceptable("attribute_needs_provisional")
        if self.identity_status in ("retrieved", "qualified") and self.matricule is None:
            # Both say that the national service answered, and its answer carries the number.
            raise Unacceptable("status_needs_matricule")

    def _check_matricule(self) -> None:
        if (self.matricule is None) != (self.oid is None):
            raise Unacceptable("matricule_without_oid")
        if self.matricule is None or self.oid is None:
            return
        if self.oid not in OIDS:
            raise Unacceptable("unknown_oid")
        if not _MATRICULE.fullmatch(self.matricule):
            raise Unacceptable("bad_matricule")
        if self.oid in REAL_OIDS and not has_right_key(self.matricule):
            raise Unacceptable("wrong_matricule_key")

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd but allowed: test and demonstration numbers are handed out with wrong keys too."""
        if self.matricule is not None and not has_right_key(self.matricule):
            return ("wrong_matricule_key",)
        return ()

    @property
    def shown_matricule(self) -> str | None:
        """The number, to those who may see the patient: only a qualified identity shows or transmits it."""
        return self.matricule if self.identity_status == "qualified" else None

    @property
    def initials(self) -> str:
        """Of the birth name, then the given name, for the seal of the circle: `AJ` for AUBERTIN Jeanne."""
        return (_first_letter(self.birth_name) + _first_letter(self.given_names)).upper()


def key_of(number: str) -> int:
    """The key of a 13-character number: 97 − (N mod 97), with 2A read as 19 and 2B as 18. From 1 to 97."""
    return 97 - int(number.replace("2A", "19").replace("2B", "18")) % 97


def has_right_key(matricule: str) -> bool:
    return int(matricule[13:]) == key_of(matricule[:13])


def _name(text: str) -> str:
    """Keyboards and clipboards send accents apart; a name has one spelling here. Raises Unacceptable."""
    name = unicodedata.normalize("NFC", text).strip()
    if not any(each.isalpha() for each in name) or not all(each.isalpha() or each in " '’-." for each in name):
        raise Unacceptable("bad_name")
    if len(name) > NAME_LENGTH:
        raise Unacceptable("bad_name")
    return name


def _first_letter(name: str) -> str:
    return next(each for each in name if each.isalpha())
