"""`manage.py rotate_log_key NEW_KEY_FILE`: another key signs the logs from now on.

The key of CORDEE_LOG_KEY_FILE signs its last note, which names the next one; afterwards CORDEE_LOG_KEY_FILE must be the
new file, or the sequencer refuses to start. The sequencer is stopped for it. Witnesses and verifiers are given the new
lines of `manage.py audit_vkey`; until then the witnesses refuse what the new key signs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from audit import key_file, sealing, sequencer_lock
from audit.events import SYSTEM
from audit.management.commands.seal_audit import STOPS
from audit.services import record


class Command(BaseCommand):
    help = "replace the key that signs the logs"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the new key (python -m audit.key_file FILE)")

    def handle(self, *, file: Path, **_: Any) -> None:
        try:
            with sealing.connected() as connection:
                if not sequencer_lock.take(connection):
                    raise CommandError("The sequencer is at work: stop it first.")
                # Recorded before: an event too many says less than one too few.
                with transaction.atomic():
                    record("secret.rotate", actor=SYSTEM, detail={"secret": "log key"})
                sealing.sequencer(connection).rotate(key_file.read(file))
        except STOPS as stop:
            raise CommandError(str(stop)) from stop
        self.stdout.write(f"Now set CORDEE_LOG_KEY_FILE={file} and start the sequencer.")
