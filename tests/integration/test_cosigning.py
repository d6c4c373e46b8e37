"""The sequencer asks its witnesses: they sign under the checkpoint, and one that is away stops nothing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Thread

import httpx
import pytest
from pytest_django import Settings
from structlog.testing import capture_logs

from audit import key_file, proofs, sealing, sequencer_sql
from audit.cosigning import Asking, Newest, WitnessFailed
from audit.models import Cosignature
from audit.note import COSIGNATURE, Checkpoint, SigningKey, VerifyingKey, open_note, sign
from audit.witness import Witness, serving
from tests.log import seal
from tests.trail import act

KEYS = [SigningKey(f"w{number}.example", bytes([number]) * 32, COSIGNATURE) for number in (1, 2)]


@pytest.fixture
def witnesses(committed_db: str, settings: Settings, tmp_path: Path) -> Iterator[list[Asking]]:
    """Two witnesses that trust this log, each asked by hand."""
    act("first")
    seal()
    assert settings.LOG_KEY_FILE
    seed = key_file.read(settings.LOG_KEY_FILE)
    logs = [SigningKey(origin, seed).verifying for origin in proofs.vkeys()]
    running, asking = [], []
    for key in KEYS:
        (tmp_path / key.name).mkdir()
        server = serving(Witness(key, logs, tmp_path / key.name), "127.0.0.1", 0)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        url = f"http://127.0.0.1:{server.server_port}"
        asking.append(Asking(url, key.verifying, partial(sealing.connected, committed_db)))
    settings.WITNESSES = tuple((one.url, one.key) for one in asking)
    settings.WITNESS_QUORUM = 1
    yield asking
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


def ask(one: Asking, database: str) -> None:
    with sealing.connected(database) as connection, httpx.Client() as client:
        one.ask(connection, client)


def cosigners(note: str) -> list[str]:
    origin = note.partition("\n")[0]
    keys = [VerifyingKey.from_vkey(proofs.vkeys()[origin]), *(key.verifying for key in KEYS)]
    return [one.key.name for one in open_note(note, keys).signed if one.time]


def test_the_newest_checkpoint_that_enough_have_signed_is_given_out(witnesses: list[Asking], committed_db: str) -> None:
    origin = proofs.open_origins()["acts"]
    for one in witnesses:
        ask(one, committed_db)
    first = proofs.latest(origin)
    event = act("second")
    seal()
    waiting = proofs.latest(origin)
    ask(witnesses[1], committed_db)

    assert cosigners(first) == ["w1.example", "w2.example"]
    assert waiting == first
    assert cosigners(proofs.latest(origin)) == ["w2.example"]
    proof = proofs.proof_of_event(event)
    assert proof
    assert cosigners(proof.note) == ["w2.example"]


def test_an_event_newer_than_every_cosignature_is_proved_all_the_same(witnesses: list[Asking]) -> None:
    event = act("second")
    seal()
    proof = proofs.proof_of_event(event)
    assert proof
    assert cosigners(proof.note) == []


def test_a_witness_that_missed_some_is_brought_on(witnesses: list[Asking], committed_db: str) -> None:
    ask(witnesses[0], committed_db)
    for name in ("a", "b", "c"):
        act(name)
        seal()
    ask(witnesses[0], committed_db)
    ask(witnesses[0], committed_db)

    assert list(Cosignature.objects.filter(size__gt=0).order_by("size").values_list("size", flat=True)) == [5, 8]


def test_our_own_forgetting_is_made_good_by_what_the_witness_says(witnesses: list[Asking], committed_db: str) -> None:
    """A cosignature that was given and not kept: the witness answers 409 with its size, and is asked from there."""
    ask(witnesses[0], committed_db)
    act("second")
    seal()
    other = Asking(witnesses[0].url, witnesses[0].key, witnesses[0]._connect)
    with sealing.connected(committed_db) as connection, httpx.Client() as client:
        with connection.transaction(), connection.cursor(binary=True) as cursor:
            [row] = [row for row in sequencer_sql.to_cosign(cursor, other.key.name) if "/audit/" in row[1]]
        line = other._cosignature(connection, client, Newest(row[0], row[1], row[2], row[3], 3))
    assert line.startswith("— w1.example ")


def test_a_witness_that_has_seen_more_than_we_have_is_an_alarm(
    witnesses: list[Asking], committed_db: str, tmp_path: Path, settings: Settings
) -> None:
    """What a restored backup looks like from outside."""
    origin = proofs.open_origins()["acts"]
    assert settings.LOG_KEY_FILE
    ahead = SigningKey(origin, key_file.read(settings.LOG_KEY_FILE))
    request = f"old 0\n\n{sign(Checkpoint(origin, 99, bytes(32)), ahead)}"
    assert httpx.post(f"{witnesses[0].url}/add-checkpoint", content=request.encode()).status_code == 200

    with capture_logs() as lines, pytest.raises(WitnessFailed, match="seen 99"):
        ask(witnesses[0], committed_db)
    assert [(line["event"], line["seen"]) for line in lines] == [("log.witness_ahead", 99)]


def test_a_witness_that_is_away_or_another_one_gives_nothing(witnesses: list[Asking], committed_db: str) -> None:
    away = Asking("http://127.0.0.1:9", KEYS[0].verifying, witnesses[0]._connect)
    with pytest.raises(httpx.HTTPError):
        ask(away, committed_db)
    impostor = Asking(witnesses[0].url, KEYS[1].verifying, witnesses[0]._connect)
    with pytest.raises(WitnessFailed):
        ask(impostor, committed_db)
    assert not Cosignature.objects.filter(witness="w2.example").exists()
