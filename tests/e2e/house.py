"""The running product for the real-browser tests: a server on a database of its own, the demo's directory, and people
hired from it.

Used by conftest.py and measure.py. Relies on the run's PostgreSQL and Valkey (`tests/database.py`), on the built
frontend and on the product's own services: nobody here is made by writing into a table.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString, TypeVar
from uuid import UUID

import psycopg
from django.db import connections

import config.server
from config import frontend
from config.services import Services
from tests.database import Cluster, connected_to
from tests.e2e.overheard import Overheard
from tests.server import Server, sealing, serving

if TYPE_CHECKING:
    from tests.load.history import Author

Answer = TypeVar("Answer")
ON_THE_WAY_SECONDS = 8.0  # from an authenticator application to the server, on a busy machine


@dataclass
class Hired:
    """A professional of the invented directory who may sign in: what they carry in their head and their pocket."""

    id: UUID
    given: str
    family: str
    email: str
    password: str
    totp_secret: str
    profession: str
    _last_step: int = 0

    @property
    def listed(self) -> str:
        """As the lists of the screens call them."""
        return f"{self.given} {self.family.upper()}"

    def code(self) -> str:
        """The next code that the server takes: each works once, within one step of 30 seconds either way."""
        from accounts.totp import STEP_SECONDS, code_at

        # The oldest that is still good when it arrives: so there are three for who signs in three times in a row.
        self._last_step = max(self._last_step + 1, int(time.time() + ON_THE_WAY_SECONDS) // STEP_SECONDS - 1)
        while self._last_step > int(time.time()) // STEP_SECONDS + 1:
            time.sleep(0.2)
        return code_at(self.totp_secret, self._last_step)


class House:
    """`url` for browsers; the rest is what the house's own people see: database, logs, processes."""

    def __init__(self, parts: Services, database: str, server: Server, restarts: ExitStack) -> None:
        self.parts = parts
        self.database = database
        self.url = server.url
        self.log = server.log
        self.hired: list[Hired] = []
        self.overheard = Overheard(parts.valkey.url)
        self._server = server
        self._process = server.process
        self._restarts = restarts
        # Playwright's loop runs in the tests' thread, and Django refuses to work beside a loop.
        self._office = ThreadPoolExecutor(max_workers=1)

    def hire(self, name: str) -> Hired:
        """An account with both factors for somebody of `directory/demo/annuaire.json` (`helene-roussel`)."""
        self.hired.append(self._in_office(lambda: _hire(name)))
        return self.hired[-1]

    def appoint(self, person: Hired, role: str) -> None:
        """As the operator does: in the organisation in which the person acts."""

        def appointed() -> None:
            from django.core.management import call_command

            call_command("appoint", person.email, role, verbosity=0)

        self._in_office(appointed)

    def letters(self) -> list[str]:
        """What the post has brought by now."""

        def sent() -> list[str]:
            from django.core import mail

            from accounts.letters import send_due

            send_due()
            return [str(letter.body) for letter in mail.outbox]

        return self._in_office(sent)

    def cookies(self, person: Hired) -> str:
        """Of a browser in which this person has signed in, for a client without a screen."""

        def made() -> str:
            from django.conf import settings
            from django.middleware.csrf import CSRF_SECRET_LENGTH
            from django.utils.crypto import get_random_string

            from accounts.models import User
            from accounts.unsafe import unsafe_session_cookie

            user = User.objects.get(id=person.id)
            csrf = get_random_string(CSRF_SECRET_LENGTH)
            return f"{unsafe_session_cookie(user)}; {settings.CSRF_COOKIE_NAME}={csrf}"

        return self._in_office(made)

    def write_history(self, authors: list[Author], *, count: int, first: int = 1) -> None:
        """`count` messages of each author's circle, through the server's own group commit."""
        from tests.load.history import write

        url = self.parts.postgres.url("postgres", self.database)
        self._in_office(lambda: write(url, authors, count=count, first=first))

    def rows(self, statement: LiteralString, *parameters: object) -> list[tuple[Any, ...]]:
        """What a superuser of the database reads."""
        with closing(psycopg.connect(self.parts.postgres.url("postgres", self.database))) as connection:
            return connection.execute(statement, parameters).fetchall()

    def checkpoint(self) -> None:
        """What PostgreSQL still has in memory goes to its files."""
        with closing(
            psycopg.connect(self.parts.postgres.url("postgres", self.database), autocommit=True)
        ) as connection:
            connection.execute("CHECKPOINT")

    def kill_server(self) -> None:
        """As if the machine lost its power."""
        self._process.kill()
        self._process.wait()

    def start_server(self) -> None:
        """Again, where browsers expect it."""
        again = config.server.serving(self._server.port, self._server.environment, log=self.log)
        self._process = self._restarts.enter_context(again)

    def close(self) -> None:
        self.overheard.stop()
        self._in_office(connections.close_all)
        self._office.shutdown()

    def _in_office(self, work: Callable[[], Answer]) -> Answer:
        return self._office.submit(work).result()


@contextmanager
def opened(cluster: Cluster, log: Path) -> Iterator[House]:
    """A house with the whole directory and nobody hired, for the length of a block."""
    if frontend.stale():
        frontend.build()
    with cluster.clone() as name, connected_to(name), ExitStack() as restarts:
        _print_directory()
        environment = cluster.services.environment(name) | {"DEMO": "1"}
        with serving(environment, log=log) as server, sealing(server):
            house = House(cluster.services, name, server, restarts)
            try:
                yield house
            finally:
                house.close()


def _print_directory() -> None:
    from audit.events import SYSTEM
    from directory import generate, reading
    from directory.services import sync

    sync(actor=SYSTEM, source=generate.SOURCE, entries=reading.entries_of(generate.FILE))


def _hire(name: str) -> Hired:
    from accounts.services import create_user, enrol_totp
    from audit.events import SYSTEM
    from circles.services import link_professional
    from directory.generate import SOURCE
    from directory.models import PractitionerRole
    from tests.e2e.canaries import a_word

    role = PractitionerRole.objects.select_related("practitioner").get(source=SOURCE, practitioner__fhir_id=name)
    password = f"{a_word()} {a_word()}"
    user = create_user(email=role.mssante, password=password)
    secret = enrol_totp(user_id=user.id)
    link_professional(actor=SYSTEM, user_id=user.id, role_id=role.id)
    person = role.practitioner
    return Hired(
        id=user.id,
        given=person.given_name,
        family=person.family_name,
        email=str(user.email),
        password=password,
        totp_secret=secret,
        profession=role.profession_label,
    )
