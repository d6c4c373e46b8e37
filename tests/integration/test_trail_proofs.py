"""An officer's browser is given all it needs to check an event by itself, and nothing of others' events."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest

from audit.merkle import ProofRefused, leaf_hash, verify_consistency, verify_inclusion
from audit.note import Checkpoint, VerifyingKey, open_note
from circles.models import Circle
from tests import factories
from tests.log import seal, sequencing
from tests.trail_scene import Desk, a_desk, looks_at


@pytest.fixture
def desk(committed_db: str) -> Desk:
    return a_desk()


@pytest.fixture
def circle(desk: Desk) -> Circle:
    return factories.a_circle(desk.member)


def checked(proof: Any) -> Checkpoint:
    """The checkpoint under which the proof holds."""
    opened = open_note(proof["checkpoint"], [VerifyingKey.from_vkey(key["vkey"]) for key in proof["vkeys"]["log"]])
    checkpoint = Checkpoint.read(opened.text)
    verify_inclusion(
        leaf=leaf_hash(proof["leaf"].encode()),
        index=proof["index"],
        size=proof["size"],
        path=[b64decode(each) for each in proof["path"]],
        root=checkpoint.root,
    )
    assert (checkpoint.origin, checkpoint.size) == (proof["origin"], proof["size"])
    return checkpoint


def test_an_event_is_proved_and_extends_what_was_seen(desk: Desk, circle: Circle) -> None:
    looks_at(desk.member, circle)
    [row] = desk.found(act="circle.read")
    assert row["place"] is None
    path = f"/events/{row['id']}/proof"
    assert desk.get(path) == (409, {"code": "not_sealed", "detail": ""})
    seal()
    [row] = desk.found(act="circle.read")
    first = desk.get(path)[1]
    seen = checked(first)
    assert row["place"] == {"origin": first["origin"], "index": first["index"]}
    assert first["leaf"] == desk.get(f"/events/{row['id']}")[1]["leaf"]
    with pytest.raises(ProofRefused):
        checked(first | {"leaf": first["leaf"].replace("circle.read", "circle.list")})
    seal()
    later = desk.get(path, seen=seen.size)[1]
    now = checked(later)
    assert now.size > seen.size
    said = desk.get("/consistency", origin=seen.origin, old=seen.size)[1]
    for shown in (later["consistency"], said["path"]):
        steps = [b64decode(each) for each in shown]
        verify_consistency(old_size=seen.size, old_root=seen.root, size=now.size, root=now.root, path=steps)


def test_a_key_that_replaced_another_comes_with_the_note_that_names_it(desk: Desk, circle: Circle) -> None:
    looks_at(desk.member, circle)
    seal()
    [row] = desk.found(act="circle.read")
    path = f"/events/{row['id']}/proof"
    [first] = desk.get(path)[1]["vkeys"]["log"]
    with sequencing() as sequencer:
        sequencer.rotate(bytes(range(32)))
        sequencer.seal()
    proof = desk.get(path)[1]
    old, new = proof["vkeys"]["log"]
    assert old == first | {"note": None}
    handed = Checkpoint.read(open_note(new["note"], [VerifyingKey.from_vkey(old["vkey"])]).text)
    assert handed.extensions == (f"next-key {new['vkey']}",)
    assert checked(proof | {"vkeys": {"log": [new]}}).size > handed.size


def test_what_is_not_there_is_not_proved(desk: Desk, circle: Circle) -> None:
    looks_at(desk.member, circle)
    seal()
    [row] = desk.found(act="circle.read")
    assert a_desk().get(f"/events/{row['id']}/proof")[0] == 404
    origin = row["place"]["origin"]
    for query in ({"origin": "elsewhere/audit/2026", "old": 1}, {"origin": origin, "old": 10**9}):
        assert desk.get("/consistency", **query)[1]["code"] == "unknown_log"
    # A browser that has seen more than there is now is given no path: it says so.
    assert desk.get(f"/events/{row['id']}/proof", seen=10**9)[1]["consistency"] == []
