"""Part `verify` of `make bench-audit`: a million leaves verified offline, by the command that an auditor types."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from base64 import b64encode
from pathlib import Path
from typing import Final
from uuid import UUID

from audit import verify
from tests.load.bench_audit import Report
from tests.log_export import VKEY, WITNESS_VKEYS, WITNESSES, checkpoint, event, text

LEAVES: Final = 1_000_000
WRITERS: Final = 16
KEPT: Final = 256  # older checkpoints, as `audit.export` gives


def run(report: Report) -> None:
    folder = report.folder / "export"
    _write(folder)
    command = [sys.executable, verify.__file__, str(folder), "--vkey", VKEY, "--witness", WITNESS_VKEYS[0]]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode != verify.VERIFIED:
        raise SystemExit(ended.stdout + ended.stderr)
    report.say(
        verify_leaves=LEAVES,
        verify_seconds=round(seconds, 1),
        verify_cpu_seconds=round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        verify_export_megabytes=round((folder / "entries.ndjson").stat().st_size / 1e6),
        verify_memory_megabytes=round(after.ru_maxrss / 1024),
    )
    shutil.rmtree(folder)


def _write(folder: Path) -> None:
    """An export of messages, each leaf as long as in life."""
    (folder / "checkpoints").mkdir(parents=True)
    tree, witnesses = verify.Tree(), tuple(WITNESSES)
    with (folder / "entries.ndjson").open("w") as entries:
        for index in range(LEAVES):
            leaf = _leaf(index)
            tree.add(verify.leaf_hash(leaf.encode()))
            entries.write(f'{{"i":{index},"leaf":{json.dumps(leaf)}}}\n')
            if tree.size % (LEAVES // KEPT) == 0 and tree.size < LEAVES:
                note = checkpoint(tree.size, tree.root(), witnesses=witnesses)
                (folder / "checkpoints" / str(tree.size)).write_text(note)
    (folder / "checkpoint").write_text(checkpoint(LEAVES, tree.root(), witnesses=witnesses))


def _leaf(index: int) -> str:
    ids = [str(UUID(bytes=os.urandom(16))) for _ in range(6)]
    names = dict(zip(("who", "dev", "cir", "pat", "org"), ids, strict=False))
    more = {"role": "60", "auth": "pwd+totp", "ses": "5" * 32, "net": "e" * 32, "req": "f" * 32, "why": "TREAT"}
    sent = {"obj": f"Message/{ids[5]}", "epo": 3, "seq": index, "sha": b64encode(os.urandom(32)).decode(), "siz": 812}
    return text(event(1 + index // WRITERS, writer=1 + index % WRITERS, act="message.send", **names, **more, **sent))
