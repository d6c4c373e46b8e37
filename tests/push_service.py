"""A push service as browsers have one, and a browser that subscribed there: it decrypts what arrives (RFC 8291) and
checks who signed (RFC 8292).

Listens on the loopback; `chat.push` sends to it because its origin is in CORDEE_PUSH_ORIGINS.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02


@dataclass
class Subscriber:
    """One browser's subscription, with the keys that only the browser has."""

    endpoint: str
    secret: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def p256dh(self) -> bytes:
        return self.secret.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def body(self, **changes: object) -> dict[str, object]:
        """Of `PUT /api/devices/{id}/push`."""
        keys = {"p256dh": base64.b64encode(self.p256dh).decode(), "auth": base64.b64encode(self.auth).decode()}
        return {"endpoint": self.endpoint, **keys} | changes

    def decrypted(self, body: bytes) -> Any:
        plain = http_ece.decrypt(body, private_key=self.secret, auth_secret=self.auth, version="aes128gcm")
        return json.loads(plain)


@dataclass
class Pushed:
    path: str
    headers: dict[str, str]
    body: bytes

    def is_signed(self) -> bool:
        return bool(Vapid02.verify(self.headers["Authorization"]))

    @property
    def claims(self) -> Any:
        token = self.headers["Authorization"].removeprefix("vapid t=").partition(",")[0]
        middle = token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


class PushService:
    def __init__(self) -> None:
        self.pushed: list[Pushed] = []
        self.status = 201
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.pushed.append(Pushed(self.path, dict(self.headers), body))
                self.send_response(service.status)
                self.send_header("Location", f"{service.origin}/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._subscribers = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def subscriber(self) -> Subscriber:
        self._subscribers += 1
        return Subscriber(f"{self.origin}/push/{self._subscribers}")

    def taken(self) -> list[Pushed]:
        """What came since it was asked last."""
        pushed, self.pushed = self.pushed, []
        return pushed

    @contextmanager
    def running(self) -> Iterator[PushService]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
