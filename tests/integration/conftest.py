"""What several integration tests need besides the parts: the database as somebody else sees it, `chat`'s server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, LiteralString

import psycopg
import pytest

from tests.chat_server import *  # noqa: F403
from tests.database import Cluster

Sql = Callable[..., list[Any]]


@pytest.fixture
def as_role(committed_db: str, cluster: Cluster) -> Iterator[Callable[[str], Sql]]:
    """`as_role("owner")(sql, …)`: one statement as a role (`postgres`: the superuser), in a connection of its own."""
    opened: dict[str, psycopg.Connection[Any]] = {}

    def connect(role: str) -> Sql:
        if role not in opened:
            opened[role] = psycopg.connect(cluster.services.postgres.url(role, committed_db), autocommit=True)

        def run(statement: LiteralString, *parameters: object) -> list[Any]:
            cursor = opened[role].execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

        return run

    yield connect
    for each in opened.values():
        each.close()
