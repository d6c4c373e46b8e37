"""A person's devices from the first to a reset: the browser's own code under Node, against a real server."""

from __future__ import annotations

import time

import pytest
from pytest_django import DjangoDbBlocker

from accounts.services import enrol_totp
from accounts.totp import STEP_SECONDS, code_at
from chat.models import KeyEvent, VaultWrapper
from chat.statements import KEY_EVENT
from tests.database import Cluster
from tests.real_clients import a_session, life

Lived = tuple[list[str], list[str], list[str]]


@pytest.fixture(scope="module")
def lived(cluster: Cluster, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """The steps that came about, the acts among the person's key events, and the kinds of what opens the vault."""
    with life(cluster, django_db_blocker, tmp_path_factory) as live:
        person = a_session()
        code = code_at(enrol_totp(user_id=person.user.id), int(time.time()) // STEP_SECONDS + 1)
        steps = live("ownKeys.ts", {"cookie": person.cookie, "code": code})
        acts: list[str] = [KEY_EVENT.read(bytes(each.raw)).says.act for each in KeyEvent.objects.order_by("seq")]
        unlockers = [each.partition(":")[0] for each in VaultWrapper.objects.values_list("unlocker", flat=True)]
    return steps, acts, sorted(unlockers)


def test_every_step_of_a_life_with_devices_comes_about(lived: Lived) -> None:
    assert lived[0] == [
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
    assert lived[1] == ["bind", "add", "add", "add", "revoke", "add", "rotate", "revoke", "add", "reset", "add"]


def test_after_a_reset_only_the_new_device_and_the_new_code_open_the_vault(lived: Lived) -> None:
    assert lived[2] == ["device", "recovery"]
