"""Carers who act at random, in a process that may be killed at any moment: for reconciliation and `make bench-audit`.

The process acts until it is killed, on the database of its environment, through the services and doors of the server,
and writes one byte to its standard output for each act that was answered. Whatever it was doing when it was killed has
happened with its event, or not at all: that is what its users find out.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.test.utils import override_settings
from uuid_utils.compat import uuid7

from chat import erasures, files
from chat.envelope import read_envelope
from chat.store import Store
from circles.services import break_glass, close, end_break_glass, lift_opposition, oppose, reopen
from tests import factories
from tests.chat_commits import Rope
from tests.chat_people import CareCircle, Person, a_person, a_team, opening, shown_patient
from tests.factories import GP, a_patient

BURST: Final = 8  # messages at once: the server commits what comes together
FILE: Final = 4096  # bytes announced
START: Final = "import django; django.setup(); from tests.random_acts import main; main()"
QUICK: Final = ["django.contrib.auth.hashers.MD5PasswordHasher"]


class Ward:
    """A coordinator, two who come and go, somebody outside, and their circles."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.gp, self.nurse, self.aide, self.outside = a_person(GP), a_person(), a_person(), a_person(GP)
        self.patient = a_patient()
        rope, shown = Rope.begun(self.gp.device, uuid7())
        status, _ = self.gp.post("circles", opening(shown, rope.circle, patient=shown_patient(self.patient)))
        assert status == 200
        self.circle = CareCircle(rope.circle, rope, self.gp).with_members(self.nurse)
        self.team = a_team(self.gp, self.nurse)
        self.sent: list[bytes] = []  # the nurse's messages that are still there
        self.files: list[UUID] = []
        self.further: Person | None = None
        self.begun: UUID | None = None
        self.opposition: UUID | None = None
        self.store = Store(settings.DATABASE_URL)
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def act(self) -> int:
        """One act of any kind; how many events it is about."""
        [kind] = self.chance.choices(list(ACTS), list(ACTS.values()))
        return kind(self) or 1

    # --- in the conversation ---

    def write(self) -> int:
        raws = [
            self.nurse.device.envelope(self.circle.id, self.circle.epoch) for _ in range(self.chance.randint(1, BURST))
        ]
        asyncio.run_coroutine_threadsafe(self._post(raws), self.loop).result(30)
        self.sent += raws
        return len(raws)

    async def _post(self, raws: list[bytes]) -> None:
        await asyncio.gather(*(self.store.post(read_envelope(raw), self.nurse.actor) for raw in raws))

    def erase(self) -> None:
        if self.sent:
            target = self.sent.pop(self.chance.randrange(len(self.sent)))
            envelope = read_envelope(self.nurse.device.erasure(self.circle.id, self.circle.epoch, target))
            erasures.erase(actor=self.nurse.actor, user_id=self.nurse.id, envelope=envelope)

    def announce(self) -> None:
        self.files.append(uuid7())
        files.announce(
            actor=self.nurse.actor,
            user_id=self.nurse.id,
            circle_id=self.circle.id,
            file_id=self.files[-1],
            size=FILE,
        )
        if len(self.files) > files.MOST_UNFINISHED // 2:
            self.forget_file()

    def forget_file(self) -> None:
        if self.files:
            gone = self.files.pop(0)
            with transaction.atomic():
                files.erase(actor=self.nurse.actor, circle_id=self.circle.id, author=self.nurse.id, file_ids=[gone])

    def read(self) -> None:
        assert self.nurse.get(f"circles/{self.circle.id}")[0] == 200

    # --- around it ---

    def come_or_go(self) -> int:
        team, aide = self.team, self.aide
        if self.chance.random() < 0.5:
            team.with_members(aide, ground="no_patient")
            team.end(aide)
            return 3
        team.invite(aide, ground="no_patient")
        team.end(aide)
        return 2

    def close_and_reopen(self) -> int:
        close(actor=self.gp.actor, circle_id=self.team.id, reason="le projet est fini")
        reopen(actor=self.gp.actor, circle_id=self.team.id, reason="il reprend")
        return 2

    def emergency(self) -> None:
        if self.begun is None:
            self.begun = break_glass(
                actor=self.outside.actor, patient=self.patient, reason="appel du SAMU, patient inconscient"
            )
        else:
            end_break_glass(actor=self.outside.actor, break_glass_id=self.begun)

    def wish(self) -> None:
        actor, circle = self.gp.actor, self.circle.id
        if self.opposition is None:
            told_on, reason = date(2026, 1, 12), "ne souhaite pas"
            said = oppose(
                actor=actor, circle_id=circle, user_id=self.aide.id, told_on=told_on, how="spoken", reason=reason
            )
            self.opposition = said.id
        else:
            lift_opposition(actor=actor, circle_id=circle, opposition_id=self.opposition, reason="a changé d’avis")
            self.opposition = None

    def device(self) -> None:
        if self.further is None:
            self.further = self.aide.further_device()
        else:
            device = self.further.device
            assert self.aide.post(f"devices/{device.id}/revoke", self.aide.revocation(device))[0] == 200
            self.further = None


ACTS: Final[Mapping[Callable[[Ward], int | None], int]] = {
    Ward.write: 60, Ward.erase: 8, Ward.read: 10, Ward.announce: 8, Ward.forget_file: 4,
    Ward.come_or_go: 2, Ward.close_and_reopen: 1, Ward.emergency: 2, Ward.wish: 3, Ward.device: 2,
}  # fmt: skip


def main() -> None:
    """Acts until it is killed."""
    with override_settings(PASSWORD_HASHERS=QUICK):
        seed = int(sys.argv[1])
        factories._numbers = itertools.count(1 + seed * 10_000)  # no two processes name the same people
        ward = Ward(seed)
        os.write(1, b".")
        while True:
            os.write(1, b"." * ward.act())


def started(seed: int, environment: Mapping[str, str], said: Path) -> subprocess.Popen[bytes]:
    """A process of its own; `said` grows by a byte for each act, and `said`.err by what went wrong."""
    with said.open("ab") as out, said.with_suffix(".err").open("ab") as wrong:
        return subprocess.Popen(
            [sys.executable, "-c", START, str(seed)], env=dict(environment), stdout=out, stderr=wrong
        )
