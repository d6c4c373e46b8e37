"""What a server or an organisation may bring about in a circle, by keys that change 0 of its policy pins.

An end order only shrinks the circle; a restore order raises an existing member (docs/threat-model.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from chat.canonical import Fields, NotCanonical, to_time
from chat.statements.signed import Kind

EndCode = Literal["removed", "declined", "left", "expired", "withdrawn", "opposition"]
END_CODES: Final[tuple[EndCode, ...]] = ("removed", "declined", "left", "expired", "withdrawn", "opposition")


@dataclass(frozen=True, slots=True)
class EndOrder:
    """A membership ended with this code; or, with `device` and the code `revoked`, one device of it."""

    circle: UUID
    user: UUID
    device: UUID | None
    code: EndCode | Literal["revoked"]
    time: datetime

    def as_object(self) -> dict[str, object]:
        return {
            "circle": str(self.circle),
            "code": self.code,
            "device": None if self.device is None else str(self.device),
            "time": to_time(self.time),
            "user": str(self.user),
        }


def _end_order(fields: Fields) -> EndOrder:
    order = EndOrder(
        circle=fields.uuid("circle"),
        user=fields.uuid("user"),
        device=fields.uuid_or_none("device"),
        code=fields.one_of("code", (*END_CODES, "revoked")),
        time=fields.time("time"),
    )
    if (order.device is not None) != (order.code == "revoked"):
        raise NotCanonical("a device is revoked, a membership ends")
    return order


@dataclass(frozen=True, slots=True)
class RestoreOrder:
    """A member becomes coordinator without end: for a circle whose coordinators are gone."""

    circle: UUID
    user: UUID
    time: datetime

    def as_object(self) -> dict[str, object]:
        return {"circle": str(self.circle), "time": to_time(self.time), "user": str(self.user)}


def _restore_order(fields: Fields) -> RestoreOrder:
    return RestoreOrder(fields.uuid("circle"), fields.uuid("user"), fields.time("time"))


END_ORDER: Final = Kind("CordeeEndOrder", _end_order)
RESTORE_ORDER: Final = Kind("CordeeRestoreOrder", _restore_order)
