"""The event: one text for one act, and no room in it for what must not be there."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from audit.acts import ACTS
from audit.errors import LeafRefused
from audit.events import KEYS, LEAF_LIMIT, OBJECTS, PURPOSES, SUBJECTS, Event, canonical, commitment, leaf, mac

DOCS = Path(__file__).parents[2] / "docs" / "audit.md"

EVENT = Event(
    id=UUID("019a200e-bdd6-765c-87aa-d909c86c631b"),
    t=datetime(2026, 11, 22, 9, 15, 0, 42, tzinfo=UTC),
    act="message.send",
    n=bytes(range(16)),
    node="main/0.1.0",
    who=UUID("2980bfab-31f2-4239-a13c-1a3477291801"),
    dev=UUID("0bfe675e-99f0-4118-a149-5ca2cff53e7d"),
    ses="a" * 32,
    role="10",
    auth="pwd+totp",
    cir=UUID("2fec94f0-5ad4-4346-8a7c-61a9b4e23cf1"),
    obj="Message/019a200e-0000-7000-8000-000000000001",
    why="TREAT",
    epo=3,
    seq=7,
    sha=hashlib.sha256(b"ciphertext").digest(),
    siz=812,
)

# What must never be found in the log, in the forms in which somebody could slip it in.
CANARIES = [
    "Sandrine Vaillant",
    "sandrine.vaillant@cabinet.example",
    "255069999999934",  # an INS
    "10101234567",  # an RPPS
    "+33 6 39 98 12 34",
    "192.0.2.17",
    "ordonnance du 3 mai.pdf",
    "chute dans la nuit",
    "a\nb",
    "\u2028",
    "",
    "x" * 5000,
]


def test_an_event_has_one_exact_text() -> None:
    assert leaf(EVENT, writer=12, number=34).decode() == (
        '{"act":"message.send","auth":"pwd+totp","cir":"2fec94f0-5ad4-4346-8a7c-61a9b4e23cf1",'
        '"dev":"0bfe675e-99f0-4118-a149-5ca2cff53e7d","epo":3,"id":"019a200e-bdd6-765c-87aa-d909c86c631b",'
        '"n":"AAECAwQFBgcICQoLDA0ODw==","node":"main/0.1.0","obj":"Message/019a200e-0000-7000-8000-000000000001",'
        '"out":0,"role":"10","seq":7,"ses":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",'
        '"sha":"MFUx3MUOvKMc8dWzHp/HbtUfZrO23VoDDGU5rmUy+Xk=","siz":812,"t":"2026-11-22T09:15:00.000042Z","v":1,'
        '"w":12,"who":"2980bfab-31f2-4239-a13c-1a3477291801","why":"TREAT","wn":34}'
    )


def test_the_fields_of_an_event_are_the_keys_of_the_leaf() -> None:
    assert {field.name for field in fields(Event)} | {"v", "w", "wn"} == KEYS


def test_a_key_without_a_value_is_left_out() -> None:
    bare = Event(id=EVENT.id, t=EVENT.t, act="auth.logout", n=EVENT.n, node=EVENT.node)

    assert set(json.loads(leaf(bare, writer=1, number=2))) == {"v", "id", "t", "act", "out", "n", "node", "w", "wn"}


@pytest.mark.parametrize("canary", CANARIES)
@pytest.mark.parametrize("key", ["err", "ses", "org", "obj", "why", "net", "req", "act"])
def test_a_text_finds_no_room_in_the_leaf(key: str, canary: str) -> None:
    with pytest.raises(LeafRefused) as refused:
        _leaf_with(key, canary)

    assert refused.value.key == key
    assert not canary or canary not in str(refused.value)


@pytest.mark.parametrize("key", ["role", "auth", "node"])
@pytest.mark.parametrize("canary", [each for each in CANARIES if not re.fullmatch(r"[\w.]+", each) or len(each) > 32])
def test_a_code_of_a_nomenclature_is_no_sentence(key: str, canary: str) -> None:
    with pytest.raises(LeafRefused):
        _leaf_with(key, canary)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", "019a200e-bdd6-765c-87aa-d909c86c631b"),
        ("who", "Sandrine Vaillant"),
        ("pat", 255069999999934),
        ("t", "2026-11-22T09:15:00Z"),
        ("t", datetime(2026, 11, 22)),  # noqa: DTZ001 — a time that says no zone
        ("t", datetime(2026, 11, 22, tzinfo=timezone(timedelta(hours=1)))),
        ("out", 5),
        ("out", True),
        ("seq", -1),
        ("seq", 2**53),
        ("siz", 1.5),
        ("sha", bytes(31)),
        ("n", bytes(15)),
        ("obj", "Message"),
        ("obj", "Patient name/12"),
        ("obj", "User/019a200e-0000-7000-8000-000000000001"),
        ("obj", "Practitioner/10101234567"),
    ],
)
def test_a_value_of_another_shape_is_refused(key: str, value: Any) -> None:
    with pytest.raises(LeafRefused) as refused:
        _leaf_with(key, value)

    assert refused.value.key == key


def test_only_keys_of_the_schema_have_a_text() -> None:
    with pytest.raises(LeafRefused):
        canonical({"v": 1, "name": "Sandrine Vaillant"})


@pytest.mark.parametrize("value", [1.0, 2**53, -(2**53), ["a"], {"a": 1}, b"a", "\ud800"])
def test_only_what_every_json_reads_alike_has_a_text(value: Any) -> None:
    with pytest.raises(LeafRefused):
        canonical({"obj": value})


def test_a_leaf_is_never_longer_than_its_limit() -> None:
    assert len(canonical({"obj": "x" * (LEAF_LIMIT - len('{"obj":""}'))})) == LEAF_LIMIT
    with pytest.raises(LeafRefused):
        canonical({"obj": "x" * (LEAF_LIMIT - len('{"obj":""}') + 1)})


def test_the_mac_is_hmac_sha256_of_the_leaf() -> None:
    line, key = leaf(EVENT, writer=1, number=2), bytes(range(32))

    assert mac(line, key) == hmac.new(key, line, hashlib.sha256).digest()
    assert mac(line, key) != mac(line, bytes(32))
    assert mac(line, key) != mac(leaf(EVENT, writer=1, number=3), key)


def test_a_commitment_binds_its_meaning_and_hides_its_content() -> None:
    salt, content = bytes(32), b"curiosity"

    assert commitment("cordee audit reason", salt, content) == hashlib.sha256(
        b"cordee audit reason\0" + salt + content
    ).digest()  # fmt: skip
    assert commitment("cordee audit reason", salt, content) != commitment("cordee audit detail", salt, content)
    assert commitment("cordee audit reason", salt, content) != commitment(
        "cordee audit reason", bytes([1]) * 32, content
    )


def test_each_act_is_described_in_the_words_of_its_standards() -> None:
    for name, act in ACTS.items():
        assert re.fullmatch(r"[a-z]+\.[a-z]+", name)
        assert act.type == "rest" or re.fullmatch(r"110\d{3}", act.type), name
        assert re.fullmatch(r"110\d{3}|create|read|update|delete|search|operation|batch", act.subtype), name
        assert act.action in "CRUDE", name
        assert act.severity in {"informational", "notice", "warning", "alert"}, name
        assert act.retention in {"access", "security"}, name
        assert act.why in PURPOSES, name


def test_the_documentation_names_every_act_as_the_code_does() -> None:
    assert _table("act") == {
        name: [act.type, act.subtype, act.action, act.severity, act.retention, act.why] for name, act in ACTS.items()
    }


def test_the_documentation_names_every_key_and_object() -> None:
    text = DOCS.read_text()

    assert set(_table("key")) == KEYS
    objects = re.search(r"^Objects: (.+)\.$", text, re.MULTILINE)
    assert objects is not None
    assert set(re.findall(r"`(\w+)`", objects[1])) == OBJECTS
    assert SUBJECTS < OBJECTS


def _leaf_with(key: str, value: Any) -> bytes:
    changed: dict[str, Any] = {key: value}
    return leaf(replace(EVENT, **changed), writer=1, number=2)


def _table(first: str) -> dict[str, list[str]]:
    """The rows of the table whose first column is `first`: name → its other cells, without the last, in words."""
    rows: dict[str, list[str]] = {}
    inside = False
    for line in DOCS.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif cells[0] == first:
            inside = True
        elif inside and set(line) - set("|- "):
            for name in re.findall(r"`([\w.]+)`", cells[0]):
                rows[name] = [cell.strip("`") for cell in cells[1:-1]]
    return rows
