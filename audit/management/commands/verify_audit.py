"""`manage.py verify_audit EXPORT_DIR --vkey …`: `audit/verify.py`, for whoever has the product at hand.

It needs neither database nor settings; what it takes and says is said there.
"""

from __future__ import annotations

import sys
from typing import NoReturn

from django.core.management.base import BaseCommand

from audit import verify


class Command(BaseCommand):
    help = "Verify an export of the log, offline."
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> NoReturn:
        sys.exit(verify.main(argv[2:]))
