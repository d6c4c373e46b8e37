"""One real server for all attacks, on a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.database import Cluster, connected_to
from tests.server import Server, sealing, serving


@pytest.fixture(scope="package")
def evil_house(
    cluster: Cluster, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    log: Path = tmp_path_factory.mktemp("evil") / "server.log"
    with (
        django_db_blocker.unblock(),
        cluster.clone() as name,
        connected_to(name),
        serving(cluster.services.environment(name), log=log) as running,
        sealing(running),
    ):
        yield running
