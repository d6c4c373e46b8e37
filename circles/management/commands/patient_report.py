"""`manage.py patient_report FILE`: everything that is kept about a patient, in plain French, on standard output; with
`--pdf OUT` as a PDF.

FILE is JSON with the identity as the browser sends it (docs/protocol.md, `POST /api/circles`); `-` is standard input:
an identity stands in no command line. For the operator who answers a patient; officers have it on their screen.
"""

from __future__ import annotations

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from pydantic import ValidationError

from audit.events import SYSTEM
from audit.services import record
from circles.bodies import PatientIn
from circles.errors import CircleError
from circles.patient_report import circles_about, report
from circles.patient_report_pdf import render


class Command(BaseCommand):
    help = "Write what is kept about a patient."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--pdf", type=Path, metavar="OUT", help="write the PDF there")

    @transaction.atomic
    def handle(self, *args: object, file: str, pdf: Path | None, **options: object) -> None:
        try:
            text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
            traits = PatientIn.model_validate_json(text).traits()
        except (OSError, ValidationError, CircleError) as error:
            raise CommandError("FILE holds no patient's identity as docs/protocol.md writes it.") from error
        circles = list(circles_about(traits))
        for circle in circles:
            record(
                "patient.report",
                actor=SYSTEM,
                patient_id=circle.patient_id,
                circle_id=circle.id,
                obj=("Circle", circle.id),
            )
        document = report(circles, scope="Il porte sur tous les cercles de cette installation.").document
        if pdf is None:
            self.stdout.write(document.text)
        else:
            pdf.write_bytes(render(document))
