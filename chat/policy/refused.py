"""What the policy refuses."""

from __future__ import annotations


class PolicyRefused(Exception):
    """`code` is stable, the same in `frontend/src/core/policy/refused.ts`; nothing changed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
