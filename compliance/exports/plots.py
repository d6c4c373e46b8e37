"""The plots of a report, as vector drawings. With reportlab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib import colors

DONE, REFUSED, SOFT, LINE = (colors.HexColor(each) for each in ("#0f3f5c", "#a3142c", "#4a5a68", "#c9d3da"))
HEIGHT: Final = 130.0
BAR: Final = 13.0
MOST_BARS: Final = 62  # beyond them a bar is a week


def days_plot(days: Mapping[date, Sequence[int]], width: float) -> Drawing:
    """`days`: done and refused. A bar a day, of more than two months a bar a week; days without acts have no bar."""
    first, last = min(days), max(days)
    step = 1 if (last - first).days < MOST_BARS else 7
    counts = [[0, 0] for _ in range((last - first).days // step + 1)]
    for day, (done, refused) in days.items():
        bar = counts[(day - first).days // step]
        bar[0] += done
        bar[1] += refused
    most = max(sum(each) for each in counts)
    drawing, base, top, left = Drawing(width, HEIGHT), 18.0, HEIGHT - 10, 34.0
    for share in (0.5, 1.0):
        y = base + (top - base) * share
        drawing.add(Line(left, y, width, y, strokeColor=LINE, strokeWidth=0.5))
        drawing.add(_text(left - 4, y - 3, f"{round(most * share)}", anchor="end"))
    slot = (width - left) / len(counts)
    for place, (done, refused) in enumerate(counts):
        x, y = left + place * slot + slot * 0.1, base
        for count, color in ((done, DONE), (refused, REFUSED)):
            height = (top - base) * count / most
            if count:
                drawing.add(Rect(x, y, min(slot * 0.8, 24), height, fillColor=color, strokeColor=None))
            y += height
    drawing.add(Line(left, base, width, base, strokeColor=SOFT, strokeWidth=0.6))
    drawing.add(_text(left, 5, f"{first:%d/%m/%Y}"))
    if len(counts) > 1:
        final = first + timedelta(days=(len(counts) - 1) * step)
        drawing.add(_text(width, 5, f"{final:%d/%m/%Y}" if step == 1 else f"semaine du {final:%d/%m/%Y}", anchor="end"))
    return drawing


def bars(counted: Sequence[tuple[str, int]], width: float) -> Drawing:
    """A line each: label, bar, figure; longest first as given."""
    most = max(count for _, count in counted)
    drawing, left = Drawing(width, BAR * len(counted) + 4), width * 0.33
    for place, (label, count) in enumerate(counted):
        y = BAR * (len(counted) - place - 1) + 4
        drawing.add(_text(0, y, label, size=8.5))
        length = max(1.0, (width - left - 48) * count / most)
        drawing.add(Rect(left, y - 1, length, BAR - 5, fillColor=DONE, strokeColor=None))
        drawing.add(_text(left + length + 4, y, f"{count:,}".replace(",", "\u00a0"), size=8.5))
    return drawing


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: float = 7.5) -> String:
    return String(x, y, text, fontName="Helvetica", fontSize=size, fillColor=SOFT, textAnchor=anchor)
