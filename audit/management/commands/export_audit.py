"""`manage.py export_audit DIR --reason "…" [filters]`: a folder with which anybody can check the log without us.

Without filters the whole log of this year (`--log ORIGIN`: another one); with filters the entries that match, each with
its proof. Interrupted, it goes on where it was when it is called again with the same words. What the folder holds and
how it is verified: docs/audit.md, "The export". An export is an act (`export.create`).
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Q, QuerySet
from uuid_utils.compat import uuid7

from audit.acts import ACTS
from audit.events import OUTCOMES, SYSTEM
from audit.export import Export, ExportRefused
from audit.models import Event
from audit.note import Checkpoint, NoteRefused, split
from audit.services import record

# By the option: what it asks of an event. Persons, patients and circles by their pseudonym.
FILTERS: Final = {
    "since": "t__gte", "until": "t__lt", "act": "act__in", "out": "out__in", "who": "who", "on": "on",
    "patient": "pat", "circle": "cir", "device": "dev", "session": "ses", "organisation": "org", "obj": "obj",
}  # fmt: skip


class Command(BaseCommand):
    help = "Export the log, or what of it matches, so that it can be verified elsewhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--reason", required=True, help="why; sealed in the event of this act")
        parser.add_argument("--log", metavar="ORIGIN", help="another log than the one of acts that grows now")
        parser.add_argument("--anchor", type=Path, action="append", default=[], help="a checkpoint the reader holds")
        for name in ("since", "until"):
            parser.add_argument(f"--{name}", type=_moment, metavar="TIME", help="ISO 8601 with its zone")
        parser.add_argument("--act", action="append", choices=sorted(ACTS), metavar="ACT")
        parser.add_argument("--out", action="append", type=int, choices=sorted(OUTCOMES))
        for name in ("who", "on", "patient", "circle", "device", "organisation"):
            parser.add_argument(f"--{name}", type=UUID)
        parser.add_argument("--session")
        parser.add_argument("--obj", metavar="TYPE/ID")

    def handle(
        self, *args: object, folder: Path, reason: str, log: str | None, anchor: list[Path], **options: Any
    ) -> None:
        asked = {name: _said(options[name]) for name in FILTERS if options[name] is not None}
        events = _matching({name: options[name] for name in asked}) if asked else None
        try:
            export = Export.begin(folder, asked=asked, events=events, origin=log, anchors=list(map(_size, anchor)))
        except ExportRefused as error:
            raise CommandError(str(error)) from error
        with transaction.atomic():
            what = {"log": export.checkpoint.origin, "size": export.checkpoint.size, **asked}
            record(
                "export.create", actor=SYSTEM, obj=("Export", uuid7()), cnt=export.count(), reason=reason, detail=what
            )
        for done, total in export.write():
            self.stdout.write(f"{done} of {total}", ending="\r")
        export.finish()
        self.stdout.write(f"{folder}: {export.count()} entries of {export.checkpoint.origin}, complete.")


def _matching(options: dict[str, Any]) -> QuerySet[Event]:
    return Event.objects.filter(Q(**{FILTERS[name]: value for name, value in options.items()}))


def _said(value: object) -> object:
    return value if isinstance(value, list) else str(value)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError("a time such as 2026-11-22T09:00:00+01:00") from None
    if moment.tzinfo is None:
        raise ArgumentTypeError("the time must say its zone, such as +01:00")
    return moment


def _size(note: Path) -> int:
    try:
        return Checkpoint.read(split(note.read_text())[0]).size
    except (OSError, ValueError, NoteRefused) as error:
        raise CommandError(f"{note} is no checkpoint.") from error
