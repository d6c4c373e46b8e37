"""The identity of a patient (INS): which traits there are, and which combinations of them may exist.

Used by `circles.services`, `circles.patients`, `circles.insi` and `circles.selectors`. Pure.
Sources: the référentiel INS and the référentiel national d'identitovigilance (RNIV) of the ANS; for the structure of
the number, the INSEE's répertoire national d'identification des personnes physiques.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, Literal, get_args

from circles.errors import Unacceptable

Sex = Literal["M", "F", "I"]
Status = Literal["provisional", "retrieved", "validated", "qualified"]
Attribute = Literal["homonym", "doubtful", "fictive"]
# What RNIV trusts to say who somebody is: the two last for minors, and for an electronic identity of level substantial.
Document = Literal["identity_card", "passport", "residence_permit", "civil_record", "electronic_identity"]

SEXES: Final[tuple[Sex, ...]] = get_args(Sex)
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
ATTRIBUTES: Final[tuple[Attribute, ...]] = get_args(Attribute)
DOCUMENTS: Final[tuple[Document, ...]] = get_args(Document)

# The national service answered, and its answer carries the number; somebody has looked at a document.
ANSWERED: Final = frozenset[Status]({"retrieved", "qualified"})
LOOKED_AT: Final = frozenset[Status]({"validated", "qualified"})
# Trust in a document is not lost by calling the service: only a return to provisional takes it away.
_REACHABLE: Final = MappingProxyType[Status, frozenset[Status]](
    {
        "provisional": frozenset(STATUSES),
        "retrieved": frozenset(STATUSES),
        "validated": frozenset({"provisional", "validated", "qualified"}),
        "qualified": frozenset({"provisional", "validated", "qualified"}),
    }
)

# Whose number it is: NIR and NIA belong to persons, the other two to nobody.
REAL_OIDS: Final = frozenset({"1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9"})
TEST_OID: Final = "1.2.250.1.213.1.4.10"
DEMO_OID: Final = "1.2.250.1.213.1.4.11"
OIDS: Final = REAL_OIDS | {TEST_OID, DEMO_OID}

NAME_LENGTH: Final = 100  # the national identity service carries no longer name
OLDEST: Final = 130  # years: nobody has lived longer than 122
UNKNOWN_BIRTHPLACE: Final = "99999"
# Sex, year and month of birth, department (Corsica: 2A, 2B), commune, order; then the key.
_MATRICULE: Final = re.compile(r"[1-8]\d{4}(?:\d\d|2[AB])\d{6}\d\d", re.ASCII)
# INSEE code of a commune, or 99 and the code of a country.
_BIRTHPLACE: Final = re.compile(r"(?:\d\d|2[AB])\d{3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PatientTraits:
    """A patient's identity that breaks no rule: building one that does raises Unacceptable with the rule's code.

    Names are kept in composed form (NFC), without space around them. `birthplace` is an INSEE code. `matricule` is the
    number with its key, 15 characters without spaces, and `oid` says which kind of number it is; both or neither.
    `document` is what a validated or qualified identity was compared with; None when another system did it.
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
    document: Document | None = None

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
        if "fictive" in self.attributes and len(self.attributes) > 1:
            raise Unacceptable("fictive_stands_alone")  # nobody is mistaken for somebody imagined
        if {"doubtful", "fictive"} & set(self.attributes):
            if self.identity_status != "provisional":
                raise Unacceptable("attribute_needs_provisional")
            if self.matricule is not None:
                raise Unacceptable("attribute_without_matricule")
        if self.identity_status in ANSWERED and self.matricule is None:
            raise Unacceptable("status_needs_matricule")
        if self.document is not None and self.document not in DOCUMENTS:
            raise Unacceptable("bad_document")
        if self.document is not None and self.identity_status not in LOOKED_AT:
            raise Unacceptable("document_needs_validation")

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
        """What is odd but allowed: the number says otherwise than the traits.

        Test and demonstration numbers are handed out with wrong keys too; a civil status may have been corrected after
        the number was given.
        """
        return () if self.matricule is None else tuple(_contradictions(self, self.matricule))

    @property
    def strict_traits(self) -> tuple[str, str, date, Sex, str]:
        return self.birth_name, self.given_names, self.birth_date, self.sex, self.birthplace

    def check_birth_date(self, today: date) -> None:
        """Raises Unacceptable when nobody alive today can be born on that day."""
        if self.birth_date > today:
            raise Unacceptable("date_in_future", "birth_date")
        if self.birth_date.year < today.year - OLDEST:
            raise Unacceptable("bad_birth_date")

    def check_follows(self, before: PatientTraits) -> None:
        """Raises Unacceptable unless `before` may become this.

        Whoever says that a document was looked at names it: when the identity was not validated before, and again when
        one of the strict traits changes.
        """
        if self.identity_status not in _REACHABLE[before.identity_status]:
            raise Unacceptable("status_not_reachable", f"{before.identity_status} {self.identity_status}")
        still = before.identity_status in LOOKED_AT and self.strict_traits == before.strict_traits
        if self.identity_status in LOOKED_AT and self.document is None and not still:
            raise Unacceptable("document_required")

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


def _contradictions(traits: PatientTraits, matricule: str) -> Iterator[str]:
    if not has_right_key(matricule):
        yield "wrong_matricule_key"
    # Odd: men, also with the provisional numbers 3, 5 and 7; even: women.
    if traits.sex != ("M" if int(matricule[0]) % 2 else "F"):
        yield "matricule_of_other_sex"
    year, month = int(matricule[1:3]), int(matricule[3:5])
    # Beyond 12 the month was not known when the number was given.
    if year != traits.birth_date.year % 100 or (month <= 12 and month != traits.birth_date.month):
        yield "matricule_of_other_birth_date"
    if traits.birthplace != UNKNOWN_BIRTHPLACE and not _same_place(matricule[5:10], traits.birthplace):
        yield "matricule_of_other_birthplace"


def _same_place(numbered: str, birthplace: str) -> bool:
    """Whether the five characters of the number name this place, as it was called then or is called now."""
    if numbered[:2] == "20" and birthplace[:2] in ("2A", "2B"):  # Corsica was one department until 1976
        return numbered[2:] == birthplace[2:]
    if birthplace.startswith("99") and "91" <= numbered[:2] <= "96":  # Algeria, Morocco, Tunisia before independence
        return True
    return numbered == birthplace


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
