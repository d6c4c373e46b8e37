"""What happened to a person's keys and devices, in the person's own signed words, one event linked to the next.

Used by `devices` and `identities`, in the transaction of the act. An event is kept only if it says exactly what the act
does; the table grows and nothing else (migration 0003). `end`, unsigned, is the server's: it ended a device alone.
Each event is a leaf of the key log too, the same bytes, appended in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from audit import services as audit
from chat.canonical import NotCanonical, encode
from chat.errors import ChatError
from chat.models import KeyEvent
from chat.policy import CLOCK_TOLERANCE
from chat.statements import KEY_EVENT, NO_EVENT, hash_of_event, verify
from chat.statements import KeyEvent as Event
from chat.statements.identity import KeyAct


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that an act does: to the identity, or to a device."""

    act: KeyAct
    device: UUID | None = None
    key: bytes | None = None


def append_events(*, user_id: UUID, identity: bytes, done: Sequence[Done], signed: Sequence[bytes]) -> None:
    """Keep the events of an act, one for each thing done, in this order, signed by `identity`, which is in force after
    it. Call it with the person locked. Refuses with `bad_key_event`.
    """
    if len(signed) != len(done):
        raise _bad("as many events as things done")
    seq, prev = _head(user_id)
    now = timezone.now()
    for raw, each in zip(signed, done, strict=True):
        try:
            says = verify(KEY_EVENT.read(raw), identity).says
        except NotCanonical as error:
            raise _bad(str(error)) from error
        if (says.user, says.seq, says.prev) != (user_id, seq + 1, prev):
            raise _bad("does not follow the last one")
        if (says.act, says.device, says.key, says.identity) != (each.act, each.device, each.key, identity):
            raise _bad("says another thing than what is done")
        if abs(now - says.time) > CLOCK_TOLERANCE:
            raise _bad("time")
        seq, prev = _append(user_id, says.seq, raw)


def append_end(*, user_id: UUID, identity: bytes, device_id: UUID) -> None:
    """The server's own word that it ended this device without its person. Call it with the person locked."""
    seq, prev = _head(user_id)
    event = Event(user_id, seq + 1, prev, "end", identity, device_id, None, timezone.now())
    _append(user_id, seq + 1, encode(event.as_object() | {"sig": None, "v": 1}))


def events_of(user_id: UUID) -> list[bytes]:
    return histories_of([user_id]).get(user_id, [])


def histories_of(user_ids: Collection[UUID]) -> dict[UUID, list[bytes]]:
    """All events of each of these people who has any, in order. One query."""
    found: dict[UUID, list[bytes]] = {}
    rows = KeyEvent.objects.filter(user_id__in=user_ids).order_by("user_id", "seq")
    for user_id, raw in rows.values_list("user_id", "raw"):
        found.setdefault(user_id, []).append(bytes(raw))
    return found


def _head(user_id: UUID) -> tuple[int, bytes]:
    last = KeyEvent.objects.filter(user_id=user_id).order_by("-seq").first()
    return (0, NO_EVENT) if last is None else (last.seq, hash_of_event(bytes(last.raw)))


def _append(user_id: UUID, seq: int, raw: bytes) -> tuple[int, bytes]:
    KeyEvent.objects.create(user_id=user_id, seq=seq, raw=raw)
    audit.append_key_leaf(user_id=user_id, seq=seq, leaf=raw)
    return seq, hash_of_event(raw)


def _bad(evidence: str) -> ChatError:
    return ChatError("bad_key_event", evidence=evidence, status=422)
