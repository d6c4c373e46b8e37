"""Whom one could invite: people of the directory, with what this circle and their account say about it.

Used by `circles.api`; relies on `directory.selectors` for the search and on `circles.roles` for professions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils import timezone

from accounts.models import IdentityKey, User
from accounts.selectors import active_identities
from circles import access
from circles.models import Circle, Invitation, Member, Professional
from circles.roles import eligible
from circles.schemas import Account, Candidate, Candidates, Organisation, Profession, Why
from circles.selectors import text_of
from directory import selectors as directory
from directory.selectors import OrganisationEntry, RoleEntry

# One screen: whoever is not in it is found by typing more.
SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class _Standing:
    """What this circle and the accounts know about the people found."""

    users: dict[UUID, User]  # practitioner → whose account stands for that practitioner
    identities: dict[UUID, IdentityKey]
    members: frozenset[UUID]
    invited: frozenset[UUID]
    opposed: frozenset[UUID]


def candidates(user_id: UUID, circle_id: UUID, q: str) -> Candidates:
    """Raises NotFound unless this person may invite into the circle. Seven queries, however many are found."""
    circle = access.circle_for(user_id, circle_id, "invite")
    found = directory.search(q=q, limit=SHOWN + 1, among=_among(circle))
    linked = Professional.objects.filter(practitioner__in={each.practitioner for each in found})
    users = {each.practitioner_id: each.user for each in linked.select_related("user")}
    pending = circle.invitations.filter(state=Invitation.State.PENDING, expires__gt=timezone.now())
    standing = _Standing(
        users=users,
        identities=active_identities([each.id for each in users.values()]),
        members=frozenset(circle.members.filter(ended=None).values_list("user_id", flat=True)),
        invited=frozenset(pending.values_list("user_id", flat=True)),
        opposed=frozenset(circle.oppositions.filter(lifted=None, user__isnull=False).values_list("user_id", flat=True)),
    )
    return Candidates([_candidate(each, standing, circle.kind) for each in found[:SHOWN]], truncated=len(found) > SHOWN)


def _among(circle: Circle) -> list[UUID] | None:
    """Whom a compartment or an exchange can have: members of the circle in the situation in which they are there, the
    two who talk. None: anybody of the directory.
    """
    if circle.parent_id is not None:
        members = Member.objects.filter(circle=circle.parent_id, ended=None)
        return list(members.values_list("practitioner_role_id", flat=True))
    if circle.peer_id is not None:
        two = Professional.objects.filter(user_id__in=(circle.created_by_id, circle.peer_id))
        return list(two.values_list("practitioner_role_id", flat=True))
    return None


def _candidate(entry: RoleEntry, standing: _Standing, kind: str) -> Candidate:
    user = standing.users.get(entry.practitioner)
    identity = None if user is None else standing.identities.get(user.id)
    why = _why(entry, user, standing, about_patient=kind == Circle.Kind.CARE)
    return Candidate(
        practitioner=entry.practitioner,
        role=entry.role,
        name=entry.name,
        family_name=entry.family_name,
        given_name=entry.given_name,
        civility=entry.civility,
        profession=Profession(code=entry.profession_code, label=entry.profession_label),
        speciality=entry.speciality,
        sector=entry.sector,
        organisation=_organisation(entry.organisation),
        rpps=entry.rpps,
        system=entry.system,
        number=entry.number,
        user=None if user is None else user.id,
        identity_key=None if identity is None else text_of(identity.identity_key),
        history_key=None if identity is None else text_of(identity.history_key),
        history_sig=None if identity is None else text_of(identity.history_sig),
        account=_account(user),
        mssante=entry.mssante,
        invitable=why is None,
        why=why,
    )


def _organisation(entry: OrganisationEntry | None) -> Organisation | None:
    return None if entry is None else Organisation(id=entry.id, name=entry.name, city=entry.city or None)


def _account(user: User | None) -> Account:
    if user is None:
        return "none"
    return "reserved" if user.email is None else "open"


def _why(entry: RoleEntry, user: User | None, standing: _Standing, *, about_patient: bool) -> Why | None:
    """Why this person cannot be invited, the reason that lasts longest first; None when they can. Who has no keys yet,
    or no account, is invited as pending.
    """
    if user is not None and user.id in standing.members:
        return "already_member"
    if user is not None and user.id in standing.invited:
        return "already_invited"
    if user is not None and user.id in standing.opposed:
        return "patient_opposes"
    if about_patient and not eligible(entry.profession_system, entry.profession_code):
        return "profession_not_allowed"
    if not entry.active or not (user is None or user.is_active):
        return "inactive"
    return None
