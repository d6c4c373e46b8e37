"""The chained hash of a circle's log, and the server's times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

from chat.log import chain_hash, wire_time

BEFORE_THE_FIRST = bytes(32)


def test_the_chain_is_what_the_page_says() -> None:
    digest = sha256(b"item").digest()
    expected = sha256(b"cordee log" + BEFORE_THE_FIRST + (1).to_bytes(8, "big") + digest).digest()
    assert chain_hash(BEFORE_THE_FIRST, 1, b"item") == (expected, digest)


def test_what_comes_before_where_it_stands_and_what_it_is_all_count() -> None:
    usual, _ = chain_hash(BEFORE_THE_FIRST, 1, b"item")
    others = [
        chain_hash(bytes(31) + b"\1", 1, b"item")[0],
        chain_hash(BEFORE_THE_FIRST, 2, b"item")[0],
        chain_hash(BEFORE_THE_FIRST, 1, b"items")[0],
    ]
    assert len({usual, *others}) == 4


def test_times_are_utc_with_microseconds() -> None:
    moment = datetime(2026, 11, 22, 9, 15, tzinfo=UTC)
    assert wire_time(moment) == "2026-11-22T09:15:00.000000Z"
    assert wire_time(moment.astimezone(timezone(timedelta(hours=11)))) == "2026-11-22T09:15:00.000000Z"
