"""Which leaves a change of policy makes unfit: what a member's commit removes, no more and no less."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from chat.certificates import UnverifiedCertificate
from chat.policy.persons import Person
from chat.policy.state import Policy


def unfit(before: Policy, after: Policy, roster: Iterable[UnverifiedCertificate], committer: UUID) -> frozenset[UUID]:
    """The devices that a commit must remove which leads from `before` to `after`; `roster` is who stood in the tree
    (certificates are verified when they come there), `committer` the committing device.

    They are all devices of a person who ended or whose identity changed, and devices revoked. The committer is spared
    when only its person's identity changed: its path brings its certificate under the new one. When the committer is
    in the answer, this device cannot make such a commit.
    """
    gone: set[UUID] = set()
    for certificate in roster:
        old, new = before.persons.get(certificate.user), after.persons.get(certificate.user)
        fell = new is None or certificate.device in new.revoked
        if fell or (_identity(old) != _identity(new) and certificate.device != committer):
            gone.add(certificate.device)
    return frozenset(gone)


def _identity(person: Person | None) -> bytes | None:
    return None if person is None or person.keys is None else person.keys.identity
