"""The device certificate: what ties a leaf key to a person."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from chat.canonical import NotCanonical, encode, to_time
from chat.certificates import LIMIT, LONGEST_LIFE, read_certificate, verify_certificate
from tests.chat_members import ChatDevice, Fields, PersonKeys, now, signed, text

PERSON, OTHER = PersonKeys(uuid7()), PersonKeys(uuid7())
DEVICE = ChatDevice(PERSON)


def certificate(**changes: object) -> bytes:
    """A valid one with these changes made before it is signed."""
    content = json.loads(DEVICE.certificate)
    del content["sig"]
    return signed(PERSON.seed, "CordeeDeviceCertificate", content | changes)


def refused(raw: bytes, identity: bytes = PERSON.identity) -> bool:
    try:
        verify_certificate(read_certificate(raw), identity)
    except NotCanonical:
        return True
    return False


def test_a_certificate_says_whose_device_holds_which_key() -> None:
    created = now()
    raw = PERSON.certify(DEVICE.id, DEVICE.signature_key, created=created, not_after=created + LONGEST_LIFE)
    read = verify_certificate(read_certificate(raw), PERSON.identity)
    assert (read.user, read.device, read.key) == (PERSON.user, DEVICE.id, DEVICE.signature_key)
    assert (read.created, read.not_after, read.raw) == (created, created + LONGEST_LIFE, raw)


def test_only_the_persons_own_identity_key_certifies() -> None:
    assert not refused(DEVICE.certificate)
    assert refused(DEVICE.certificate, OTHER.identity)
    assert refused(OTHER.certify(DEVICE.id, DEVICE.signature_key, user=str(PERSON.user)))
    assert refused(certificate(user=str(OTHER.user)), OTHER.identity)


@pytest.mark.parametrize(
    "changes",
    [
        {"extra": 1},
        {"v": 2},
        {"v": "1"},
        {"device": str(DEVICE.id).upper()},
        {"device": 7},
        {"user": None},
        {"key": text(bytes(31))},
        {"key": text(bytes(33))},
        {"key": "not base64"},
        {"created": "2026-11-22T09:15:00Z"},
        {"not_after": None},
        {"not_after": to_time(now() - timedelta(days=400))},
        {"not_after": to_time(now() + LONGEST_LIFE + timedelta(days=1))},
        {"padding": "x" * LIMIT},
    ],
)
def test_any_other_field_or_value_is_refused_though_signed(changes: Fields) -> None:
    assert not refused(certificate())
    assert refused(certificate(**changes))


def test_every_byte_is_signed() -> None:
    raw = DEVICE.certificate
    for at in range(len(raw)):
        assert refused(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
    assert refused(raw[:-1])
    assert refused(raw + b" ")


def test_a_field_left_out_is_refused() -> None:
    for name in ("created", "device", "key", "not_after", "user", "v", "sig"):
        content = {key: value for key, value in json.loads(DEVICE.certificate).items() if key != name}
        assert refused(encode(content))
