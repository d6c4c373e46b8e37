"""The cast, always the same, imported by conftest: who climbs the ladder of each test.

`gp` is the one who opens circles; `nurse`, `social_worker` and `coordinator` are brought in; `stranger` is a
professional like them whom nobody has asked; `officer` answers for compliance and is in no circle; `nobody` has not
signed in. Fixtures make their person when a test names it, in whatever database the test has.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests import factories
from tests.factories import Colleague

Browser = Callable[[Colleague | None], Client]
Clock = Callable[[datetime], None]


@pytest.fixture
def quick_passwords(request: pytest.FixtureRequest, settings: Settings) -> None:
    """A real hash takes half a second each; a test that signs in at a real server needs one that the server knows."""
    if "server" not in request.fixturenames:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def cast_database(request: pytest.FixtureRequest, quick_passwords: None) -> None:
    """The test's own database when it commits, otherwise the one that is rolled back."""
    request.getfixturevalue("committed_db" if "committed_db" in request.fixturenames else "db")


@pytest.fixture
def gp(cast_database: None) -> Colleague:
    return factories.a_colleague(factories.GP, family="Rousselot", given="Hélène")


@pytest.fixture
def nurse(cast_database: None) -> Colleague:
    return factories.a_colleague(factories.NURSE, family="Landrieux", given="Sabine")


@pytest.fixture
def social_worker(cast_database: None) -> Colleague:
    return factories.a_colleague(factories.SOCIAL_WORKER, family="Oyelaran", given="Tunde")


@pytest.fixture
def coordinator(cast_database: None) -> Colleague:
    return factories.a_colleague(factories.COORDINATOR, family="Morellet", given="Patricia")


@pytest.fixture
def stranger(cast_database: None) -> Colleague:
    return factories.a_colleague(factories.NURSE, family="Lointain", given="Ivo")


@pytest.fixture
def officer(cast_database: None) -> Colleague:
    return factories.a_colleague(factories.QUALITY, family="Vigier", given="Aude")


@pytest.fixture
def nobody() -> None:
    """No account, no session."""


@pytest.fixture
def browser() -> Browser:
    """`browser(gp)` is a browser in which the GP has signed in; `browser(nobody)` one in which nobody has."""

    def open_browser(person: Colleague | None) -> Client:
        return Client(SERVER_NAME="localhost") if person is None else factories.signed_in(person.user)

    return open_browser


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """`clock(moment)`: from here on it is that moment, for everything that asks Django what time it is."""

    def it_is(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return it_is
