"""The life of a circle's group, computed again from what its devices signed: opening, commits, and what the trail said
of each when it happened.

Used by `compliance.entitled`. Nothing is taken from tables that say who is in: every commit is verified as on the day
it came (`chat.mls`, `chat.policy`), and must be the one that the trail has the hash of, with the roster and the policy
that the trail has the digests of. A table that was rewritten since is found here.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.models import Event
from chat.canonical import to_base64
from chat.certificates import UnverifiedCertificate, read_certificate
from chat.epochs import policy_bytes
from chat.mls import MlsError, PublicGroup, decode_commit
from chat.models import Item, Opening
from chat.policy import Policy, PolicyRefused, advance, begin, check_extension, read_change, read_note
from chat.rules import CircleRules
from compliance.errors import ComplianceError


@dataclass(frozen=True, slots=True)
class Fact:
    """One event of the trail as it was hashed; `says` is its content."""

    id: UUID
    leaf: str
    says: dict[str, object]

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(str(self.says["t"]))


@dataclass(frozen=True, slots=True)
class Epoch:
    """`raw` is the commit that made it; of epoch 0 the creator's GroupInfo. `tree_hash` is what the next committer
    signs with everything else: with it a signature can be checked without the tree.
    """

    number: int
    seq: int
    raw: bytes
    fact: Fact
    roster: tuple[UnverifiedCertificate, ...]
    policy: Policy
    tree_hash: bytes


@dataclass(frozen=True, slots=True)
class Life:
    """All epochs of a circle, from 0 to the present one. `tree` and `first_change` are what the creator showed beside
    `epochs[0].raw`; every later change of policy stands in a commit.
    """

    circle: UUID
    tree: bytes
    first_change: bytes
    epochs: list[Epoch]


def fact_of(event: Event) -> Fact:
    """Raises ComplianceError `act_pruned` when the event's time is over and only its hash is kept."""
    if not event.leaf:
        raise ComplianceError("act_pruned", evidence=str(event.id))
    return Fact(event.id, event.leaf, json.loads(event.leaf))


def life_of(circle_id: UUID) -> Life:
    """Three queries; 2 ms a commit in a circle of fifty. Raises ComplianceError `opening_not_kept` for a circle from
    before openings were kept, `trail_differs` when tables and trail do not say the same.
    """
    opening = Opening.objects.select_related("event", "group").filter(group_id=circle_id).first()
    if opening is None:
        raise ComplianceError("opening_not_kept")
    commits = Item.objects.filter(group_id=circle_id, kind=Item.Kind.COMMIT).order_by("epoch").select_related("event")
    try:
        first_change = bytes(opening.group.changes.get(n=0).raw)
        epochs = _replayed(circle_id, opening, first_change, list(commits))
    except (MlsError, PolicyRefused) as error:
        raise ComplianceError("trail_differs", evidence=f"{circle_id} {error}") from error
    return Life(circle_id, bytes(opening.tree), first_change, epochs)


def _replayed(circle_id: UUID, opening: Opening, first_change: bytes, commits: list[Item]) -> list[Epoch]:
    info, event = bytes(opening.group_info), fact_of(opening.event)
    policy = begin(read_change(first_change), circle_id)
    rules = CircleRules(policy, policy, event.at)
    state = PublicGroup.create(info, ratchet_tree=bytes(opening.tree), rules=rules)
    check_extension(policy, policy_bytes(state))
    epochs = [_epoch(state, policy, 0, info, event)]
    for item in commits:
        if item.body is None:
            raise ComplianceError("trail_differs", evidence=f"{circle_id} commit {item.epoch} is gone")
        message = bytes(item.body)
        note = read_note(decode_commit(message).framed.authenticated_data)
        after = advance(policy, note)
        state = state.apply(state.verify_commit(message, rules=CircleRules(policy, after, note.time)))
        check_extension(after, policy_bytes(state))
        policy = after
        epochs.append(_epoch(state, policy, item.seq, message, fact_of(item.event)))
    return epochs


def _epoch(state: PublicGroup, policy: Policy, seq: int, raw: bytes, fact: Fact) -> Epoch:
    """Raises ComplianceError `trail_differs` unless the event says exactly this."""
    roster = [member.identity for member in state.roster()]
    expected = {
        "act": "mls.commit",
        "epo": state.epoch,
        "seq": seq,
        "sha": _digest(raw),
        "ros": _digest(b"".join(roster)),
        "pol": _digest(policy_bytes(state)),
    }
    said = {key: fact.says.get(key) for key in expected}
    if said != expected:
        wrong = next(key for key in expected if said[key] != expected[key])
        raise ComplianceError("trail_differs", evidence=f"{policy.circle} epoch {state.epoch} {wrong}")
    return Epoch(
        number=state.epoch,
        seq=seq,
        raw=raw,
        fact=fact,
        roster=tuple(read_certificate(each) for each in roster),
        policy=policy,
        tree_hash=state.context.tree_hash,
    )


def _digest(content: bytes) -> str:
    return to_base64(hashlib.sha256(content).digest())
