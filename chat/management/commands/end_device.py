"""`manage.py end_device ID WHY`: end somebody's device when the person cannot. For the operator, once sure of who asks.

The person's key events say that nobody signed it; the reason goes into the trail, sealed.
"""

from __future__ import annotations

from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.events import SYSTEM
from chat.devices import end_for_person
from chat.errors import NotFound


class Command(BaseCommand):
    help = "End somebody's device when the person cannot."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("device", type=UUID)
        parser.add_argument("why")

    def handle(self, *args: object, device: UUID, why: str, **options: object) -> None:
        try:
            end_for_person(actor=SYSTEM, device_id=device, reason=why)
        except NotFound as error:
            raise CommandError(f"{device} is no device that stands.") from error
