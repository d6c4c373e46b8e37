"""What anybody may fetch of a log: enough to check everything, and nothing that says who did what."""

from __future__ import annotations

import pytest
from django.test import Client

from audit import proofs
from audit.merkle import EMPTY_ROOT, leaf_hash, root, verify_inclusion
from audit.models import Event
from audit.note import Checkpoint, VerifyingKey, open_note
from audit.proof_text import read_proof
from tests.chat_people import a_person
from tests.log import seal
from tests.trail import act


@pytest.fixture
def browser(committed_db: str) -> Client:
    return Client(SERVER_NAME="localhost")


def checkpoint_of(note: str) -> Checkpoint:
    origin = note.partition("\n")[0]
    return Checkpoint.read(open_note(note, [VerifyingKey.from_vkey(proofs.vkeys()[origin])]).text)


def test_checkpoint_and_tiles_give_the_tree(browser: Client) -> None:
    for _ in range(150):
        act(session=f"s{_}")
    seal()
    log = proofs.open_origins()["acts"].partition("/")[2]

    answer = browser.get(f"/{log}/checkpoint")
    checkpoint = checkpoint_of(answer.content.decode())
    full, rest = divmod(checkpoint.size, 256)
    tiles = [browser.get(f"/{log}/tile/0/{number:03}").content for number in range(full)]
    partial = browser.get(f"/{log}/tile/0/{full:03}.p/{rest}")

    hashes = b"".join([*tiles, partial.content])
    leaves = [hashes[at : at + 32] for at in range(0, len(hashes), 32)]
    assert len(leaves) == checkpoint.size
    assert root(leaves) == checkpoint.root
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("text/plain; charset=utf-8", "public, max-age=1")
    assert partial["Content-Type"] == "application/octet-stream"
    assert "immutable" in partial["Cache-Control"]
    assert not answer.cookies
    assert not partial.cookies


def test_the_key_log_stands_beside_it(browser: Client) -> None:
    act()
    seal()

    checkpoint = checkpoint_of(browser.get("/keys/checkpoint").content.decode())

    assert checkpoint == Checkpoint("localhost/keys", 0, EMPTY_ROOT)


@pytest.mark.parametrize(
    "path",
    [
        *("/audit/1999/checkpoint", "/audit/1999/tile/0/000", "/keys/tile/0/000.p/1"),
        *("tile/0/000", "tile/0/000.p/6", "tile/0/001", "tile/1/000.p/1", "tile/64/000", "tile/0/x000/000.p/1"),
        *("tile/0/0.p/1", "tile/0/000.p/0", "tile/0/000.p/01", "tile/entries/000.p/1", "tile/0/000.p/257", "tile/../x"),
        f"tile/0/x001/{'x000/' * 1500}000",
    ],
)
def test_nothing_else_is_there(browser: Client, path: str) -> None:
    act()
    seal()
    log = proofs.open_origins()["acts"].partition("/")[2]

    answer = browser.get(path if path.startswith("/") else f"/{log}/{path}")

    assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store")


def test_whoever_acted_gets_a_receipt_once_it_is_sealed(committed_db: str) -> None:
    person = a_person()
    done = person.browser.get("/api/circles")
    event = done["Cordee-Event"]

    early = person.browser.get(f"/api/receipts/{event}")
    seal()
    receipt = person.browser.get(f"/api/receipts/{event}")

    assert (early.status_code, early.json()["code"]) == (404, "not_sealed")
    proof = read_proof(receipt.content.decode())
    checkpoint = checkpoint_of(proof.note)
    assert proof.extra == Event.objects.get(id=event).leaf.encode()
    verify_inclusion(
        leaf=leaf_hash(proof.extra), index=proof.index, size=checkpoint.size, path=proof.path, root=checkpoint.root
    )


def test_nobody_gets_the_receipt_of_somebody_else(committed_db: str) -> None:
    person, other = a_person(), a_person()
    event = person.browser.get("/api/circles")["Cordee-Event"]
    seal()

    strange = other.browser.get(f"/api/receipts/{event}")
    absent = other.browser.get("/api/receipts/0190a5b2-0000-7000-8000-000000000000")

    assert strange.status_code == absent.status_code == 404
    assert strange.json()["code"] == absent.json()["code"] == "not_found"
    assert Client(SERVER_NAME="localhost").get(f"/api/receipts/{event}").status_code == 401
