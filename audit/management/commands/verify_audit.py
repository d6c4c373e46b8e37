"""`manage.py verify_audit EXPORT_DIR --vkey …`: `audit/verify.py`, for whoever has the product at hand.

`manage.py verify_audit --db [--anchor CHECKPOINT … --vkey …] [--json]`: the database itself, as the auditor
(`audit.inspection`). The exit status is the same: 0 verified, 1 something was found, 2 it could not be read.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import NoReturn

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand

from audit import inspection, verify


class Command(BaseCommand):
    help = "Verify an export of the log, or with --db the log in the database."
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> NoReturn:
        arguments = argv[2:]
        sys.exit(self._database(arguments) if "--db" in arguments else verify.main(arguments))

    def _database(self, arguments: list[str]) -> int:
        options = _parser().parse_args(arguments)
        if settings.AUDITOR_DATABASE_URL is None:
            self.stderr.write("AUDITOR_DATABASE_URL is missing: docs/operations.md.")
            return verify.UNREADABLE
        try:
            anchors = _anchors(options)
            connection = psycopg.connect(settings.AUDITOR_DATABASE_URL)
        except (verify.Unreadable, verify.Refused, OSError, psycopg.OperationalError) as error:
            self.stderr.write(f"Nothing could be verified: {error}")
            return verify.UNREADABLE
        with connection:
            snapshot = inspection.Snapshot(connection, settings.AUDIT_MAC_KEY, anchors)
            checks = list(inspection.inspect(snapshot))
        findings = [(name, finding) for name, found in checks for finding in found]
        if options.json:
            verdict = "refused" if findings else "verified"
            said = [{"check": name, **finding.said} for name, finding in findings]
            self.stdout.write(json.dumps({"verdict": verdict, "findings": said}))
        else:
            for name, found in checks:
                self.stdout.write(f"{'✗' if found else '✓'} {name}: {len(found) or 'nothing'} found")
                for finding in found:
                    self.stdout.write(f"    {finding.code} {finding.about or ''} {finding.sentence}")
        return verify.REFUSED if findings else verify.VERIFIED


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="verify_audit --db")
    parser.add_argument("--db", action="store_true", required=True)
    parser.add_argument("--anchor", action="append", default=[], help="a checkpoint kept elsewhere")
    parser.add_argument("--vkey", action="append", default=[], help="the key that has signed the anchors")
    parser.add_argument("--json", action="store_true")
    return parser


def _anchors(options: Namespace) -> list[verify.Checkpoint]:
    """Raises what `audit.verify` raises for a note that is unreadable or not signed by one of the keys."""
    trust = verify.Trust(tuple(verify.Key.parse(text, verify.LOG_KEY) for text in options.vkey))
    return [trust.open(Path(name).read_bytes(), name) for name in options.anchor]
