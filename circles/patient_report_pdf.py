"""A report for a patient as pages to hand over: A4, large enough to be read without effort, tagged as French.

With reportlab, whose own fonts go into the file. Neither title nor file name says whom it is about. Used by
`chat.api_structure` and `manage.py patient_report`.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate

from circles.report_document import ReportDocument, ReportItem, ReportSection

_FONTS: Final = {"Vera": "Vera.ttf", "Vera-Bold": "VeraBd.ttf"}  # come with reportlab
_INK, _SOFT = colors.HexColor("#14222a"), colors.HexColor("#4a5a68")
_MARGIN: Final = 20 * mm
_EDGE: Final = _MARGIN + 6  # where text begins: reportlab pads its frames
_BODY: Final = {"fontName": "Vera", "fontSize": 10, "leading": 15, "textColor": _INK, "spaceAfter": 1.5 * mm}
_BOLD: Final = _BODY | {"fontName": "Vera-Bold", "keepWithNext": True}


def render(document: ReportDocument) -> bytes:
    """The PDF; about ten milliseconds a page."""
    for name, file in _FONTS.items():
        pdfmetrics.registerFont(TTFont(name, file))
    out = BytesIO()
    SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=document.title,
        author="Cordée",
        lang="fr-FR",
    ).build(list(_story(document)), onFirstPage=_foot, onLaterPages=_foot)
    return out.getvalue()


def _story(document: ReportDocument) -> Iterator[Flowable]:
    styles = {
        "title": ParagraphStyle("title", **_BOLD | {"fontSize": 17, "leading": 23, "spaceAfter": 4 * mm}),
        1: ParagraphStyle("part", **_BOLD | {"fontSize": 13, "leading": 18, "spaceBefore": 7 * mm}),
        2: ParagraphStyle("section", **_BOLD | {"spaceBefore": 4 * mm}),
        "body": ParagraphStyle("body", **_BODY),
        "item": ParagraphStyle("item", **_BODY | {"leftIndent": 5 * mm, "bulletIndent": 1 * mm}),
        "detail": ParagraphStyle(
            "detail", **_BODY | {"fontSize": 9, "leading": 13, "leftIndent": 9 * mm, "textColor": _SOFT}
        ),
    }
    yield Paragraph(escape(document.title), styles["title"])
    for each in document.intro:
        yield Paragraph(escape(each), styles["body"])
    for section in document.sections:
        yield from _section(section, styles)


def _section(section: ReportSection, styles: dict[Any, ParagraphStyle]) -> Iterator[Flowable]:
    yield Paragraph(escape(section.title), styles[section.level])
    for each in section.paragraphs:
        yield Paragraph(escape(each), styles["body"])
    for item in section.items:
        yield KeepTogether(list(_item(item, styles)))


def _item(item: ReportItem, styles: dict[Any, ParagraphStyle]) -> Iterator[Flowable]:
    yield Paragraph(escape(item.text), styles["item"], bulletText="•")
    for each in item.details:
        yield Paragraph(escape(each), styles["detail"])


def _foot(canvas: Any, document: Any) -> None:
    canvas.setFont("Vera", 8)
    canvas.setFillColor(_SOFT)
    canvas.drawString(_EDGE, 11 * mm, "Cordée, rapport remis au patient")
    canvas.drawRightString(A4[0] - _EDGE, 11 * mm, f"Page {document.page}")
