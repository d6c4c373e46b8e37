"""What a session proves, how it is named, and how the secrets of second factors are kept."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from nacl.exceptions import CryptoError
from pytest_django import Settings

from accounts.identity import history_key_tbs
from accounts.sealing import LETTER, SECOND_FACTOR, seal, unseal
from accounts.sessions import authenticated_by, session_hash

USER = UUID("01920000-0000-7000-8000-000000000001")
OTHER = UUID("01920000-0000-7000-8000-000000000002")
PASSWORD = {"method": "password", "at": 1.0}


def session(*records: dict[str, Any], user: UUID = USER) -> dict[str, Any]:
    return {"account_authentication_methods": list(records), "account_authentication_methods_user": str(user)}


@pytest.mark.parametrize(
    ("held", "how"),
    [
        ({}, None),
        (session(), None),
        (session(PASSWORD), None),
        (session(PASSWORD, {"method": "mfa", "type": "totp"}), "pwd+totp"),
        (session(PASSWORD, {"method": "mfa", "type": "webauthn"}), "pwd+webauthn"),
        (session(PASSWORD, {"method": "mfa", "type": "recovery_codes"}), "pwd+recovery_codes"),
        (session({"method": "mfa", "type": "webauthn", "passwordless": True}), "passkey"),
        (session({"method": "mfa", "type": "totp"}, user=OTHER), None),
    ],
)
def test_how_a_session_was_opened(held: dict[str, Any], how: str | None) -> None:
    assert authenticated_by(held, USER) == how


def test_a_session_is_named_by_a_keyed_hash(settings: Settings) -> None:
    name = session_hash("k" * 32)
    assert (len(name), name) == (32, session_hash("k" * 32))
    settings.BLIND_INDEX_KEY = b"another key of thirty-two bytes!"
    assert session_hash("k" * 32) != name


def test_what_is_signed_over_a_history_key_is_what_the_browser_signs() -> None:
    """SignContent of RFC 9420 §5.1.2: both vectors with their lengths, the label prefixed."""
    content = b'{"history":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=","user":"%s","v":1}' % str(USER).encode()
    assert (
        history_key_tbs(USER, b"\x01" * 32) == b"\x18MLS 1.0 CordeeHistoryKey" + bytes([0x40, len(content)]) + content
    )


def test_sealed_secrets_open_under_all_keys_and_are_sealed_under_the_newest(settings: Settings) -> None:
    settings.PATIENT_KEYS = {1: bytes(32)}
    old = seal("JBSWY3DP", purpose=SECOND_FACTOR)
    settings.PATIENT_KEYS = {1: bytes(32), 2: b"\x02" * 32}
    new = seal("JBSWY3DP", purpose=SECOND_FACTOR)
    assert (old[:2], new[:2]) == ("1:", "2:")
    assert [unseal(each, purpose=SECOND_FACTOR) for each in (old, new)] == ["JBSWY3DP"] * 2
    assert "JBSWY3DP" not in new


def test_an_altered_secret_does_not_open() -> None:
    sealed = seal("JBSWY3DP", purpose=SECOND_FACTOR)
    with pytest.raises(CryptoError):
        unseal(sealed[:-4] + "AAA=", purpose=SECOND_FACTOR)


def test_what_is_sealed_for_one_purpose_does_not_open_for_another() -> None:
    with pytest.raises(CryptoError):
        unseal(seal("JBSWY3DP", purpose=SECOND_FACTOR), purpose=LETTER)
