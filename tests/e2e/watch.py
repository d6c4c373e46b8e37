"""What every page of the real-browser tests is watched for while it does something else: errors on its console, broken
content security, requests to strangers, and a patient's name in a title, an address or a frame.

`conftest.py` gives a `Watch` to each browser and asks all of them after each test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebSocket

# Runs in each page before its own scripts, and tells through the console: no door of ours stays open.
_TELL = """
const tell = (what, value) => console.debug(`watched ${what}: ${value}`)
document.addEventListener("securitypolicyviolation", (event) => {
  tell("violation", `${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`)
})
let title = ""
new MutationObserver(() => {
  if (document.title !== title) tell("title", (title = document.title))
}).observe(document, { childList: true, characterData: true, subtree: true })
"""
_TOLD = re.compile(r"^watched (violation|title): (.*)$", re.DOTALL)

# What the browser calls an error and nobody else does: allauth answers 401 with the ways to sign in that are left, and
# of two devices that write the vault at once the second is told to look again.
_ORDINARY = (("/_allauth/browser/v1/", "status of 401"), ("/api/vault", "status of 409"))


class Watch:
    """Collects from one context what was sent and shown; `complaints` is what should not have been."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.complaints: list[str] = []
        self.sent: list[bytes] = []
        self.shown: set[str] = set()
        self._sockets: list[WebSocket] = []
        self._origin = urlsplit(origin).netloc
        self._forgiven: re.Pattern[str] | None = None
        context.add_init_script(_TELL)
        context.on("console", self._console)
        context.on("weberror", lambda error: self._complain(f"uncaught: {error.error.stack or error.error}"))
        context.on("request", self._request)
        context.on("page", self._page)

    @property
    def open_sockets(self) -> int:
        return sum(not socket.is_closed() for socket in self._sockets)

    def told(self) -> list[str]:
        """What it has to complain of since it was asked last."""
        told, self.complaints = self.complaints, []
        return told

    @contextmanager
    def forgiving(self, pattern: str) -> Iterator[None]:
        """What matches is no complaint for the length of a block: the test breaks something on purpose."""
        self._forgiven = re.compile(pattern)
        try:
            yield
        finally:
            self._forgiven = None

    def _page(self, page: Page) -> None:
        page.on("framenavigated", lambda frame: self.shown.add(frame.url))
        page.on("websocket", self._socket)

    def _socket(self, socket: WebSocket) -> None:
        self._stays_here(socket.url)
        self._sockets.append(socket)
        socket.on("framesent", lambda frame: self.sent.append(frame if isinstance(frame, bytes) else frame.encode()))

    def _request(self, request: Request) -> None:
        self._stays_here(request.url)
        self.sent.append(f"{request.method} {request.url}\n".encode() + (request.post_data_buffer or b""))

    def _stays_here(self, url: str) -> None:
        if urlsplit(url.removeprefix("blob:")).netloc != self._origin:
            self._complain(f"a request to a stranger: {url}")

    def _console(self, message: ConsoleMessage) -> None:
        told = _TOLD.match(message.text)
        if told and told[1] == "title":
            self.shown.add(told[2])
        elif told:
            self._complain(message.text)
        elif message.type in ("error", "warning"):
            url = message.location["url"]
            path = urlsplit(url).path
            if not any(path.startswith(below) and status in message.text for below, status in _ORDINARY):
                self._complain(f"{message.type}: {message.text} ({url})")

    def _complain(self, text: str) -> None:
        if self._forgiven is None or not self._forgiven.search(text):
            self.complaints.append(text)
