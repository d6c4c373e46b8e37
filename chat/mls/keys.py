"""The labelled signatures, hashes and derivations of RFC 9420 §5 and §8 for cipher suites 0x0001 and 0x0003.

Used by this room, by the other rooms of `chat` for their own labels (§5.1.2 keeps meanings of one key apart), and by
the vectors. Both suites use X25519, SHA-256 and Ed25519; they differ in the AEAD only, which a server never needs.
Signatures are libsodium's: strict (canonical S and A, no small-order A or R), as docs/protocol.md demands of every
verifier.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from nacl.bindings import crypto_scalarmult, crypto_sign, crypto_sign_open, crypto_sign_seed_keypair
from nacl.exceptions import CryptoError
from nacl.exceptions import TypeError as NaclTypeError
from nacl.exceptions import ValueError as NaclValueError

from chat.mls.codec import opaque, u16
from chat.mls.errors import BadSignature, Malformed

MLS_VERSION = 0x0001
SUITES = frozenset({0x0001, 0x0003})
HASH_BYTES = 32
PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64
_PREFIX = b"MLS 1.0 "
_ANY_SCALAR = b"\x40" * 32


def hash_of(value: bytes) -> bytes:
    return sha256(value).digest()


def mac(key: bytes, value: bytes) -> bytes:
    """HMAC-SHA-256: confirmation and membership tags (§6.1, §6.2). A server has no such key; the vectors do."""
    return hmac.digest(key, value, "sha256")


def ref_hash(label: bytes, value: bytes) -> bytes:
    """RefHash of §5.2. `label` is written in full, e.g. ``b"MLS 1.0 KeyPackage Reference"``."""
    return hash_of(opaque(label) + opaque(value))


def _sign_content(label: str, content: bytes) -> bytes:
    return opaque(_PREFIX + label.encode()) + opaque(content)


def sign_with_label(seed: bytes, label: str, content: bytes) -> bytes:
    """SignWithLabel of §5.1.2 with the Ed25519 `seed` (32 bytes); "MLS 1.0 " is put before `label`.

    For tests and tools.
    """
    if len(seed) != 32:
        raise Malformed("bad_length", "an Ed25519 seed has 32 bytes")
    _, secret = crypto_sign_seed_keypair(seed)
    return crypto_sign(_sign_content(label, content), secret)[:SIGNATURE_BYTES]


def verify_with_label(public_key: bytes, label: str, content: bytes, signature: bytes) -> None:
    """VerifyWithLabel of §5.1.2; "MLS 1.0 " is put before `label`.

    Raises `BadSignature`, also for impossible lengths.
    """
    if len(public_key) != PUBLIC_KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        raise BadSignature("bad_signature", "a key or signature has not its length", label=label)
    try:
        crypto_sign_open(signature + _sign_content(label, content), public_key)
    except (CryptoError, NaclTypeError, NaclValueError) as error:
        raise BadSignature("bad_signature", "the signature does not verify", label=label) from error


def check_encryption_key(key: bytes) -> None:
    """Refuse X25519 points of small order: nobody can encrypt to them (RFC 9180 §7.1.4), the next commit would fail."""
    if len(key) != PUBLIC_KEY_BYTES:
        raise Malformed("bad_length", "an X25519 key has 32 bytes")
    try:
        crypto_scalarmult(_ANY_SCALAR, key)
    except (CryptoError, RuntimeError) as error:
        raise Malformed("weak_key", "an X25519 key of small order") from error


def expand(secret: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand (RFC 5869) with SHA-256."""
    if length > 255 * HASH_BYTES:
        raise Malformed("bad_length", "HKDF gives at most 8160 bytes", length=length)
    block, out, counter = b"", b"", 0
    while len(out) < length:
        counter += 1
        block = mac(secret, block + info + bytes([counter]))
        out += block
    return out[:length]


def expand_with_label(secret: bytes, label: str, context: bytes, length: int) -> bytes:
    """ExpandWithLabel of §8."""
    return expand(secret, u16(length) + opaque(_PREFIX + label.encode()) + opaque(context), length)


def derive_secret(secret: bytes, label: str) -> bytes:
    """DeriveSecret of §8."""
    return expand_with_label(secret, label, b"", HASH_BYTES)
