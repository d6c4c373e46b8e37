"""What the chat refuses, each with a stable code that the browser words; `status` is its HTTP meaning."""

from __future__ import annotations


class ChatError(Exception):
    """A refusal: nothing was stored. `evidence` helps the log, never the person, and holds no content."""

    status = 400

    def __init__(self, code: str, *, evidence: str = "", status: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.detail = ""
        self.evidence = evidence
        if status is not None:
            self.status = status


class NotFound(ChatError):
    """Absent or forbidden: the answer is the same."""

    status = 404

    def __init__(self, evidence: str = "") -> None:
        super().__init__("not_found", evidence=evidence)


class DeviceEnded(ChatError):
    """One's own device, ended while it was away: it shall know, and forget what it has."""

    status = 410

    def __init__(self) -> None:
        super().__init__("device_ended")


class Conflict(ChatError):
    """The circle moved on, or waits for a removal to be committed; the sender catches up and tries again."""

    status = 409
