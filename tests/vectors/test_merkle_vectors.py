"""The proofs of transparency-dev/merkle, the reference roots of RFC 6962, signed notes and keys of RFC 8032.

The proofs lie outside the repository, in $CORDEE_SHARED/merkle-vectors or beside the checkout; without them those tests
are skipped and say so.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from audit.merkle import (
    ProofRefused,
    consistency_path,
    inclusion_path,
    leaf_hash,
    root,
    root_at,
    verify_consistency,
    verify_inclusion,
)
from audit.note import COSIGNATURE, Checkpoint, NoteRefused, SigningKey, VerifyingKey, b64, open_note, sign
from audit.proof_text import read_proof, write_proof
from audit.tiles import WIDTH, Grown, hashes, path, read_path

Case = dict[str, Any]
SHARED = Path(os.environ.get("CORDEE_SHARED") or Path(__file__).parents[2].parent / "shared") / "merkle-vectors"
LEAVES = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                           "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
ROOTS = ("6e340b9c", "fac54203", "aeb6bcfe", "d37ee418", "4e3bbb1f", "76e67dad", "ddb89be4", "5dc9da79")


def vectors(name: str) -> list[Any]:
    if not SHARED.exists():
        return [pytest.param({}, marks=pytest.mark.skip(reason=f"{SHARED} is not there"))]
    return [pytest.param(case, id=case["name"]) for case in json.loads((SHARED / f"{name}.json").read_text())]


def bytes_of(text: str) -> bytes:
    return base64.b64decode(text)


@pytest.mark.parametrize("case", vectors("inclusion"))
def test_inclusion(case: Case) -> None:
    proof = [bytes_of(each) for each in case["proof"] or []]
    leaf, index, size, top = bytes_of(case["leafHash"]), case["leafIdx"], case["treeSize"], bytes_of(case["root"])
    if case["wantErr"]:
        with pytest.raises(ProofRefused):
            verify_inclusion(leaf=leaf, index=index, size=size, path=proof, root=top)
    else:
        verify_inclusion(leaf=leaf, index=index, size=size, path=proof, root=top)


@pytest.mark.parametrize("case", vectors("consistency"))
def test_consistency(case: Case) -> None:
    proof = [bytes_of(each) for each in case["proof"] or []]
    old, new, old_root, top = case["size1"], case["size2"], bytes_of(case["root1"]), bytes_of(case["root2"])
    if case["wantErr"]:
        with pytest.raises(ProofRefused):
            verify_consistency(old_size=old, old_root=old_root, size=new, root=top, path=proof)
    else:
        verify_consistency(old_size=old, old_root=old_root, size=new, root=top, path=proof)


def test_the_reference_roots_of_rfc_6962() -> None:
    hashed = [leaf_hash(leaf) for leaf in LEAVES]

    assert root([]).hex().startswith("e3b0c442")
    for size, expected in enumerate(ROOTS, 1):
        assert root(hashed[:size]).hex().startswith(expected)


# --- our own trees: paths out of tiles are what the checks accept ---


def test_paths_out_of_tiles_prove_what_they_are_for() -> None:
    """Across the end of a tile: sizes 250 to 262, each leaf of the edge, each older size."""
    leaves = [leaf_hash(str(number).encode()) for number in range(262)]
    tiles: dict[tuple[int, int], bytes] = {}
    tree = Grown(0, lambda level, number: tiles[level, number])
    roots = {0: tree.root}
    for leaf in leaves:
        tree.append([leaf])
        tiles |= tree.changed
        roots[tree.size] = tree.root
    read = hashes(lambda level, number: tiles[level, number])

    assert set(tiles) == {(0, 0), (0, 1), (1, 0)}
    assert len(tiles[0, 0]) == 32 * WIDTH
    for size in range(250, 263):
        assert roots[size] == root(leaves[:size]) == root_at(size, read)
        for index in {0, 1, 127, 128, size - 2, size - 1}:
            proof = inclusion_path(index, size, read)
            verify_inclusion(leaf=leaves[index], index=index, size=size, path=proof, root=roots[size])
        for old in range(1, size + 1):
            proof = consistency_path(old, size, read)
            verify_consistency(old_size=old, old_root=roots[old], size=size, root=roots[size], path=proof)
    with pytest.raises(IndexError):
        root_at(300, read)


@pytest.mark.parametrize(
    ("tile", "text"),
    [((0, 0, 256), "0/000"), ((0, 1234067, 256), "0/x001/x234/067"), ((3, 999, 17), "3/999.p/17")],
)
def test_the_path_of_a_tile(tile: tuple[int, int, int], text: str) -> None:
    assert (path(*tile), read_path(text)) == (text, tile)


@pytest.mark.parametrize("text", ["0/0", "0/001/000", "0/x000/001", "00/000", "0/000.p/256", "0/000.p/0", "0/000\n"])
def test_a_tile_has_one_path(text: str) -> None:
    assert read_path(text) is None


# --- notes ---

# RFC 8032 §7.1, tests 1 and 2.
SEEDS = ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")  # fmt: skip
PUBLICS = ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
           "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")  # fmt: skip
LOG = SigningKey("cordee.example/audit/2026", bytes.fromhex(SEEDS[0]))
WITNESS = SigningKey("w1.example", bytes.fromhex(SEEDS[1]), COSIGNATURE)
CHECKPOINT = Checkpoint(LOG.name, 8, root([leaf_hash(leaf) for leaf in LEAVES]))
NOTE = sign(CHECKPOINT, LOG) + WITNESS.sign(CHECKPOINT.text, time=1_800_000_000)
# The example of golang.org/x/mod/sumdb/note: another implementation's signature and key id.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_keys_are_those_of_rfc_8032() -> None:
    assert [key.verifying.public.hex() for key in (LOG, WITNESS)] == list(PUBLICS)
    for key in (LOG, WITNESS):
        assert VerifyingKey.from_vkey(key.verifying.vkey) == key.verifying


def test_a_note_of_another_implementation_opens() -> None:
    assert open_note(GO_NOTE, [VerifyingKey.from_vkey(GO_KEY)]).text.startswith("If you think")


def test_a_note_says_for_whom_it_counts() -> None:
    opened = open_note(NOTE, [LOG.verifying, WITNESS.verifying])

    assert Checkpoint.read(opened.text) == CHECKPOINT
    assert [(one.key, one.time) for one in opened.signed] == [
        (LOG.verifying, None),
        (WITNESS.verifying, 1_800_000_000),
    ]
    assert [one.key for one in open_note(NOTE, [WITNESS.verifying]).signed] == [WITNESS.verifying]


STRANGER = SigningKey(LOG.name, bytes(32)).verifying


@pytest.mark.parametrize(
    ("note", "keys"),
    [
        (NOTE, []),
        (NOTE, [STRANGER]),
        (NOTE, [VerifyingKey(LOG.name, LOG.verifying.public, COSIGNATURE)]),
        (NOTE.replace("\n8\n", "\n9\n"), [LOG.verifying]),
        (NOTE.replace("\n8\n", "\n9\n"), [WITNESS.verifying]),
        (NOTE.replace("— w1", "- w1"), [LOG.verifying]),
        (NOTE.rstrip("\n"), [LOG.verifying]),
        (NOTE.replace("\n\n", "\n"), [LOG.verifying]),
        (NOTE.replace("\n8\n", "\n8\t\n"), [LOG.verifying]),
        (NOTE + "— x AAAA=\n", [LOG.verifying]),
        (NOTE + "\n", [LOG.verifying]),
        ("x" * 70_000 + NOTE, [LOG.verifying]),
        (NOTE + f"— x {b64(bytes(68))}\n" * 64, [LOG.verifying]),
        ("", [LOG.verifying]),
    ],
)
def test_what_is_not_signed_by_whom_one_trusts_is_refused(note: str, keys: list[VerifyingKey]) -> None:
    with pytest.raises(NoteRefused):
        open_note(note, keys)


@pytest.mark.parametrize("line", [1, 2])
def test_a_known_key_with_a_wrong_signature_refuses_the_note(line: int) -> None:
    lines = NOTE.split("\n")
    head, _, encoded = lines[3 + line].rpartition(" ")
    broken = bytes_of(encoded)[:-1] + bytes([bytes_of(encoded)[-1] ^ 1])
    lines[3 + line] = f"{head} {b64(broken)}"

    with pytest.raises(NoteRefused):
        open_note("\n".join(lines), [LOG.verifying, WITNESS.verifying])


@pytest.mark.parametrize(
    "text", ["", "a\n", "a\n1\n", "a\n01\nAAAA\n", "a\n-1\nAAAA\n", f"a\n1\n{b64(bytes(31))}\n", "\n1\n\n"]
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteRefused):
        Checkpoint.read(text)


@pytest.mark.parametrize(
    "vkey", ["", "a", "a+00000000+", "a b+c74f20a3+AR==", GO_KEY.replace("c74f", "c74e"), GO_KEY[:-4]]
)
def test_what_is_no_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(NoteRefused):
        VerifyingKey.from_vkey(vkey)


def test_a_proof_file_is_read_as_it_was_written() -> None:
    for extra in (None, b'{"v":1}'):
        for way in ((), (bytes(32), bytes([1]) * 32)):
            found = read_proof(write_proof(index=3, path=way, note=NOTE, extra=extra))
            assert (found.index, found.path, found.note, found.extra) == (3, way, NOTE, extra)


@pytest.mark.parametrize(
    "text",
    [
        "",
        NOTE,
        "c2sp.org/tlog-proof@v2\nindex 0\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 01\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nextra !\nindex 0\n\n" + NOTE,
    ],
)
def test_what_is_no_proof_file_is_refused(text: str) -> None:
    with pytest.raises(NoteRefused):
        read_proof(text)
