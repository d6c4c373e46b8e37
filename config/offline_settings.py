"""The settings for tools that need no service and no secret: mypy's Django plugin and `config/wire.py`."""

from __future__ import annotations

import base64
import os

_KEY = base64.b64encode(bytes(32)).decode()
os.environ.update(
    PUBLIC_URL="http://localhost:8000",
    DATABASE_URL="postgresql://cordee_app@localhost/cordee",
    REDIS_URL="redis://localhost",
    CORDEE_FILES_DIR="/nowhere",
    CORDEE_EXPORTS_DIR="/nowhere",
    CORDEE_MAIL_URL="file:///nowhere",
    SECRET_KEY="types",  # noqa: S106
    PATIENT_KEYS=f"1:{_KEY}",
    BLIND_INDEX_KEY=_KEY,
    AUDIT_MAC_KEY=_KEY,
    AUDIT_DETAIL_KEYS=f"1:{_KEY}",
    CORDEE_ORDER_KEY=_KEY,
)

from config.settings import *  # noqa: E402, F403 — after the environment, which the settings read once
