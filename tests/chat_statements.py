"""What devices say of a circle's epochs, as a browser signs it (docs/protocol.md, "Statements").

Used by the tests of `chat`; written from the page, it shares only canonical JSON and SignWithLabel with the server.
"""

from __future__ import annotations

import os
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from chat.canonical import to_time
from chat.mls import PublicGroup
from tests.chat_members import ChatDevice, Fields, now, signed, text

SEALED_KEY = 80


def epoch_seen(
    signer: ChatDevice, where: UUID, group: PublicGroup, *, time: datetime | None = None, **changes: object
) -> bytes:
    """That the device has processed the commit that made the epoch `group` is in."""
    content: Fields = {
        "circle": str(where),
        "confirmed": text(group.context.confirmed_transcript_hash),
        "device": str(signer.id),
        "epoch": group.epoch,
        "time": to_time(time or now()),
        "v": 1,
    }
    return signed(signer.seed, "CordeeEpochSeen", content | changes)


def report(
    signer: ChatDevice, where: UUID, *, commit: bytes, epoch: int, reason: str = "bad_path", **changes: object
) -> bytes:
    """That the device cannot process the commit with this digest, which would make `epoch`."""
    content: Fields = {
        "circle": str(where),
        "commit": text(commit),
        "device": str(signer.id),
        "epoch": epoch,
        "reason": reason,
        "time": to_time(now()),
        "v": 1,
    }
    return signed(signer.seed, "CordeeReport", content | changes)


def history_grant(
    signer: ChatDevice,
    where: UUID,
    user: UUID,
    *,
    first: int,
    last: int,
    time: datetime | None = None,
    **changes: object,
) -> bytes:
    content: Fields = {
        "cert": text(signer.certificate),
        "circle": str(where),
        "from": first,
        "id": str(uuid7()),
        "time": to_time(time or now()),
        "to": last,
        "user": str(user),
        "v": 1,
    }
    return signed(signer.seed, "CordeeHistoryGrant", content | changes)


def giving(grant: bytes, circle: UUID, first: int, last: int) -> Fields:
    """The frame that gives the keys of these epochs."""
    keys = {str(epoch): text(os.urandom(SEALED_KEY)) for epoch in range(first, last + 1)}
    return {"t": "grant", "ref": str(uuid7()), "circle": str(circle), "grant": text(grant), "keys": keys}
