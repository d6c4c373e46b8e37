"""A document for somebody who asks about themselves: title, introduction, sections of sentences and lists, in French.

Made by `circles.patient_report`; shown by the browser as it is, written as text here, as PDF by
`circles.patient_report_pdf`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_SPACES: Final = re.compile(r" (?=[:;?!»%])|(?<=«) ")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportItem:
    """`details` say more of `text`, one sentence each."""

    text: str
    details: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSection:
    """`level` 1 is a part of the document, 2 a part of the one before it."""

    level: int
    title: str
    paragraphs: list[str] = field(default_factory=list)
    items: list[ReportItem] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDocument:
    title: str
    intro: list[str]
    sections: list[ReportSection]

    @property
    def text(self) -> str:
        """For a terminal, or a letter."""
        return "\n".join(_lines(self)) + "\n"


def typeset(document: ReportDocument) -> ReportDocument:
    """With the spaces that French sets before and inside its signs, at which no line breaks."""
    return ReportDocument(
        title=_spaced(document.title),
        intro=[_spaced(each) for each in document.intro],
        sections=[
            ReportSection(
                level=section.level,
                title=_spaced(section.title),
                paragraphs=[_spaced(each) for each in section.paragraphs],
                items=[
                    ReportItem(text=_spaced(item.text), details=[_spaced(each) for each in item.details])
                    for item in section.items
                ],
            )
            for section in document.sections
        ],
    )


def _spaced(text: str) -> str:
    return _SPACES.sub("\u00a0", text)


def _lines(document: ReportDocument) -> Iterator[str]:
    yield document.title.upper()
    yield from document.intro
    for section in document.sections:
        yield ""
        yield section.title.upper() if section.level == 1 else section.title
        yield from section.paragraphs
        for item in section.items:
            yield f"- {item.text}"
            yield from (f"    {detail}" for detail in item.details)
