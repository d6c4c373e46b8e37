"""An event's place in its log, as the officer's browser checks it by itself: exact text, path, checkpoint, and that the
checkpoint extends the one which that browser has seen.

Used by `compliance.api_trail`; relies on `audit.proofs`. Hashes of a public log authorise nothing and disclose nothing:
the leaf's text does, and its door asked the gate.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable

from ninja import Schema

from audit import proofs
from audit.models import Event
from audit.note import Checkpoint, split
from chat.schemas_keys import LogKeyOut
from circles.errors import Conflict


class LogKeysOut(Schema):
    """`log`: all that have signed it, the oldest first, each but the first with the note of the one before that names
    it; how many of `witnesses` must have signed beside it.
    """

    log: list[LogKeyOut]
    witnesses: list[str]
    quorum: int


class TrailProofOut(Schema):
    """Hashes are base64. `consistency`: from the size that the browser has seen to `size`; empty when it has seen none,
    as many, or more.
    """

    origin: str
    vkeys: LogKeysOut
    index: int
    size: int
    leaf: str
    path: list[str]
    checkpoint: str
    consistency: list[str]


class ConsistencyOut(Schema):
    origin: str
    old: int
    size: int
    checkpoint: str
    path: list[str]


def proof_of(event: Event, *, seen: int | None) -> TrailProofOut:
    """Errors: `not_sealed` (409) until the log has signed it."""
    try:
        proof = proofs.proof_of_event(event.id)
    except proofs.UnknownLog:
        proof = None
    if proof is None:
        raise Conflict("not_sealed")
    known = proofs.consistency(proof.origin, seen, proof.size) if seen and 0 < seen <= proof.size else []
    return TrailProofOut(
        origin=proof.origin,
        vkeys=_keys(proof.origin),
        index=proof.index,
        size=proof.size,
        leaf=proof.leaf,
        path=_texts(proof.path),
        checkpoint=proof.note,
        consistency=_texts(known),
    )


def consistency(origin: str, old: int) -> ConsistencyOut:
    """From a checkpoint of `old` leaves to the newest. Errors: `unknown_log` (or it is smaller)."""
    try:
        note = proofs.latest(origin)
        size = Checkpoint.read(split(note)[0]).size
        if not 0 < old <= size:
            raise Conflict("unknown_log")
        path = proofs.consistency(origin, old, size)
    except proofs.UnknownLog:
        raise Conflict("unknown_log") from None
    return ConsistencyOut(origin=origin, old=old, size=size, checkpoint=note, path=_texts(path))


def _keys(origin: str) -> LogKeysOut:
    witnesses, quorum = proofs.witnesses()
    keys = [LogKeyOut(vkey=each.vkey, note=each.note) for each in proofs.keys_of(origin)]
    return LogKeysOut(log=keys, witnesses=[each.vkey for each in witnesses], quorum=quorum)


def _texts(hashes: Iterable[bytes]) -> list[str]:
    return [b64encode(each).decode() for each in hashes]
