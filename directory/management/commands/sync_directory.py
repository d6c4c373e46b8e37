"""`manage.py sync_directory PATH`: take FHIR R4 resources of a directory from a folder, a Bundle or one file.

Exit codes: 0 all taken, 1 some entries are in quarantine (the others are taken), 2 nothing could be read.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from audit.events import SYSTEM
from directory.errors import UnreadableSource
from directory.reading import entries_of
from directory.services import SyncReport, sync


class Command(BaseCommand):
    help = "Read practitioners, their roles, structures and offers from FHIR R4 JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="a folder of *.json, a Bundle, or one resource")
        parser.add_argument("--source", default="local", help="which directory this is; ids are unique within it")

    def handle(self, *, path: Path, source: str, **options: object) -> None:
        if not path.exists():
            raise CommandError(f"{path} does not exist.", returncode=2)
        try:
            report = sync(actor=SYSTEM, source=source, entries=entries_of(path))
        except UnreadableSource as error:
            raise CommandError(f"Nothing was taken. {error.detail}", returncode=2) from error
        self._print(report)
        if report.quarantined:
            sys.exit(1)

    def _print(self, report: SyncReport) -> None:
        for kind, counts in sorted(report.counts.items()):
            said = ", ".join(f"{count} {what}" for what, count in sorted(counts.items())) or "none"
            self.stdout.write(f"{kind}: {said}")
        for kind, count in sorted(report.skipped.items()):
            self.stdout.write(f"{kind}: {count} skipped, not kept here")
        for code, count in sorted(report.reasons.items()):
            self.stdout.write(f"quarantine, {code}: {count}")
