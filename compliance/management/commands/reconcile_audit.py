"""`manage.py reconcile_audit [--json]`: is there an act for each row, and a row for each act?

Exit status 0 when there is no difference, 1 when there is. For a timer, once a day, and after a restore. What is
compared: `compliance/correspondences.py`; what a difference means: docs/operations.md.
"""

from __future__ import annotations

import sys
from json import dumps

from django.core.management.base import BaseCommand, CommandParser

from compliance.reconciliation import differences


class Command(BaseCommand):
    help = "Compare the tables with the trail, in both directions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: object, json: bool, **options: object) -> None:
        found = dict(differences())
        if json:
            said = {name: [{"missing": one.missing, "key": one.key} for one in each] for name, each in found.items()}
            self.stdout.write(dumps(said, ensure_ascii=False))
        else:
            for name, each in found.items():
                self.stdout.write(f"{'✗' if each else '✓'} {name}: {len(each) or 'no'} differences")
                for one in each:
                    self.stdout.write(f"    without {one.missing}: {one.key}")
        if any(found.values()):
            sys.exit(1)
