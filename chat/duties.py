"""What members' devices have to do in a circle, or to know of it, beyond its log.

Used by `chat.api`. All of it proves itself to a client or is confirmed by a person; the server only says what waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import IdentityKey
from accounts.selectors import active_identities, rotations
from chat import orders
from chat.epochs import policy_bytes
from chat.errors import NotFound
from chat.escalation import Followed, followed
from chat.mls import PublicGroup
from chat.models import Group, Item, Report, Seen
from chat.observations import SUSPECT_FROM
from chat.policy import Person, read_policy
from chat.statements import ROTATION
from chat.stewards import attestations
from circles import access
from circles.selectors import admissions
from circles.services import loans_over


@dataclass(frozen=True, slots=True)
class NewKeys:
    """Keys that a coordinator has to commit: of somebody who had none, or who has lost them."""

    user: UUID
    keys: IdentityKey
    since: datetime


@dataclass(frozen=True, slots=True)
class Suspect:
    """A commit that several people could not process."""

    epoch: int
    committer: UUID
    reason: str  # the first that was given
    reporters: list[UUID]


@dataclass(frozen=True, slots=True)
class Duties:
    orders: list[bytes]
    admissions: list[NewKeys]
    resets: list[NewKeys]
    rotations: list[bytes]
    restorations: list[bytes]
    loans_over: list[UUID]  # who gives coordination back: it was lent until a day that has come
    reports: list[Suspect]
    seen: list[bytes]
    attestations: dict[UUID, bytes]
    reminders: list[Followed]


def duties_for(user_id: UUID, circle_id: UUID) -> Duties:
    """For whoever reads in the circle; `reports` for its coordinators."""
    held = access.abilities(user_id, circle_id)
    group = Group.objects.filter(circle_id=circle_id).first()
    if group is None or "read" not in held:
        raise NotFound
    persons = read_policy(policy_bytes(PublicGroup.from_bytes(bytes(group.state)))).persons
    active = active_identities(persons)
    proofs, resets = _new_identities(persons, active)
    asked = admissions(circle_id)
    steward = group.steward
    return Duties(
        orders=orders.open_orders(circle_id),
        admissions=[NewKeys(user, active[user], since) for user, since in asked.items() if user in active],
        resets=resets,
        rotations=proofs,
        restorations=orders.open_restorations(circle_id),
        loans_over=loans_over(circle_id),
        reports=_suspects(group) if "remove" in held else [],
        seen=_seen(group),
        attestations={} if steward is None else attestations(bytes(steward), list(persons)),
        reminders=followed(circle_id),
    )


def _new_identities(
    persons: Mapping[UUID, Person], active: Mapping[UUID, IdentityKey]
) -> tuple[list[bytes], list[NewKeys]]:
    """Of people whose keys are others than the policy's: the rotations that lead there, or else what a coordinator has
    to confirm.
    """
    moved = {
        user: (bytes(active[user].identity_key), person.keys.identity)
        for user, person in persons.items()
        if person.keys is not None and user in active and bytes(active[user].identity_key) != person.keys.identity
    }
    by_old = {bytes(each.identity_key): bytes(each.rotation or b"") for each in rotations(moved)}
    proofs: list[bytes] = []
    resets: list[NewKeys] = []
    for user, (present, pinned) in moved.items():
        steps = _steps(by_old, pinned, present)
        if steps is None:
            resets.append(NewKeys(user, active[user], active[user].started))
        else:
            proofs += steps
    return proofs, resets


def _steps(by_old: Mapping[bytes, bytes], pinned: bytes, present: bytes) -> list[bytes] | None:
    """The rotations from one key to the other, in order; None when there is no such way."""
    steps: list[bytes] = []
    while pinned != present:
        step = by_old.get(pinned)
        if step is None:
            return None
        steps.append(step)
        pinned = ROTATION.read(step).says.new
    return steps


def _suspects(group: Group) -> list[Suspect]:
    by_epoch: dict[int, list[Report]] = {}
    for report in Report.objects.filter(group=group).select_related("device").order_by("received"):
        by_epoch.setdefault(report.epoch, []).append(report)
    commits = Item.objects.filter(group=group, kind=Item.Kind.COMMIT, epoch__in=by_epoch).select_related("device")
    suspects = []
    for commit in commits.order_by("epoch"):
        reports = by_epoch[commit.epoch]
        reporters = list(dict.fromkeys(report.device.user_id for report in reports))
        if len(reporters) >= SUSPECT_FROM:
            suspects.append(Suspect(commit.epoch, commit.device.user_id, reports[0].reason, reporters))
    return suspects


def _seen(group: Group) -> list[bytes]:
    """Of devices that are in the roster now."""
    said = Seen.objects.filter(group=group, device__leaves__group=group).order_by("device_id")
    return [bytes(each) for each in said.values_list("statement", flat=True)]
