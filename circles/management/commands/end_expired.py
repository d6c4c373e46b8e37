"""`manage.py end_expired`: end the memberships and invitations whose date has passed, once (`tend` does so by itself).

Their rights ended by themselves at that minute (`circles.access`); this writes it down, and `chat` hears of it, closes
sockets and has the group re-keyed. May be stopped and started again anywhere.
"""

from __future__ import annotations

from django.core.management.base import BaseCommand

from circles.services import expire_invitations, expire_memberships


class Command(BaseCommand):
    help = "End the memberships and invitations whose date has passed."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"memberships: {expire_memberships()}, invitations: {expire_invitations()}")
