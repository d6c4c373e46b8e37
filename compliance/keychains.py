"""A person's keys and devices over time, as their own signed key events say. Pure: given the events, in order.

Used by `compliance.entitled`. A device reads what its person may read, from its addition until its end, through the
person's vault; a reset is a new beginning, because the vault of before does not open any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from chat.canonical import NotCanonical
from chat.statements import KEY_EVENT, NO_EVENT, hash_of_event, verify


@dataclass(slots=True)
class KnownDevice:
    id: UUID
    key: bytes
    added: datetime
    ended: datetime | None = None


@dataclass(slots=True)
class Life:
    """From `bind` or a `reset` to the next reset: one vault. `identities` in order; a rotation brings the next one."""

    begun: datetime
    identities: list[bytes]
    devices: dict[UUID, KnownDevice] = field(default_factory=dict)
    ended: datetime | None = None

    def is_over(self, time: datetime) -> bool:
        return self.ended is not None and self.ended <= time


def lives_of(user_id: UUID, events: Sequence[bytes]) -> list[Life]:
    """Raises NotCanonical for a link that is missing, a signature that fails, an act on what is not there."""
    lives: list[Life] = []
    prev = NO_EVENT
    for number, raw in enumerate(events, 1):
        event = KEY_EVENT.read(raw)
        says = event.says
        if (says.user, says.seq, says.prev) != (user_id, number, prev):
            raise NotCanonical("a key event does not follow the one before")
        prev = hash_of_event(raw)
        if says.act != "end":
            verify(event, says.identity)
        if (says.act == "bind") != (not lives):
            raise NotCanonical("a key chain begins with one binding")
        if says.act == "reset":
            _end(lives[-1], says.time)
        if says.act in ("bind", "reset"):
            lives.append(Life(says.time, [says.identity]))
            continue
        life = lives[-1]
        if says.act == "rotate":
            life.identities.append(says.identity)
        elif says.identity != life.identities[-1]:
            raise NotCanonical("a key event under another identity than the present one")
        elif says.act == "add" and says.device and says.key:
            life.devices[says.device] = KnownDevice(says.device, says.key, says.time)
        elif says.device in life.devices:
            life.devices[says.device].ended = says.time
        else:
            raise NotCanonical("a device ends that was never added")
    return lives


def _end(life: Life, time: datetime) -> None:
    life.ended = time
    for device in life.devices.values():
        device.ended = device.ended or time
