"""What people typed is nowhere behind the browsers: not in a table, a log or a file of the database, nor in what the
parts say to one another. Messages and recovery codes do not even leave the browser.

Searched for is everything that was typed in all the browsers of this run so far.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

import psycopg
import pytest
import redis
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import expect
from psycopg import sql

from tests.e2e.canaries import WORD, Canaries, Canary, a_word, traces
from tests.e2e.conftest import OpenBrowser, Team
from tests.e2e.device import as_it_lies, holdings
from tests.e2e.house import House
from tests.e2e.patients import Patient, a_patient
from tests.e2e.screens import gather
from tests.e2e.watch import Watch

pytestmark = pytest.mark.usefixtures("a_day")

Place = tuple[str, str]

# Who professionals are is public: their names stand in the copy of the national directory, in their structures
# too. Elsewhere only addresses hold them, of accounts and of who is signed in.
DIRECTORY: Final = {"directory_organization", "directory_practitioner", "directory_practitionerrole"}
ADDRESSES: Final = {("accounts_user", "email"), ("account_emailaddress", "email"), ("django_session", "unpacked")}


@pytest.fixture(scope="module")
def a_day(team: Team, open_browser: OpenBrowser) -> Patient:
    """Everything that carries a secret, once: keys, a circle, messages, a further device, a removal."""
    coordinator, other = team.coordinator, team.gp
    patient = a_patient()
    gather(patient, coordinator, other)
    text = f"Je passe la voir demain matin. {a_word()}"
    other.write(patient, text)
    expect(coordinator.message(text)).to_be_visible()
    further = open_browser(other.person)
    further.sign_in()
    further.unlock(team.gp_code)
    further.enter(patient)
    expect(further.message(text)).to_be_visible()
    coordinator.remove(other.person, why="Fin de la prise en charge", reason=f"Départ en retraite {a_word()}")
    coordinator.write(patient, f"Merci à tous. {a_word()}")
    return patient


@pytest.fixture(scope="module")
def columns(house: House, a_day: Patient) -> dict[Place, bytes]:
    """All that the database holds, column by column, as a superuser reads it; sessions are also unpacked."""
    found: dict[Place, bytes] = {}
    with psycopg.connect(house.parts.postgres.url("postgres", house.database)) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            rows = connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, table)))
            names = [column.name for column in rows.description or ()]
            values = list(zip(*rows.fetchall(), strict=True)) or [()] * len(names)
            found |= {(table, name): b"\0".join(map(written, each)) for name, each in zip(names, values, strict=True)}
    sessions = found["django_session", "session_data"].split(b"\0")
    unpacked = [SessionStore().decode(session.decode()) for session in sessions]
    assert any("_auth_user_id" in session for session in unpacked)
    found["django_session", "unpacked"] = json.dumps(unpacked).encode()
    return found


def written(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value, default=str)).encode()


def places(columns: dict[Place, bytes], canaries: list[Canary]) -> dict[Place, set[Canary]]:
    return {place: hit for place, content in columns.items() if (hit := traces(canaries, content))}


def test_no_table_holds_anything_that_was_typed(columns: dict[Place, bytes], canaries: Canaries) -> None:
    kinds = {canary.kind for canary in canaries.of()}
    assert kinds == {
        "message",
        "file name",
        "patient name",
        "INS",
        "recovery code",
        "password",
        "code secret",
        "reason",
    }
    assert len({table for table, _ in columns}) > 40
    assert sum(map(len, columns.values())) > 100_000
    assert places(columns, canaries.of()) == {}


def test_names_of_professionals_stand_in_the_directory_and_their_addresses_only(
    columns: dict[Place, bytes], house: House
) -> None:
    names = [Canary("professional", person.family) for person in house.hired if len(person.family) >= 6]
    assert len(names) >= 2
    found = set(places(columns, names))
    assert {table for table, _ in found} & DIRECTORY >= {"directory_practitioner", "directory_practitionerrole"}
    assert {place for place in found if place[0] not in DIRECTORY} == ADDRESSES


def test_no_log_holds_it(house: House, canaries: Canaries) -> None:
    logs = [house.log, *house.parts.data_dir.glob("*.log")]
    assert {log.name for log in logs} >= {"server.log", "postgres.log", "valkey.log"}
    assert {log.name: traces(canaries.of(), log.read_bytes()) for log in logs} == {log.name: set() for log in logs}


def test_valkey_neither_keeps_nor_passes_it(house: House, canaries: Canaries) -> None:
    said = house.overheard.all()
    assert b'"PUBLISH"' in said or b'"publish"' in said.lower()
    assert traces(canaries.of(), said) == set()
    with redis.Redis.from_url(house.parts.valkey.url) as valkey:
        kept = b"\n".join(key + (valkey.dump(key) or b"") for key in valkey.scan_iter())
    assert traces(canaries.of(), kept) == set()


def test_not_even_the_files_of_the_database_hold_a_word_of_it(house: House, canaries: Canaries) -> None:
    """Tables as they lie on the disk, and the journal of all writes: what was overwritten or deleted is still there."""
    house.checkpoint()
    words = {canary.text.lower().encode() for canary in canaries.of() if WORD.fullmatch(canary.text.lower().encode())}
    assert len(words) >= 6
    addresses_seen = 0
    for content in map(bytes.lower, database_files(house)):
        assert not words & {found[1] for found in re.finditer(rb"(?=(%s))" % WORD.pattern, content)}
        addresses_seen += content.count(house.hired[0].email.encode())
    assert addresses_seen > 2  # tables and journal were read


def database_files(house: House) -> Iterator[bytes]:
    cluster = house.parts.data_dir / "postgres"
    [(oid,)] = house.rows("SELECT oid::int FROM pg_database WHERE datname = current_database()")
    for folder in (cluster / "base" / str(oid), cluster / "pg_wal"):
        yield from (file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file())


def test_messages_and_recovery_codes_leave_no_browser(watches: list[Watch], canaries: Canaries) -> None:
    sent = b"\0".join(part for watch in watches for part in watch.sent)
    assert b'"t":"send"' in sent
    assert traces(canaries.of("password"), sent)  # what is typed to be sent is found
    assert traces(canaries.of("message", "recovery code"), sent) == set()


def test_a_browser_keeps_it_sealed(team: Team, canaries: Canaries) -> None:
    opened = b"\0".join(holdings(team.coordinator).values.values())
    assert {canary.kind for canary in traces(canaries.of(), opened)} >= {"message"}
    assert traces(canaries.of(), as_it_lies(team.coordinator)) == set()


def test_no_address_and_no_title_names_a_patient(watches: list[Watch], canaries: Canaries) -> None:
    shown = {text for watch in watches for text in watch.shown}
    assert any("/cercles/" in text for text in shown)
    assert "Cercle · Cordée" in shown
    assert traces(canaries.of(), "\0".join(sorted(shown)).encode()) == set()
