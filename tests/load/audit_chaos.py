"""Part `chaos` of `make bench-audit`: ten thousand random acts of processes that are killed with -9 at random, as the
sequencer is. Then each row has its act, each act its row, and the whole log is verified in the database and elsewhere.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from django.conf import settings

from audit import proofs, verify
from audit.export import Export
from audit.inspection import Snapshot, inspect
from audit.models import Event
from compliance.reconciliation import differences
from tests.load.bench_audit import Report
from tests.log import seal
from tests.random_acts import started

ACTS: Final = 10_000
ACTING: Final = 2  # processes at once
LIFE: Final = (0.5, 15.0)  # seconds from the first act, or of the sequencer, to the kill
SEALED: Final = "import django; django.setup(); from audit import sealing; sealing.run()"


@dataclass
class Mortal:
    """A process, what it has said, and when it is killed: known once it has begun."""

    process: subprocess.Popen[bytes]
    said: Path
    until: float | None = None

    def due(self, chance: random.Random) -> bool:
        if self.until is None and self.said.stat().st_size:
            self.until = time.monotonic() + chance.uniform(*LIFE)
        return self.process.poll() is not None or (self.until is not None and self.until < time.monotonic())

    def kill(self) -> None:
        """Only a kill may end it: what ended by itself has found a mistake."""
        self.process.kill()
        if self.process.wait() != -signal.SIGKILL:
            raise SystemExit(self.said.with_suffix(".err").read_text())


def run(report: Report) -> None:
    with report.database() as name:
        acts, kills = _act(report.folder / "said", random.Random(11))
        seal()
        differing = [one for _, each in differences() for one in each]
        with psycopg.connect(report.services.postgres.url("auditor", name), autocommit=True) as auditor:
            found = [one for _, each in inspect(Snapshot(auditor, settings.AUDIT_MAC_KEY)) for one in each]
        refused = _exported(report.folder / "log")
        if differing or found or refused:
            raise SystemExit(f"{differing[:20]}\n{found[:20]}\n{refused}")
        report.say(
            chaos_acts=acts, chaos_kills=kills, chaos_events=Event.objects.count(), chaos_differences=len(differing)
        )


def _act(folder: Path, chance: random.Random) -> tuple[int, int]:
    """Lets processes act and die until there are enough acts; how many there were, and how many were killed."""
    folder.mkdir()
    seeds, kills, acts = itertools.count(1), 0, 0
    living = [_sequencer(folder / "sequencer.err")]
    while acts < ACTS:
        for one in [one for one in living if one.due(chance)]:
            living.remove(one)
            one.kill()
            kills += 1
            if one.said.suffix == ".err":
                living.append(_sequencer(one.said))
        while len(living) < 1 + ACTING:
            seed = next(seeds)
            living.append(Mortal(started(seed, os.environ, folder / str(seed)), folder / str(seed)))
        time.sleep(0.02)
        acts = sum(each.stat().st_size for each in folder.iterdir() if each.name.isdecimal())
    for one in living:
        one.kill()
    return acts, kills + len(living)


def _sequencer(said: Path) -> Mortal:
    """Its life begins with the first line that it logs."""
    with said.open("wb") as out:
        return Mortal(subprocess.Popen([sys.executable, "-c", SEALED], stderr=out), said)


def _exported(folder: Path) -> list[str]:
    """What a verifier elsewhere refuses of the whole log."""
    export = Export.begin(folder, asked={})
    list(export.write())
    export.finish()
    said: list[str] = []
    keys = [word for vkey in proofs.vkeys().values() for word in ("--vkey", vkey)]
    verify.main([str(folder), *keys, "--json"], said.append)
    return [one["text"] for one in json.loads("".join(said))["statements"] if not one["ok"]]
