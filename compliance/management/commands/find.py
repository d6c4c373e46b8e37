"""`manage.py find ORGANISATION FROM [TO]`: look at these days again, at once.

For an organisation whose thresholds have changed, or whose trail is older than its first officer. What is found again
is what it was; what an officer has settled stays settled.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.findings.looking import look
from directory.models import Organization


class Command(BaseCommand):
    help = "Look at days of an organisation's trail again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", type=UUID)
        parser.add_argument("first", type=date.fromisoformat, metavar="FROM")
        parser.add_argument("last", type=date.fromisoformat, metavar="TO", nargs="?")

    def handle(self, *args: object, organisation: UUID, first: date, last: date | None, **options: object) -> None:
        known = Organization.objects.filter(id=organisation).first()
        if known is None:
            raise CommandError("There is no such organisation.")
        day, end = first, last or first
        while day <= end:
            self.stdout.write(f"{day}  new findings: {look(known, day)}")
            day += timedelta(days=1)
