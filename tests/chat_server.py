"""One running server for all tests of `chat` that do not disturb each other, and circles around it.

Starting a server takes seconds, so it is shared by the whole run, with one scene; a test that changes who is where has
a circle of its own. Imported by tests/integration/conftest.py.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pytest
from django.test import override_settings
from pytest_django import DjangoDbBlocker
from redis import Redis
from redis.exceptions import RedisError

from config.services import Services
from tests.chat_people import Scene, everybody_around
from tests.chat_socket import Socket
from tests.database import Cluster, connected_to
from tests.server import Server, serving

QUICK = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody signs in with a password here


class Valkey:
    """The run's Valkey, which a test may stop and start: nothing is kept in it, and everything finds it again."""

    def __init__(self, parts: Services) -> None:
        self._parts = parts

    @property
    def url(self) -> str:
        return self._parts.valkey.url

    def stop(self) -> None:
        with contextlib.suppress(RedisError), Redis.from_url(self.url, retry=None) as redis:
            redis.shutdown(nosave=True)
        wait_until(lambda: not self._parts.valkey.answers())

    def start(self) -> None:
        """Does nothing when it runs. Call it from the main thread (config/processes.py says why)."""
        if not self._parts.valkey.answers():
            process = self._parts.valkey.start(self._parts._binaries(), inherit=[])
            self._parts._running.append((process, self._parts.valkey.stop_signal))
        wait_until(self._parts.valkey.answers)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """It keeps its connections and answers nobody."""
        with Redis.from_url(self.url) as redis:
            process = redis.info("server")["process_id"]
        os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(process, signal.SIGCONT)


def wait_until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Looks again every 10 ms; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@dataclass
class ChatHouse:
    """The shared server, its own database, and the parts below it."""

    server: Server
    database: str
    parts: Services
    environment: Mapping[str, str]
    # Opened with the scene and never said a word to: its ten seconds pass while other tests run.
    silent: Socket = field(init=False)

    @property
    def valkey(self) -> Valkey:
        return Valkey(self.parts)

    @cached_property
    def scene(self) -> Scene:
        """A circle with somebody on each rung; everybody uses it, nobody ends or adds a place in it."""
        scene = everybody_around(self.server)
        self.silent = Socket(self.server, scene.officer.cookie)
        return scene


@pytest.fixture(scope="session")
def chat_house(
    cluster: Cluster, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ChatHouse]:
    log: Path = tmp_path_factory.mktemp("chat") / "server.log"
    with django_db_blocker.unblock(), cluster.clone() as name:
        environment = cluster.services.environment(name)
        with serving(environment, log=log) as server:
            yield ChatHouse(server, name, cluster.services, environment)


@pytest.fixture(scope="module")
def house(chat_house: ChatHouse, django_db_blocker: DjangoDbBlocker) -> Iterator[ChatHouse]:
    """Django in this process works on the shared server's database."""
    url = chat_house.environment["DATABASE_URL"]
    with (
        django_db_blocker.unblock(),
        connected_to(chat_house.database),
        override_settings(PASSWORD_HASHERS=QUICK, DATABASE_URL=url),
    ):
        yield chat_house


@pytest.fixture(scope="module")
def chat_server(house: ChatHouse) -> Server:
    return house.server


@pytest.fixture
def valkey(cluster: Cluster) -> Iterator[Valkey]:
    """The run's Valkey; running again when the test ends."""
    valkey = Valkey(cluster.services)
    yield valkey
    valkey.start()


@pytest.fixture(scope="module")
def scene(house: ChatHouse) -> Scene:
    """A circle with somebody on each rung, shared by all: messages and updates are welcome, ends and joins are not."""
    return house.scene
