"""The envelope: all that the server can read of a message, and who signed it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from uuid_utils.compat import uuid7

from chat.envelope import (
    LIMIT,
    BadEnvelope,
    Kind,
    UnverifiedEnvelope,
    erasure_of,
    read_envelope,
    verify_envelope,
)
from chat.mls import BadSignature, sign_with_label
from tests.chat_members import ChatDevice, PersonKeys, now

DEVICE = ChatDevice(PersonKeys(uuid7()))
CIRCLE = uuid7()
HEADER, TAG, SIGNATURE = 122, 16, 64


def read(raw: bytes) -> UnverifiedEnvelope:
    envelope = read_envelope(raw)
    verify_envelope(envelope, DEVICE.signature_key)
    return envelope


def signed(unsigned: bytes) -> bytes:
    return unsigned + sign_with_label(DEVICE.seed, "CordeeEnvelope", unsigned)


def test_the_header_says_what_the_page_says() -> None:
    created, message = now(), uuid7()
    raw = DEVICE.envelope(CIRCLE, 7, id=message, created=created, kind=2)
    envelope = read(raw)
    assert (envelope.kind, envelope.circle, envelope.epoch) == (Kind.URGENT, CIRCLE, 7)
    assert (envelope.id, envelope.device, envelope.created) == (message, DEVICE.id, created)
    assert (envelope.commitment, envelope.raw, envelope.digest()) == (raw[66:98], raw, sha256(raw).digest())


@pytest.mark.parametrize("kind", [1, 2, 4, 5])
def test_four_kinds_are_sealed(kind: int) -> None:
    assert read(DEVICE.envelope(CIRCLE, 0, kind=kind)).kind is Kind(kind)


@pytest.mark.parametrize("kind", [0, 7, 255])
def test_other_kinds_are_not_known(kind: int) -> None:
    with pytest.raises(BadEnvelope):
        read_envelope(DEVICE.envelope(CIRCLE, 0, kind=kind))


@pytest.mark.parametrize("count", [0, 1, 16])
def test_an_erasure_names_a_message_and_its_files(count: int) -> None:
    target, files = DEVICE.envelope(CIRCLE, 3), [uuid7() for _ in range(count)]
    envelope = read(DEVICE.erasure(CIRCLE, 4, target, files=files))
    assert envelope.kind is Kind.ERASE
    erasure = erasure_of(envelope)
    assert (erasure.target.bytes, erasure.digest) == (target[26:42], sha256(target).digest())
    assert list(erasure.files) == files


@pytest.mark.parametrize(
    "altered",
    [
        lambda raw: raw[:66] + b"\1" + raw[67:],  # a commitment
        lambda raw: raw[:121] + b"\1" + raw[122:],  # a nonce
        lambda raw: raw + b"x",
        lambda raw: raw[:-1],
        lambda raw: raw[:-32],  # no digest
        lambda raw: raw + bytes(16) * 16,  # a seventeenth file
    ],
)
def test_an_erasure_hides_nothing(altered: Callable[[bytes], bytes]) -> None:
    unsigned = DEVICE.erasure(CIRCLE, 4, DEVICE.envelope(CIRCLE, 3), files=[uuid7()])[:-SIGNATURE]
    read(signed(unsigned))
    with pytest.raises(BadEnvelope):
        read_envelope(signed(altered(unsigned)))


@pytest.mark.parametrize("version", [0, 2, 255])
def test_one_version_is_known(version: int) -> None:
    with pytest.raises(BadEnvelope):
        read_envelope(DEVICE.envelope(CIRCLE, 0, version=version))


def test_the_smallest_and_the_largest() -> None:
    largest = LIMIT - HEADER - SIGNATURE
    for size in (TAG + 1, largest):
        assert len(read(DEVICE.envelope(CIRCLE, 0, size=size)).raw) == HEADER + size + SIGNATURE
    for size in (TAG, largest + 1):
        with pytest.raises(BadEnvelope):
            read_envelope(DEVICE.envelope(CIRCLE, 0, size=size))
    for raw in (b"", bytes(HEADER), bytes([1, 1])):
        with pytest.raises(BadEnvelope):
            read_envelope(raw)


def test_a_message_id_is_a_uuid_of_version_7() -> None:
    for other in (uuid4(), UUID(int=0), UUID(int=2**128 - 1)):
        with pytest.raises(BadEnvelope):
            read_envelope(DEVICE.envelope(CIRCLE, 0, id=other))


def test_every_time_that_can_be_written_is_read_or_refused() -> None:
    raw = DEVICE.envelope(CIRCLE, 0)
    last = datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)
    for milliseconds in (0, int((last - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))):
        assert read(signed(raw[:58] + milliseconds.to_bytes(8, "big") + raw[66:-SIGNATURE])).created <= last
    for milliseconds in (253402300800000, 2**48 - 1, 2**48, 2**63, 2**64 - 1):
        with pytest.raises(BadEnvelope):
            read_envelope(signed(raw[:58] + milliseconds.to_bytes(8, "big") + raw[66:-SIGNATURE]))


def test_every_byte_is_signed() -> None:
    raw = DEVICE.envelope(CIRCLE, 3, size=TAG + 1)
    for at in range(len(raw)):
        altered = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with pytest.raises((BadEnvelope, BadSignature)):
            read(altered)


def test_another_key_did_not_sign_it() -> None:
    raw = DEVICE.envelope(CIRCLE, 3)
    read(raw)
    with pytest.raises(BadSignature):
        verify_envelope(read_envelope(raw), ChatDevice(DEVICE.owner).signature_key)


def test_a_signature_under_another_label_is_none() -> None:
    unsigned = DEVICE.envelope(CIRCLE, 3)[:-SIGNATURE]
    read(signed(unsigned))
    for label in ("CordeeSocket", "CordeePolicyChange", "", "cordeeenvelope"):
        with pytest.raises(BadSignature):
            read(unsigned + sign_with_label(DEVICE.seed, label, unsigned))
