"""Whether a row is what the application wrote: its MAC, and the columns that are searched against the leaf.

Used by the sequencer for each event before it gets its place. Relies on AUDIT_MAC_KEY, which no database holds. About
five microseconds an event.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from operator import attrgetter
from typing import Final, Literal
from uuid import UUID

import msgspec

from audit.events import mac

Reason = Literal["mac", "columns", "form"]


class Said(msgspec.Struct):
    """What a leaf says of itself, as far as the table has columns for it, in their order (docs/audit.md)."""

    id: UUID
    w: int
    wn: int
    t: datetime
    act: str
    out: int
    err: str | None = None
    who: UUID | None = None
    on: UUID | None = None
    dev: UUID | None = None
    ses: str | None = None
    org: UUID | None = None
    pat: UUID | None = None
    cir: UUID | None = None
    obj: str | None = None


COLUMNS: Final = Said.__struct_fields__
_read = msgspec.json.Decoder(Said).decode
_values = attrgetter(*COLUMNS)


def objection(leaf: bytes, signed: bytes, columns: tuple[object, ...], key: bytes) -> Reason | None:
    """Why this event must not be signed as good; None when it may. `columns` are the row's, as in COLUMNS."""
    if not is_signed(leaf, signed, key):
        return "mac"
    try:
        said = _values(_read(leaf))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "form"
    return None if said == columns else "columns"


def key_leaf_objection(leaf: bytes, signed: bytes, key: bytes) -> Reason | None:
    return None if is_signed(leaf, signed, key) else "mac"


def is_signed(leaf: bytes, signed: bytes, key: bytes) -> bool:
    return hmac.compare_digest(mac(leaf, key), signed)
