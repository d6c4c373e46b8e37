"""`events.csv`: one line an event, for spreadsheets. RFC 4180, UTF-8 with a byte order mark, header in French. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from typing import Final

from compliance.exports.rows import Row
from compliance.exports.words import OUTCOME_WORDS, PURPOSE_WORDS

BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"  # without it spreadsheets take UTF-8 for another encoding
# A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV injection").
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
# Some also take it so behind spaces, or in the wide forms of East Asian keyboards.
_WIDE: Final = tuple("\uff1d\uff0b\uff0d\uff20")

_COLUMNS: Final[dict[str, Callable[[Row], object]]] = {
    "Journal": lambda row: row.origin,
    "Entrée": lambda row: row.index,
    "Date et heure (UTC)": lambda row: row.text("t"),
    "Acte": lambda row: row.words,
    "Code de l’acte": lambda row: row.act,
    "Groupe": lambda row: row.group_words,
    "Gravité": lambda row: row.kind.severity,
    "Résultat": lambda row: OUTCOME_WORDS[row.outcome],
    "Code de refus": lambda row: row.text("err"),
    "Qui": lambda row: row.code("who"),
    "Pour le compte de": lambda row: row.code("on"),
    "Profession (code)": lambda row: row.text("role"),
    "Structure": lambda row: row.text("org"),
    "Logiciel": lambda row: row.text("sys"),
    "Appareil": lambda row: row.code("dev"),
    "Session": lambda row: row.text("ses"),
    "Connexion par": lambda row: row.text("auth"),
    "Patient": lambda row: row.code("pat"),
    "Cercle": lambda row: row.code("cir"),
    "Objet": lambda row: row.text("obj"),
    "Motif d’usage": lambda row: PURPOSE_WORDS[row.text("why")] if row.text("why") else "",
    "Époque": lambda row: row.text("epo"),
    "Rang": lambda row: row.text("seq"),
    "Nombre": lambda row: row.text("cnt"),
    "Taille (octets)": lambda row: row.text("siz"),
    "Qui (pseudonyme)": lambda row: row.text("who"),
    "Pour le compte de (pseudonyme)": lambda row: row.text("on"),
    "Patient (pseudonyme)": lambda row: row.text("pat"),
    "Cercle (pseudonyme)": lambda row: row.text("cir"),
    "Identifiant de l’acte": lambda row: row.text("id"),
}
HEADER: Final = tuple(_COLUMNS)


def header() -> str:
    """The first line, with the mark that stands at the very beginning of the file."""
    return BOM + _line(HEADER)


def lines(rows: Iterable[Row]) -> str:
    """Lines that end in CRLF, in the order of `rows`."""
    return "".join(_line(column(row) for column in _COLUMNS.values()) for row in rows)


def cell(value: object) -> str:
    """As it stands in the file, before quoting: never a formula."""
    text = str(value)
    begins = text.startswith(("\t", "\r", "\n")) or text.lstrip().startswith(FORMULA + _WIDE)
    return f"'{text}" if begins else text


def _line(values: Iterable[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cell(value) for value in values)
    return out.getvalue()
