"""The socket's frames: what is read, what is refused and how, and what the server writes."""

from __future__ import annotations

import base64
import json
import os
from uuid import UUID

import msgspec
import pytest

from chat import protocol
from chat.protocol import BadFrame

CIRCLE = UUID("019386c5-6d00-7a01-8001-0000000000c1")
DEVICE = UUID("019386c5-6d00-7a01-8003-010000000001")
BYTES = os.urandom(90)
B64 = base64.b64encode(BYTES).decode()

FRAMES: dict[str, dict[str, object]] = {
    "hello": {"t": "hello", "v": 1, "device": str(DEVICE), "sig": B64},
    "join": {"t": "join", "circle": str(CIRCLE)},
    "leave": {"t": "leave", "circle": str(CIRCLE)},
    "send": {"t": "send", "env": B64},
    "receipt": {"t": "receipt", "env": B64},
    "received": {"t": "received", "circle": str(CIRCLE), "seq": 7},
    "seen": {"t": "seen", "statement": B64},
    "report": {"t": "report", "statement": B64},
    "ping": {"t": "ping"},
    "commit": {
        "t": "commit",
        "ref": str(DEVICE),
        "circle": str(CIRCLE),
        "commit": B64,
        "external_pub": B64,
        "group_info_sig": B64,
        "keys": {str(DEVICE): B64},
        "act": {"do": "update"},
    },
    "grant": {"t": "grant", "ref": str(DEVICE), "circle": str(CIRCLE), "grant": B64, "keys": {"3": B64}},
}


def data(frame: object) -> bytes:
    return json.dumps(frame).encode()


def code_of(raw: bytes) -> str | None:
    """The code with which it is refused; None when it is a frame."""
    try:
        protocol.decode(raw)
    except BadFrame as refused:
        return refused.code
    return None


def test_every_frame_of_the_page_is_read() -> None:
    assert set(FRAMES) == protocol.KINDS
    for kind, frame in FRAMES.items():
        read = protocol.decode(data(frame))
        assert type(read).__name__.lower() == kind
    commit = protocol.decode(data(FRAMES["commit"]))
    assert isinstance(commit, protocol.Commit)
    assert commit.keys == {DEVICE: BYTES}
    assert commit.act == protocol.UpdateAct()
    grant = protocol.decode(data(FRAMES["grant"]))
    assert isinstance(grant, protocol.Grant)
    assert grant.keys == {3: BYTES}


@pytest.mark.parametrize("kind", FRAMES)
def test_a_field_too_many_or_too_few_is_refused(kind: str) -> None:
    frame = FRAMES[kind]
    assert code_of(data(frame)) is None
    assert code_of(data(frame | {"more": 1})) == "bad_frame"
    for name in frame.keys() - {"t"}:
        assert code_of(data({key: value for key, value in frame.items() if key != name})) == "bad_frame"


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("value", [None, True, -1.5, [], {}, "x", "é", B64 + "="])
def test_a_value_of_another_type_is_refused(kind: str, value: object) -> None:
    for name in FRAMES[kind].keys() - {"t", "keys"}:
        assert code_of(data(FRAMES[kind] | {name: value})) == "bad_frame", name


@pytest.mark.parametrize(
    "act",
    [
        None,
        {},
        {"do": "promote"},
        {"do": "update", "more": 1},
        {"do": "join", "user": str(DEVICE)},
        {"do": "end", "user": str(DEVICE), "code": "removed"},
        {"do": "end", "user": str(DEVICE), "code": "bored", "reason": ""},
        {"do": "invite", "role_id": str(DEVICE)},
        {"do": "invite", "role_id": str(DEVICE), "invitation": "not base64"},
    ],
)
def test_an_act_is_one_of_five(act: object) -> None:
    assert code_of(data(FRAMES["commit"] | {"act": act})) == "bad_frame"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b'"join"',
        b"{}",
        b'{"t":null}',
        b'{"t":7}',
        b'{"t":["join"]}',
        b"{",
        b"\xff\xfe",
        b'{"t":"ping"}{"t":"ping"}',
        b"[" * 60_000,
        b'{"t":' + b"[" * 50_000 + b"}",
        os.urandom(1000),
    ],
)
def test_what_is_no_frame_is_refused(raw: bytes) -> None:
    assert code_of(raw) == "bad_frame"


def test_a_frame_of_a_later_version_is_told_from_a_broken_one() -> None:
    assert code_of(data({"t": "typing", "circle": str(CIRCLE)})) == "unknown_frame"
    assert code_of(data({"t": "join", "circle": 7})) == "bad_frame"
    assert code_of(data({"circle": str(CIRCLE)})) == "bad_frame"


def test_frames_have_64_kib_commits_and_grants_512() -> None:
    def sized(kind: str, size: int) -> bytes:
        """The frame padded with JSON space to exactly `size` bytes."""
        raw = data(FRAMES[kind])
        return raw[:-1] + b" " * (size - len(raw)) + b"}"

    large = {"commit", "grant"}
    for kind in FRAMES:
        limit = protocol.COMMIT_LIMIT if kind in large else protocol.FRAME_LIMIT
        assert code_of(sized(kind, limit)) is None
        assert code_of(sized(kind, limit + 1)) == "frame_too_large"
    assert code_of(b"x" * (protocol.FRAME_LIMIT + 1)) == "frame_too_large"


def test_the_server_writes_what_the_page_says() -> None:
    at = "2026-11-22T09:15:00.000000Z"
    written: list[tuple[protocol.ServerFrame, dict[str, object]]] = [
        (protocol.Challenge(nonce=BYTES), {"t": "challenge", "nonce": B64}),
        (protocol.Ready(now=at, device=DEVICE), {"t": "ready", "now": at, "device": str(DEVICE)}),
        (
            protocol.Joined(circle=CIRCLE, seq=1, epoch=2, rekey_required=False, rv=3, abilities=["read"]),
            {
                "t": "joined",
                "circle": str(CIRCLE),
                "seq": 1,
                "epoch": 2,
                "rekey_required": False,
                "rv": 3,
                "abilities": ["read"],
            },
        ),
        (
            protocol.MessageItem(circle=CIRCLE, seq=1, at=at, hash=BYTES, env=BYTES),
            {
                "t": "item",
                "kind": "message",
                "circle": str(CIRCLE),
                "seq": 1,
                "at": at,
                "hash": B64,
                "env": B64,
                "digest": None,
            },
        ),
        (
            protocol.CommitItem(circle=CIRCLE, seq=1, at=at, hash=BYTES, epoch=2, commit=BYTES, device=DEVICE),
            {
                "t": "item",
                "kind": "commit",
                "circle": str(CIRCLE),
                "seq": 1,
                "at": at,
                "hash": B64,
                "epoch": 2,
                "commit": B64,
                "device": str(DEVICE),
            },
        ),
        (
            protocol.GrantItem(circle=CIRCLE, seq=1, at=at, hash=BYTES, grant=BYTES, device=DEVICE),
            {
                "t": "item",
                "kind": "grant",
                "circle": str(CIRCLE),
                "seq": 1,
                "at": at,
                "hash": B64,
                "grant": B64,
                "device": str(DEVICE),
            },
        ),
        (
            protocol.Ack(id=DEVICE, circle=CIRCLE, seq=1, at=at, hash=BYTES),
            {"t": "ack", "id": str(DEVICE), "circle": str(CIRCLE), "seq": 1, "at": at, "hash": B64},
        ),
        (
            protocol.Committed(ref=DEVICE, circle=CIRCLE, seq=1, epoch=2, hash=BYTES),
            {"t": "committed", "ref": str(DEVICE), "circle": str(CIRCLE), "seq": 1, "epoch": 2, "hash": B64},
        ),
        (
            protocol.Granted(ref=DEVICE, circle=CIRCLE, seq=1, hash=BYTES),
            {"t": "granted", "ref": str(DEVICE), "circle": str(CIRCLE), "seq": 1, "hash": B64},
        ),
        (
            protocol.SeenBy(circle=CIRCLE, statement=BYTES),
            {"t": "seen", "circle": str(CIRCLE), "statement": B64},
        ),
        (
            protocol.ReceiptOf(circle=CIRCLE, device=DEVICE, user=DEVICE, env=BYTES),
            {"t": "receipt", "circle": str(CIRCLE), "device": str(DEVICE), "user": str(DEVICE), "env": B64},
        ),
        (
            protocol.Delivered(circle=CIRCLE, device=DEVICE, user=DEVICE, seq=1),
            {"t": "delivered", "circle": str(CIRCLE), "device": str(DEVICE), "user": str(DEVICE), "seq": 1},
        ),
        (
            protocol.Changed(what="circles", circle=None),
            {"t": "changed", "what": "circles", "circle": None},
        ),
        (protocol.Left(circle=CIRCLE, code="removed"), {"t": "left", "circle": str(CIRCLE), "code": "removed"}),
        (
            protocol.Error(code="stale_epoch", ref=DEVICE, circle=CIRCLE),
            {"t": "error", "code": "stale_epoch", "ref": str(DEVICE), "circle": str(CIRCLE)},
        ),
        (protocol.Error(code="busy"), {"t": "error", "code": "busy", "ref": None, "circle": None}),
        (protocol.Pong(), {"t": "pong"}),
    ]
    for frame, expected in written:
        assert json.loads(protocol.encode(frame)) == expected
    assert {type(frame) for frame, _ in written} == set(protocol.ServerFrame.__subclasses__())


def test_close_codes_are_those_of_the_page() -> None:
    assert {int(each): each.name.lower() for each in protocol.Close} == {
        4400: "bad_frame",
        4401: "signed_out",
        4403: "membership_ended",
        4408: "hello_timeout",
        4409: "resync",
        4410: "device_ended",
        4426: "version",
        4429: "too_many",
    }


def test_an_item_begins_as_the_load_generator_expects() -> None:
    item = protocol.MessageItem(circle=CIRCLE, seq=41, at="", hash=b"", env=b"")
    assert protocol.encode(item).startswith(b'{"t":"item","circle":"%s","seq":41,' % str(CIRCLE).encode())
    assert msgspec.json.decode(protocol.encode(item))["seq"] == 41
