"""The one error tree of `chat.mls`.

Used by every file of this room and by whoever calls it. Whatever bytes come in, nothing but an `MlsError` goes out.
`code` is stable and may be shown to a client; `evidence` says where (leaf and node indexes, epochs, lengths) and never
holds what a person wrote nor a key, so that it may be logged.
"""

from __future__ import annotations

Evidence = int | str


class MlsError(Exception):
    """Base of all. `code` is a stable word, `detail` a sentence in English, `evidence` small facts for the log."""

    def __init__(self, code: str, detail: str = "", **evidence: Evidence) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.evidence: dict[str, Evidence] = evidence

    def __str__(self) -> str:
        facts = " ".join(f"{name}={value}" for name, value in self.evidence.items())
        return " · ".join(part for part in (self.code, self.detail, facts) if part)


class Malformed(MlsError):
    """The bytes are not in the RFC's presentation language, exceed a bound of ours, or are of a kind we do not take."""


class BadSignature(MlsError):
    """A signature does not verify strictly.

    `code` is always `bad_signature`; evidence `label` names what was signed.
    """


class InvalidGroup(MlsError):
    """A GroupInfo with its tree, or a stored state, does not hold together."""


class InvalidCommit(MlsError):
    """A well-formed handshake message that RFC 9420 does not allow in this state of the group."""


class StaleEpoch(InvalidCommit):
    """The message is for another epoch. Code `stale_epoch`; evidence `epoch` (the message's) and `current`."""


class RefusedByRules(MlsError):
    """The caller's own rules say no. Raise it from a `Rules` object with a code of your own."""
