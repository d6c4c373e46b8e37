"""A witness cosigns what extends what it has seen, and nothing else; it answers as C2SP tlog-witness says."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import httpx
import pytest

from audit import key_file
from audit.merkle import EMPTY_ROOT, consistency_path, leaf_hash, root
from audit.note import COSIGNATURE, Checkpoint, SigningKey, VerifyingKey, b64, open_note, sign
from audit.witness import Witness, serving

LOG = SigningKey("cordee.example/audit/2026", bytes(32))
OWN = SigningKey("w1.example", bytes([1]) * 32, COSIGNATURE)
NOW = 1_800_000_000
LEAVES = [leaf_hash(str(number).encode()) for number in range(40)]


def read(level: int, index: int) -> bytes:
    return root(LEAVES[index << level : (index + 1) << level])


def note(size: int, *, key: SigningKey = LOG, tree: bytes | None = None) -> str:
    return sign(Checkpoint(key.name, size, tree or root(LEAVES[:size])), key)


def request(old: int, size: int, signed: str | None = None, path: list[bytes] | None = None) -> bytes:
    shown = path if path is not None else consistency_path(old, size, read) if old else []
    return "\n".join([f"old {old}", *map(b64, shown), "", signed or note(size)]).encode()


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(OWN, [LOG.verifying], tmp_path, now=lambda: NOW)


def test_it_cosigns_a_log_that_grows(witness: Witness) -> None:
    for old, size in ((0, 0), (0, 3), (3, 3), (3, 8), (8, 33), (33, 40)):
        answer = witness.add_checkpoint(request(old, size))

        assert answer.status == 200
        opened = open_note(note(size) + answer.content, [OWN.verifying])
        assert [one.time for one in opened.signed] == [NOW]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"old 8\n\n", 400),
        (b"old 08\n\n" + note(8).encode(), 400),
        (b"old 8\nAAAA=\n\n" + note(9).encode(), 400),
        (b"\xff", 400),
        (request(9, 8, path=[]), 400),
        (request(8, 9, path=[bytes(32)] * 64), 400),
        (request(8, 9, signed=note(9, key=SigningKey("other.example/audit/2026", bytes(32)))), 404),
        (request(8, 9, signed=note(9, key=SigningKey(LOG.name, bytes([7]) * 32))), 403),
        (request(0, 9), 409),
        (request(7, 9), 409),
        (request(8, 8, signed=note(8, tree=bytes(32))), 409),
        (request(8, 9, path=[]), 422),
        (request(8, 9, signed=note(9, tree=bytes(32))), 422),
        (request(8, 9, path=[bytes(32)] * 3), 422),
    ],
)
def test_what_it_does_not_cosign_changes_nothing(witness: Witness, body: bytes, status: int) -> None:
    witness.add_checkpoint(request(0, 8))

    answer = witness.add_checkpoint(body)

    assert answer.status == status
    assert "—" not in answer.content
    seen = witness.seen(LOG.name)
    assert (seen.size, seen.root) == (8, root(LEAVES[:8])) if seen else False
    if status == 409:
        assert (answer.content, answer.kind) == ("8\n", "text/x.tlog.size")


def test_it_remembers_across_a_restart(witness: Witness, tmp_path: Path) -> None:
    witness.add_checkpoint(request(0, 8))
    again = Witness(OWN, [LOG.verifying], tmp_path)

    assert again.add_checkpoint(request(0, 5)).status == 409
    assert again.add_checkpoint(request(8, 9)).status == 200


def test_the_next_years_log_of_the_same_key_is_trusted_and_has_its_own_past(witness: Witness) -> None:
    witness.add_checkpoint(request(0, 8))
    next_year = SigningKey("cordee.example/audit/2027", bytes(32))

    assert witness.add_checkpoint(request(0, 2, signed=note(2, key=next_year))).status == 200
    keys = SigningKey("cordee.example/keys", bytes(32))
    assert witness.add_checkpoint(request(0, 2, signed=note(2, key=keys))).status == 404


def test_an_empty_tree_has_one_root(witness: Witness) -> None:
    assert witness.add_checkpoint(request(0, 0, signed=note(0, tree=bytes(32)))).status == 422
    assert witness.add_checkpoint(request(0, 0, signed=note(0, tree=EMPTY_ROOT))).status == 200
    assert witness.add_checkpoint(request(0, 0, signed=note(0, tree=bytes(32)))).status == 409


# --- over HTTP ---


@pytest.fixture
def address(witness: Witness) -> Iterator[str]:
    server = serving(witness, "127.0.0.1", 0)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_over_http(address: str) -> None:
    with httpx.Client() as client:
        cosigned = client.post(f"{address}/add-checkpoint", content=request(0, 8))
        conflict = client.post(f"{address}/add-checkpoint", content=request(0, 9))
        elsewhere = client.post(f"{address}/elsewhere", content=b"")
    huge = httpx.post(f"{address}/add-checkpoint", content=b"x" * 200_000)

    assert (cosigned.status_code, cosigned.text.startswith("— w1.example ")) == (200, True)
    assert (conflict.status_code, conflict.headers["Content-Type"]) == (409, "text/x.tlog.size")
    assert (elsewhere.status_code, huge.status_code) == (404, 400)
    assert httpx.get(f"{address}/add-checkpoint").status_code == 501


def test_two_cannot_share_a_folder_and_a_key_others_can_read_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key_file.create(key)
    command = [sys.executable, "-m", "audit.witness", "--name=w1", f"--key={key}"]

    printed = subprocess.run([*command, "--vkey"], capture_output=True, text=True, check=True).stdout
    assert VerifyingKey.from_vkey(printed).kind == COSIGNATURE

    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = subprocess.run([*command, f"--state={tmp_path}"], capture_output=True, text=True)
    key.chmod(0o644)
    readable = subprocess.run([*command, "--vkey"], capture_output=True, text=True)

    assert (second.returncode, "Another witness" in second.stderr) == (1, True)
    assert (readable.returncode, "chmod 600" in readable.stderr) == (1, True)
