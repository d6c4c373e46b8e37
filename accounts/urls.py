"""The addresses of signing in, below `/_allauth/browser/v1/`: those of allauth's browser client that Cordée needs.

Listed one by one, so that sign-up, password mail, change of e-mail and phone do not exist rather than being forbidden.
Included by `config.urls`; paths and bodies are allauth's (its OpenAPI document describes them).
"""

from __future__ import annotations

from allauth.headless.account.views import SessionView
from allauth.headless.base.views import APIView, ConfigView
from allauth.headless.constants import Client
from allauth.headless.mfa.views import AuthenticatorsView
from django.urls import URLPattern, path

from accounts import views


def _browser(address: str, view: type[APIView]) -> URLPattern:
    return path(address, view.as_api_view(client=Client.BROWSER))


urlpatterns = [
    _browser("config", ConfigView),
    _browser("auth/session", SessionView),
    _browser("auth/login", views.LoginView),
    _browser("auth/reauthenticate", views.ReauthenticateView),
    _browser("auth/2fa/authenticate", views.AuthenticateView),
    _browser("auth/2fa/reauthenticate", views.MfaReauthenticateView),
    _browser("auth/webauthn/authenticate", views.AuthenticateWebAuthnView),
    _browser("auth/webauthn/reauthenticate", views.ReauthenticateWebAuthnView),
    _browser("auth/webauthn/login", views.LoginWebAuthnView),
    _browser("account/password/change", views.ChangePasswordView),
    _browser("account/authenticators", AuthenticatorsView),
    _browser("account/authenticators/totp", views.ManageTotpView),
    _browser("account/authenticators/recovery-codes", views.ManageRecoveryCodesView),
    _browser("account/authenticators/webauthn", views.ManageWebAuthnView),
]
