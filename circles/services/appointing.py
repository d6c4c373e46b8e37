"""Who administers an organisation, reviews how rights were used, and attests its people."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from audit.events import Actor
from audit.services import record
from circles import access
from circles.errors import Conflict, NotFound
from circles.models import Professional
from circles.roles import ORGANISATION_ROLE_ABILITIES, OrganisationRole
from circles.staff import acts_in
from directory.models import Organization


@transaction.atomic
def appoint(*, actor: Actor, user_id: UUID, organization_id: UUID, role: OrganisationRole) -> None:
    """Let this professional hold a role in an organisation. By the operator (`manage.py appoint`), or by one of its
    administrators, who chooses among its own people. Twice is once. Errors: `not_found`, `not_registered`.
    """
    organization = _locked(actor, organization_id)
    if actor.user_id is not None and not acts_in(user_id, organization_id):
        raise NotFound
    if not Professional.objects.filter(user_id=user_id).exists():
        raise Conflict("not_registered")
    access.appoint(user_id=user_id, organization=organization, abilities=ORGANISATION_ROLE_ABILITIES[role])
    record("perm.change", actor=actor, obj=("Person", user_id), detail={role: str(organization.id)})


@transaction.atomic
def dismiss(*, actor: Actor, user_id: UUID, organization_id: UUID, role: OrganisationRole) -> None:
    """This person no longer holds the role; what they did in it stays.

    Errors: `not_found` (also who does not hold it), `last_administrator`.
    """
    organization = _locked(actor, organization_id)
    if ORGANISATION_ROLE_ABILITIES[role].isdisjoint(access.people_with_roles(organization.id).get(user_id, ())):
        raise NotFound
    access.dismiss(user_id=user_id, organization=organization, abilities=ORGANISATION_ROLE_ABILITIES[role])
    # The operator can appoint another one afterwards; nobody inside could.
    if role == "administrator" and actor.user_id is not None and not _administrators(organization.id):
        raise Conflict("last_administrator")
    record("perm.change", actor=actor, obj=("Person", user_id), detail={f"no_longer_{role}": str(organization.id)})


def _locked(actor: Actor, organization_id: UUID) -> Organization:
    """The organisation, for the operator or one of its administrators. Two administrators who dismiss each other wait
    here, and the second is refused.
    """
    organization = Organization.objects.select_for_update(no_key=True).filter(id=organization_id).first()
    if organization is None:
        raise NotFound
    if actor.user_id is not None:
        access.organization_for(actor.user_id, organization_id, "administer")
    return organization


def _administrators(organization_id: UUID) -> bool:
    return any("administer" in held for held in access.people_with_roles(organization_id).values())
