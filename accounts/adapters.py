"""What Cordée answers when allauth asks: no sign-up, no mail, one relying party, sealed secrets, few facts.

Named in `config/settings.py`; relies on `accounts.trail` to record each act in the transaction that performs it.
"""

from __future__ import annotations

import dataclasses
import time
from typing import Any, NoReturn
from urllib.parse import urlsplit
from uuid import UUID

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.utils import user_pk_to_url_str
from allauth.core import context
from allauth.headless.adapter import DefaultHeadlessAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest

from accounts import trail
from accounts.models import User
from accounts.sealing import SECOND_FACTOR, seal, unseal
from accounts.sessions import session_hash
from accounts.signals import session_ended

PRODUCT = "Cordée"


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> NoReturn:
        raise AssertionError(f"Signing in sends no mail ({template_prefix})")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """A deactivated person is answered like an unknown one, also when the password is right."""
        user = super().authenticate(request, **credentials)
        return user if user is not None and user.is_active else None

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who has just given the password need not repeat it to enrol the first second factor."""
        required = super().is_reauthentication_required(app=app, **kwargs)
        request = context.request
        if not required or Authenticator.objects.filter(user=request.user.pk).exists():
            return required
        records = get_authentication_records(request, request.user)
        return not records or time.time() - records[-1]["at"] > app_settings.REAUTHENTICATION_TIMEOUT

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        with transaction.atomic():
            super().login(request, user)
            trail.logged_in(request, user)

    def logout(self, request: HttpRequest) -> None:
        user, key = request.user, request.session.session_key
        if not isinstance(user, User) or key is None:
            super().logout(request)
            return
        with transaction.atomic():
            trail.logged_out(request, user)
            super().logout(request)
        session_ended.send(sender=User, user_id=user.id, session=session_hash(key))


@dataclasses.dataclass(frozen=True)
class SessionUser:
    id: UUID
    email: str


class HeadlessAdapter(DefaultHeadlessAdapter):
    def get_user_dataclass(self) -> type[SessionUser]:
        return SessionUser

    def user_as_dataclass(self, user: AbstractBaseUser) -> SessionUser:
        return SessionUser(id=user.pk, email=user.get_username())


class MfaAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return seal(text, purpose=SECOND_FACTOR)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, purpose=SECOND_FACTOR)

    def get_totp_issuer(self) -> str:
        return PRODUCT

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        # From the settings, never from the Host header.
        return {"id": urlsplit(settings.PUBLIC_URL).hostname or "", "name": PRODUCT}

    def get_public_key_credential_user_entity(self, user: AbstractBaseUser) -> dict[str, Any]:
        email = user.get_username()
        return {"id": user_pk_to_url_str(user).encode(), "display_name": email, "name": email}
