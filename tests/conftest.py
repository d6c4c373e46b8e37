"""The parts under every test: real PostgreSQL and Valkey, started once per run when the first test asks for a database.

- `db` (pytest-django): as role cordee_app, inside a transaction that is rolled back.
- `committed_db`: a database of its own, for tests that commit, use several connections or a server.
- `server`, `live_server_url`: a real uvicorn process on such a database.

The environment is complete before Django loads and needs no running part, so that pure tests pay nothing. The cast is
in `tests/cast.py`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.services import Services

DATA_DIR = Path(tempfile.mkdtemp(prefix="cordee-tests-", dir="/tmp"))
DATA_DIR.chmod(0o711)
PARTS = Services(DATA_DIR, durable=False, given={})
os.environ.update(
    PARTS.environment() | {"PUBLIC_URL": "http://localhost:8000", "DJANGO_SETTINGS_MODULE": "config.settings"}
)

import django  # noqa: E402 — settings are read when Django loads

django.setup()

from pytest_django import DjangoDbBlocker, Settings  # noqa: E402

from tests.cast import *  # noqa: E402, F403
from tests.database import Cluster, connected_to  # noqa: E402
from tests.server import Server, serving  # noqa: E402


def pytest_unconfigure() -> None:
    PARTS.stop()
    shutil.rmtree(DATA_DIR, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster(django_db_blocker: DjangoDbBlocker) -> Cluster:
    """PostgreSQL and Valkey of this run, migrated."""
    cluster = Cluster(PARTS)
    with django_db_blocker.unblock():
        cluster.start()
    return cluster


@pytest.fixture(scope="session")
def django_db_setup(cluster: Cluster) -> None:
    """Replaces pytest-django's: the database exists and is migrated by its owner, whom the tests are not."""


@pytest.fixture
def committed_db(
    cluster: Cluster, django_db_blocker: DjangoDbBlocker, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The name of this test's own database; Django, `settings.DATABASE_URL` and the environment lead to it."""
    with django_db_blocker.unblock(), cluster.clone() as name, connected_to(name):
        for key, value in PARTS.environment(name).items():
            monkeypatch.setenv(key, value)
        settings.DATABASE_URL = PARTS.postgres.url("app", name)
        yield name


@pytest.fixture
def server(committed_db: str, tmp_path: Path) -> Iterator[Server]:
    """A running server on this test's own database; `server.log` is what it wrote."""
    with serving(os.environ, log=tmp_path / "server.log") as running:
        yield running


@pytest.fixture
def live_server_url(server: Server) -> str:
    return server.url


@pytest.fixture(autouse=True)
def _empty_cache(request: pytest.FixtureRequest) -> None:
    """Rate limits and sessions of one test do not reach the next."""
    if {"db", "committed_db"} & set(request.fixturenames):
        request.getfixturevalue("cluster")
        from django.core.cache import cache

        cache.clear()
