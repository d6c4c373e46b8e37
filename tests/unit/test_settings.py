"""A setting that is missing or wrong stops the start with a sentence that names it.

Each case reads the settings in a fresh module, as a starting server does.
"""

from __future__ import annotations

import base64
import importlib.util
from collections.abc import Callable
from types import ModuleType

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.settings import BASE_DIR

KEY = base64.b64encode(bytes(range(32))).decode()
COMPLETE = {
    "PUBLIC_URL": "https://cordee.example",
    "SECRET_KEY": "s",
    "PATIENT_KEYS": f"1:{KEY}",
    "BLIND_INDEX_KEY": KEY,
    "AUDIT_MAC_KEY": KEY,
    "AUDIT_DETAIL_KEYS": f"1:{KEY},2:{KEY}",
    "CORDEE_ORDER_KEY": KEY,
    "DATABASE_URL": "postgresql://cordee_app:p%40ss@db.example:5433/cordee?sslmode=verify-full",
    "CORDEE_FILES_DIR": "/var/lib/cordee/files",
    "CORDEE_EXPORTS_DIR": "/var/lib/cordee/exports",
    "CORDEE_MAIL_URL": "smtp://cordee:p%40ss@mail.example:2525?tls=implicit",
    "REDIS_URL": "redis://redis.example",
}
Read = Callable[..., ModuleType]
OPTIONAL = (
    "DEMO",
    "DEBUG",
    "NODE_NAME",
    "DATA_DIR",
    "MIGRATION_DATABASE_URL",
    "TRUSTED_PROXIES",
    "CORDEE_MAIL_FROM",
    "CORDEE_INSI_URL",
    "CORDEE_INSI_CERTIFICATE",
    "CORDEE_INSI_AUTHORISATION",
)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    def read(**changes: str | None) -> ModuleType:
        for name in OPTIONAL:
            monkeypatch.delenv(name, raising=False)
        for name, value in (COMPLETE | changes).items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        spec = importlib.util.spec_from_file_location("settings_read_again", BASE_DIR / "config" / "settings.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return read


def test_complete_settings_are_read_with_their_types(read: Read) -> None:
    settings = read(MIGRATION_DATABASE_URL="postgresql://cordee_owner@/cordee?host=/run/postgresql")
    database = settings.DATABASES["default"]
    assert (database["HOST"], database["PORT"], database["PASSWORD"]) == ("db.example", "5433", "p@ss")
    assert database["OPTIONS"]["sslmode"] == "verify-full"
    assert settings.DATABASES["owner"]["HOST"] == "/run/postgresql"
    assert {1: bytes(range(32)), 2: bytes(range(32))} == settings.AUDIT_DETAIL_KEYS
    assert settings.ALLOWED_HOSTS == ["cordee.example"]
    assert settings.SECURE_HSTS_SECONDS > 0
    assert not settings.DEMO
    assert (settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_HOST_PASSWORD) == ("mail.example", 2525, "p@ss")
    assert (settings.EMAIL_USE_SSL, settings.EMAIL_USE_TLS) == (True, False)


def test_without_a_migration_role_there_is_no_owner_to_connect_as(read: Read) -> None:
    assert list(read().DATABASES) == ["default"]


@pytest.mark.parametrize("name", COMPLETE)
@pytest.mark.parametrize("absent", [None, ""])
def test_a_missing_setting_is_named(read: Read, name: str, absent: str | None) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"{name} is not set. docs/operations.md"):
        read(**{name: absent})


@pytest.mark.parametrize(
    ("name", "wrong", "sentence"),
    [
        ("PUBLIC_URL", "http://cordee.example", "must be https"),
        ("PUBLIC_URL", "http://127.0.0.1:8000", "must be https"),
        ("PUBLIC_URL", "cordee.example", "must be https"),
        ("PUBLIC_URL", "https://cordee.example:port", "PUBLIC_URL is not a URL"),
        ("DATABASE_URL", "mysql://u@h/d", "must look like postgresql://"),
        ("DATABASE_URL", "postgresql://u@h", "must look like postgresql://"),
        ("DATABASE_URL", "postgresql://u@h:port/d", "DATABASE_URL is not a URL"),
        ("MIGRATION_DATABASE_URL", "sqlite:///x", "MIGRATION_DATABASE_URL must look like postgresql://"),
        ("BLIND_INDEX_KEY", "not base64", "BLIND_INDEX_KEY is not base64"),
        ("BLIND_INDEX_KEY", "é", "BLIND_INDEX_KEY is not base64"),
        ("AUDIT_MAC_KEY", base64.b64encode(bytes(31)).decode(), "AUDIT_MAC_KEY must be 32 bytes"),
        ("PATIENT_KEYS", KEY, "PATIENT_KEYS must look like 1:base64"),
        ("PATIENT_KEYS", f"1:{KEY},", "PATIENT_KEYS must look like 1:base64"),
        ("PATIENT_KEYS", "1:AAAA", "PATIENT_KEYS must look like 1:base64"),
        ("AUDIT_DETAIL_KEYS", "1:*", "AUDIT_DETAIL_KEYS holds an entry that is not base64"),
        ("DEMO", "yes", "DEMO must be 0 or 1, not 'yes'"),
        ("DEBUG", "true", "DEBUG must be 0 or 1, not 'true'"),
        ("CORDEE_INSI_URL", "http://insi.example", "CORDEE_INSI_URL must be https://"),
        ("CORDEE_MAIL_URL", "mail.example", "CORDEE_MAIL_URL must look like smtp://"),
        ("CORDEE_MAIL_URL", "smtp://mail.example?tls=perhaps", "CORDEE_MAIL_URL must look like smtp://"),
        ("CORDEE_MAIL_URL", "smtp://mail.example:port", "CORDEE_MAIL_URL is not a URL"),
        ("TRUSTED_PROXIES", "-1", "TRUSTED_PROXIES must be a whole number"),
    ],
)
def test_a_wrong_setting_gives_its_sentence(read: Read, name: str, wrong: str, sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=sentence):
        read(**{name: wrong})


@pytest.mark.parametrize(
    "name", ["PATIENT_KEYS", "BLIND_INDEX_KEY", "AUDIT_MAC_KEY", "AUDIT_DETAIL_KEYS", "CORDEE_ORDER_KEY"]
)
def test_no_sentence_quotes_a_secret(read: Read, name: str) -> None:
    secret = "Q0FOQVJZ" * 5
    with pytest.raises(ImproperlyConfigured) as refused:
        read(**{name: secret})
    assert secret not in str(refused.value)
