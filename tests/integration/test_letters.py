"""Letters: queued with their act, sealed while they wait, sent once, put off while the mail server is away."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from socket import socket

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts import letters
from accounts.errors import BadAddress
from accounts.models import Letter
from tests.cast import Clock

LINK = "https://cordee.example/bienvenue#secret-of-the-link"
PARAMETERS = {
    "name": "Sabine Landrieux",
    "inviter": "Dr Hélène ROUSSELOT",
    "situation": "Médecin, Maison de santé",
    "link": LINK,
    "until": "6 décembre 2026",
}


def a_letter(to: str = "sabine@cordee.example", **changes: str) -> Letter:
    letter_id = letters.queue(to=to, template="invitation", language="fr", parameters=PARAMETERS | changes)
    return Letter.objects.get(id=letter_id)


class Postman:
    """A mail server: keeps what it takes, refuses `unknown@`, is out of order for `later@`."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("unknown@"):
            return "550 no such mailbox"
        if address.startswith("later@"):
            return "451 come back"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def postman(settings: Settings) -> Iterator[Postman]:
    postman = Postman()
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.EMAIL_HOST, settings.EMAIL_PORT = probe.getsockname()
    controller = Controller(postman, hostname=settings.EMAIL_HOST, port=settings.EMAIL_PORT, decode_data=False)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    yield postman
    controller.stop()


@pytest.fixture
def nobody_there(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", 1, False


def test_a_letter_arrives_in_its_language_and_is_erased_here(db: None, postman: Postman) -> None:
    letter = a_letter()
    assert (letters.send_due(), letters.send_due()) == (1, 0)
    (arrived,) = postman.taken
    assert (arrived["To"], arrived["Subject"]) == ("sabine@cordee.example", "Une invitation vous attend sur Cordée")
    assert arrived["Message-ID"] == f"<{letter.id}@localhost>"
    assert arrived["Auto-Submitted"] == "auto-generated"
    body = arrived.get_content()
    assert LINK in body
    assert "Bonjour Sabine Landrieux," in body
    letter.refresh_from_db()
    assert (letter.state, letter.sealed) == (Letter.State.SENT, "")
    assert letters.states([letter.id]) == {letter.id: Letter.State.SENT}


def test_what_waits_is_sealed(db: None) -> None:
    letter = a_letter()
    for secret in ("sabine", "secret-of-the-link", "ROUSSELOT"):
        assert secret not in letter.sealed


def test_a_letter_stands_or_falls_with_what_it_is_about(db: None) -> None:
    with transaction.atomic():
        a_letter()
        transaction.set_rollback(True)
    assert not Letter.objects.exists()


@pytest.mark.parametrize("to", ["", "sabine", "a@b\nBcc: c@d.example", "a@b.example, c@d.example", f"{'a' * 260}@b.fr"])
def test_an_address_that_is_none_is_refused(db: None, to: str) -> None:
    with pytest.raises(BadAddress):
        a_letter(to)
    assert not Letter.objects.exists()


def test_a_name_cannot_add_a_line_or_a_header(db: None, postman: Postman) -> None:
    a_letter(name="Sabine\r\nBcc: other@cordee.example\n\nhttps://evil.example")
    letters.send_due()
    (arrived,) = postman.taken
    assert arrived["Bcc"] is None
    assert "Bonjour Sabine Bcc: other@cordee.example https://evil.example," in arrived.get_content()


def test_an_unknown_address_is_not_tried_again(db: None, postman: Postman) -> None:
    refused, other = a_letter("unknown@cordee.example"), a_letter()
    assert letters.send_due() == 1
    assert letters.states([refused.id, other.id]) == {
        refused.id: Letter.State.REFUSED,
        other.id: Letter.State.SENT,
    }


def test_a_server_that_is_away_is_tried_again_with_longer_waits(db: None, nobody_there: None, clock: Clock) -> None:
    letter = a_letter()
    now = timezone.now()
    waits = []
    for _ in letters.WAITS:
        clock(now)
        assert letters.send_due() == 0
        letter.refresh_from_db()
        assert letter.state == Letter.State.WAITING
        waits.append(letter.due - now)
        now = letter.due
    assert tuple(waits) == letters.WAITS
    clock(now)
    letters.send_due()
    letter.refresh_from_db()
    assert (letter.state, letter.sealed) == (Letter.State.GIVEN_UP, "")


def test_the_round_ends_when_nobody_is_there(db: None, nobody_there: None) -> None:
    a_letter(), a_letter()
    letters.send_due()
    assert sorted(Letter.objects.values_list("attempts", flat=True)) == [0, 1]


def test_an_address_that_cannot_take_it_now_is_tried_again(db: None, postman: Postman, clock: Clock) -> None:
    letter = a_letter("later@cordee.example")
    assert letters.send_due() == 0
    letter.refresh_from_db()
    assert (letter.state, letter.attempts) == (Letter.State.WAITING, 1)


def test_two_processes_send_each_letter_once(committed_db: str, postman: Postman) -> None:
    for _ in range(20):
        a_letter()

    def one_process() -> int:
        try:
            return letters.send_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as processes:
        sent = sum(each.result() for each in [processes.submit(one_process) for _ in range(4)])
    assert sent == len(postman.taken) == 20
    assert len({each["Message-ID"] for each in postman.taken}) == 20


def test_in_the_demo_letters_are_files(db: None, settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "accounts.mail_folder.EmailBackend", str(tmp_path / "mail")
    a_letter(), a_letter()
    assert letters.send_due() == 2
    files = sorted((tmp_path / "mail").iterdir())
    assert [file.suffix for file in files] == [".eml", ".eml"]
    read = message_from_bytes(files[0].read_bytes(), policy=policy.default)
    assert LINK in read.get_content()


def test_every_template_says_the_same_in_both_languages() -> None:
    names = {language: {file.stem for file in (letters.TEMPLATES / language).iterdir()} for language in ("fr", "en")}
    assert names["fr"] == names["en"]
    for name in names["fr"]:
        french, english = (letters._template(name, language) for language in ("fr", "en"))
        assert set(french.get_identifiers()) == set(english.get_identifiers()), name
