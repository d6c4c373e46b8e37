"""allauth's headless views, closed where Cordée is stricter; each act leaves its trace in its own transaction.

Addressed by `accounts.urls`; relies on allauth for the protocol, `accounts.totp` for codes, `accounts.trail` for the
record.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from functools import partial
from typing import Any, ClassVar

from allauth.headless.account import views as account
from allauth.headless.base.response import ConflictResponse
from allauth.headless.internal.restkit.inputs import Input
from allauth.headless.internal.restkit.response import ErrorResponse
from allauth.headless.internal.restkit.views import RESTView
from allauth.headless.mfa import views as mfa
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from fido2.utils import websafe_decode

from accounts import totp, trail
from accounts.models import User
from accounts.signals import session_ended
from accounts.trail import SIGN_IN


class Traced(RESTView):
    """Records what a view does (`acts`, by HTTP method) and refuses; a view without acts is a part of signing in."""

    acts: ClassVar[dict[str, str]] = {}

    def handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        act = self.acts.get(request.method or "")
        if act is None:
            return super().handle(request, *args, **kwargs)
        with transaction.atomic():
            response = super().handle(request, *args, **kwargs)
            if response.status_code < 400 and request.user.is_authenticated:
                trail.credentials_changed(request, request.user, act=act)
        return response

    def handle_invalid_input(self, input: Input) -> ErrorResponse:  # noqa: A002 — allauth's name
        self.refused(_first_code(input))
        return super().handle_invalid_input(input)

    def refused(self, error: str) -> None:
        trail.refused(self.request, act=self.acts.get(self.request.method or "", SIGN_IN), error=error)

    def keep_last_factor(self) -> ConflictResponse:
        """Who has no factor may enrol one by the password alone: a stolen password would be enough."""
        self.refused("last_factor")
        return ConflictResponse(self.request)


class AtOurOrigin(Traced):
    """Refuses a passkey's answer that was signed at another origin; fido2 alone would accept any subdomain of ours."""

    def handle_input(self, data: Any) -> ErrorResponse | None:
        if (
            isinstance(data, dict)
            and "credential" in data
            and _signed_origin(data["credential"]) != settings.PUBLIC_URL
        ):
            self.refused("wrong_origin")
            return ErrorResponse(
                self.request, exception=ValidationError([get_adapter().validation_error("incorrect_code")])
            )
        return super().handle_input(data)


class LoginView(Traced, account.LoginView):
    pass


class AuthenticateView(Traced, mfa.AuthenticateView):
    input_class = totp.AuthenticateInput


class AuthenticateWebAuthnView(AtOurOrigin, mfa.AuthenticateWebAuthnView):
    pass


class LoginWebAuthnView(AtOurOrigin, mfa.LoginWebAuthnView):
    pass


class ReauthenticateView(Traced, account.ReauthenticateView):
    """The password again: only for who has no second factor yet; otherwise a stolen one could replace the factors."""

    def handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if Authenticator.objects.filter(user=request.user.pk).exists():
            return ConflictResponse(request)
        return super().handle(request, *args, **kwargs)


class MfaReauthenticateView(Traced, mfa.ReauthenticateView):
    input_class = totp.ReauthenticateInput


class ReauthenticateWebAuthnView(AtOurOrigin, mfa.ReauthenticateWebAuthnView):
    pass


class ChangePasswordView(Traced, account.ChangePasswordView):
    """Ends all other sessions (Django binds them to the password) and the sockets of all."""

    acts = {"POST": "auth.password"}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        tell = partial(session_ended.send, sender=User, user_id=request.user.pk, session=None)
        transaction.on_commit(tell)
        return response


class ManageTotpView(Traced, mfa.ManageTOTPView):
    """The code that enrols a phone also completes the session: it has just proved the second factor."""

    acts = {"POST": "auth.factor", "DELETE": "auth.factor"}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        factor = Authenticator.objects.get(user=request.user.pk, type=Authenticator.Type.TOTP)
        totp.claim_code(authenticator_id=factor.pk, code=self.input.cleaned_data["code"], now=time.time())
        post_authentication(request, factor)
        request.session.cycle_key()  # it may do more from now on: a key seen before must not
        return response

    def delete(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not _other_factor(request, Authenticator.objects.filter(user=request.user.pk, type=Authenticator.Type.TOTP)):
            return self.keep_last_factor()
        return super().delete(request, *args, **kwargs)


class ManageWebAuthnView(AtOurOrigin, mfa.ManageWebAuthnView):
    acts = {"POST": "auth.factor", "PUT": "auth.factor", "DELETE": "auth.factor"}

    def delete(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not _other_factor(request, self.input.cleaned_data["authenticators"]):
            return self.keep_last_factor()
        return super().delete(request, *args, **kwargs)


class ManageRecoveryCodesView(Traced, mfa.ManageRecoveryCodesView):
    acts = {"POST": "auth.factor"}


def _other_factor(request: HttpRequest, going: Iterable[Authenticator]) -> bool:
    """Whether the person keeps a second factor without those in `going`; recovery codes alone are none.

    Locks the factors until the end of the transaction: of two removals at once, the second sees what the first left.
    """
    factors = Authenticator.objects.filter(user=request.user.pk).exclude(type=Authenticator.Type.RECOVERY_CODES)
    kept = set(factors.order_by("pk").select_for_update().values_list("pk", flat=True))
    return bool(kept - {authenticator.pk for authenticator in going})


def _first_code(refused: Input) -> str:
    for errors in refused.errors.as_data().values():
        for error in errors:
            return error.code or "invalid"
    return "invalid"


def _signed_origin(credential: Any) -> str | None:
    """The origin in clientDataJSON (WebAuthn §5.8.1), which the authenticator signed; None when it cannot be read."""
    try:
        client_data = json.loads(websafe_decode(credential["response"]["clientDataJSON"]))
        origin = client_data["origin"]
    except (KeyError, TypeError, ValueError):
        return None
    return origin if isinstance(origin, str) else None
