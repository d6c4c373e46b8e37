"""`manage.py appoint EMAIL ROLE [--organisation ID] [--end]`: let somebody hold a role in an organisation.

ROLE is `administrator`, `compliance_officer` or `registrar`. Without ID, of the organisation in which the person acts.
The operator vouches for the first administrator; that one can appoint the others.
"""

from __future__ import annotations

from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.events import SYSTEM
from circles.errors import CircleError
from circles.models import Professional
from circles.roles import ORGANISATION_ROLES, OrganisationRole
from circles.services import appoint, dismiss


class Command(BaseCommand):
    help = "Let somebody hold a role in an organisation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("role", choices=ORGANISATION_ROLES)
        parser.add_argument("--organisation", type=UUID)
        parser.add_argument("--end", action="store_true", help="no longer")

    def handle(
        self, *args: object, email: str, role: OrganisationRole, organisation: UUID | None, end: bool, **options: object
    ) -> None:
        person = Professional.objects.select_related("practitioner_role").filter(user__email=email.lower()).first()
        if person is None:
            raise CommandError(f"{email} is no professional's account.")
        own = organisation or person.practitioner_role.organization_id
        if own is None:
            raise CommandError(f"{email} acts in no organisation: name one with --organisation.")
        try:
            (dismiss if end else appoint)(actor=SYSTEM, user_id=person.user_id, organization_id=own, role=role)
        except CircleError as error:
            raise CommandError(f"{own} is no organisation of the directory, or nothing changes there.") from error
