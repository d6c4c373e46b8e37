"""The browser's own code under Node, against a real server on a database of its own: `frontend/test/real/`."""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

import pytest
from django.conf import settings
from pytest_django import DjangoDbBlocker

from accounts.models import User
from accounts.unsafe import unsafe_session_cookie
from audit.events import SYSTEM
from circles.services import link_professional
from config.frontend import NODE
from tests import factories
from tests.database import Cluster, connected_to
from tests.server import sealing, serving

SCRIPTS = Path(__file__).resolve().parents[1] / "frontend" / "test" / "real"
PATIENCE_SECONDS = 120


class Live(Protocol):
    def __call__(self, script: str, task: dict[str, str]) -> list[str]:
        """The steps that came about."""


@contextmanager
def life(cluster: Cluster, blocker: DjangoDbBlocker, paths: pytest.TempPathFactory) -> Iterator[Live]:
    """A server for the length of a block, and a way to run a script at it."""
    log = paths.mktemp("real") / "server.log"
    with ExitStack() as stack:
        stack.enter_context(blocker.unblock())
        name = stack.enter_context(cluster.clone())
        stack.enter_context(connected_to(name))
        server = stack.enter_context(serving(cluster.services.environment(name), log=log))
        stack.enter_context(sealing(server))
        yield lambda script, task: _run(SCRIPTS / script, task | {"url": server.url})


def _run(script: Path, task: dict[str, str]) -> list[str]:
    done = subprocess.run(
        [NODE, script],
        input=json.dumps(task).encode(),
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    return [json.loads(line)["step"] for line in done.stdout.splitlines()]


@dataclass(frozen=True)
class Session:
    """Somebody of the directory with an account, signed in; `cookie` as a browser sends it."""

    user: User
    role_id: UUID
    cookie: str


def a_session() -> Session:
    user, role = factories.a_user(), factories.a_practitioner(family=secrets.token_hex(6).title())
    link_professional(actor=SYSTEM, user_id=user.id, role_id=role.id)
    csrf = f"{settings.CSRF_COOKIE_NAME}={secrets.token_hex(16)}"
    return Session(user, role.id, f"{unsafe_session_cookie(user)}; {csrf}")
