"""Why something about a circle was refused. `code` is stable and worded in the browser; `detail` is for developers."""

from __future__ import annotations


class CircleError(Exception):
    status = 409

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class NotFound(CircleError):
    """It does not exist, or this person may not know that it does: the two answer alike."""

    status = 404

    def __init__(self) -> None:
        super().__init__("not_found")


class NotAllowed(CircleError):
    """A rule about persons says no: profession, role, right."""

    status = 403


class Conflict(CircleError):
    """True requests that the present state of the circle does not admit."""

    status = 409


class Unacceptable(CircleError):
    """What was sent breaks a rule whatever the state: identity, dates, consent."""

    status = 422


class TooMany(CircleError):
    """Asked more often than anybody has to in that time."""

    status = 429
