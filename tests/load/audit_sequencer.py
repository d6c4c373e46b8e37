"""Part `sequencer` of `make bench-audit`: leaves a second with a backlog, and how long an event waits for its proof at
500 a second. Every leaf of the backlog is held against the tree.
"""

from __future__ import annotations

import json
import statistics
import threading
import time
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from uuid_utils.compat import uuid7

from audit import proofs, sealing, sequencer_lock
from audit.events import SYSTEM, mac
from audit.merkle import leaf_hash, root
from audit.models import Event, Leaf, SignedCheckpoint
from audit.sequencer import BATCH
from audit.services import record
from tests.database import as_superuser
from tests.load.bench_audit import Report
from tests.load.bench_chat import cpu_seconds

BACKLOG: Final = 200_000
RATE, SECONDS, BURST = 500, 20, 25  # events a second, for so long, so many a transaction (as the chat's group commit)


def run(report: Report) -> None:
    with report.database():
        with as_superuser(report.services):
            _seed(BACKLOG)
        with sealing.connected() as sequencers:
            assert sequencer_lock.take(sequencers)
            sequencer = sealing.sequencer(sequencers)
            started, processor = time.perf_counter(), cpu_seconds() + time.process_time()
            settled = sealing.seal_all(sequencer)
            seconds, busy = time.perf_counter() - started, cpu_seconds() + time.process_time() - processor
        _check(BACKLOG)
        report.say(
            sequencer_backlog=settled,
            sequencer_leaves_per_second=round(settled / seconds),
            # What another load on this machine does not change: the sequencer and PostgreSQL take turns on one core.
            sequencer_leaves_per_cpu_second=round(settled / busy),
        )
    with report.database():
        report.say(**_lag())


def _seed(count: int) -> None:
    """Events of many acts, each with its MAC, in transactions of a thousand."""
    with transaction.atomic():
        record("circle.read", actor=SYSTEM)
    one = Event.objects.get(act="circle.read")
    said: dict[str, Any] = json.loads(one.leaf) | {"who": str(uuid7()), "cir": str(uuid7()), "pat": str(uuid7())}
    columns = '(id, leaf, mac, w, wn, t, act, "out", who, cir, pat)'
    for first in range(0, count, 1000):
        copying = f"COPY audit_event {columns} FROM STDIN"
        with transaction.atomic(), connection.cursor() as cursor, cursor.copy(copying) as copy:
            for number in range(first, first + 1000):
                identifier = uuid7()
                fields = said | {"id": str(identifier), "w": one.w + 1, "wn": number + 2}
                leaf = json.dumps(fields, sort_keys=True, separators=(",", ":"))
                signed = mac(leaf.encode(), settings.AUDIT_MAC_KEY)
                row = (identifier, leaf, signed, one.w + 1, number + 2, one.t, one.act, 0)
                copy.write_row((*row, UUID(said["who"]), UUID(said["cir"]), UUID(said["pat"])))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE audit_event")


def _check(count: int) -> None:
    leaves = [leaf_hash(leaf.encode()) for leaf in Event.objects.order_by("xid", "id").values_list("leaf", flat=True)]
    newest = SignedCheckpoint.objects.filter(log__kind="acts").order_by("-size")[0]
    if newest.size != len(leaves) or len(leaves) < count or bytes(newest.root) != root(leaves):
        raise SystemExit("The signed tree is not the tree of the events.")


def _lag() -> dict[str, float]:
    """From COMMIT until its proof can be had, of the last event of each transaction, with the sequencer as it runs."""
    stop = threading.Event()
    committed: dict[UUID, float] = {}

    def seal() -> None:
        with sealing.connected() as sequencers:
            assert sequencer_lock.take(sequencers)
            sequencer = sealing.sequencer(sequencers)
            while not stop.is_set():
                if sequencer.seal() < BATCH:
                    time.sleep(sealing.EVERY)

    sealing_thread = threading.Thread(target=seal)
    sealing_thread.start()
    waits: list[float] = []
    began = time.perf_counter()
    for turn in range(SECONDS * RATE // BURST):
        time.sleep(max(0.0, began + turn * BURST / RATE - time.perf_counter()))
        with transaction.atomic():
            events = [record("message.send", actor=SYSTEM) for _ in range(BURST)]
        committed[events[-1]] = time.perf_counter()
        waits += _found(committed)
    while committed:
        waits += _found(committed)
    written = SECONDS * RATE / (time.perf_counter() - began)
    stop.set()
    sealing_thread.join()
    assert Leaf.objects.filter(event__isnull=False).count() >= SECONDS * RATE
    waits.sort()
    return {
        "lag_events_per_second": round(written),
        "lag_median_s": round(statistics.median(waits), 3),
        "lag_p95_s": round(waits[int(len(waits) * 0.95)], 3),
        "lag_max_s": round(waits[-1], 3),
    }


def _found(committed: dict[UUID, float]) -> list[float]:
    """How long those waited that have their place now; they are taken out."""
    return [time.perf_counter() - committed.pop(event) for event in proofs.indices(committed)]
