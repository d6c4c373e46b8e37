"""Every address the server answers: sign-in, the API, health and figures, and the single-page application for the rest."""

from __future__ import annotations

from django.urls import include, path, re_path

from config import pages
from config.api import api

urlpatterns = [
    path("_allauth/browser/v1/", include("accounts.urls")),
    path("api/", api.urls),
    path("healthz", pages.healthz),
    path("metrics", pages.metrics),
    re_path(r"^(?!api/|_allauth/|static/|assets/|ws$)", pages.application),
]
