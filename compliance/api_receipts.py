"""HTTP of receipts: the proof, kept by whoever acted, that their act is in the log (docs/protocol.md, "The log").

A receipt is a `.tlog-proof` that carries the leaf too: with the log's public key it is verified without us.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from ninja import Router

from accounts.http import SignedInRequest, signed_in
from audit import proofs, selectors
from audit.doors import not_audited
from circles.errors import CircleError, NotFound

router = Router(auth=signed_in, tags=["log"])


class NotSealed(CircleError):
    """The act is recorded and has no place in the log yet: ask again in a second."""

    status = 404

    def __init__(self) -> None:
        super().__init__("not_sealed")


@router.get("/receipts/{event_id}")
@not_audited("Gives people the proof of what they did themselves.")
def read_receipt(request: SignedInRequest, event_id: UUID) -> HttpResponse:
    if not selectors.acted(request.user.id, event_id):
        raise NotFound
    proof = proofs.proof_of_event(event_id)
    if proof is None:
        raise NotSealed
    disposition = f'attachment; filename="{event_id}.tlog-proof"'
    return HttpResponse(
        proof.text,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": disposition, "Cache-Control": "no-store"},
    )
