"""`manage.py retain [--execute]`: what is past the time for which its organisation keeps it.

Without `--execute` it says what it would do and changes nothing. For a timer, once a day; may be stopped and started
again anywhere, and run twice.
"""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandParser

from chat.retaining import retain
from circles.retention import Due, everything_due
from circles.services.retention import forget_patients

WORDS = {
    "archive": "circles to archive",
    "purge": "circles to purge, for good",
    "break_glass": "break-glasses to forget",
    "notices": "notices to forget",
}


class Command(BaseCommand):
    help = "Archive, purge and forget what is past its time; a dry run unless told to execute."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--execute", action="store_true", help="do it; without this, only say what would be done")

    def handle(self, *args: object, execute: bool, **options: object) -> None:
        if not execute:
            for due in everything_due():
                self.stdout.write(_said(due))
            self.stdout.write("Nothing was changed. With --execute it is done.")
            return
        for done in retain():
            self.stdout.write(f"{_said(done.due)} — done: {done.count}")
        if forgotten := forget_patients():
            self.stdout.write(f"patients whom the log names no more: {forgotten}")


def _said(due: Due) -> str:
    whose = "organisations that chose nothing" if due.organisation is None else f"organisation {due.organisation}"
    first = ", ".join(str(each) for each in due.ids[:10])
    more = f" and {len(due.ids) - 10} more" if len(due.ids) > 10 else ""
    return f"{WORDS[due.purpose]}, {whose}, from before {due.before:%Y-%m-%d}: {len(due.ids)} ({first}{more})"
