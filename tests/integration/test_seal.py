"""Events get their place in the log: in one order, once, signed, provable."""

from __future__ import annotations

import threading
from contextlib import closing
from itertools import pairwise

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from uuid_utils.compat import uuid7

from audit import proofs
from audit.merkle import leaf_hash, root, verify_consistency, verify_inclusion
from audit.models import Event, KeyLeaf, Leaf, SignedCheckpoint, Tile
from audit.note import Checkpoint, VerifyingKey, open_note
from audit.proofs import Proof
from audit.services import append_key_leaf
from tests.database import Cluster
from tests.log import seal, sequencing
from tests.trail import act


def check(proof: Proof | None) -> Checkpoint:
    """The proof, as whoever holds the log's public key checks it."""
    assert proof is not None
    key = VerifyingKey.from_vkey(proofs.vkeys()[proof.origin])
    checkpoint = Checkpoint.read(open_note(proof.note, [key]).text)
    leaf = leaf_hash(proof.leaf.encode())
    verify_inclusion(leaf=leaf, index=proof.index, size=checkpoint.size, path=proof.path, root=checkpoint.root)
    assert (checkpoint.origin, checkpoint.size) == (proof.origin, proof.size)
    return checkpoint


def test_an_event_has_its_place_and_its_proof(committed_db: str) -> None:
    event = act()
    assert proofs.proof_of_event(event) is None
    assert proofs.indices([event]) == {}

    seal()

    proof = proofs.proof_of_event(event)
    check(proof)
    assert proof
    assert proof.leaf == Event.objects.get(id=event).leaf
    assert proofs.indices([event, uuid7()]) == {event: (proof.origin, proof.index)}


def test_every_event_has_one_place_in_the_order_of_its_transaction(committed_db: str) -> None:
    for number in range(5):
        act(f"s{number}")
        seal()

    in_order = list(Event.objects.order_by("xid", "id").values_list("id", "leaf"))
    places = list(Leaf.objects.filter(event__isnull=False).order_by("i").values_list("i", "event", "hash"))
    assert [(index, event) for index, event, _ in places] == [(n, event) for n, (event, _) in enumerate(in_order)]
    assert [bytes(hashed) for *_, hashed in places] == [leaf_hash(leaf.encode()) for _, leaf in in_order]


def test_each_checkpoint_extends_the_one_before_and_old_ones_still_prove(committed_db: str) -> None:
    first = act("first")
    for number in range(4):
        act(f"s{number}")
        seal()
    origin = proofs.open_origins()["acts"]
    signed = [(size, note) for size, note in proofs.checkpoints(origin) if size]

    key = VerifyingKey.from_vkey(proofs.vkeys()[origin])
    known = [Checkpoint.read(open_note(note, [key]).text) for _, note in signed]
    assert len(known) == 4
    for old, new in pairwise(known):
        path = proofs.consistency(origin, old.size, new.size)
        verify_consistency(old_size=old.size, old_root=old.root, size=new.size, root=new.root, path=path)
    for checkpoint in known:
        assert check(proofs.proof_of_event(first, size=checkpoint.size)) == checkpoint
    for size in (known[0].size - 1, 0, known[-1].size + 1):
        with pytest.raises(proofs.UnknownLog):
            proofs.proof_of_event(first, size=size)
    with pytest.raises(proofs.UnknownLog):
        proofs.consistency(origin, 1, known[-1].size + 1)


def test_a_tree_of_several_tiles_is_the_tree_of_its_leaves(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of 100, so that tiles are filled over several of them; 256 is passed."""
    monkeypatch.setattr("audit.sequencer.BATCH", 100)
    with transaction.atomic():
        for number in range(300):
            act(f"s{number}")
    seal()

    leaves = [leaf_hash(leaf.encode()) for leaf in Event.objects.order_by("xid", "id").values_list("leaf", flat=True)]
    assert len(leaves) > 300
    newest = SignedCheckpoint.objects.filter(log__kind="acts").order_by("-size")[0]
    assert (newest.size, bytes(newest.root)) == (len(leaves), root(leaves))
    tiles = Tile.objects.filter(log=newest.log, level=0).order_by("n").values_list("hashes", flat=True)
    assert b"".join(map(bytes, tiles)) == b"".join(leaves)
    assert len(bytes(Tile.objects.get(log=newest.log, level=1).hashes)) == 32 * (len(leaves) // 256)
    for event in Event.objects.order_by("?")[:10]:
        check(proofs.proof_of_event(event.id))


def test_nothing_is_sealed_behind_a_transaction_that_may_still_commit(committed_db: str, cluster: Cluster) -> None:
    """A transaction began to write first and commits last: its event comes first all the same."""
    url = cluster.services.postgres.url("postgres", committed_db)
    with closing(psycopg.connect(url)) as slow:
        slow.execute("SELECT pg_current_xact_id()")
        event = act()
        seal()
        assert proofs.proof_of_event(event) is None
        slow.rollback()
    seal()
    check(proofs.proof_of_event(event))


def test_the_key_log_is_of_its_own(committed_db: str) -> None:
    person = uuid7()
    with transaction.atomic():
        kept = [append_key_leaf(user_id=person, seq=seq, leaf=f'{{"seq":{seq}}}'.encode()) for seq in (1, 2, 3)]
    act()
    seal()

    found = [proofs.proof_of_key_leaf(one) for one in kept]

    assert [(proof.origin, proof.index, proof.leaf) for proof in found if proof] == [
        ("localhost/keys", seq - 1, f'{{"seq":{seq}}}') for seq in (1, 2, 3)
    ]
    for proof in found:
        check(proof)
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("SELECT audit_append_key_leaf(%s, %s, 3, 'x', %s)", (uuid7(), person, bytes(32)))
    assert KeyLeaf.objects.count() == 3


def test_events_written_while_it_works_are_each_sealed_once(committed_db: str) -> None:
    """Four threads write, the sequencer does not wait for them; nothing is lost, nothing comes twice."""
    done = threading.Event()

    def write(name: str) -> None:
        for number in range(25):
            act(f"{name}{number}")
        connection.close()

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    with sequencing() as sequencer:
        for thread in threads:
            thread.start()
        while not done.is_set():
            if not any(thread.is_alive() for thread in threads):
                done.set()
            sequencer.seal()
    for thread in threads:
        thread.join()

    sealed = list(Leaf.objects.filter(event__isnull=False).order_by("i").values_list("event", flat=True))
    assert sealed == list(Event.objects.order_by("xid", "id").values_list("id", flat=True))
    newest = SignedCheckpoint.objects.filter(log__kind="acts").order_by("-size")[0]
    assert newest.size == len(sealed)
