"""`make demo`: the whole product on this machine, with invented people. PORT and DATA_DIR may say where.

Starts PostgreSQL and Valkey (`config/services.py`), brings the tables up to date as their owner, starts the server,
lets `manage.py seed_demo` write conversations through it when nobody is there yet, starts `manage.py tend`, the
log's sequencer and its two witnesses, and prints who may sign in. Ends everything on Ctrl-C; when this process is
killed, the kernel does.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import django
from django.core.management import call_command

from config import frontend, processes
from config.progress import step
from config.server import ServerFailed, sealing, serving, tending
from config.services import ServicesError, passable, running
from config.witnesses import witnessing

ROOT = Path(__file__).resolve().parent.parent


class DemoError(Exception):
    """The demo cannot go on; the sentence is for the person at the terminal."""


def main() -> None:
    port = int(os.environ.get("PORT", "8000"))
    url = f"http://localhost:{port}"
    data_dir = Path(os.environ.get("DATA_DIR") or _default_data_dir())
    if _taken(port):
        raise DemoError(f"Port {port} is taken. Another one: make demo PORT={port + 1}")
    if not data_dir.is_relative_to(ROOT):
        print(f"  Data in {data_dir}")
    with ExitStack() as parts:
        _forget_half_a_seed(data_dir)
        with step("PostgreSQL and Valkey"):
            services = parts.enter_context(running(data_dir, alone=True))
        os.environ |= services.environment() | {"DEMO": "1", "PUBLIC_URL": url}
        if "MIGRATION_DATABASE_URL" not in os.environ:
            raise DemoError("DATABASE_URL is given, so MIGRATION_DATABASE_URL must be too (docs/operations.md).")
        if frontend.stale():
            with step("Frontend"):
                frontend.build()
        with step("Tables"):
            inhabited = _migrate()
        os.environ["CORDEE_WITNESSES"] = parts.enter_context(witnessing(data_dir / "log", host="localhost"))
        os.environ["CORDEE_INSI_URL"] = parts.enter_context(_national_identities(data_dir))
        with step("Server"):
            server = parts.enter_context(serving(port, os.environ, log=data_dir / "server.log"))
        parts.enter_context(sealing(os.environ, log=data_dir / "seal.log"))
        if not inhabited:
            with step("Invented people, their conversations"):
                _seed(data_dir)
        parts.enter_context(tending(os.environ, log=data_dir / "tend.log"))
        sheet = data_dir / "sheet.txt"
        print(f"\nready: {url}\n\n{sheet.read_text() if sheet.exists() else ''}\nCtrl-C ends it.", flush=True)
        server.wait()
        raise ServerFailed((data_dir / "server.log").read_text())


@contextmanager
def _national_identities(data_dir: Path) -> Iterator[str]:
    """Where the simulator of the national identity service answers, for the length of a block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "config.insi_simulator", str(port)]
    process = processes.start(command, log=data_dir / "insi.log", stop_signal=signal.SIGTERM, folder=ROOT)
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        processes.stop(process, signal.SIGTERM)


def _default_data_dir() -> Path:
    """Inside the checkout; when root works in a folder that PostgreSQL's user may not enter, beside the system's
    data.
    """
    if processes.service_account() and not passable(ROOT):
        return Path("/var/lib") / f"cordee-demo-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}"
    return ROOT / ".data" / "demo"


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _migrate() -> bool:
    """Bring the tables up to date; True when somebody already has an account."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    from django.contrib.auth import get_user_model
    from django.db import connections

    call_command("migrate", database="owner", verbosity=0)
    inhabited = get_user_model().objects.exists()
    connections.close_all()
    return inhabited


# --- invented people --------------------------------------------------------------------------------------------------
def _seed(data_dir: Path) -> None:
    """`manage.py seed_demo` speaks to the running server; what it prints is the sheet of who may sign in and how. Then
    `manage.py seed_trail` gives the compliance officers something to look at.
    """
    unfinished, sheet = _unfinished(data_dir), data_dir / "sheet.txt"
    unfinished.touch()
    sheet.write_text("")
    sheet.chmod(0o600)
    _run("seed_demo", sheet, data_dir / "seed.log")
    _run("seed_trail", data_dir / "seed_trail.log", data_dir / "seed_trail.log")
    unfinished.unlink()


def _run(command: str, output: Path, errors: Path) -> None:
    process = processes.start(
        [sys.executable, ROOT / "manage.py", command],
        log=output,
        errors=errors,
        stop_signal=signal.SIGTERM,
        environment=os.environ,
    )
    try:
        failed = process.wait() != 0
    finally:
        processes.stop(process, signal.SIGTERM)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the client that it runs under Node
    if failed:
        raise DemoError(f"`manage.py {command}` failed:\n{errors.read_text()}")


def _forget_half_a_seed(data_dir: Path) -> None:
    """A first start that was interrupted while it invented people has shown nothing to anybody: begin again."""
    if _unfinished(data_dir).exists():
        for folder in ("postgres", "log"):  # what was signed of it is forgotten with it
            shutil.rmtree(data_dir / folder, ignore_errors=True)
        _unfinished(data_dir).unlink()


def _unfinished(data_dir: Path) -> Path:
    return data_dir / "seed.unfinished"


# --- ending -----------------------------------------------------------------------------------------------------------
def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _end_with_make() -> None:
    """Under `make`, a killed `make` ends us too; started by hand we may outlive the shell."""
    if "MAKELEVEL" in os.environ:
        ctypes.CDLL(None).prctl(processes.PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


if __name__ == "__main__":
    _end_with_make()
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # INT too: `make demo &` ignores it
        signal.signal(ending, _interrupt)
    try:
        main()
    except KeyboardInterrupt:
        print("\nended", flush=True)
    except (DemoError, ServicesError, ServerFailed, frontend.BuildFailed) as failure:
        sys.exit(f"\n{failure}")
