"""`manage.py prune_audit [--execute]`: remove from the log the text of events that are past their time.

Without `--execute` it says what it would do and changes nothing. Hashes and places stay: `verify_audit` accepts the log
before and after. For a timer, once a day; may be stopped and started again anywhere.
"""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandParser

from compliance.pruning import Due, due, prune
from compliance.services.holds import follow_patients


class Command(BaseCommand):
    help = "Prune events of the log that are past their time; a dry run unless told to execute."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--execute", action="store_true", help="do it; without this, only say what would be done")

    def handle(self, *args: object, execute: bool, **options: object) -> None:
        if not execute:
            for each in due():
                self.stdout.write(_said(each))
            self.stdout.write("Nothing was changed. With --execute it is done.")
            return
        follow_patients()
        for done in prune():
            self.stdout.write(f"{_said(done)} — done")


def _said(each: Due) -> str:
    whose = "organisations that chose nothing" if each.organisation is None else f"organisation {each.organisation}"
    return f"{each.purpose}, {whose}, from before {each.before:%Y-%m-%d}: {each.count} events"
