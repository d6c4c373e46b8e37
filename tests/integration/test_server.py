"""The server process itself: it starts as in production, knows its origin, refuses a role that could alter the log."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing

import httpx
import psycopg
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from config import guards
from tests.database import Cluster
from tests.server import Server

OFFERED = [Subprotocol("cordee.v1")]


def test_it_answers_and_says_nothing_in_its_log(server: Server) -> None:
    assert httpx.get(f"{server.url}/healthz").status_code == 200
    assert httpx.get(f"{server.url}/api/me").json()["code"] == "signed_out"
    assert server.log.read_text() == ""


def test_a_socket_opens_from_our_own_pages_only(server: Server) -> None:
    address = server.url.replace("http", "ws") + "/ws"
    with connect(address, origin=Origin(server.url), subprotocols=OFFERED) as socket:
        socket.close()
    for origin in (None, Origin("https://elsewhere.example"), Origin(server.url.replace(str(server.port), "1"))):
        with pytest.raises(InvalidStatus) as refused:
            connect(address, origin=origin, subprotocols=OFFERED)
        assert refused.value.response.status_code == 403


def _run(**changes: str) -> str:
    """What `make run` says when it refuses."""
    done = subprocess.run(
        [sys.executable, "-m", "config.run"],
        env=os.environ | changes,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    return done.stderr


class TestRefusals:
    def test_a_role_that_owns_the_log(self, cluster: Cluster, committed_db: str) -> None:
        url = cluster.services.postgres.url("owner", committed_db)
        assert "cordee_owner owns audit_event or is a member of its owner" in _run(DATABASE_URL=url)

    def test_a_superuser(self, cluster: Cluster, committed_db: str) -> None:
        url = cluster.services.postgres.url("postgres", committed_db)
        assert "postgres is a superuser or may create roles" in _run(DATABASE_URL=url)

    def test_a_missing_setting(self) -> None:
        assert _run(PATIENT_KEYS="").startswith("PATIENT_KEYS is not set.")


def test_the_applications_role_has_no_objections(committed_db: str) -> None:
    assert list(guards.objections()) == []


@pytest.mark.parametrize("privilege", ["UPDATE", "DELETE", "TRUNCATE", "INSERT"])
def test_a_role_with_a_right_too_many_is_named(cluster: Cluster, committed_db: str, privilege: str) -> None:
    with closing(psycopg.connect(cluster.services.postgres.url("owner", committed_db), autocommit=True)) as owner:
        owner.execute(f"GRANT {privilege} ON audit_event TO cordee_app")
    (sentence,) = guards.objections()
    assert sentence == f"DATABASE_URL's role cordee_app has {privilege} on audit_event: it could alter the log."


def test_tables_that_are_behind_are_named(cluster: Cluster, committed_db: str) -> None:
    with closing(psycopg.connect(cluster.services.postgres.url("owner", committed_db), autocommit=True)) as owner:
        owner.execute("DELETE FROM django_migrations WHERE app = 'chat'")
    (sentence,) = guards.objections()
    assert sentence.startswith("The database lacks chat.")
