"""Progress at a terminal: one line per step with its duration; a spinner only where somebody can see it turn.

Used by `config/bootstrap.py` and `config/demo.py`. Relies on the standard library only: the first of them runs before
anything is installed.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
WIDTH = 34


@contextmanager
def step(name: str) -> Iterator[None]:
    """Show `name` while the block runs and how long it took; a failure is marked and passed on."""
    started = time.monotonic()
    finished = threading.Event()
    spinner = threading.Thread(target=_spin, args=(name, finished), daemon=True)
    if sys.stdout.isatty():
        spinner.start()
    outcome = "failed"
    try:
        yield
        outcome = f"{time.monotonic() - started:.1f} s"
    finally:
        finished.set()
        if spinner.is_alive():
            spinner.join()
        print(f"{_line_start()}  {name:<{WIDTH}} {outcome}", flush=True)


def _spin(name: str, finished: threading.Event) -> None:
    turn = 0
    while not finished.wait(0.1):
        print(f"{_line_start()}{SPINNER[turn % len(SPINNER)]} {name}", end="", flush=True)
        turn += 1


def _line_start() -> str:
    return "\r\x1b[2K" if sys.stdout.isatty() else ""
