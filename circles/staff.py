"""The people of an organisation as those see them who administer it: who they are, and which roles they hold there.

Used by `chat.api_structure`; relies on the gate.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from circles import access
from circles.models import Professional
from circles.roles import ORGANISATION_ROLE_ABILITIES, ORGANISATION_ROLES, OrganisationRole
from circles.schemas import ProfessionalCard
from circles.selectors import professionals


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRow:
    """`here`: acts in this organisation by default; others hold a role that the operator gave them."""

    user: UUID
    card: ProfessionalCard
    roles: list[OrganisationRole]
    here: bool


def staff_for(user_id: UUID, organization_id: UUID) -> list[StaffRow]:
    """Everybody who acts in the organisation or holds a role there, by name. Raises NotFound unless this person
    administers it. Four queries.
    """
    access.organization_for(user_id, organization_id, "administer")
    here = set(_acting_in(organization_id))
    held = access.people_with_roles(organization_id)
    cards = professionals(here | held.keys())
    rows = [
        StaffRow(
            user=user,
            card=card,
            roles=[role for role in ORGANISATION_ROLES if ORGANISATION_ROLE_ABILITIES[role] <= held.get(user, set())],
            here=user in here,
        )
        for user, card in cards.items()
    ]
    return sorted(rows, key=lambda row: (row.card.family_name, row.card.given_name, row.user))


def acts_in(user_id: UUID, organization_id: UUID) -> bool:
    """Whether this person acts in the organisation by default, and may sign in. Authorises nothing."""
    return user_id in _acting_in(organization_id)


def _acting_in(organization_id: UUID) -> list[UUID]:
    acting = Professional.objects.filter(practitioner_role__organization_id=organization_id, user__is_active=True)
    return list(acting.values_list("user_id", flat=True))
