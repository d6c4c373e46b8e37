"""The events that a certificate rests on, each with its proof: all of one log under one checkpoint."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from audit import proofs
from audit.models import Event
from chat.canonical import to_base64
from compliance.errors import ComplianceError
from compliance.lives import Fact

MOST: Final = 20_000  # facts, some 30 MB: a circle of 250 people with ten thousand epochs


class Evidence:
    """Events to prove, each once."""

    def __init__(self) -> None:
        self._events: dict[UUID, None] = {}

    def add(self, events: Iterable[UUID]) -> None:
        self._events |= dict.fromkeys(events)

    def of(self, event: Event | Fact | None) -> str | None:
        """The event's id as the claim names it; from now on it will be proved."""
        if event is None:
            return None
        self.add([event.id])
        return str(event.id)

    def proved(self) -> dict[str, object]:
        """`facts` (leaf, place, path) and `checkpoints` (the note of each log). Some queries, and one for each tile.

        Raises ComplianceError `not_sealed` while the log has not signed all of them, `too_large`.
        """
        if len(self._events) > MOST:
            raise ComplianceError("too_large")
        try:
            proved = proofs.proofs_of_events(self._events)
        except proofs.UnknownLog:
            proved = {}
        if len(proved) < len(self._events):
            raise ComplianceError("not_sealed")
        facts = [
            {"i": each.index, "leaf": each.leaf, "origin": each.origin, "p": [to_base64(one) for one in each.path]}
            for each in proved.values()
        ]
        notes = {each.origin: each.note for each in proved.values()}
        return {"checkpoints": notes, "facts": facts}
