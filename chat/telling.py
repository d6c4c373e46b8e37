"""Telling open browsers, after COMMIT, what to fetch again. A hint: who misses it finds out at the next connection.

Used by the services behind `chat.api` and by `whispers`, in the transaction of the act.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from uuid import UUID

from django.db import transaction

from chat import protocol
from chat.hub import Kind, circle_channel, packet, tell, user_channel


def devices_changed(user_id: UUID) -> None:
    """To all of a person's devices."""
    _after_commit(user_channel(user_id), protocol.Changed(what="devices", circle=None))


def notices_changed(user_id: UUID) -> None:
    """To all of a person's devices."""
    _after_commit(user_channel(user_id), protocol.Changed(what="notices", circle=None))


def circle_changed(circle_id: UUID) -> None:
    """To everybody who listens to the circle: its people, or what its devices have to do, are others now."""
    _after_commit(circle_channel(circle_id), protocol.Changed(what="circle", circle=circle_id))


def circles_changed(user_ids: Collection[UUID], circle_id: UUID) -> None:
    """To these people: this circle stands otherwise in their lists."""
    for user_id in user_ids:
        _after_commit(user_channel(user_id), protocol.Changed(what="circles", circle=circle_id))


def rights_moved(circle_id: UUID, version: int) -> None:
    """To everybody who listens to the circle: whoever's connection asked the gate before this version asks again."""
    _after_commit(circle_channel(circle_id), protocol.Changed(what="circle", circle=circle_id), version)


def _after_commit(channel: bytes, frame: protocol.ServerFrame, rights_version: int = 0) -> None:
    told = packet(Kind.FRAME, protocol.encode(frame), rights_version)
    transaction.on_commit(partial(tell, channel, told))
