"""The HTTP API below `/api/`: joins the routers of the rooms. Errors become answers in `config/errors.py`."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from ninja import NinjaAPI

from config import errors

api = NinjaAPI(title="Cordée", version=settings.VERSION, docs_url=None, urls_namespace="api")
errors.install(api)
for room in ("accounts", "directory", "circles", "chat"):
    if find_spec(f"{room}.api"):  # WHILE THE ROOMS ARE BEING BUILT ONLY
        api.add_router("", import_module(f"{room}.api").router)
