"""Cordée's rules for `chat.mls`: what RFC 9420 leaves to the application, decided by the circle policy.

Used for every commit and every new group. Pure. The browser has the same rules in `frontend/src/core/circle/judge.ts`;
docs/validation.md lists them side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from chat.canonical import NotCanonical
from chat.certificates import Certificate, read_certificate, verify_certificate
from chat.mls import (
    CREDENTIAL_BASIC,
    Extension,
    ExternalInit,
    GroupContextExtensions,
    Member,
    Proposal,
    RefusedByRules,
    Remove,
    Sender,
    SenderType,
)
from chat.mls.leaf import EXTENSION_REQUIRED_CAPABILITIES
from chat.policy import CLOCK_TOLERANCE, EXTENSION_TYPE, Person, Policy, is_past

# ExtensionType extension_types<V>, ProposalType proposal_types<V>, CredentialType credential_types<V> (RFC 9420 §11.1):
# no client that ignores the policy can be a leaf, from epoch 0 on.
REQUIRED_CAPABILITIES: Final = Extension(EXTENSION_REQUIRED_CAPABILITIES, b"\x02\xf0\xc1\x00\x00")


def are_of_a_circle(extensions: tuple[Extension, ...]) -> bool:
    """Whether a group context has the two extensions that every circle has, in their order, and nothing else: clients
    refuse any other, so one that passed here would stop the circle.
    """
    return len(extensions) == 2 and extensions[0] == REQUIRED_CAPABILITIES and extensions[1].type == EXTENSION_TYPE


def certificate_of(identity: bytes, signature_key: bytes, persons: Mapping[UUID, Person]) -> Certificate:
    """The certificate in a leaf's credential, signed by the identity key that the policy pins, of a device that is not
    revoked. Raises RefusedByRules.
    """
    try:
        claimed = read_certificate(identity)
        person = persons.get(claimed.user)
        if person is None or person.keys is None:
            raise RefusedByRules("not_in_policy")
        certificate = verify_certificate(claimed, person.keys.identity)
    except NotCanonical as error:
        raise RefusedByRules("bad_certificate") from error
    if certificate.key != signature_key:
        raise RefusedByRules("bad_certificate")
    if certificate.device in person.revoked:
        raise RefusedByRules("device_revoked")
    return certificate


class CircleRules:
    """The policy before the commit judges who may commit; the policy after it, every leaf that the commit brings.

    `time` is the commit's own, which the caller holds against its clock. A new group has one policy only.
    """

    credential_types = frozenset({CREDENTIAL_BASIC})

    def __init__(self, before: Policy, after: Policy, time: datetime) -> None:
        self._before = before.persons
        self._after = after.persons
        self._time = time

    def check_proposal(self, proposal: Proposal, sender: Sender, *, by_reference: bool) -> None:
        allowed = {
            SenderType.MEMBER: (Remove, GroupContextExtensions),
            SenderType.NEW_MEMBER_COMMIT: (ExternalInit, Remove),
        }.get(sender.type, ())
        if by_reference or not isinstance(proposal, allowed):
            raise RefusedByRules("proposal_not_allowed")

    def check_credential(self, identity: bytes, signature_key: bytes) -> None:
        self._standing(identity, signature_key, self._after)

    def _standing(self, identity: bytes, signature_key: bytes, persons: Mapping[UUID, Person]) -> Certificate:
        certificate = certificate_of(identity, signature_key, persons)
        if not certificate.created - CLOCK_TOLERANCE <= self._time <= certificate.not_after:
            raise RefusedByRules("certificate_expired")
        if is_past(persons[certificate.user], self._time):
            raise RefusedByRules("membership_past_end")
        return certificate

    def check_lifetime(self, not_before: int, not_after: int) -> None:
        seconds = self._time.timestamp()
        if not not_before - CLOCK_TOLERANCE.total_seconds() <= seconds <= not_after:
            raise RefusedByRules("leaf_expired")

    def check_succession(self, before: Member, after: Member) -> None:
        """The same certificate; or, when the person's identity key changes, the same device under the new one."""
        old = self._standing(before.identity, before.signature_key, self._before)
        new = self._standing(after.identity, after.signature_key, self._after)
        changed = self._identity(self._before, old) != self._identity(self._after, new)
        if (old.user, old.device, old.key) != (new.user, new.device, new.key) or (old.raw != new.raw) != changed:
            raise RefusedByRules("leaf_changes_hands")

    @staticmethod
    def _identity(persons: Mapping[UUID, Person], certificate: Certificate) -> bytes | None:
        keys = persons[certificate.user].keys
        return None if keys is None else keys.identity

    def check_resync(self, removed: Member, joiner: Member) -> None:
        old = certificate_of(removed.identity, removed.signature_key, self._before)
        new = certificate_of(joiner.identity, joiner.signature_key, self._before)
        if (old.user, old.device) != (new.user, new.device):
            raise RefusedByRules("resync_of_another")

    def check_extensions(self, before: tuple[Extension, ...], after: tuple[Extension, ...]) -> None:
        if not are_of_a_circle(after):
            raise RefusedByRules("extension_not_allowed")
