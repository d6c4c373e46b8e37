"""The one signature that this room checks: a person's identity key over their history key (docs/protocol.md, labels).

Used by `accounts.services.bind_identity`; relies on libsodium, whose Ed25519 verification is strict (it refuses
non-canonical encodings and points of small order).
"""

from __future__ import annotations

import base64
import json
from uuid import UUID

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

HISTORY_KEY_LABEL = b"CordeeHistoryKey"


def _vector(data: bytes) -> bytes:
    """`opaque x<V>` of RFC 9420 §2.1.2 with its shortest length prefix."""
    if len(data) < 64:
        return bytes([len(data)]) + data
    return (0x4000 | len(data)).to_bytes(2, "big") + data


def history_key_tbs(user_id: UUID, history_key: bytes) -> bytes:
    """The bytes that are signed: SignContent of RFC 9420 §5.1.2 around the canonical JSON of user and history key."""
    content = {"history": base64.b64encode(history_key).decode(), "user": str(user_id), "v": 1}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    return _vector(b"MLS 1.0 " + HISTORY_KEY_LABEL) + _vector(canonical)


def history_key_signed(*, user_id: UUID, identity_key: bytes, history_key: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) by `identity_key` (32) names this history key (32) as this user's."""
    try:
        VerifyKey(identity_key).verify(history_key_tbs(user_id, history_key), signature)
    except BadSignatureError:
        return False
    return True
