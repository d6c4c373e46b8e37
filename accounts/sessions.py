"""What a session proves, and the name under which it appears outside the session table.

Used by `accounts.http` (HTTP), `chat.consumers` (sockets) and the audit trail; relies on the records that allauth keeps
in the session of each way in which the person has authenticated, and on `settings.BLIND_INDEX_KEY`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings

# allauth binds its records to the user, so that they never serve the next person who signs in with the same browser.
RECORDS_OF = "account_authentication_methods_user"


def session_hash(session_key: str) -> str:
    """32 hexadecimal digits that name the session and cannot be turned back into the cookie."""
    return hashlib.blake2b(
        session_key.encode(), digest_size=16, key=settings.BLIND_INDEX_KEY, person=b"cordee session"
    ).hexdigest()


def authenticated_by(session: Mapping[str, Any], user_id: UUID) -> str | None:
    """How the session was opened: `passkey`, `pwd+totp`, `pwd+webauthn` or `pwd+recovery_codes`.

    None without a second factor. A passkey that signs in alone is two factors: possession, and the PIN or biometric
    that WebAuthn required.
    """
    if session.get(RECORDS_OF) != str(user_id):
        return None
    for record in session.get(AUTHENTICATION_METHODS_SESSION_KEY, ()):
        if record.get("method") == "mfa":
            return "passkey" if record.get("passwordless") else f"pwd+{record['type']}"
    return None
