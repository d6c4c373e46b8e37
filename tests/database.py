"""The databases of a test run: one migrated template, one database for rolled-back tests, a clone for each test that
commits.

Used by `tests/conftest.py` and by the load generator. The log refuses TRUNCATE and DELETE, so a test that commits
cannot be cleaned up after: its whole database is dropped.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from config.postgres import DATABASE
from config.services import Services

TEMPLATE = f"{DATABASE}_template"


class Cluster:
    """The embedded PostgreSQL and Valkey of this run, started once and migrated once."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._numbers = itertools.count(1)

    def start(self) -> None:
        """Start the parts, migrate as the owner, keep a template of the result."""
        self.services.start(alone=True)
        call_command("migrate", database="owner", verbosity=0)
        connections["owner"].close()
        self._copy(DATABASE, TEMPLATE)

    @contextmanager
    def clone(self) -> Iterator[str]:
        """The name of a fresh copy of the template, dropped afterwards with whoever is still connected."""
        name = f"{DATABASE}_{next(self._numbers)}"
        self._copy(TEMPLATE, name)
        try:
            yield name
        finally:
            self._admin(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _copy(self, source: str, name: str) -> None:
        self._admin(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source)))

    def _admin(self, statement: sql.Composed) -> None:
        superuser = self.services.postgres.url("postgres", "postgres")
        with closing(psycopg.connect(superuser, autocommit=True)) as connection:
            connection.execute(statement)


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """Django's connections, of all threads, lead to the database `name`."""
    entries = [connections.databases[alias] for alias in connections]
    before = [entry["NAME"] for entry in entries]
    _close_all()
    for entry in entries:
        entry["NAME"] = name
    try:
        yield
    finally:
        _close_all()
        for entry, old in zip(entries, before, strict=True):
            entry["NAME"] = old


def _close_all() -> None:
    connections.close_all()
    for connection in connections.all():
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's own


@contextmanager
def as_superuser(services: Services) -> Iterator[None]:
    """Django's default connection is PostgreSQL's superuser: for load that no service could write in time."""
    entry = connections.databases["default"]
    before = {name: entry[name] for name in ("USER", "PASSWORD")}
    _close_all()
    entry |= {"USER": "postgres", "PASSWORD": services.postgres.secrets.postgres}
    try:
        yield
    finally:
        _close_all()
        entry |= before
