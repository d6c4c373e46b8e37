"""`manage.py rotate_patient_keys [--dry-run] [--may-drop VERSION]`: seal everything under the newest of PATIENT_KEYS.

First add the new key to PATIENT_KEYS and restart the servers; then run this; then ask `--may-drop` of the old one, and
take it out. It may be stopped and begun again anywhere, and run beside the servers.
"""

from __future__ import annotations

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from circles import rotation


class Command(BaseCommand):
    help = "Seal everything that is under an older key of PATIENT_KEYS under the newest."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count what is under which key, change nothing")
        parser.add_argument("--may-drop", type=int, metavar="VERSION", help="fail while something is under this key")

    def handle(self, *args: object, dry_run: bool, may_drop: int | None, **options: object) -> None:
        if may_drop is not None:
            self._ask(may_drop)
        elif dry_run:
            for count in rotation.counts():
                self.stdout.write(f"{count.name}: {count.rows} under key {count.version}")
        else:
            self._rotate()

    def _rotate(self) -> None:
        for done in rotation.rotate():
            self.stdout.write(f"{done.name}: {done.rows} from key {done.version}")
        newest = max(settings.PATIENT_KEYS)
        left = sum(count.rows for count in rotation.counts() if count.version != newest)
        if left:
            raise CommandError(f"{left} rows were held by others and are not under key {newest} yet: run it again.")
        self.stdout.write(f"Everything is under key {newest}.")

    def _ask(self, version: int) -> None:
        if version not in settings.PATIENT_KEYS:
            raise CommandError(f"PATIENT_KEYS has no key {version}.")
        if version == max(settings.PATIENT_KEYS):
            raise CommandError(f"Key {version} is the newest: it seals.")
        used = [count for count in rotation.counts() if count.version == version and count.rows]
        if used:
            held = ", ".join(f"{count.rows} {count.name}" for count in used)
            raise CommandError(f"Key {version} is still needed: {held}. Run rotate_patient_keys first.")
        self.stdout.write(f"Nothing is under key {version}: it may be taken out of PATIENT_KEYS.")
