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


def _after_commit(channel: bytes, frame: protocol.ServerFrame) -> None:
    transaction.on_commit(partial(tell, channel, packet(Kind.FRAME, protocol.encode(frame))))
