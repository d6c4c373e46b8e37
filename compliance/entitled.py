"""Who was entitled to read: the roster of each epoch, what was given afterwards by history grants, and the devices
through which a person could. Pure: computed from a circle's `Life`, the grants and the key events, nothing else.

Used by `compliance.certificate`; `audit/verify.py` computes the same without our code. Entitled is not opened: that a
person could read says nothing about whether they did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from chat.canonical import NotCanonical
from chat.mls import RefusedByRules
from chat.policy import Person
from chat.rules import certificate_of
from chat.statements import HISTORY_GRANT, HistoryGrant, verify_grant
from compliance.errors import ComplianceError
from compliance.keychains import KnownDevice
from compliance.keychains import Life as Vault
from compliance.lives import Epoch, Fact, Life


@dataclass(frozen=True, slots=True)
class About:
    """What is asked: epochs `first` to `last`, from `since` on (of a message: when it was stored)."""

    first: int
    last: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Given:
    """A history grant of the circle's log, and its event."""

    raw: bytes
    says: HistoryGrant
    fact: Fact


@dataclass(frozen=True, slots=True)
class Through:
    """A device, and whether it stood in the roster of one of the epochs; otherwise it reads through the vault."""

    device: KnownDevice
    in_roster: bool


@dataclass(frozen=True, slots=True)
class Entitled:
    """One person. `place` is the policy's entry (role, ground, end date) in the last of their epochs, or when what they
    have was granted; `epochs` and `grants` are (first, last) within what is asked; `left` the event of the commit that
    took their last leaf out afterwards.
    """

    user: UUID
    place: Person
    epochs: list[tuple[int, int]]
    grants: list[tuple[int, int, UUID]]
    since: Fact
    left: Fact | None
    devices: list[Through]


def read_grant(raw: bytes, fact: Fact, epochs: Sequence[Epoch]) -> Given:
    """A grant that a coordinator of its time signed. Raises ComplianceError `trail_differs`."""
    says = HISTORY_GRANT.read(raw)
    seq = fact.says["seq"]
    present = max((each for each in epochs if each.seq < int(str(seq))), key=lambda each: each.number)
    try:
        giver = certificate_of(says.says.certificate.raw, says.says.certificate.key, present.policy.persons)
        verify_grant(says, giver)
    except (NotCanonical, RefusedByRules) as error:
        raise ComplianceError("trail_differs", evidence=f"grant {says.says.id} {error}") from error
    if present.policy.persons[giver.user].role != "coordinator" or says.says.user not in present.policy.persons:
        raise ComplianceError("trail_differs", evidence=f"grant {says.says.id} was not a coordinator's")
    return Given(raw, says.says, fact)


def entitled(
    life: Life, about: About, grants: Sequence[Given], vaults: Mapping[UUID, Sequence[Vault]], fact: Fact | None
) -> list[Entitled]:
    """By user id. `vaults` has everybody of `people_in`; `fact` is the message's event, for a period None."""
    asked = life.epochs[about.first : about.last + 1]
    given = [each for each in grants if each.says.first <= about.last and each.says.last >= about.first]
    found = []
    for user in people_in(life, about, grants):
        own = [each for each in asked if user in {certificate.user for certificate in each.roster}]
        to_them = [each for each in given if each.says.user == user]
        by_roster = [] if not own else [fact or own[0].fact]
        since = min(by_roster + [each.fact for each in to_them], key=lambda each: each.at)
        last = own[-1] if own else _in_force(life, to_them[-1].fact)
        found.append(
            Entitled(
                user=user,
                place=last.policy.persons[user],
                epochs=_ranges([each.number for each in own]),
                grants=[
                    (max(each.says.first, about.first), min(each.says.last, about.last), each.says.id)
                    for each in to_them
                ],
                since=since,
                left=_left(life, last, user),
                devices=_devices(user, own, to_them, vaults[user], max(since.at, about.since)),
            )
        )
    return found


def people_in(life: Life, about: About, grants: Sequence[Given]) -> list[UUID]:
    """Everybody in a roster of these epochs, or to whom one of their keys was given."""
    asked = life.epochs[about.first : about.last + 1]
    users = {certificate.user for each in asked for certificate in each.roster}
    users |= {each.says.user for each in grants if each.says.first <= about.last and each.says.last >= about.first}
    return sorted(users, key=str)


def _in_force(life: Life, fact: Fact) -> Epoch:
    seq = int(str(fact.says["seq"]))
    return max((each for each in life.epochs if each.seq < seq), key=lambda each: each.number)


def _left(life: Life, last: Epoch, user: UUID) -> Fact | None:
    """The commit after which the person had no leaf any more, until now. `last`: when they last had one, or a grant."""
    gone: Fact | None = None
    for epoch in life.epochs[last.number :]:
        if any(certificate.user == user for certificate in epoch.roster):
            gone = None
        elif gone is None:
            gone = epoch.fact
    return gone


def _devices(
    user: UUID, own: Sequence[Epoch], to_them: Sequence[Given], vaults: Sequence[Vault], since: datetime
) -> list[Through]:
    """The devices in those rosters; and every other one that shared their vault, or the vault to which a grant came,
    and had not ended before.
    """
    inside = {each.device for epoch in own for each in epoch.roster if each.user == user}
    unknown = inside - {device for vault in vaults for device in vault.devices}
    if unknown:
        raise ComplianceError("trail_differs", evidence=f"{user} has a leaf of no known device")
    through = []
    for vault in vaults:
        granted = any(vault.begun <= each.says.time and not vault.is_over(each.says.time) for each in to_them)
        if not granted and inside.isdisjoint(vault.devices):
            continue
        through += [
            Through(device, device.id in inside)
            for device in vault.devices.values()
            if device.id in inside or device.ended is None or device.ended > since
        ]
    return sorted(through, key=lambda each: (each.device.added, str(each.device.id)))


def _ranges(numbers: Sequence[int]) -> list[tuple[int, int]]:
    runs = groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])
    spans = [[number for _, number in run] for _, run in runs]
    return [(span[0], span[-1]) for span in spans]
