"""One push: encrypted for one browser (RFC 8291), signed with the server's key (VAPID, RFC 8292), to the service that
the browser named.

A push says that something waits and of which kind, nothing more. The endpoint came from a browser: only known push
services are spoken to, without redirects, so that nobody sends this server to addresses of their choice.
"""

from __future__ import annotations

import base64
import json
import time
from email.utils import parseaddr
from enum import Enum
from functools import cache
from typing import Final, Literal
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from py_vapid import Vapid02
from pywebpush import WebPusher

from chat.models import PushSubscription

WakeKind = Literal["message", "urgent", "notice"]

# Of the browsers' makers: Google, Mozilla, Apple, Microsoft. The host, or one below it.
SERVICES: Final = ("fcm.googleapis.com", "push.services.mozilla.com", "push.apple.com", "notify.windows.com")
LONGEST_LABEL: Final = 63  # of a host name, RFC 1035
TIMEOUT_SECONDS: Final = 5.0
TOKEN_SECONDS: Final = 3600
# An urgent message of yesterday wakes nobody; another may wait for a weekend to end.
KEPT_SECONDS: Final = {"urgent": 3600, "message": 24 * 3600, "notice": 24 * 3600}
_GONE: Final = frozenset({404, 410})


class Outcome(Enum):
    TAKEN = "taken"
    GONE = "gone"
    LATER = "later"


def is_push_service(endpoint: str) -> bool:
    """Whether a browser's endpoint is at a known push service, or at an origin that the operator has added."""
    try:
        url = urlsplit(endpoint)
        host, origin = url.hostname or "", f"{url.scheme}://{url.netloc}"
        _ = url.port
    except ValueError:
        return False
    if not endpoint.isascii() or not endpoint.isprintable():
        return False
    if origin in settings.PUSH_ORIGINS:
        return True
    return (
        url.scheme == "https"
        and url.netloc == host
        and all(0 < len(label) <= LONGEST_LABEL for label in host.split("."))
        and any(host == each or host.endswith(f".{each}") for each in SERVICES)
    )


def application_key() -> str | None:
    """The public half of CORDEE_PUSH_KEY as browsers take it: base64url of the uncompressed point; None without it."""
    if settings.PUSH_KEY is None:
        return None
    public = _signer(settings.PUSH_KEY).public_key.public_numbers()
    point = b"\x04" + public.x.to_bytes(32, "big") + public.y.to_bytes(32, "big")
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def push(subscription: PushSubscription, kind: WakeKind, *, secret: bytes) -> Outcome:
    """Speaks to the network, for at most TIMEOUT_SECONDS a step; needs no database. `secret` is CORDEE_PUSH_KEY."""
    endpoint = subscription.endpoint
    if not is_push_service(endpoint):  # the operator took an origin off the list
        return Outcome.GONE
    keys = {"p256dh": _text(subscription.p256dh), "auth": _text(subscription.auth)}
    data = json.dumps({"t": "wake", "kind": kind}).encode()
    body = WebPusher({"endpoint": endpoint, "keys": keys}).encode(data)["body"]
    headers = _signer(secret).sign(_claims(endpoint)) | {
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEPT_SECONDS[kind]),
        "Urgency": "high" if kind == "urgent" else "normal",
        "Topic": kind,  # a newer one takes the place of one that was not delivered
    }
    try:
        answer = httpx.post(endpoint, content=body, headers=headers, timeout=TIMEOUT_SECONDS, follow_redirects=False)
    except httpx.HTTPError:
        return Outcome.LATER
    except (httpx.InvalidURL, ValueError):  # a host that no resolver takes: one browser's word must not stop the round
        return Outcome.GONE
    if answer.status_code in _GONE:
        return Outcome.GONE
    return Outcome.TAKEN if answer.is_success else Outcome.LATER


def _claims(endpoint: str) -> dict[str, str | int]:
    url = urlsplit(endpoint)
    return {
        "aud": f"{url.scheme}://{url.netloc}",
        "exp": int(time.time()) + TOKEN_SECONDS,
        "sub": f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}",  # whom the service tells of trouble
    }


@cache
def _signer(secret: bytes) -> Vapid02:
    # Not strict: the address of a demo is at localhost.
    return Vapid02(ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1()), conf={"no-strict": True})


def _text(key: bytes | memoryview) -> str:
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()
