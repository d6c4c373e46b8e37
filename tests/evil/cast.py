"""People for the attacks: professionals with an account and an open session, as a browser holds it after signing in."""

from __future__ import annotations

import secrets
from typing import TypedDict

from django.conf import settings

from accounts.unsafe import unsafe_session_cookie
from audit.events import SYSTEM
from circles.services import link_professional
from tests import factories

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Account(TypedDict):
    """What `frontend/test/evil/stage.ts` calls an account; `name` finds the person in the directory."""

    name: str
    user: str
    cookie: str


def accounts(count: int) -> list[Account]:
    """People whom nobody else has, whatever ran before."""
    return [_account() for _ in range(count)]


def _account() -> Account:
    family = "".join(secrets.choice(_LETTERS) for _ in range(12)).title()
    user = factories.a_user()
    link_professional(actor=SYSTEM, user_id=user.id, role_id=factories.a_practitioner(family=family).id)
    csrf = f"{settings.CSRF_COOKIE_NAME}={secrets.token_hex(16)}"
    return {"name": family, "user": str(user.id), "cookie": f"{unsafe_session_cookie(user)}; {csrf}"}
