"""A person's devices from the first to a reset: the browser's own code under Node, against a real server."""

from __future__ import annotations

import json
import secrets
import subprocess
import time
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django import DjangoDbBlocker

from accounts.services import enrol_totp
from accounts.totp import STEP_SECONDS, code_at
from accounts.unsafe import unsafe_session_cookie
from audit.events import SYSTEM
from chat.models import KeyEvent, VaultWrapper
from chat.statements import KEY_EVENT
from circles.services import link_professional
from config.frontend import NODE
from tests import factories
from tests.database import Cluster, connected_to
from tests.server import serving

SCRIPT = Path(__file__).resolve().parents[2] / "frontend" / "test" / "real" / "ownKeys.ts"
PATIENCE_SECONDS = 120

Lived = tuple[list[str], list[str], dict[str, int]]


@pytest.fixture(scope="module")
def lived(cluster: Cluster, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """The steps that came about, the acts among the person's key events, and how many wrappers the vault has."""
    log = tmp_path_factory.mktemp("own_keys") / "server.log"
    with django_db_blocker.unblock(), cluster.clone() as name, connected_to(name):
        with serving(cluster.services.environment(name), log=log) as server:
            task = json.dumps({"url": server.url, **somebody()})
            done = subprocess.run(
                [NODE, SCRIPT], input=task.encode(), capture_output=True, timeout=PATIENCE_SECONDS, check=False
            )
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
        acts: list[str] = [KEY_EVENT.read(bytes(each.raw)).says.act for each in KeyEvent.objects.order_by("seq")]
        kinds = [each.partition(":")[0] for each in VaultWrapper.objects.values_list("unlocker", flat=True)]
    steps = [json.loads(line)["step"] for line in done.stdout.splitlines()]
    return steps, acts, {kind: kinds.count(kind) for kind in kinds}


def somebody() -> dict[str, str]:
    """An account with an open session, and the code that its holder will be asked for within a minute."""
    user = factories.a_user()
    link_professional(actor=SYSTEM, user_id=user.id, role_id=factories.a_practitioner(family="Brunel").id)
    code = code_at(enrol_totp(user_id=user.id), int(time.time()) // STEP_SECONDS + 1)
    csrf = f"{settings.CSRF_COOKIE_NAME}={secrets.token_hex(16)}"
    return {"cookie": f"{unsafe_session_cookie(user)}; {csrf}", "code": code}


def test_every_step_of_a_life_with_devices_comes_about(lived: Lived) -> None:
    steps, _, _ = lived
    assert steps == [
        "a first device has no keys",
        "each new device is told of",
        "a device is renamed",
        "a device that is taken away ends",
        "the old code opens nothing any more",
        "a lost device ends",
        "the code went with it",
        "the other devices go on by themselves",
        "the new code unlocks",
        "a reset asks for a proof of who asks",
        "a device of before a reset says so",
    ]


def test_each_act_is_in_the_persons_own_history(lived: Lived) -> None:
    _, acts, _ = lived
    assert acts == ["bind", "add", "add", "add", "revoke", "add", "rotate", "revoke", "add", "reset", "add"]


def test_after_a_reset_only_the_new_device_and_the_new_code_open_the_vault(lived: Lived) -> None:
    _, _, wrappers = lived
    assert wrappers == {"device": 1, "recovery": 1}
