"""`audit.verify`, alone with folders made by hand: what is taken, what is refused, what is said."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from string import Formatter
from typing import Any, Final
from unittest import mock

import pytest

from audit import verify
from audit.events import KEYS
from audit.verify import REFUSED, UNREADABLE, VERIFIED
from tests.log_export import (
    LOG,
    ORIGIN,
    STRANGER,
    VKEY,
    WITNESS_VKEYS,
    WITNESSES,
    Log,
    a_log,
    checkpoint,
    event,
    root,
    text,
    vkey,
)

TRUST: Final = ["--vkey", VKEY, "--witness", WITNESS_VKEYS[0], "--witness", WITNESS_VKEYS[1]]


def run(folder: Path, *more: str, trust: list[str] = TRUST) -> tuple[int, dict[str, Any]]:
    """The exit status, and for each code of what was found its first statement."""
    said: list[str] = []
    status = verify.main([str(folder), *trust, *more, "--json"], said.append)
    answer = json.loads("".join(said))
    assert {VERIFIED: "verified", REFUSED: "refused", UNREADABLE: "unreadable"}[status] == answer["verdict"]
    return status, {one["code"]: one for one in reversed(answer["statements"]) if one["ok"] == (status == VERIFIED)}


def refused(folder: Path, *more: str) -> dict[str, Any]:
    status, found = run(folder, *more)
    assert status == REFUSED
    return found


# --- what holds ---


def test_a_whole_export_holds(tmp_path: Path) -> None:
    log = a_log()
    folder = log.write(tmp_path / "export")
    (folder / "proofs" / "a.tlog-proof").write_text(log.proof(5))
    (folder / "proofs" / "b.tlog-proof").write_text(log.proof(20, leaf=False))

    status, said = run(folder)

    assert status == VERIFIED
    assert said["signature"]["size"] == said["whole"]["size"] == 21
    assert (said["cosigned"]["count"], said["prefixes"]["count"], said["proofs"]["count"]) == (2, 5, 2)
    assert said["writers"]["writers"] == 2


@pytest.mark.parametrize("size", range(34))
def test_every_size_of_a_tree_holds_whole_and_filtered(size: int, tmp_path: Path) -> None:
    log = a_log(size)
    filtered = log.write(tmp_path / "filtered", only=list(range(0, size, 3)))

    assert run(log.write(tmp_path / "whole"))[0] == VERIFIED
    assert run(filtered)[0] == VERIFIED


def test_pruned_entries_keep_the_proof_and_account_for_missing_numbers(tmp_path: Path) -> None:
    status, said = run(a_log().write(tmp_path / "export", pruned=(0, 4, 5, 6)))

    assert status == VERIFIED
    assert said["whole"]["pruned"] == 4
    assert said["writers"]["pruned"] == 4


def test_an_earlier_log_may_have_the_beginning_of_a_writer(tmp_path: Path) -> None:
    leaves = [text(event(2, act="audit.anchor")), text(event(9, writer=4)), text(event(3)), text(event(10, writer=4))]
    closing = [text(event(4, act="writer.close", obj="Writer/3", cnt=7))]
    lost = [text(event(11, writer=4, act="writer.close", obj="Writer/1", cnt=5))]
    opened = [text(event(1, writer=5)), text(event(2, writer=200))]

    assert run(Log(leaves + closing).write(tmp_path / "export"))[1]["writers"]["elsewhere"] == 3
    assert refused(Log(leaves + lost).write(tmp_path / "gap"))["gap"]["missing"] == 2
    assert refused(Log(leaves + opened).write(tmp_path / "later"))["gap"]["writer"] == 200


def test_a_checkpoint_kept_elsewhere_is_a_beginning(tmp_path: Path) -> None:
    log, anchor = a_log(), tmp_path / "anchor"
    anchor.write_text(log.note(7))

    for name, only in {"whole": None, "filtered": [3, 9]}.items():
        status, said = run(log.write(tmp_path / name, only=only), "--anchor", str(anchor))
        assert (status, said["anchor"]["anchor"]) == (VERIFIED, 7)


def test_after_a_rotation_both_keys_are_named(tmp_path: Path) -> None:
    log = a_log()
    folder = log.write(tmp_path / "export")
    (folder / "manifest.json").unlink()
    (folder / "checkpoint").write_text(checkpoint(21, root(log.hashes), key=STRANGER))

    assert run(folder, trust=["--vkey", VKEY])[0] == REFUSED
    assert run(folder, trust=["--vkey", VKEY, "--vkey", vkey(ORIGIN, STRANGER)])[0] == VERIFIED


def test_it_runs_alone(tmp_path: Path) -> None:
    """One file and PyNaCl: no Django, none of our modules, from any folder."""
    folder, alone = a_log().write(tmp_path / "export"), tmp_path / "verify.py"
    alone.write_bytes(Path(verify.__file__).read_bytes())
    command = [sys.executable, "-X", "importtime", str(alone), str(folder), "--vkey", VKEY, "--language", "en"]

    ended = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)

    assert ended.stdout.endswith("Verified.\n")
    assert {"django", "audit"} & {
        line.rpartition("|")[2].strip().partition(".")[0] for line in ended.stderr.split("\n")
    } == set()


# --- what does not ---


def entries(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[Path], None]:
    def tamper(folder: Path) -> None:
        file = folder / "entries.ndjson"
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        change(lines)
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))

    return tamper


def _leaf(index: int, **changed: object) -> Callable[[list[dict[str, Any]]], object]:
    return lambda lines: lines[index].update(leaf=text(json.loads(lines[index]["leaf"]) | changed))


def _renumber(lines: list[dict[str, Any]]) -> None:
    for index, line in enumerate(lines):
        line["i"] = index


def _swap(lines: list[dict[str, Any]]) -> None:
    lines[8], lines[9] = lines[9], lines[8]
    _renumber(lines)


def _remove(lines: list[dict[str, Any]]) -> None:
    del lines[8]
    _renumber(lines)


def _insert(lines: list[dict[str, Any]]) -> None:
    lines.insert(8, {"i": 8, "leaf": text(event(99))})
    _renumber(lines)


@pytest.mark.parametrize(
    ("tamper", "code", "facts"),
    [
        (_leaf(9, act="auth.logout"), "root", {"low": 7, "high": 15}),
        (_leaf(20, act="auth.logout"), "root", {"low": 20, "high": 20}),
        (_swap, "root", {"low": 7, "high": 15}),
        (_remove, "gap", {"writer": 1, "number": 5, "missing": 1}),
        (_remove, "count", {"count": 20, "size": 21}),
        (_insert, "count", {"count": 22, "size": 21}),
        (lambda lines: lines.pop(), "count", {"count": 20, "size": 21}),
        (lambda lines: lines.pop(8), "order", {"index": 9, "expected": 8}),
        (lambda lines: lines.insert(8, lines[9]), "order", {"index": 9, "expected": 8}),
        (lambda lines: lines[3].update(h=b64encode(bytes(32)).decode(), leaf=None), "root", {"low": 1, "high": 3}),
        (lambda lines: lines[3].update(leaf=lines[3]["leaf"] + " "), "not_canonical", {"index": 3}),
        (_leaf(3, name="Sandrine"), "not_canonical", {"index": 3}),
        (_leaf(3, siz=1.5), "not_canonical", {"index": 3}),
        (_leaf(3, siz=2**53), "not_canonical", {"index": 3}),
        (_leaf(3, wn=1), "repeated", {"index": 3, "writer": 2, "number": 1}),
    ],
)  # fmt: skip
def test_a_changed_entry_is_found(
    tamper: Callable[[list[dict[str, Any]]], object], code: str, facts: dict[str, Any], tmp_path: Path
) -> None:
    folder = a_log().write(tmp_path / "export")
    entries(tamper)(folder)

    found = refused(folder)

    assert "file_differs" in found
    assert {key: found[code][key] for key in facts} == facts


@pytest.mark.parametrize(
    ("tamper", "code"),
    [
        (_leaf(1, act="auth.logout"), "path"),
        (lambda lines: lines[1].update(i=8), "path"),
        (lambda lines: lines[1].update(i=100), "path"),
        (lambda lines: lines[1]["p"].pop(), "path"),
        (lambda lines: lines[1]["p"].append(lines[1]["p"][0]), "path"),
        (lambda lines: lines[1]["p"].reverse(), "path"),
        (lambda lines: lines[1].pop("p"), "no_path"),
        (lambda lines: lines.append(lines[0]), "order"),
    ],
)
def test_a_changed_entry_of_a_filtered_export_is_found(
    tamper: Callable[[list[dict[str, Any]]], object], code: str, tmp_path: Path
) -> None:
    folder = a_log().write(tmp_path / "export", only=[3, 9, 14])
    entries(tamper)(folder)

    assert code in refused(folder)


def test_an_act_that_was_lost_before_it_was_sealed_leaves_a_gap(tmp_path: Path) -> None:
    """The tree is what was signed: only the writer's count shows that something is not in it."""
    log = a_log()
    del log.leaves[8]

    assert refused(log.write(tmp_path / "middle"))["gap"]["number"] == 5
    ended = Log([text(event(1)), text(event(1, writer=2)), text(event(2, act="writer.close", obj="Writer/2", cnt=3))])
    gap = refused(ended.write(tmp_path / "end"))["gap"]
    assert (gap["writer"], gap["number"], gap["missing"]) == (2, 2, 2)


def test_a_rewritten_past_is_found_by_what_was_kept(tmp_path: Path) -> None:
    """All is signed anew with the log's own key; only checkpoints from before know."""
    before, after, anchor = a_log(), a_log(), tmp_path / "anchor"
    after.leaves[3] = text(json.loads(after.leaves[3]) | {"act": "auth.logout"})
    anchor.write_text(before.note(7))

    for name, only in {"whole": None, "filtered": [3, 9]}.items():
        folder = after.write(tmp_path / name, only=only)
        assert run(folder)[0] == VERIFIED
        assert refused(folder, "--anchor", str(anchor))["anchor_prefix"]["anchor"] == 7
        (folder / "checkpoints" / "7").write_text(before.note(7))
        assert refused(folder)["older"]["size"] == 7


def test_a_cut_end_is_found_by_what_was_kept(tmp_path: Path) -> None:
    log, anchor = a_log(), tmp_path / "anchor"
    anchor.write_text(log.note())

    assert "anchor_longer" in refused(a_log(20).write(tmp_path / "cut"), "--anchor", str(anchor))
    assert "anchor_longer" in refused(a_log(20).write(tmp_path / "filtered", only=[1]), "--anchor", str(anchor))


def test_a_filtered_export_must_show_that_it_extends_the_anchor(tmp_path: Path) -> None:
    log, anchor = a_log(), tmp_path / "anchor"
    anchor.write_text(log.note(9))

    assert refused(log.write(tmp_path / "export", only=[3]), "--anchor", str(anchor))["unproved"]["size"] == 9


@pytest.mark.parametrize("name", ["checkpoint", "checkpoints/7"])
def test_only_the_logs_own_signature_counts(name: str, tmp_path: Path) -> None:
    folder, log = a_log().write(tmp_path / "export"), a_log()
    size = 21 if name == "checkpoint" else 7
    note = (folder / name).read_text()
    forged = [
        checkpoint(size, root(log.hashes[:size]), key=STRANGER),
        checkpoint(size, root(log.hashes[:size]), origin="elsewhere.example/audit/2026", key=STRANGER),
        note.replace(f"\n{size}\n", f"\n{size - 1}\n", 1),
        note.split("\n\n", maxsplit=1)[0] + "\n\n" + checkpoint(size, bytes(32)).split("\n\n")[1],
    ]

    for one in forged:
        (folder / name).write_text(one)
        assert refused(folder)["unsigned"]["file"] == name


def test_witnesses_that_were_asked_for_must_have_signed(tmp_path: Path) -> None:
    log = a_log()
    log.witnesses = ("south.example/w",)
    folder = log.write(tmp_path / "export")

    assert run(folder)[1]["cosigned"]["count"] == 1
    assert refused(folder, "--quorum", "2")["not_cosigned"]["count"] == 1
    assert run(folder, trust=["--vkey", VKEY])[1].keys() >= {"no_witness"}
    log.witnesses = ()
    assert "not_cosigned" in refused(log.write(tmp_path / "bare"))
    twice = folder / "checkpoint"
    twice.write_text(twice.read_text() + twice.read_text().splitlines()[-1] + "\n")
    assert refused(folder, "--quorum", "2")["not_cosigned"]["count"] == 1


def test_a_receipt_of_something_else_is_refused(tmp_path: Path) -> None:
    log, other = a_log(), a_log()
    other.leaves[5] = text(event(40))
    folder = log.write(tmp_path / "export")
    for proof in (
        other.proof(5),
        other.proof(5, leaf=False),
        log.proof(5).replace("index 5", "index 6"),
        re.sub("extra .+", "extra e30=", log.proof(5)),
    ):
        (folder / "proofs" / "a.tlog-proof").write_text(proof)
        assert refused(folder)["proof"]["file"] == "proofs/a.tlog-proof"


def test_a_file_that_changed_after_the_export_is_named(tmp_path: Path) -> None:
    folder = a_log().write(tmp_path / "export")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] |= {"events.csv": {"sha256": "0" * 64}, "gone.csv": {"sha256": "0" * 64}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "events.csv").write_text("id\n")

    found = refused(folder)
    assert (found["file_differs"]["file"], found["file_missing"]["file"]) == ("events.csv", "gone.csv")


# --- what cannot be read ---


def _write(name: str, content: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(content)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda folder: (folder / "checkpoint").unlink(), "absent"),
        (lambda folder: (folder / "entries.ndjson").unlink(), "absent"),
        (_write("checkpoint", ""), "note"),
        (_write("checkpoint", "cordee.example\n1\nAAAA\n"), "note"),
        (_write("checkpoint", "x" * 100_000), "too_long"),
        (_write("checkpoints/7", "a note\n"), "note"),
        (_write("entries.ndjson", "entry\n"), "entry"),
        (_write("entries.ndjson", '{"i":0,"leaf":"{}"}'), "entry"),
        (_write("entries.ndjson", '{"i":0}\n'), "entry"),
        (_write("entries.ndjson", '{"i":0,"leaf":"{}","h":"AA=="}\n'), "entry"),
        (_write("entries.ndjson", '{"i":0,"leaf":"{}","leaf":"[]"}\n'), "entry"),
        (_write("entries.ndjson", '{"i":true,"leaf":"{}"}\n'), "entry"),
        (_write("entries.ndjson", '{"i":0,"h":"AAAA"}\n'), "entry"),
        (_write("entries.ndjson", '{"i":0,"leaf":"{}","p":[1]}\n'), "path_form"),
        (_write("entries.ndjson", '{"i":0,"leaf":"' + "x" * 1_000_000 + '"}\n'), "entry"),
        (_write("proofs/a.tlog-proof", "c2sp.org/tlog-proof@v2\nindex 1\n\n"), "proof_form"),
        (_write("proofs/a.tlog-proof", "c2sp.org/tlog-proof@v1\nindex 01\n\n"), "proof_form"),
        (_write("manifest.json", "[]"), "manifest"),
        (_write("manifest.json", '{"files":{"../checkpoint":{}}}'), "manifest"),
        (_write("manifest.json", '{"files":{},"consistency":[]}'), "manifest"),
    ],
)
def test_what_has_not_its_form_is_unreadable(spoil: Callable[[Path], object], code: str, tmp_path: Path) -> None:
    folder = a_log().write(tmp_path / "export")
    spoil(folder)

    status, found = run(folder)

    assert (status, set(found)) == (UNREADABLE, {code})


def test_keys_and_anchors_that_cannot_be_used_are_said(tmp_path: Path) -> None:
    folder, anchor = a_log().write(tmp_path / "export"), tmp_path / "anchor"

    for key in ("", "cordee.example", VKEY[:-4] + "AAA=", VKEY.replace("2026", "2027"), WITNESS_VKEYS[0]):
        assert run(folder, trust=["--vkey", key])[1].keys() == {"vkey"}
    anchor.write_text(checkpoint(7, bytes(32), key=STRANGER))
    assert run(folder, "--anchor", str(anchor))[1].keys() == {"anchor_unsigned"}
    other = "cordee.example/audit/2025"
    anchor.write_text(checkpoint(7, bytes(32), origin=other))
    status, found = run(folder, "--vkey", vkey(other, LOG), "--anchor", str(anchor))
    assert (status, set(found)) == (UNREADABLE, {"anchor_other"})


# --- words ---


def _deep(folder: Path) -> None:
    leaf = json.dumps("[" * 4000)
    (folder / "entries.ndjson").write_text(f'{{"i":0,"leaf":{leaf}}}\n')


def _nested(folder: Path) -> None:
    (folder / "entries.ndjson").write_text('{"i":0,"p":' + "[" * 9000 + "}\n")


def _pipe(folder: Path) -> None:
    (folder / "entries.ndjson").unlink()
    os.mkfifo(folder / "entries.ndjson")


def _manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("[" * 200_000)


@pytest.mark.parametrize("spoil", [_deep, _nested, _pipe, _manifest])
def test_what_would_hang_or_crash_is_unreadable(spoil: Callable[[Path], object], tmp_path: Path) -> None:
    spoil(folder := a_log().write(tmp_path / "export"))
    assert run(folder)[0] == UNREADABLE


def test_what_is_verified_writes_no_lines_of_its_own(tmp_path: Path) -> None:
    folder = a_log().write(tmp_path / "export")
    (folder / "checkpoints" / "\x1b[2J\n  ✓ x\nVérifié.\n").write_text(checkpoint(3, bytes(32), key=STRANGER))
    said: list[str] = []
    assert verify.main([str(folder), *TRUST, "--language", "fr"], said.append) == REFUSED
    assert "Vérifié.\n" not in "".join(said)
    assert "\x1b" not in "".join(said)


def test_one_witness_under_two_names_is_one(tmp_path: Path) -> None:
    log = a_log()
    folder = log.write(tmp_path / "export")
    [(name, key), *_] = WITNESSES.items()
    with mock.patch.dict(WITNESSES, {"again.example/w": key}):
        twice = checkpoint(21, root(log.hashes), witnesses=(name, "again.example/w"))
    (folder / "checkpoint").write_text(twice)
    keys = ["--vkey", VKEY, "--witness", WITNESS_VKEYS[0], "--witness", vkey("again.example/w", key, 4)]
    status, found = run(folder, "--quorum", "2", trust=keys)
    assert (status, found["not_cosigned"]["count"]) == (REFUSED, 1)


def test_what_is_made_to_be_read_is_said_to_be_unsigned(tmp_path: Path) -> None:
    folder = a_log().write(tmp_path / "export")
    (folder / "events.csv").write_text("forged")
    status, said = run(folder)
    assert (status, said["for_people"]["files"]) == (VERIFIED, "events.csv")


def test_each_sentence_stands_in_both_languages_with_the_same_facts() -> None:
    for code, sentences in verify.WORDS.items():
        french, english = ({name for _, name, _, _ in Formatter().parse(one) if name} for one in sentences)
        assert french == english, code
        assert sentences[0] != sentences[1]
        assert not re.search("[^\u00a0][:;?!»](?= |$)", sentences[0]), code


def test_much_of_the_same_is_said_shortly(tmp_path: Path) -> None:
    log = a_log(100)
    folder = log.write(tmp_path / "export")
    entries(lambda lines: [line.update(leaf=line["leaf"] + " ") for line in lines])(folder)
    said: list[str] = []

    status = verify.main([str(folder), *TRUST, "--language", "fr"], said.append)

    assert status == REFUSED
    assert sum("unique forme" in line for line in said) == verify.SAID
    assert any("80 autres" in line for line in said)


def test_the_keys_are_those_of_the_event() -> None:
    assert verify.Acts.KEYS == KEYS
