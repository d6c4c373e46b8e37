"""The fold of a policy chain: links, signers, and with `rules` what each may change. Raises PolicyRefused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from chat.canonical import NotCanonical
from chat.certificates import verify_certificate
from chat.mls.errors import BadSignature
from chat.mls.keys import verify_with_label
from chat.policy.changes import NO_HASH, Create, UnverifiedChange, read_change
from chat.policy.persons import Keys, Person, is_past
from chat.policy.refused import PolicyRefused
from chat.policy.rules import check_keys, persons_after
from chat.policy.state import Head, Policy


def begin(change: UnverifiedChange, circle: UUID) -> Policy:
    """The policy of epoch 0."""
    op = change.op
    if not isinstance(op, Create) or change.n != 0 or change.prev != NO_HASH or change.circle != circle:
        raise PolicyRefused("bad_first_change")
    keys = op.person.keys
    if op.person.role != "coordinator" or op.suite != 1 or keys is None:
        raise PolicyRefused("bad_first_change")
    person = Person.entering(op.person, change.time)
    if is_past(person, change.time):
        raise PolicyRefused("end_in_the_past")
    _check_signer(change, person, keys)
    check_keys(person.user, keys)
    return Policy(circle, op.suite, {person.user: person}, op.orders, op.steward, Head(0, change.hash()))


def apply(policy: Policy, change: UnverifiedChange) -> Policy:
    """The policy after one more change: linked to the head, signed by somebody in good standing, allowed."""
    if change.circle != policy.circle or change.n != policy.head.n + 1 or change.prev != policy.head.hash:
        raise PolicyRefused("broken_chain")
    signer = policy.persons.get(change.certificate.user)
    if signer is None or signer.keys is None or is_past(signer, change.time):
        raise PolicyRefused("not_allowed")
    _check_signer(change, signer, signer.keys)
    persons = persons_after(policy, change.op, signer, change.time)
    return replace(policy, persons=persons, head=Head(change.n, change.hash()))


def fold(changes: Sequence[bytes], circle: UUID) -> Policy:
    """The policy that a whole chain writes."""
    if not changes:
        raise PolicyRefused("bad_first_change")
    policy = begin(read_change(changes[0]), circle)
    for raw in changes[1:]:
        policy = apply(policy, read_change(raw))
    return policy


def _check_signer(change: UnverifiedChange, person: Person, keys: Keys) -> None:
    """The change is signed by the leaf key of a device that the person's identity key certified, and that stands."""
    try:
        certificate = verify_certificate(change.certificate, keys.identity)
        verify_with_label(certificate.key, "CordeePolicyChange", change.signed, change.signature)
    except (NotCanonical, BadSignature):
        raise PolicyRefused("bad_change_signature") from None
    if certificate.user != person.user:
        raise PolicyRefused("wrong_signer")
    if certificate.device in person.revoked:
        raise PolicyRefused("device_revoked")
    if not certificate.created <= change.time <= certificate.not_after:
        raise PolicyRefused("certificate_expired")
