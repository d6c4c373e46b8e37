"""Every address the server answers: sign-in, the API, the log's public hashes, and the single-page
application for the rest.

`/healthz` and `/metrics` are answered before routing (`config/probes.py`), the built files too (WhiteNoise).
"""

from __future__ import annotations

from django.urls import include, path, re_path

from circles.careteam.tokens import Token
from config import fhir, pages
from config.api import api

urlpatterns = [
    path("_allauth/browser/v1/", include("accounts.urls")),
    path("api/", api.urls),
    path("fhir/", fhir.api.urls),
    path("oauth/token", Token.as_view()),
    path("", include("audit.api")),
    re_path(r"^(?!api/|_allauth/|assets/|fhir/|oauth/)", pages.application),
]
handler400 = "config.errors.bad_request_page"
handler404 = "config.errors.not_found_page"
handler500 = "config.errors.internal_page"
