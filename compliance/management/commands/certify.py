"""`manage.py certify ORGANISATION FILE WHY --message ID` or `… --circle ID --since DAY --until DAY`: who could read.

For the operator, when a court asks and no officer can: FILE.json is the proof (`verify_audit certificate`), FILE.pdf
the same for people. Without names; an act of the trail, with its reason.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chat.models import Item
from circles.errors import CircleError
from compliance.certificate import Asked
from compliance.certificate_pdf import render
from compliance.certifying import make_for_operator
from compliance.errors import ComplianceError
from directory.models import Organization


class Command(BaseCommand):
    help = "Certify who was entitled to read a message, or a circle in a period."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", type=UUID, help="for whom")
        parser.add_argument("file", type=Path, help="without its ending")
        parser.add_argument("why")
        parser.add_argument("--message", type=UUID)
        parser.add_argument("--circle", type=UUID)
        parser.add_argument("--since", type=date.fromisoformat, metavar="YYYY-MM-DD", help="first day, UTC")
        parser.add_argument("--until", type=date.fromisoformat, metavar="YYYY-MM-DD", help="last day, UTC")

    def handle(
        self,
        *args: object,
        organisation: UUID,
        file: Path,
        why: str,
        message: UUID | None,
        circle: UUID | None,
        since: date | None,
        until: date | None,
        **options: object,
    ) -> None:
        if message is not None:
            found = Item.objects.filter(message_id=message, kind=Item.Kind.MESSAGE).first()
            asked = None if found is None else Asked(found.group_id, message=message)
        elif circle is None or since is None or until is None:
            raise CommandError("Say --message, or --circle, --since and --until.")
        else:
            asked = Asked(circle, since=_midnight(since), until=_midnight(until + timedelta(days=1)))
        if asked is None:
            raise CommandError(f"{message} is no message.")
        try:
            document = make_for_operator(organization_id=organisation, asked=asked, reason=why)
        except (ComplianceError, CircleError) as error:
            raise CommandError(f"Not certified: {error.code}. {getattr(error, 'evidence', '')}") from error
        proof, shown = file.with_suffix(".json"), file.with_suffix(".pdf")
        proof.write_bytes(document)
        shown.write_bytes(render(document, organisation=Organization.objects.get(id=organisation).name))
        self.stdout.write(f"{proof} is the proof, {shown} the same for people.")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
