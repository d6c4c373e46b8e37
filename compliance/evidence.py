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
        """`facts` (leaf, place, path) and `checkpoints` (the note of each log). One proof costs some queries.

        Raises ComplianceError `not_sealed` while the log has not signed all of them, `too_large`.
        """
        if len(self._events) > MOST:
            raise ComplianceError("too_large")
        places = proofs.indices(self._events)
        if len(places) < len(self._events):
            raise ComplianceError("not_sealed")
        notes: dict[str, str] = {}
        sizes: dict[str, int] = {}
        facts = []
        # The last leaf first: the checkpoint that holds it holds the others.
        for event, (origin, index) in sorted(places.items(), key=lambda each: each[1], reverse=True):
            try:
                proof = proofs.proof_of_event(event, size=sizes.get(origin))
            except proofs.UnknownLog:
                proof = None
            if proof is None:
                raise ComplianceError("not_sealed")
            notes.setdefault(origin, proof.note)
            sizes.setdefault(origin, proof.size)
            path = [to_base64(each) for each in proof.path]
            facts.append({"i": index, "leaf": proof.leaf, "origin": origin, "p": path})
        return {"checkpoints": notes, "facts": facts}
