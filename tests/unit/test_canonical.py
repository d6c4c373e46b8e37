"""CJ: one value, one spelling; and a reader that refuses every other."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
import rfc8785

from chat.canonical import MAX_INTEGER, Fields, NotCanonical, decode, encode, from_base64, to_base64, to_time

ID = "019386c5-6d00-7a01-8001-0000000000c1"
LIMIT = 1000


def read(text: str) -> dict[str, object]:
    return decode(text.encode(), limit=LIMIT)


def test_what_is_written_is_what_rfc_8785_writes() -> None:
    value: dict[str, Any] = {"b": [1, True, None, {"e": '«Élodie» \\ " \x07\x1f\n 😷'}], "a": -MAX_INTEGER, "": ""}
    assert encode(value) == rfc8785.dumps(value)
    assert decode(encode({"a": value["b"]}), limit=LIMIT) == {"a": value["b"]}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '"text"',
        '{"a":1,}',
        ' {"a":1}',
        '{"a": 1}',
        '{"a":1}\n',
        '{"b":1,"a":1}',
        '{"a":1,"a":1}',
        '{"a":1.0}',
        '{"a":1e2}',
        '{"a":-0}',
        '{"a":01}',
        '{"a":NaN}',
        '{"a":Infinity}',
        '{"a":"\\u0041"}',
        '{"a":"\\u001F"}',
        '{"a":"\\/"}',
        '{"a":"\\ud83d"}',
        "\ufeff{}",
        "{'a':1}",
        '{"a":' + "9" * 900 + "}x",
    ],
)
def test_any_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(NotCanonical):
        read(text)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32-be", "utf-8-sig", "latin-1"])
def test_any_other_encoding_is_refused(encoding: str) -> None:
    assert read('{"a":"é"}') == {"a": "é"}
    with pytest.raises(NotCanonical):
        decode('{"a":"é"}'.encode(encoding), limit=LIMIT)


def test_the_limit_counts_bytes() -> None:
    data = encode({"a": "é" * 10})
    assert decode(data, limit=len(data)) == {"a": "é" * 10}
    with pytest.raises(NotCanonical):
        decode(data, limit=len(data) - 1)


def test_depth_is_refused_and_not_a_crash() -> None:
    with pytest.raises(NotCanonical):
        decode(b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", limit=10**6)


def test_numbers_too_long_to_be_read_are_refused() -> None:
    with pytest.raises(NotCanonical):
        decode(b'{"a":' + b"9" * 10_000 + b"}", limit=10**6)


# --- fields ---


def fields(**value: object) -> Fields:
    return Fields(json.loads(json.dumps(value)))


def test_a_field_that_nobody_asked_for_is_refused() -> None:
    read_all = fields(a="x", b=1)
    assert read_all.text("a") == "x"
    with pytest.raises(NotCanonical):
        read_all.end()
    assert read_all.integer("b") == 1
    read_all.end()


@pytest.mark.parametrize("kind", ["text", "integer", "uuid", "bytes", "time", "object"])
@pytest.mark.parametrize("value", [None, True, 1.5, [], ["a"], -1, MAX_INTEGER + 1, "\u0661"])
def test_a_field_of_another_type_is_refused(kind: str, value: object) -> None:
    if kind == "text" and isinstance(value, str):
        assert fields(a=value).text("a") == value
        return
    with pytest.raises(NotCanonical):
        getattr(fields(a=value), kind)("a")
    with pytest.raises(NotCanonical):
        getattr(fields(), kind)("a")


def test_what_is_no_object_has_no_fields() -> None:
    for value in (None, 1, "a", [], [1]):
        with pytest.raises(NotCanonical):
            Fields(value)


def test_an_id_has_one_spelling() -> None:
    assert fields(a=ID).uuid("a") == UUID(ID)
    for other in (ID.upper(), ID.replace("-", ""), f"{{{ID}}}", f"urn:uuid:{ID}", ID[:-1], f"{ID} "):
        with pytest.raises(NotCanonical):
            fields(a=other).uuid("a")


def test_bytes_have_one_spelling_and_their_length() -> None:
    assert fields(a="AAE=").bytes("a", 2) == b"\0\1"
    assert to_base64(from_base64("+/+/")) == "+/+/"
    for other in ("AAE", "AAE==", "AAF=", "A AE=", "AAE=\n", "-_-_", "é===", "===="):
        with pytest.raises(NotCanonical):
            fields(a=other).bytes("a")
    with pytest.raises(NotCanonical):
        fields(a="AAE=").bytes("a", 3)


def test_a_time_has_one_spelling() -> None:
    moment = datetime(2026, 11, 22, 9, 15, 0, 7000, tzinfo=UTC)
    assert to_time(moment) == "2026-11-22T09:15:00.007Z"
    assert to_time(moment.astimezone(timezone(timedelta(hours=-4)))) == "2026-11-22T09:15:00.007Z"
    assert fields(a=to_time(moment)).time("a") == moment
    for other in (
        "2026-11-22T09:15:00Z",
        "2026-11-22T09:15:00.0070Z",
        "2026-11-22T09:15:00.007+00:00",
        "2026-11-22 09:15:00.007Z",
        "2026-11-22t09:15:00.007z",
        "2026-02-29T09:15:00.007Z",
        "2026-11-22T24:00:00.000Z",
        "2026-11-22T09:15:60.000Z",
        "0000-01-01T00:00:00.000Z",
        "２０２６-11-22T09:15:00.007Z",
        "2026-11-22T09:15:00.007Z\n",
    ):
        with pytest.raises(NotCanonical):
            fields(a=other).time("a")


def test_nothing_is_said_by_null_and_not_by_absence() -> None:
    assert fields(a=None).time_or_none("a") is None
    assert fields(a=None).bytes_or_none("a", 2) is None
    assert fields(a="AAE=").bytes_or_none("a", 2) == b"\0\1"
    with pytest.raises(NotCanonical):
        fields().time_or_none("a")


def test_words_and_lists_are_bounded() -> None:
    assert fields(a="x").one_of("a", ("x", "y")) == "x"
    with pytest.raises(NotCanonical):
        fields(a="z").one_of("a", ("x", "y"))
    assert fields(a=[1, 2]).list("a", most=2) == [1, 2]
    with pytest.raises(NotCanonical):
        fields(a=[1, 2, 3]).list("a", most=2)
    fields(v=1).version()
    for other in (0, 2, True, "1", None):
        with pytest.raises(NotCanonical):
            fields(v=other).version()
