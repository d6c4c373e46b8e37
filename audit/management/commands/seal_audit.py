"""`manage.py seal_audit`: the sequencer. Gives every event its place in the log and signs the log, every half second.

Runs for ever, beside the server, as its own Unix user: that user alone reads CORDEE_LOG_KEY_FILE and writes
CORDEE_LOG_GUARD_FILE. A second one waits until the first has ended. `--once`: what can be sealed now, and the end;
`--trust-database` does that after the guard file was lost; `--take-in` gives what was set aside its place, as far as it
is good by now: after a wrong AUDIT_MAC_KEY.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import sealing, sequencer_lock
from audit.guard import GuardUnreadable
from audit.key_file import KeyFileRefused
from audit.sequencer import SequencerStopped

STOPS = (SequencerStopped, GuardUnreadable, KeyFileRefused, sealing.NotConfigured)


class Command(BaseCommand):
    help = "give every event its place in the log, and sign the log"
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="seal what can be sealed now, and end")
        parser.add_argument(
            "--trust-database",
            action="store_true",
            help="the guard file was lost: begin it again with what the database says was signed",
        )
        parser.add_argument(
            "--take-in", action="store_true", help="what was set aside and is good by now: give it its place, and end"
        )
        parser.add_argument("--every", type=float, default=sealing.EVERY, help="seconds between two rounds")

    def handle(self, *, once: bool, every: float, trust_database: bool, take_in: bool, **_: Any) -> None:
        try:
            if once or trust_database or take_in:
                self._once(trust_database, take_in)
            else:
                sealing.run(every=every)
        except KeyboardInterrupt:
            return
        except STOPS as stop:
            raise CommandError(str(stop)) from stop

    def _once(self, trust_database: bool, take_in: bool) -> None:
        with sealing.connected() as connection:
            if not sequencer_lock.take(connection):
                holder = sequencer_lock.holder(connection)
                raise CommandError(f"Another sequencer is at work (PostgreSQL's process {holder}): nothing was done.")
            sequencer = sealing.sequencer(connection)
            if trust_database:
                sequencer.trust_database()
            if take_in:
                self.stdout.write(f"{sealing.take_all_in(sequencer)} events taken in")
            self.stdout.write(f"{sealing.seal_all(sequencer)} events settled")
