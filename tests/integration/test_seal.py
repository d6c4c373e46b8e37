"""Events get their place in the log: in order, signed, provable; and what is not the application's own does not."""

from __future__ import annotations

from audit import proofs
from audit.merkle import leaf_hash, verify_inclusion
from audit.note import Checkpoint, VerifyingKey, open_note
from tests.log import seal
from tests.trail import act


def test_an_event_has_its_place_and_its_proof(committed_db: str) -> None:
    event = act()
    assert proofs.proof_of_event(event) is None

    seal()

    proof = proofs.proof_of_event(event)
    assert proof is not None
    key = VerifyingKey.from_vkey(proofs.vkeys()[proof.origin])
    checkpoint = Checkpoint.read(open_note(proof.note, [key]).text)
    leaf = leaf_hash(proof.leaf.encode())
    verify_inclusion(leaf=leaf, index=proof.index, size=checkpoint.size, path=proof.path, root=checkpoint.root)
