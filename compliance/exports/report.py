"""`report.pdf`: what an export holds, in French, for somebody who reads no log: figures, plots, what stands out, how to
verify. With reportlab; no names, only codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, BinaryIO, Final

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from compliance.exports.plots import bars, days_plot
from compliance.exports.summary import NOTABLE_KEPT, Summary
from compliance.exports.words import GROUP_WORDS

INK, SOFT, LINE = colors.HexColor("#12212e"), colors.HexColor("#4a5a68"), colors.HexColor("#c9d3da")
_BODY: Final = ParagraphStyle("body", fontName="Helvetica", fontSize=9.5, leading=13.5, textColor=INK)
_SMALL: Final = ParagraphStyle("small", parent=_BODY, fontSize=8, leading=11, textColor=SOFT)
_CODE: Final = ParagraphStyle("code", parent=_SMALL, fontName="Courier", leading=11, leftIndent=4 * mm)
_TITLE: Final = ParagraphStyle("title", parent=_BODY, fontName="Helvetica-Bold", fontSize=18, leading=22)
_HEADING: Final = ParagraphStyle(
    "heading", parent=_BODY, fontName="Helvetica-Bold", fontSize=12, leading=16, spaceBefore=5 * mm, spaceAfter=2 * mm
)
SHOWN: Final = 12  # bars of a plot
WIDTH: Final = A4[0] - 36 * mm - 12  # reportlab pads its frames by 6 points


def write_report(out: BinaryIO, summary: Summary, manifest: dict[str, Any]) -> None:
    """`manifest` as in `compliance.exports.manifest`."""
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=16 * mm,
        bottomMargin=16 * mm,
        title="Extrait du journal",
        author="Cordée",
        lang="fr",
    )
    document.build([*_head(summary, manifest), *_plots(summary), *_notable(summary), *_how(manifest)], _foot, _foot)


def _head(summary: Summary, manifest: dict[str, Any]) -> Iterator[Any]:
    yield Paragraph("Extrait du journal", _TITLE)
    yield Paragraph(f"{manifest['organisation']}. Établi le {_moment(manifest['made'])} par {manifest['by']}.", _BODY)
    yield Paragraph(f"Motif\u00a0: {_safe(manifest['reason'])}", _BODY)
    yield Paragraph(f"Choix\u00a0: {_safe(manifest['chosen'])}", _BODY)
    yield Spacer(1, 4 * mm)
    if not summary.total:
        yield Paragraph("Aucun acte ne correspond à ce choix.", _BODY)
        return
    figures = [
        ("Actes", summary.total),
        ("Refusés", summary.refused),
        ("Personnes", len(summary.people)),
        ("Patients", len(summary.patients)),
        ("Cercles", len(summary.circles)),
    ]
    cells = [[_number(value) for _, value in figures], [label for label, _ in figures]]
    table = Table(cells, colWidths=[WIDTH / len(figures)] * len(figures))
    table.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 16),
                ("FONT", (0, 1), (-1, 1), "Helvetica", 8.5),
                ("TEXTCOLOR", (0, 0), (-1, 0), INK),
                ("TEXTCOLOR", (0, 1), (-1, 1), SOFT),
                ("ALIGN", (0, 0), (-1, -1), "LEFT"),
                ("LINEABOVE", (0, 0), (-1, 0), 0.6, LINE),
                ("LINEBELOW", (0, 1), (-1, 1), 0.6, LINE),
            ]
        )
    )
    yield table
    yield Spacer(1, 2 * mm)
    yield Paragraph(f"Du {_moment(summary.first)} au {_moment(summary.last)} (heures UTC).", _SMALL)
    if summary.pruned:
        yield Paragraph(f"Actes arrivés à leur terme, sans texte\u00a0: {_number(summary.pruned)}.", _SMALL)
    yield Paragraph(
        "Les personnes, les patients et les cercles y figurent par un code. Le contenu des messages n’est pas dans le "
        "journal\u00a0: personne ici ne peut le lire.",
        _SMALL,
    )


def _plots(summary: Summary) -> Iterator[Any]:
    if not summary.total:
        return
    done, refused = summary.total - summary.refused, summary.refused
    yield KeepTogether(
        [
            Paragraph("Actes par jour", _HEADING),
            days_plot({date.fromisoformat(day): counts for day, counts in summary.days.items()}, WIDTH),
            Paragraph(f"Accomplis\u00a0: {_number(done)}. Refusés (en rouge)\u00a0: {_number(refused)}.", _SMALL),
        ]
    )
    groups = [(GROUP_WORDS[name], count) for name, count in summary.groups.most_common()]  # type: ignore[index]
    for heading, counted in (
        ("Par sorte d’acte", groups),
        ("Refus, par code", summary.refusals.most_common(SHOWN)),
        ("Les personnes qui ont le plus agi", summary.people.most_common(SHOWN)),
    ):
        if counted:
            yield KeepTogether([Paragraph(heading, _HEADING), bars(counted, WIDTH)])


def _notable(summary: Summary) -> Iterator[Any]:
    if not summary.notable:
        return
    yield Paragraph("À lire ligne par ligne", _HEADING)
    yield Paragraph("Les actes graves et les accès refusés faute de droit.", _SMALL)
    yield Spacer(1, 2 * mm)
    head = ["Quand (UTC)", "Qui", "Acte", "Code", "Sur", "Entrée"]
    rows = [
        [_moment(at), who, Paragraph(words, _SMALL), Paragraph(code, _SMALL), about, index]
        for at, who, words, code, about, index in summary.notable
    ]
    table = Table(
        [head, *rows], colWidths=[part * WIDTH for part in (0.17, 0.11, 0.33, 0.17, 0.11, 0.11)], repeatRows=1
    )
    table.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 8),
                ("FONT", (0, 1), (-1, -1), "Helvetica", 8),
                ("TEXTCOLOR", (0, 0), (-1, -1), INK),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    yield table
    if summary.notable_left:
        yield Paragraph(
            f"Les {NOTABLE_KEPT} premiers\u00a0; {_number(summary.notable_left)} de plus dans events.csv.", _SMALL
        )


def _how(manifest: dict[str, Any]) -> Iterator[Any]:
    yield KeepTogether(
        [
            Paragraph("Comment vérifier", _HEADING),
            Paragraph(
                "Ce rapport ne prouve rien à lui seul. La preuve est dans le dossier qui l’accompagne\u00a0: chaque "
                "acte, son chemin jusqu’à la racine du journal, et cette racine signée. Sur une machine qui n’est pas "
                "la nôtre, avec Python, PyNaCl et le programme verify.py\u00a0:",
                _BODY,
            ),
            Spacer(1, 1.5 * mm),
            *(Paragraph(f"python verify.py DOSSIER --vkey {_safe(key)}", _CODE) for key in manifest["vkeys"]),
            Spacer(1, 1.5 * mm),
            Paragraph(
                "La clé doit vous avoir été remise autrement que par ce document. Le programme répond 0 si tout est "
                "intact, 1 si quelque chose a été changé, et dit quoi.",
                _BODY,
            ),
            *(
                Paragraph(f"{_safe(each['origin'])}, entrées {each['from']} à {each['to']}", _CODE)
                for each in manifest["ranges"]
            ),
        ]
    )


def _foot(canvas: Any, document: Any) -> None:
    canvas.setFont("Helvetica", 7.5)
    canvas.setFillColor(SOFT)
    canvas.drawString(18 * mm, 9 * mm, "Cordée, extrait du journal. Sans nom de patient.")
    canvas.drawRightString(A4[0] - 18 * mm, 9 * mm, f"Page {document.page}")


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text):%d/%m/%Y %H:%M}"


def _number(value: int) -> str:
    return f"{value:,}".replace(",", "\u00a0")


def _safe(text: str) -> str:
    """reportlab reads markup in a paragraph."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
