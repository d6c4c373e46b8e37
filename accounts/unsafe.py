"""A signed-in session without anybody signing in. For the demo's seed, the load generator and tests.

No door imports it. Relies on the records that allauth keeps in a session (`accounts.sessions`).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone

from accounts.models import User
from accounts.sessions import RECORDS_OF


def unsafe_session_cookie(user: User) -> str:
    """`name=value` of a session as password and code leave it."""
    session: Any = import_module(settings.SESSION_ENGINE).SessionStore()
    now = timezone.now().timestamp()
    session[SESSION_KEY] = str(user.id)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[RECORDS_OF] = str(user.id)
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "password", "at": now, "email": user.email},
        {"method": "mfa", "at": now, "type": "totp"},
    ]
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
