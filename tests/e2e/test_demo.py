"""`make demo` as a person meets it: ready with a sheet, ready again within seconds, and nothing left when it ends."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
FIRST_SECONDS = 240.0  # with a build of the frontend and all conversations, on a slow machine
SECOND_SECONDS = 5.0


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cordee-demo-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "demo"


class Demo:
    """A started demo and what it has printed."""

    def __init__(self, data_dir: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        given = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.demo"],
            cwd=ROOT,
            env=given | {"DATA_DIR": str(data_dir), "PORT": str(self.port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.data_dir = data_dir
        self.text = ""

    def wait_for(self, words: str, seconds: float) -> None:
        assert self.process.stdout is not None
        deadline = time.monotonic() + seconds
        while words not in self.text:
            readable, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            part = os.read(self.process.stdout.fileno(), 65536) if readable else b""
            assert part, f"no {words!r} in:\n{self.text}"
            self.text += part.decode()

    def end(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        self.process.wait(timeout=30)

    def left(self) -> list[str]:
        """Living processes that hold the folder's lock or name the folder."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if str(self.data_dir).encode() in (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes():
                    found.append((entry / "cmdline").read_text().replace("\0", " "))
            except (FileNotFoundError, PermissionError, ProcessLookupError):
                continue
        return found


def _gone(demo: Demo) -> list[str]:
    deadline = time.monotonic() + 10
    while (left := demo.left()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def test_it_is_ready_with_invented_people_again_within_seconds_and_leaves_nothing(data_dir: Path) -> None:
    demo = Demo(data_dir)
    try:
        demo.wait_for("Ctrl-C ends it.", FIRST_SECONDS)
        assert f"ready: http://localhost:{demo.port}" in demo.text
        page = httpx.get(f"http://localhost:{demo.port}/")
        assert 'name="cordee-demo" content="1"' in page.text
        addresses = re.findall(r"address\s+(\S+\.example)", demo.text)
        assert len(addresses) == 12

        command = [sys.executable, "manage.py", "totp_code", addresses[0]]
        given = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        done = subprocess.run(
            command, cwd=ROOT, env=given | {"DATA_DIR": str(data_dir)}, capture_output=True, text=True, check=True
        )
        assert re.search(r"\b\d{6}\b", done.stdout)
    finally:
        demo.end(signal.SIGINT)
    assert _gone(demo) == []

    demo = Demo(data_dir)
    try:
        demo.wait_for("Ctrl-C ends it.", SECOND_SECONDS)
        assert addresses[0] in demo.text
    finally:
        demo.end(signal.SIGKILL)
    assert _gone(demo) == []
