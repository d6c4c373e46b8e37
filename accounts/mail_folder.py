"""A mail backend for demonstrations and tests: each letter becomes a file NAME.eml in a folder, the newest name last.

Named by `config/settings.py` when `CORDEE_MAIL_URL` is a folder (`file:///…`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from uuid_utils.compat import uuid7


class EmailBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            # Complete under its name, or not there at all: somebody may be watching the folder.
            draft = folder / f"{uuid7()}.draft"
            draft.write_bytes(message.message().as_bytes())
            draft.rename(draft.with_suffix(".eml"))
        return len(email_messages)
