"""What an export was asked for, as a sentence in French for its report. Pure but for the filter's type."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from compliance.codes import code_of, device_code
from compliance.exports.words import ACT_WORDS, GROUP_WORDS
from compliance.filters import TrailFilter


def in_words(wanted: TrailFilter) -> str:
    """`Tous les actes` when nothing narrows it."""
    return "\u00a0; ".join(_parts(wanted)) or "Tous les actes"


def _parts(wanted: TrailFilter) -> Iterator[str]:
    if wanted.since is not None:
        yield f"depuis le {_moment(wanted.since)}"
    if wanted.until is not None:
        yield f"jusqu’au {_moment(wanted.until)}"
    kinds = [*(GROUP_WORDS[each] for each in wanted.group), *(ACT_WORDS.get(each, each) for each in wanted.act)]
    if kinds:
        yield f"actes\u00a0: {', '.join(kinds)}"
    if wanted.out is not None:
        yield "accomplis" if wanted.out == "done" else "refusés"
    for label, kind, subject in (
        ("par", "Person", wanted.who),
        ("pour le compte de", "Person", wanted.on),
        ("patient", "Patient", wanted.pat),
        ("cercle", "Circle", wanted.cir),
    ):
        if subject is not None:
            yield f"{label} {code_of(kind, subject)}"
    if wanted.dev is not None:
        yield f"appareil {device_code(wanted.dev)}"
    if wanted.code:
        yield f"codes {', '.join(wanted.code)}"
    for label, value in (("objet", wanted.obj), ("refus", wanted.err), ("session", wanted.ses)):
        if value is not None:
            yield f"{label} {value}"
    if wanted.org:
        yield "une structure choisie" if len(wanted.org) == 1 else f"{len(wanted.org)} structures choisies"


def _moment(moment: datetime) -> str:
    return f"{moment:%d/%m/%Y %H:%M}"
