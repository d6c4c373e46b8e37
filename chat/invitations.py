"""The signed invitation: what lets a joiner verify a whole circle before it joins (docs/protocol.md). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chat.canonical import Fields, NotCanonical, decode, encode
from chat.mls.errors import BadSignature
from chat.mls.keys import verify_with_label
from chat.policy import Head, NewPerson, UnverifiedChange

LIMIT = 4096
LONGEST_WAIT = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Invitation:
    circle: UUID
    user: UUID
    created: datetime
    expires: datetime


def check_invitation(
    raw: bytes, *, change: UnverifiedChange, person: NewPerson, change0: bytes, head: Head
) -> Invitation:
    """The invitation that goes with an invite `change`: same circle, person and signing device, pinning change 0 and
    the head.

    Raises NotCanonical.
    """
    content = decode(raw, limit=LIMIT)
    fields = Fields(content)
    fields.version()
    pinned = Fields(fields.object("head"))
    invitation = Invitation(
        circle=fields.uuid("circle"),
        user=fields.uuid("user"),
        created=fields.time("created"),
        expires=fields.time("expires"),
    )
    pins = (fields.bytes("change0", 32), Head(pinned.integer("n"), pinned.bytes("hash", 32)))
    identity = fields.bytes_or_none("identity", 32)  # a pending person has none yet
    certificate, signature = fields.bytes("cert"), fields.bytes("sig", 64)
    fields.end()
    pinned.end()
    pinned_identity = None if person.keys is None else person.keys.identity
    if (invitation.circle, invitation.user, identity) != (change.circle, person.user, pinned_identity):
        raise NotCanonical("the invitation is for another circle or person")
    if pins != (change0, head) or certificate != change.certificate.raw or invitation.created != change.time:
        raise NotCanonical("the invitation does not belong to this change")
    if not timedelta(0) < invitation.expires - invitation.created <= LONGEST_WAIT:
        raise NotCanonical("the invitation has no sensible end")
    signed = encode({name: value for name, value in content.items() if name != "sig"})
    try:
        verify_with_label(change.certificate.key, "CordeeInvitation", signed, signature)
    except BadSignature:
        raise NotCanonical("the inviting device did not sign this invitation") from None
    return invitation
