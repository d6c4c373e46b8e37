"""`manage.py totp_code EMAIL`: a sign-in code of a demo person that works now. Demo only."""

from __future__ import annotations

import time
from argparse import ArgumentParser

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.totp import STEP_SECONDS, code_at


class Command(BaseCommand):
    help = "Print a sign-in code of a demo person; waits when the current ones are used up."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *, email: str, **options: object) -> None:
        if not settings.DEMO:
            raise CommandError("Codes are printed in the demo only (DEMO=1).")
        factor = Authenticator.objects.filter(user__email=email.lower(), type=Authenticator.Type.TOTP).first()
        if factor is None:
            raise CommandError(f"{email} has no time-based code.")
        # A code works once: after a sign-in in this step, the next step's code is already accepted, not the one after.
        step = max(int(time.time()) // STEP_SECONDS, factor.data.get("last_step", 0) + 1)
        time.sleep(max(0.0, (step - 1) * STEP_SECONDS - time.time()))
        self.stdout.write(code_at(get_adapter().decrypt(factor.data["secret"]), step))
