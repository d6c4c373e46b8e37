"""`manage.py export_audit DIR --reason "…" [filters]`: a folder with which anybody can check the log without us.

Without filters the whole log of this year (`--log ORIGIN`: another one); with filters the entries that match, each with
its proof. Beside them the same for people and other systems (`--formats`, all by default, `none`). Interrupted, it goes
on where it was when it is called again with the same words. What the folder holds and how it is verified:
docs/audit.md, "The export". An export is an act (`export.create`).
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Q, QuerySet
from uuid_utils.compat import uuid7

from audit.acts import ACTS
from audit.events import OUTCOMES, SYSTEM
from audit.export import Export, ExportRefused
from audit.models import Event, Log
from audit.note import Checkpoint, NoteRefused, split
from audit.services import record
from compliance.exports.choice import in_words
from compliance.exports.people import FORMATS, Files, Format, verified_with
from compliance.exports.words import OUTCOME_WORDS
from compliance.filters import TrailFilter

# By the option: what it asks of an event. Persons, patients and circles by their pseudonym.
FILTERS: Final = {
    "since": "t__gte", "until": "t__lt", "act": "act__in", "out": "out__in", "who": "who", "on": "on",
    "patient": "pat", "circle": "cir", "device": "dev", "session": "ses", "organisation": "org", "obj": "obj",
}  # fmt: skip
SHOWN_AS: Final = {"patient": "pat", "circle": "cir", "device": "dev", "session": "ses", "organisation": "org"}


class Command(BaseCommand):
    help = "Export the log, or what of it matches, so that it can be verified elsewhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--reason", required=True, help="why; sealed in the event of this act")
        parser.add_argument("--log", metavar="ORIGIN", help="another log than the one of acts that grows now")
        parser.add_argument(
            "--formats", type=_formats, metavar="LIST", help=f"{','.join(FORMATS)} (all by default), or none"
        )
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
        self,
        *args: object,
        folder: Path,
        reason: str,
        log: str | None,
        formats: list[Format] | None,
        anchor: list[Path],
        **options: Any,
    ) -> None:
        filters = {name: options[name] for name in FILTERS if options[name] is not None}
        asked = {name: _said(value) for name, value in filters.items()}
        formats = _possible(formats, log)
        try:
            export = Export.begin(
                folder,
                asked=asked | {"formats": formats},
                events=_matching(filters) if filters else None,
                origin=log,
                anchors=list(map(_size, anchor)),
            )
        except ExportRefused as error:
            raise CommandError(str(error)) from error
        with transaction.atomic():
            what = {"log": export.checkpoint.origin, "size": export.checkpoint.size, **asked}
            record(
                "export.create", actor=SYSTEM, obj=("Export", uuid7()), cnt=export.count(), reason=reason, detail=what
            )
        for done, total in export.write():
            self.stdout.write(f"{done} of {total}", ending="\r")
        if formats:
            files = Files(export.draft, formats, export.checkpoint.origin, settings.PUBLIC_URL)
            for done in files.write():
                self.stdout.write(f"{done} of {export.count()} in {', '.join(formats)}", ending="\r")
            files.finish(_facts(reason, filters) | verified_with(export.checkpoint))
        export.finish()
        self.stdout.write(f"{folder}: {export.count()} entries of {export.checkpoint.origin}, complete.")


def _possible(formats: list[Format] | None, log: str | None) -> list[Format]:
    """Those that are asked for; of a log of keys there are none, since it holds no acts."""
    if log is None or not Log.objects.filter(origin=log, kind=Log.Kind.KEYS).exists():
        return [*FORMATS] if formats is None else formats
    if formats:
        raise CommandError(f"{log} is a log of keys; {', '.join(formats)} are of acts.")
    return []


def _facts(reason: str, filters: dict[str, Any]) -> dict[str, Any]:
    """What the report says of who exported what and why."""
    return {
        "organisation": "Toute l’installation",
        "by": "l’exploitation",
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "reason": reason,
        "chosen": _chosen(filters),
    }


def _chosen(filters: dict[str, Any]) -> str:
    """As the desk's filters say it, but for outcomes, which are told apart here by their numbers."""
    alike = {SHOWN_AS.get(name, name): value for name, value in filters.items() if name != "out"}
    if "org" in alike:
        alike["org"] = [alike["org"]]
    words = in_words(TrailFilter.model_construct(**alike))
    outcomes = [OUTCOME_WORDS[each] for each in filters.get("out", ())]
    return f"{words}\u00a0; résultat\u00a0: {', '.join(outcomes)}" if outcomes else words


def _matching(options: dict[str, Any]) -> QuerySet[Event]:
    return Event.objects.filter(Q(**{FILTERS[name]: value for name, value in options.items()}))


def _said(value: object) -> object:
    return value if isinstance(value, list) else str(value)


def _formats(text: str) -> list[Format]:
    """In the order of FORMATS, each once."""
    wanted = set() if text == "none" else set(text.split(","))
    if not wanted <= set(FORMATS):
        raise ArgumentTypeError(f"{', '.join(FORMATS)}, separated by commas, or none")
    return [each for each in FORMATS if each in wanted]


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
