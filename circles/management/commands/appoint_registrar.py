"""`manage.py appoint_registrar EMAIL [--organisation ID] [--end]`: let somebody attest the people of an organisation.

Without ID, of the organisation in which the person acts. The operator vouches for it; nobody can do it over HTTP.
"""

from __future__ import annotations

from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.events import SYSTEM
from circles.errors import CircleError
from circles.models import Professional
from circles.services import appoint_registrar, dismiss_registrar


class Command(BaseCommand):
    help = "Let somebody attest the people of an organisation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--organisation", type=UUID)
        parser.add_argument("--end", action="store_true", help="no longer")

    def handle(self, *args: object, email: str, organisation: UUID | None, end: bool, **options: object) -> None:
        person = Professional.objects.select_related("practitioner_role").filter(user__email=email.lower()).first()
        if person is None:
            raise CommandError(f"{email} is no professional's account.")
        own = organisation or person.practitioner_role.organization_id
        if own is None:
            raise CommandError(f"{email} acts in no organisation: name one with --organisation.")
        try:
            (dismiss_registrar if end else appoint_registrar)(actor=SYSTEM, user_id=person.user_id, organization_id=own)
        except CircleError as error:
            raise CommandError(f"{own} is no organisation of the directory.") from error
