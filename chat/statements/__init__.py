"""Statements: canonical JSON that somebody signed with a label of its own (docs/protocol.md, "Statements").

Used by the policy (orders and rotations stand inside its changes), by the doors that receive them and by those who
make them. Pure. `X.read(raw)` gives an `Unverified[…]`, `verify` a `Verified[…]` of it; the browser's twins are in
`frontend/src/core/statements/`, and both read `tests/vectors/statements.json`.
"""

from chat.statements.circle import EPOCH_SEEN, HISTORY_GRANT, REPORT, EpochSeen, HistoryGrant, Report, verify_grant
from chat.statements.identity import (
    ATTESTATION,
    KEY_EVENT,
    NO_EVENT,
    ROTATION,
    Attestation,
    KeyEvent,
    Rotation,
    hash_of_event,
    pending_commitment,
    verify_rotation,
)
from chat.statements.orders import END_ORDER, RESTORE_ORDER, EndOrder, RestoreOrder
from chat.statements.signed import Kind, Unverified, Verified, verify

__all__ = [
    "ATTESTATION",
    "END_ORDER",
    "EPOCH_SEEN",
    "HISTORY_GRANT",
    "KEY_EVENT",
    "NO_EVENT",
    "REPORT",
    "RESTORE_ORDER",
    "ROTATION",
    "Attestation",
    "EndOrder",
    "EpochSeen",
    "HistoryGrant",
    "KeyEvent",
    "Kind",
    "Report",
    "RestoreOrder",
    "Rotation",
    "Unverified",
    "Verified",
    "hash_of_event",
    "pending_commitment",
    "verify",
    "verify_grant",
    "verify_rotation",
]
