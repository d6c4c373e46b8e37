"""What the trail refuses. Every one of these stops the act that was to be traced: no act without trace.

Used inside `audit` and, for tests, by its callers. None of them is a refusal that a person can cause, so none has a
stable code: the browser is told `server_error`.
"""

from __future__ import annotations


class AuditError(Exception):
    """The event was not written, so the act must not happen either."""


class LeafRefused(AuditError):
    """The event has not the form of the schema at `key`. The value is not repeated: it may name somebody."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key}: {reason}")
        self.key = key


class NotInTransaction(AuditError):
    """`record` was called outside a transaction: a roll-back could not take the event with the act."""


class Untraced(AuditError):
    """An operation declared `@audited` has written no event of the act that it declares."""


class Forgotten(AuditError):
    """A subject of these words was erased, and with it the key that opens them."""


class Held(AuditError):
    """A legal hold covers this subject: nothing about it is erased while it stands."""
