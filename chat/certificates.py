"""The device certificate: what stands in the MLS basic credential, and ties a leaf key to a person (docs/protocol.md).

Pure. Checked wherever a leaf appears: at registration, in every commit, under every policy change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from chat.canonical import Fields, NotCanonical, decode, encode
from chat.mls.errors import BadSignature
from chat.mls.keys import verify_with_label

LIMIT = 1024
LONGEST_LIFE = timedelta(days=3 * 366)  # a forgotten device does not stay trusted for ever


@dataclass(frozen=True, slots=True)
class UnverifiedCertificate:
    """Well formed, its signature not yet checked: it still needs the identity key that the policy pins."""

    user: UUID
    device: UUID
    key: bytes
    created: datetime
    not_after: datetime
    signature: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class Certificate:
    """Signed by the identity key it was checked against."""

    user: UUID
    device: UUID
    key: bytes
    created: datetime
    not_after: datetime
    raw: bytes


@lru_cache(maxsize=4096)  # every commit reads those of its whole roster, again and again; 50 µs each
def read_certificate(raw: bytes) -> UnverifiedCertificate:
    """Raises NotCanonical."""
    fields = Fields(decode(raw, limit=LIMIT))
    fields.version()
    certificate = UnverifiedCertificate(
        user=fields.uuid("user"),
        device=fields.uuid("device"),
        key=fields.bytes("key", 32),
        created=fields.time("created"),
        not_after=fields.time("not_after"),
        signature=fields.bytes("sig", 64),
        raw=raw,
    )
    fields.end()
    if not timedelta(0) < certificate.not_after - certificate.created <= LONGEST_LIFE:
        raise NotCanonical("not_after is not a lifetime")
    return certificate


def verify_certificate(certificate: UnverifiedCertificate, identity_key: bytes) -> Certificate:
    """Raises NotCanonical when `identity_key` did not sign it. Expiry is the caller's: it depends on the commit's
    time.
    """
    content = decode(certificate.raw, limit=LIMIT)
    del content["sig"]
    try:
        verify_with_label(identity_key, "CordeeDeviceCertificate", encode(content), certificate.signature)
    except BadSignature:
        raise NotCanonical("the identity key did not sign this device") from None
    return Certificate(
        user=certificate.user,
        device=certificate.device,
        key=certificate.key,
        created=certificate.created,
        not_after=certificate.not_after,
        raw=certificate.raw,
    )
