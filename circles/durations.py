"""How long an organisation keeps what, within what law and practice allow. One table; pure.

Used by `circles.services.retention` (what an organisation chooses) and `circles.retention` (what is due).
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal, get_args

RowPurpose = Literal["archive", "purge", "break_glass", "notices"]  # carried out by `chat.retaining`
# What the log says of signing in and of the directory, and of everything else: `audit.acts.Retention`, pruned by
# `compliance.pruning`.
TrailPurpose = Literal["security", "access"]
Purpose = Literal[RowPurpose, TrailPurpose]
Unit = Literal["days", "months"]
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)
ROW_PURPOSES: Final[tuple[RowPurpose, ...]] = get_args(RowPurpose)
TRAIL_PURPOSES: Final[tuple[TrailPurpose, ...]] = get_args(TrailPurpose)


@dataclass(frozen=True, slots=True)
class Duration:
    """In `unit`s: what holds until an organisation chooses, the least and the most that it may choose."""

    unit: Unit
    default: int
    least: int
    most: int

    def before(self, moment: datetime, count: int) -> datetime:
        """The moment `count` units earlier."""
        if self.unit == "days":
            return moment - timedelta(days=count)
        months = moment.year * 12 + moment.month - 1 - count
        year, month = divmod(months, 12)
        return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


DURATIONS: Final = MappingProxyType[Purpose, Duration](
    {
        # From the closing on. A coordinator may reopen for 30 days; in active use no longer than two years after the
        # last contact (CNIL, référentiel « accueil, hébergement et accompagnement social et médico-social »).
        "archive": Duration("days", default=90, least=30, most=730),
        # From the archiving on. The record of care itself is the structures' (20 years, CSP R1112-7, which is the most
        # that a conversation around it can claim); ten years is how long somebody may ask for redress (L1142-28).
        "purge": Duration("months", default=120, least=12, most=240),
        # From the end of the access on; the trail of it is kept apart. Between a year (CNIL, recommendation on logging)
        # and the limitation of an offence (six years, code de procédure pénale, article 8).
        "break_glass": Duration("months", default=36, least=12, most=72),
        # What a bell once said. A notice is no record of anything.
        "notices": Duration("days", default=180, least=30, most=365),
        # From the act on. Between six months and a year, up to three years where misuse has to be found (CNIL,
        # recommendation on logging, 2021); PostgreSQL refuses less than six months (audit/migrations/forgetting.sql).
        "security": Duration("months", default=12, least=6, most=36),
        # Who was shown what about a patient: as long as somebody may complain of it (an offence: six years), at most
        # as long as the record of care that it is about.
        "access": Duration("months", default=36, least=12, most=240),
    }
)


def allowed(purpose: Purpose, count: int) -> bool:
    known = DURATIONS[purpose]
    return known.least <= count <= known.most
