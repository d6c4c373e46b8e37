"""`manage.py audit_vkey`: the public keys of the logs, one line each: `origin+id+key`. For verifiers and witnesses.

Hand the lines over by another way than this server: whoever takes a log's key from the log trusts the log. A key that
was rotated keeps its line, with the sizes for which it signs.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import proofs


class Command(BaseCommand):
    help = "print the verifier keys of the logs and of their witnesses"

    def handle(self, **_: Any) -> None:
        origins = proofs.vkeys()
        if not origins:
            raise CommandError("No log has been opened yet: start `manage.py seal_audit`.")
        for origin in origins:
            for span in proofs.keys_of(origin):
                until = "" if span.until is None else f"  # until {span.until} leaves"
                self.stdout.write(f"{span.vkey}{until}")
        keys, quorum = proofs.witnesses()
        for key in keys:
            self.stdout.write(f"{key.vkey}  # witness, {quorum} of {len(keys)} needed")
