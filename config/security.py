"""What every answer tells the browser to refuse, and the one host name that people use.

Both classes are Django middleware, named first in `settings.MIDDLEWARE` so that static files and errors pass through
them too.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect

Next = Callable[[HttpRequest], HttpResponseBase]

# Whoever finds a way to put text into a page must still not be able to run it: with end-to-end encryption the keys are
# in the page.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        # One rule of ours, which only ever names /wake.js (frontend/src/platform/waking.ts).
        "trusted-types cordee-wake",
    )
)
PERMISSIONS_POLICY = ", ".join(
    (
        "publickey-credentials-create=(self)",
        "publickey-credentials-get=(self)",
        "clipboard-write=(self)",
        *(
            f"{name}=()"
            for name in ("camera", "display-capture", "geolocation", "microphone", "payment", "serial", "usb")
        ),
    )
)
PRIVATE = ("/api/", "/_allauth/", "/fhir/", "/oauth/")  # answers about people: no cache keeps them


class SecurityHeaders:
    """Adds the headers that Django's own SecurityMiddleware does not know."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response["Permissions-Policy"] = PERMISSIONS_POLICY
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        response["Cross-Origin-Embedder-Policy"] = "require-corp"
        if request.path.startswith(PRIVATE):
            response["Cache-Control"] = "no-store"
        return response


class OneHost:
    """Leads 127.0.0.1 and [::1] to localhost: passkeys belong to a name, and `__Host-` cookies to one origin."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = urlsplit(f"//{request.META.get('HTTP_HOST', '')}").hostname
        if name in ("127.0.0.1", "::1") and urlsplit(settings.PUBLIC_URL).hostname == "localhost":
            return HttpResponseRedirect(settings.PUBLIC_URL + request.get_full_path(), status=307)
        return self.get_response(request)
