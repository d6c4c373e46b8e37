"""What the officer's desk refuses; `code` is stable and worded in the browser."""

from __future__ import annotations


class ComplianceError(Exception):
    """A refusal. `evidence` is for the operator's log: ids and places, never a name."""

    status = 409

    def __init__(self, code: str, *, evidence: str = "", status: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.detail = ""
        self.evidence = evidence
        if status is not None:
            self.status = status


class NotFound(ComplianceError):
    """Absent or forbidden: the answer is the same."""

    status = 404

    def __init__(self) -> None:
        super().__init__("not_found")
