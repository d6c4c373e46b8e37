"""Settings, all from the environment, read once with types; a missing or wrong one stops the start with a sentence.

Who sets them: the operator in production (docs/operations.md lists every name), `config/services.py` for the demo and
the tests.
"""

from __future__ import annotations

import base64
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from audit.note import COSIGNATURE, NoteRefused, VerifyingKey
from config import logs

BASE_DIR = Path(__file__).resolve().parent.parent


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None or value == "":
        raise ImproperlyConfigured(f"{name} is not set. docs/operations.md says what it is for.")
    return value


def flag(name: str, *, default: bool = False) -> bool:
    value = os.environ.get(name, "1" if default else "0")
    if value not in ("0", "1"):
        raise ImproperlyConfigured(f"{name} must be 0 or 1, not {value!r}.")
    return value == "1"


def count(name: str, *, default: int = 0) -> int:
    value = os.environ.get(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def key(name: str) -> bytes:
    """32 secret bytes, written as base64."""
    try:
        value = base64.b64decode(text(name), validate=True)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not base64.") from error
    if len(value) != 32:
        raise ImproperlyConfigured(f"{name} must be 32 bytes written as base64.")
    return value


def versioned_keys(name: str) -> dict[int, bytes]:
    """`1:base64,2:base64`: the highest version seals, all of them open."""
    keys: dict[int, bytes] = {}
    for entry in text(name).split(","):
        version, _, encoded = entry.partition(":")
        try:
            value = base64.b64decode(encoded, validate=True)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} holds an entry that is not base64.") from error
        if not version.isdecimal() or len(value) != 32:
            raise ImproperlyConfigured(f"{name} must look like 1:base64 of 32 bytes, entries joined by commas.")
        keys[int(version)] = value
    return keys


def address(name: str, default: str | None = None) -> SplitResult:
    """A URL whose host and port can be read."""
    try:
        url = urlsplit(text(name, default))
        _ = url.port
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not a URL: {error}.") from error
    return url


def postgres(name: str) -> dict[str, Any]:
    """A Django database entry from `postgresql://user:password@host:port/name`; `?host=/folder` is a unix socket, what
    else follows `?` goes to libpq (`sslmode=verify-full`).
    """
    url = address(name)
    if url.scheme not in ("postgresql", "postgres") or len(url.path) < 2:
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:5432/name.")
    options = dict(parse_qsl(url.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path[1:]),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": options.pop("host", unquote(url.hostname or "")),
        "PORT": options.pop("port", str(url.port or "")),
        "OPTIONS": options,
    }


def mail(name: str, default: str | None) -> tuple[SplitResult, str]:
    """How letters leave, and its `tls`: `smtp://user:password@host:587?tls=starttls` (or `implicit`, `none`), or
    `file:///folder`, where they become files.
    """
    url = address(name, default)
    tls = dict(parse_qsl(url.query)).get("tls", "starttls")
    folder, host = url.scheme == "file" and url.path, url.scheme == "smtp" and url.hostname
    if not (folder or host) or tls not in ("starttls", "implicit", "none"):
        raise ImproperlyConfigured(
            f"{name} must look like smtp://user:password@host:587?tls=starttls or file:///folder."
        )
    return url, tls


def service(name: str) -> str | None:
    """Where another service is, or None when it is not used; in clear on this machine only."""
    if not os.environ.get(name):
        return None
    url = address(name)
    if url.scheme != "https" and not (url.scheme == "http" and url.hostname in ("localhost", "127.0.0.1")):
        raise ImproperlyConfigured(f"{name} must be https://….")
    return url.geturl()


def folder_file(name: str, default: str) -> Path | None:
    """A file of this machine; in DATA_DIR unless named."""
    if given := os.environ.get(name):
        return Path(given)
    return None if DATA_DIR is None else DATA_DIR / default


def witnesses(name: str) -> tuple[tuple[str, VerifyingKey], ...]:
    """`https://w1.example VKEY,https://w2.example VKEY`: who cosigns the log, where, and by which key."""
    found = []
    for entry in filter(None, os.environ.get(name, "").split(",")):
        url, _, vkey = entry.strip().partition(" ")
        try:
            key = VerifyingKey.from_vkey(vkey)
        except NoteRefused as error:
            raise ImproperlyConfigured(f"{name}: {url}: {error}.") from error
        if not url.startswith(("https://", "http://")) or key.kind != COSIGNATURE:
            raise ImproperlyConfigured(f"{name} must look like https://witness.example VKEY, entries joined by commas.")
        found.append((url.rstrip("/"), key))
    return tuple(found)


# --- who we are -----------------------------------------------------------------------------------------------------
PUBLIC_URL = text("PUBLIC_URL").rstrip("/")
_public = address("PUBLIC_URL")
if _public.hostname is None or (_public.scheme != "https" and _public.hostname != "localhost"):
    raise ImproperlyConfigured(
        "PUBLIC_URL must be https://… (http only for localhost: passkeys and __Host- cookies need it)."
    )
ALLOWED_HOSTS = [_public.hostname]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
DEMO = flag("DEMO")
DEBUG = flag("DEBUG")
NODE = text("NODE_NAME", "main")
VERSION = "0.1.0"
# Reverse proxies in front of the server: how many entries from the right of X-Forwarded-For are ours (0: the header is
# ignored).
TRUSTED_PROXIES = count("TRUSTED_PROXIES")
DATA_DIR = Path(os.environ["DATA_DIR"]) if os.environ.get("DATA_DIR") else None
# Attachments: ciphertext, one file each; shared by all machines that serve.
FILES_DIR = Path(text("CORDEE_FILES_DIR", None if DATA_DIR is None else str(DATA_DIR / "files")))
# Exports of the log that officers ask for, for seven days.
EXPORTS_DIR = Path(text("CORDEE_EXPORTS_DIR", None if DATA_DIR is None else str(DATA_DIR / "exports")))

# --- secrets --------------------------------------------------------------------------------------------------------
SECRET_KEY = text("SECRET_KEY")
PATIENT_KEYS = versioned_keys("PATIENT_KEYS")  # seal patient traits and the secrets of second factors at rest
BLIND_INDEX_KEY = key("BLIND_INDEX_KEY")  # equality search without plaintext
AUDIT_MAC_KEY = key("AUDIT_MAC_KEY")  # nobody with database access alone can invent an act
AUDIT_DETAIL_KEYS = versioned_keys("AUDIT_DETAIL_KEYS")
ORDER_KEY = key("CORDEE_ORDER_KEY")  # Ed25519 seed: orders an ended person or device out of circles, and nothing else

# --- the log --------------------------------------------------------------------------------------------------------
# Read by the sequencer alone (`manage.py seal_audit`): its role, its signing key, and what it has signed last.
SEQUENCER_DATABASE_URL = os.environ.get("SEQUENCER_DATABASE_URL") or None
AUDITOR_DATABASE_URL = os.environ.get("AUDITOR_DATABASE_URL") or None  # `manage.py verify_audit --db` reads by it
LOG_KEY_FILE = folder_file("CORDEE_LOG_KEY_FILE", "log/key")
LOG_GUARD_FILE = folder_file("CORDEE_LOG_GUARD_FILE", "log/guard.json")
# Read by everybody who hands out proofs: who cosigns, and how many of them a checkpoint waits for.
WITNESSES = witnesses("CORDEE_WITNESSES")
WITNESS_QUORUM = count("CORDEE_WITNESS_QUORUM", default=min(1, len(WITNESSES)))

# --- reaching people --------------------------------------------------------------------------------------------------
REMIND_AFTER = timedelta(minutes=count("CORDEE_REMIND_MINUTES", default=10))
MAIL_AFTER = timedelta(minutes=count("CORDEE_ABSENT_MINUTES", default=30))
# Signs what is sent to push services (VAPID); without it nobody is woken.
PUSH_KEY = key("CORDEE_PUSH_KEY") if os.environ.get("CORDEE_PUSH_KEY") else None
# Push services beside those of the browsers' makers, as origins.
PUSH_ORIGINS = tuple(os.environ.get("CORDEE_PUSH_ORIGINS", "").split())
ESCALATE_AFTER = timedelta(minutes=count("CORDEE_ESCALATE_MINUTES", default=10))

# --- parts ----------------------------------------------------------------------------------------------------------
# The application's role may not alter the log; migrations run as the owner (`--database owner`).
DATABASES: dict[str, dict[str, Any]] = {"default": postgres("DATABASE_URL")}
# Connections are kept: each new one is a new writer of the log, with events of its own.
DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 16, "timeout": 10}
if os.environ.get("MIGRATION_DATABASE_URL"):
    DATABASES["owner"] = postgres("MIGRATION_DATABASE_URL") | {"TEST": {"MIRROR": "default"}}
DATABASE_URL = text("DATABASE_URL")  # chat/store.py keeps its own asynchronous connection
REDIS_URL = text("REDIS_URL")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "cordee"}
}

# --- letters ----------------------------------------------------------------------------------------------------------
_mail, _tls = mail("CORDEE_MAIL_URL", None if DATA_DIR is None else (DATA_DIR / "mail").absolute().as_uri())
EMAIL_BACKEND = (
    "accounts.mail_folder.EmailBackend" if _mail.scheme == "file" else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_FILE_PATH = unquote(_mail.path)
EMAIL_HOST, EMAIL_PORT = _mail.hostname or "", _mail.port or (465 if _tls == "implicit" else 587)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
EMAIL_USE_TLS, EMAIL_USE_SSL = _tls == "starttls", _tls == "implicit"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = text("CORDEE_MAIL_FROM", f"Cordée <cordee@{_public.hostname}>")

# --- the national identity service (INSi) ----------------------------------------------------------------------------
INSI_URL = service("CORDEE_INSI_URL")
INSI_CERTIFICATE = os.environ.get("CORDEE_INSI_CERTIFICATE") or None  # PEM: our certificate and its private key
INSI_AUTHORISATION = os.environ.get("CORDEE_INSI_AUTHORISATION") or "demonstration"

# --- rooms ----------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "daphne",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.headless",
    "guardian",
    "oauth2_provider",
    "audit",
    "accounts",
    "directory",
    "circles",
    "chat",
    "compliance",
]
MIDDLEWARE = [
    "config.probes.Probes",
    "audit.middleware.request_trace",
    "config.fhir.Fhir",
    "config.security.OneHost",
    "config.security.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
AUDIT_ACTOR = "config.actor.of_request"  # the log's floor knows no accounts
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

# --- signing in -----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]  # memory-hard, from the standard library
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
HEADLESS_ONLY = True  # JSON only; the addresses are listed in accounts/urls.py
HEADLESS_CLIENTS = ("browser",)
HEADLESS_ADAPTER = "accounts.adapters.HeadlessAdapter"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]  # allauth checks it against the login methods; nobody signs up
ACCOUNT_EMAIL_VERIFICATION = "none"  # the registrar who creates the account vouches for the address
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",  # a hospital at the morning shift is one address
    "system_login": "120/m/ip",  # a secret has 128 random characters: the limit is for the price of looking at one
    "login_failed": "30/m/ip,5/5m/key",  # key: the e-mail address, known or not; after the password, the person
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_ADAPTER = "accounts.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # who came by a letter's link may sign in with another address than the letter's
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a passkey alone must be two factors
MFA_TOTP_TOLERANCE = 1  # steps of 30 s either way; accounts/totp.py lets each code work once
MFA_RECOVERY_CODE_DIGITS = 10
MFA_RECOVERY_CODES_SHOW_ONCE = True
ANONYMOUS_USER_NAME = None  # guardian: nobody has rights without signing in
GUARDIAN_MONKEY_PATCH_USER = GUARDIAN_MONKEY_PATCH_GROUP = False  # only circles.access asks guardian
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]  # its backend would answer `user.has_perm` beside the gate
SESSION_COOKIE_NAME = "__Host-cordee_session"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_NAME = "__Host-cordee_csrf"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "config.errors.csrf_page"

# --- programs of organisations ----------------------------------------------------------------------------------------
OAUTH2_PROVIDER_APPLICATION_MODEL = "circles.System"
OAUTH2_PROVIDER = {
    "SCOPES": {"careteam.read": "read care teams", "careteam.write": "propose care teams"},
    "OAUTH2_SERVER_CLASS": "oauthlib.oauth2.BackendApplicationServer",  # client credentials, no other grant
    "ACCESS_TOKEN_EXPIRE_SECONDS": 600,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,  # tokens are kept as digests
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,  # never in an address
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
}

# --- language, time, files ------------------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
FRONTEND_DIST = BASE_DIR / "frontend" / "dist"
WHITENOISE_ROOT = FRONTEND_DIST if FRONTEND_DIST.is_dir() else None
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/assets/.+"  # Vite writes the hash of the content into the name

# --- logs -----------------------------------------------------------------------------------------------------------
LOGGING = logs.LOGGING
logs.configure()

# --- limits ---------------------------------------------------------------------------------------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # the largest body of JSON is the opening of a circle
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if _public.scheme == "https" else 0
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
