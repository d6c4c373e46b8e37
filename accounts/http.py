"""Who is asking: the one authentication of every HTTP operation, and the type of a request that has passed it.

Used by each `api.py` as `Router(auth=signed_in)`; relies on Django's session and CSRF middleware and on allauth's
records. Operations are synchronous; ninja runs this in a thread for those that are not.
"""

from __future__ import annotations

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie
from ninja.utils import check_csrf

from accounts.errors import CsrfFailed, MfaRequired, ReauthenticationRequired, SignedOut
from accounts.models import User
from accounts.sessions import authenticated_by


class SignedInRequest(HttpRequest):
    """A request whose session has completed the second factor. `auth` is what `signed_in` returned."""

    user: User
    auth: User


class SignedIn(APIKeyCookie):
    """Session cookie and CSRF token. Refuses with `signed_out`, `mfa_required` (both 401) or `csrf_failed` (403)."""

    param_name = settings.SESSION_COOKIE_NAME

    def _get_key(self, request: HttpRequest) -> str | None:
        # ninja's own check answers with a sentence; clients need a code.
        if check_csrf(request) is not None:
            raise CsrfFailed
        return request.COOKIES.get(self.param_name)

    def authenticate(self, request: HttpRequest, key: str | None) -> User:
        user = request.user
        if not isinstance(user, User) or not user.is_active:
            raise SignedOut
        if authenticated_by(request.session, user.id) is None:
            raise MfaRequired
        return user


signed_in = SignedIn()


def check_presence(request: SignedInRequest) -> None:
    """Refuses with `reauthentication_required` unless the person has shown a second factor again in the last minutes,
    at allauth's addresses for that, as for a change of passkeys.
    """
    if not did_recently_reauthenticate(request):
        raise ReauthenticationRequired
