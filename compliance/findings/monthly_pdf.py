"""The report of a month on paper, in plain French: two pages for a director, without names."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO
from typing import Any, Final

from reportlab.graphics.charts.barcharts import VerticalBarChart
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from compliance.findings.day import ZONE

RULES_FR: Final = {
    "break_glass": "Accès exceptionnel (bris de glace)",
    "outside_team": "Hors de l’équipe de soins",
    "bulk": "Lectures en nombre",
    "out_of_hours": "Hors des horaires habituels",
    "staff_patient": "Un collègue pour patient",
    "same_name": "Même nom de famille",
    "dormant": "Compte en sommeil ou personne partie",
    "refused_then_allowed": "Refusé puis admis",
    "exports": "Exports inhabituels",
    "log_health": "Santé du journal",
}
STATUSES_FR: Final = {
    "open": "À examiner",
    "explained": "Expliqué",
    "confirmed": "Confirmé",
    "dismissed": "Écarté",
}
_MONTHS: Final = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
    *("août", "septembre", "octobre", "novembre", "décembre"),
)
_INK, _RULE, _BAR, _RED = HexColor("#14222a"), HexColor("#d6dddb"), HexColor("#0f4258"), HexColor("#a3182a")
_WIDTH: Final = A4[0] - 36 * mm


def printed(content: dict[str, Any]) -> bytes:
    """A4 PDF of what `monthly` has put together."""
    target = BytesIO()
    month = date.fromisoformat(content["month"])
    title = f"Journal des accès, {_MONTHS[month.month - 1]} {month.year}"
    document = SimpleDocTemplate(
        target, pagesize=A4, leftMargin=18 * mm, rightMargin=18 * mm, topMargin=18 * mm, bottomMargin=18 * mm,
        title=title, author="Cordée", lang="fr",
    )  # fmt: skip
    document.build(list(_flow(content, title)))
    return target.getvalue()


def _flow(content: dict[str, Any], title: str) -> list[Flowable]:
    head, text, quiet = _styles()
    done, refused = sum(row["n"] for row in content["days"]), sum(row["refused"] for row in content["days"])
    made = datetime.fromisoformat(content["made"]).astimezone(ZONE)
    return [
        Paragraph(title, head),
        Paragraph(_escape(content["organisation"]), text),
        Spacer(1, 4 * mm),
        Paragraph(
            f"{_number(done)} actes tracés, dont {_number(refused)} refusés. "
            f"{content['findings']} écarts relevés, dont {content['open']} à examiner ; "
            f"{content['waiting']} des mois précédents attendent encore.",
            text,
        ),
        Paragraph("Actes par jour, et refus en rouge", _under(head)),
        _days(content["days"]),
        Paragraph("Écarts par règle", _under(head)),
        _table(
            ["Règle", *STATUSES_FR.values()],
            [[RULES_FR[row["rule"]], *(str(row[status]) for status in STATUSES_FR)] for row in content["rules"]],
            (0.48, 0.13, 0.13, 0.13, 0.13),
        ),
        Paragraph("Écarts à regarder d’abord", _under(head)),
        *(_listed(content["list"]) if content["list"] else [Paragraph("Aucun écart ce mois-ci.", text)]),
        Spacer(1, 6 * mm),
        Paragraph(
            "Les personnes, patients et cercles figurent sous leur code (P, T, C) : la levée d’un code se fait dans "
            "Cordée, avec un motif, et s’inscrit au journal. Le contenu des échanges n’est pas lisible. "
            f"Établi le {made:%d/%m/%Y à %H:%M}.",
            quiet,
        ),
    ]


def _listed(rows: list[dict[str, Any]]) -> list[Flowable]:
    shown = [
        [
            f"{datetime.fromisoformat(row['began']).astimezone(ZONE):%d/%m %H:%M}",
            RULES_FR[row["rule"]],
            " ".join(row[key] for key in ("who", "pat", "cir") if key in row),
            str(row["events"]),
            STATUSES_FR[row["status"]],
        ]
        for row in rows
    ]
    return [_table(["Quand", "Règle", "Qui, à propos de qui", "Actes", "État"], shown, (0.14, 0.36, 0.27, 0.09, 0.14))]


def _days(days: list[dict[str, Any]]) -> Drawing:
    drawing = Drawing(_WIDTH, 45 * mm)
    chart = VerticalBarChart()
    chart.x, chart.y, chart.width, chart.height = 12 * mm, 8 * mm, _WIDTH - 14 * mm, 33 * mm
    chart.data = [[row["n"] - row["refused"] for row in days] or [0], [row["refused"] for row in days] or [0]]
    chart.categoryAxis.style = "stacked"
    chart.categoryAxis.categoryNames = [row["day"][8:] for row in days] or [""]
    chart.categoryAxis.labels.fontSize = chart.valueAxis.labels.fontSize = 7
    chart.valueAxis.valueMin = 0
    chart.barSpacing, chart.groupSpacing = 0, 2
    chart.bars[0].fillColor, chart.bars[1].fillColor = _BAR, _RED
    chart.bars[0].strokeColor = chart.bars[1].strokeColor = None
    drawing.add(chart)
    return drawing


def _table(head: list[str], rows: list[list[str]], widths: tuple[float, ...]) -> Table:
    table = Table([head, *rows], colWidths=[_WIDTH * width for width in widths], repeatRows=1, hAlign="LEFT")
    table.setStyle(
        [
            ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold"),
            ("FONTSIZE", (0, 0), (-1, -1), 8),
            ("TEXTCOLOR", (0, 0), (-1, -1), _INK),
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, _RULE),
        ]
    )
    return table


def _styles() -> tuple[ParagraphStyle, ParagraphStyle, ParagraphStyle]:
    base = getSampleStyleSheet()["Normal"]
    head = ParagraphStyle("head", base, fontName="Helvetica-Bold", fontSize=16, leading=20, textColor=_INK)
    text = ParagraphStyle("text", base, fontSize=10, leading=14, textColor=_INK)
    return head, text, ParagraphStyle("quiet", text, fontSize=8, leading=11)


def _under(head: ParagraphStyle) -> ParagraphStyle:
    return ParagraphStyle("under", head, fontSize=11, leading=15, spaceBefore=14, spaceAfter=4)


def _number(count: int) -> str:
    return f"{count:,}".replace(",", "\N{NO-BREAK SPACE}")


def _escape(text: str) -> str:
    """A name out of the directory is no markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
