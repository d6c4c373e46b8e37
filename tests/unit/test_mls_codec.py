"""Reading MLS: bounds, shortest lengths, nothing left over; and the signatures over what was read."""

from __future__ import annotations

import pytest

from chat.mls import BadSignature, Malformed, sign_with_label, verify_with_label
from chat.mls.codec import MAX_MESSAGE_BYTES, Reader, decode, opaque, u32
from chat.mls.handshake import read_commit, read_proposal
from chat.mls.keys import check_encryption_key, expand
from chat.mls.leaf import Extension, encode_extensions, read_extensions
from chat.mls.messages import decode_message


def code_of(data: bytes, item=Reader.opaque) -> str:  # type: ignore[no-untyped-def]
    with pytest.raises(Malformed) as refused:
        decode(data, item)
    return refused.value.code


@pytest.mark.parametrize("size", [0, 1, 63, 64, 16383, 16384, 70000])
def test_a_length_is_written_in_its_shortest_form_and_read_back(size: int) -> None:
    assert decode(opaque(b"x" * size), Reader.opaque) == b"x" * size


@pytest.mark.parametrize("header", ["4000", "403f", "80000000", "80003fff"])
def test_a_length_that_is_not_in_its_shortest_form_is_refused(header: str) -> None:
    assert code_of(bytes.fromhex(header) + b"x" * 0x4000, Reader.length) == "bad_length"


def test_a_length_of_eight_bytes_does_not_exist() -> None:
    assert code_of(b"\xc0" + bytes(7)) == "bad_length"


@pytest.mark.parametrize("data", [b"", b"\x05abcd", b"\x40", b"\x80\x00", b"\x7f\xff"])
def test_bytes_that_end_too_early_are_refused(data: bytes) -> None:
    assert code_of(data) == "truncated"


def test_bytes_that_follow_are_refused() -> None:
    assert code_of(b"\x01ab") == "trailing_bytes"


def test_an_item_does_not_read_past_its_vector() -> None:
    assert (
        code_of(opaque(b"\x00\x00\x00") + b"\x00", lambda reader: (reader.vector(Reader.u32), reader.u8()))
        == "truncated"
    )


def test_all_vectors_together_hold_no_more_values_than_the_bound() -> None:
    nested = opaque(opaque(u32(1) * 3) + opaque(u32(2) * 3))

    def read(reader: Reader) -> object:
        return reader.vector(lambda inner: inner.vector(Reader.u32))

    assert decode(nested, read, values=11) == ((1, 1, 1), (2, 2, 2))
    with pytest.raises(Malformed) as refused:
        decode(nested, read, values=10)
    assert refused.value.code == "too_many"


def test_an_optional_is_absent_or_present() -> None:
    assert decode(b"\x00", lambda reader: reader.optional(Reader.u8)) is None
    assert decode(b"\x01\x07", lambda reader: reader.optional(Reader.u8)) == 7
    assert code_of(b"\x02\x07", lambda reader: reader.optional(Reader.u8)) == "bad_value"


def test_a_message_longer_than_a_frame_is_not_even_looked_at() -> None:
    with pytest.raises(Malformed) as refused:
        decode_message(bytes(MAX_MESSAGE_BYTES + 1))
    assert refused.value.code == "too_long"


def test_an_extension_type_occurs_once() -> None:
    once, twice = (Extension(0x0A0A, b"grease"),), (Extension(7, b""), Extension(7, b"x"))
    assert decode(encode_extensions(once), read_extensions) == once
    assert code_of(encode_extensions(twice), read_extensions) == "duplicate_extension"


def test_an_unknown_proposal_is_refused_by_name() -> None:
    assert code_of(b"\x0a\x0a\x00", read_proposal) == "unsupported_proposal"
    assert code_of(opaque(b"\x03") + b"\x00", read_commit) == "bad_value"


def test_a_label_keeps_two_meanings_of_one_key_apart() -> None:
    seed = bytes(range(32))
    key = bytes.fromhex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
    signature = sign_with_label(seed, "One", b"content")
    verify_with_label(key, "One", b"content", signature)
    for label, content, given in [
        ("Two", b"content", signature),
        ("One", b"other", signature),
        ("One", b"content", signature[:-1]),
        ("One", b"content", bytes(64)),
    ]:
        with pytest.raises(BadSignature):
            verify_with_label(key, label, content, given)


def test_a_signature_key_of_small_order_verifies_nothing() -> None:
    with pytest.raises(BadSignature):
        verify_with_label(b"\x01" + bytes(31), "One", b"content", b"\x01" + bytes(63))


def test_an_encryption_key_of_small_order_is_refused() -> None:
    check_encryption_key(b"\x09" + bytes(31))
    for weak in (bytes(32), b"\x01" + bytes(31), b"\xed" + b"\xff" * 30 + b"\x7f"):
        with pytest.raises(Malformed):
            check_encryption_key(weak)


@pytest.mark.parametrize("call", [lambda: sign_with_label(b"short", "One", b""), lambda: expand(b"", b"", 10**6)])
def test_impossible_lengths_are_our_own_error(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Malformed):
        call()
