"""Everybody, at every door, before what is theirs and what is not: as the table of `circles.roles` says.

The matrix makes itself from `ACTIONS`, from the API's description and from `tests/access_world.py`. Over HTTP each cell
is asked in a transaction that is rolled back, so that none changes what the next one meets; over the socket a running
server answers.
"""

from __future__ import annotations

import json
import sys

import pytest
from django.db import transaction

from circles.roles import ACTIONS
from tests.access_bodies import Description
from tests.access_frames import Commits, Frames, Sockets
from tests.access_world import Caller, Target, World
from tests.chat_server import ChatHouse
from tests.server import Server

# What says "not you" or "there is no such thing"; every other answer comes from behind the gate.
DENIALS = {"signed_out", "mfa_required", "not_found", "profession_not_allowed", "4401", "invalid_policy"}
# Answers that say nothing of rights: the frame or the body was not looked at, or was not what the test meant.
UNCLEAR = {"bad_input", "internal", "csrf_failed", "bad_frame", "not_ready", "bad_envelope", "invalid_commit"}
OPERATIONS = [action for action in ACTIONS if " /api/" in action]
FRAMES = [action for action in ACTIONS if action.startswith(("socket ", "send ")) and action != "socket hello"]
# Joining comes last: then the invitee is in.
COMMITS = sorted((action for action in ACTIONS if action.startswith("commit ")), key=lambda each: each == "commit join")


@pytest.fixture(scope="module")
def world(house: ChatHouse) -> World:
    return World()


class Matrix:
    """Cells compared so far, and those that differ from the table."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cells = self.allowed = 0
        self.wrong: list[str] = []

    def compare(self, action: str, target: Target, caller: Caller, answer: str) -> None:
        expected = self.world.may(caller, action, target)
        self.cells += 1
        self.allowed += expected
        if answer in UNCLEAR or (answer not in DENIALS) != expected:
            self.wrong.append(f"{action} · {target.name} · {caller.name}: {answer}, {'may' if expected else 'may not'}")

    def report(self, where: str, capsys: pytest.CaptureFixture[str]) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\nmatrix {where}: {self.cells} cells, {self.allowed} allowed, {len(self.wrong)} wrong\n")
        assert self.wrong == [], "\n".join(self.wrong)


def test_over_http_nobody_may_more_or_less_than_the_table_says(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    matrix, description = Matrix(world), Description()
    for action in OPERATIONS:
        for target in world.targets(action):
            for caller in world.callers.values():
                matrix.compare(action, target, caller, _asked(world, description, action, target, caller))
    matrix.report("over HTTP", capsys)


def _asked(world: World, description: Description, action: str, target: Target, caller: Caller) -> str:
    """`ok`, or the code of the refusal."""
    method, path = action.split(" ", 1)
    made = world.bodies.get(action)
    body = made(caller) if made else description.body(method, path)
    with transaction.atomic():
        response = caller.browser.generic(
            method,
            path.format(**target.path),
            b"" if body is None else json.dumps(body),
            content_type="application/json",
            query_params=description.query(method, path),
        )
        transaction.set_rollback(True)
    return "ok" if response.status_code < 300 else str(json.loads(response.content)["code"])


def test_over_the_socket_nobody_may_more_or_less_than_the_table_says(
    world: World, chat_server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    matrix = Matrix(world)
    with Sockets(chat_server) as sockets:
        signed_in = [caller for caller in world.callers.values() if caller.signed_in]
        for caller in world.callers.values():
            if not caller.signed_in:
                matrix.compare("socket hello", Target("-", {}), caller, sockets.refused(caller))
                continue
            for owner in (caller.person, world.callers["member"].person):
                target = Target(f"device of {owner.user.email}", {}, owner=owner.id)
                matrix.compare("socket hello", target, caller, sockets.hello(caller, owner))
        frames = Frames(world, sockets)
        for action in FRAMES:
            for target in frames.targets(action):
                for caller in signed_in:
                    matrix.compare(action, target, caller, frames.ask(action, target, caller))
    # Connections of their own: somebody's ends when the circle is made in which places change.
    with Sockets(chat_server) as sockets:
        commits = Commits(world, sockets)
        for action in COMMITS:
            for target in commits.targets(action):
                # Who is refused comes first: then all of them meet the same circle.
                asking = sorted(signed_in, key=lambda caller: world.may(caller, action, target))
                for name, answer in commits.ask(action, target, asking).items():
                    matrix.compare(action, target, world.callers[name], answer)
    matrix.report("over the socket", capsys)
