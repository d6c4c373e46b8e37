"""`manage.py rotate_audit_keys [--dry-run] [--may-drop VERSION]`: seal the log's data keys under the newest of
AUDIT_DETAIL_KEYS.

First add the new version and restart the servers; then run this; then ask `--may-drop` of the old one, and destroy it:
with it goes every erased key that a backup still holds. It may be stopped anywhere, and run beside the servers.
"""

from __future__ import annotations

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import rotation


class Command(BaseCommand):
    help = "Seal the log's data keys under the newest of AUDIT_DETAIL_KEYS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count what is under which version, change nothing")
        parser.add_argument("--may-drop", type=int, metavar="VERSION", help="fail while something is under it")

    def handle(self, *args: object, dry_run: bool, may_drop: int | None, **options: object) -> None:
        newest = max(settings.AUDIT_DETAIL_KEYS)
        if may_drop is not None:
            self._ask(may_drop, newest)
        elif dry_run:
            for version, count in rotation.counts().items():
                self.stdout.write(f"{count} data keys under version {version}")
        else:
            for done in rotation.rotate():
                self.stdout.write(f"{done} data keys sealed under version {newest}")
            if left := sum(count for version, count in rotation.counts().items() if version != newest):
                raise CommandError(f"{left} data keys were held by others: run it again.")
            self.stdout.write(f"Everything is under version {newest}.")

    def _ask(self, version: int, newest: int) -> None:
        if version not in settings.AUDIT_DETAIL_KEYS:
            raise CommandError(f"AUDIT_DETAIL_KEYS has no version {version}.")
        if version == newest:
            raise CommandError(f"Version {version} is the newest: it seals.")
        if used := rotation.counts().get(version):
            raise CommandError(f"Version {version} is still needed by {used} data keys. Run rotate_audit_keys first.")
        self.stdout.write(f"Nothing is under version {version}: take it out of AUDIT_DETAIL_KEYS and destroy it.")
