"""Letters: the mail that Cordée sends. Queued in the transaction of what they are about, sent by a round of
`manage.py tend`; sealed while they wait, and their content erased once they are gone.

Used by `circles` and `chat`, which know whom to write to; relies on `accounts.sealing`, the templates in
`accounts/templates/letters/` and Django's mail backend (`CORDEE_MAIL_URL`). A letter never names a patient.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from smtplib import SMTPRecipientsRefused
from string import Template
from typing import Final, Literal, cast
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from accounts.addresses import address
from accounts.models import Letter
from accounts.sealing import LETTER, seal, unseal

log = structlog.get_logger(__name__)

Language = Literal["fr", "en"]
State = Literal["waiting", "sent", "refused", "given_up"]

TEMPLATES: Final = Path(__file__).parent / "templates" / "letters"
# After each failure, the wait before the next attempt: two days in all, then it is given up.
WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440))
PERMANENT: Final = 500  # SMTP replies from here on say no for good (RFC 5321 §4.2.1)


@dataclass(frozen=True, slots=True)
class _Content:
    to: str
    language: Language
    parameters: dict[str, str]


def queue(*, to: str, template: str, language: Language, parameters: Mapping[str, str]) -> UUID:
    """A letter, sent soon after the caller's transaction commits. Every `$name` of the template has its parameter.

    Errors: `bad_address`. KeyError and FileNotFoundError are the caller's mistakes.
    """
    # On one line each: a name out of a directory cannot add a line, or a header, to a letter of ours.
    content = _Content(address(to), language, {name: " ".join(value.split()) for name, value in parameters.items()})
    written(template, content.language, content.parameters)
    sealed = seal(json.dumps(asdict(content)), purpose=LETTER)
    return Letter.objects.create(template=template, sealed=sealed, due=timezone.now()).id


def send_due() -> int:
    """Send the letters whose time has come; how many went. Any number of processes may do it at once.

    A letter is claimed in a transaction of its own and sent outside it: whoever dies in between leaves it to the next
    attempt, under the same Message-ID. The round ends when the mail server is not there.
    """
    sent = 0
    while (letter := _claim()) is not None:
        state = _send(letter)
        sent += state is Letter.State.SENT
        if state is Letter.State.WAITING:
            break
    return sent


def states(ids: Collection[UUID]) -> dict[UUID, State]:
    """What became of these letters. One query."""
    rows = Letter.objects.filter(id__in=ids).values_list("id", "state")
    return {letter_id: cast("State", state) for letter_id, state in rows}


def written(template: str, language: Language, parameters: Mapping[str, str]) -> tuple[str, str]:
    """Subject and body."""
    subject, _, body = _template(template, language).substitute(parameters).partition("\n")
    return subject, body.lstrip()


@cache
def _template(template: str, language: Language) -> Template:
    return Template((TEMPLATES / language / f"{template}.txt").read_text(encoding="utf-8"))


@transaction.atomic
def _claim() -> Letter | None:
    """The letter that waits longest, put off to its next attempt in case this one is never heard of again."""
    now = timezone.now()
    waiting = Letter.objects.filter(state=Letter.State.WAITING, due__lte=now)
    letter = waiting.select_for_update(skip_locked=True).order_by("due").first()
    if letter is not None:
        letter.due = now + WAITS[min(letter.attempts, len(WAITS) - 1)]
        letter.attempts += 1
        letter.save(update_fields=["due", "attempts"])
    return letter


def _send(letter: Letter) -> Letter.State:
    """What it is now: `waiting` when the mail server did not take it for a reason that may pass."""
    try:
        _message(letter).send()
    except SMTPRecipientsRefused as refused:
        final = all(code >= PERMANENT for code, _ in refused.recipients.values())
        return _settle(letter, Letter.State.REFUSED) if final else _put_off(letter, refused)
    except OSError as failure:  # of smtplib too: all its errors are
        return _put_off(letter, failure)
    return _settle(letter, Letter.State.SENT)


def _put_off(letter: Letter, failure: OSError) -> Letter.State:
    if letter.attempts > len(WAITS):
        return _settle(letter, Letter.State.GIVEN_UP)
    log.warning("letter.waits", letter=str(letter.id), attempts=letter.attempts, error=type(failure).__name__)
    return Letter.State.WAITING


def _settle(letter: Letter, state: Letter.State) -> Letter.State:
    """To whom and what: nobody needs it any more."""
    letter.state, letter.sealed, letter.settled = state, "", timezone.now()
    letter.save(update_fields=["state", "sealed", "settled"])
    log.info("letter.settled", letter=str(letter.id), template=letter.template, state=state.value)
    return state


def _message(letter: Letter) -> EmailMessage:
    content = _Content(**json.loads(unseal(letter.sealed, purpose=LETTER)))
    subject, body = written(letter.template, content.language, content.parameters)
    headers = {
        # The same at every attempt, so that a letter that arrives twice is recognised.
        "Message-ID": f"<{letter.id}@{urlsplit(settings.PUBLIC_URL).hostname}>",
        "Auto-Submitted": "auto-generated",  # RFC 3834: no automatic answers
        "Content-Language": content.language,
    }
    return EmailMessage(subject=subject, body=body, to=[content.to], headers=headers)
