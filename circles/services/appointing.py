"""Who administers an organisation, reviews how rights were used, and attests its people."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from audit.events import Actor
from audit.services import record
from circles import access
from circles.errors import Conflict, NotFound, Unacceptable
from circles.models import Professional
from circles.roles import ORGANISATION_ROLE_ABILITIES, ORGANISATION_ROLES, OrganisationRole
from directory.models import Organization


@transaction.atomic
def appoint(*, actor: Actor, user_id: UUID, organization_id: UUID, role: str) -> None:
    """Let this professional hold a role in an organisation. By the operator (`manage.py appoint`), or by one of its
    administrators. Twice is once. Errors: `not_found`, `bad_role`, `not_registered`.
    """
    organization, known = _asked(actor, organization_id, role)
    if not Professional.objects.filter(user_id=user_id).exists():
        raise Conflict("not_registered")
    access.appoint(user_id=user_id, organization=organization, abilities=ORGANISATION_ROLE_ABILITIES[known])
    record("perm.change", actor=actor, obj=("Person", user_id), detail={known: str(organization.id)})


@transaction.atomic
def dismiss(*, actor: Actor, user_id: UUID, organization_id: UUID, role: str) -> None:
    """This person no longer holds the role; what they did in it stays. Twice is once.

    Errors: `not_found`, `bad_role`, `last_administrator`.
    """
    organization, known = _asked(actor, organization_id, role)
    access.dismiss(user_id=user_id, organization=organization, abilities=ORGANISATION_ROLE_ABILITIES[known])
    # The operator can appoint another one afterwards; nobody inside could.
    if known == "administrator" and actor.user_id is not None and not _administrators(organization.id):
        raise Conflict("last_administrator")
    record("perm.change", actor=actor, obj=("Person", user_id), detail={f"no_longer_{known}": str(organization.id)})


def _asked(actor: Actor, organization_id: UUID, role: str) -> tuple[Organization, OrganisationRole]:
    """The organisation, locked: two administrators who dismiss each other wait here, and the second is refused."""
    organization = Organization.objects.select_for_update(no_key=True).filter(id=organization_id).first()
    if organization is None:
        raise NotFound
    if actor.user_id is not None:
        access.organization_for(actor.user_id, organization_id, "administer")
    for known in ORGANISATION_ROLES:
        if known == role:
            return organization, known
    raise Unacceptable("bad_role", role)


def _administrators(organization_id: UUID) -> bool:
    return any("administer" in held for held in access.people_with_roles(organization_id).values())
