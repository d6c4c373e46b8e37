"""What a third party needs to check a log without us, in a folder: the machine's part of an export.

Used by `manage.py export_audit` and by the exports of the officer's desk, which lay files for people beside it. What
the folder holds: docs/audit.md, "The export"; who reads it: `audit/verify.py`. Authorises and records nothing: whoever
calls has done so.

    export = Export.begin(folder, asked={…})   # takes up what an interrupted one with the same words has written
    for done, total in export.write(): …       # ten thousand entries at a time
    # files for people may be laid into export.draft
    export.finish()                            # the manifest; then, and only then, the folder is there

An entry costs about fifteen microseconds in an export of the whole log, a hundred in a filtered one (its path). Memory
does not grow with the export.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, F, Min, OuterRef, QuerySet

from audit import proofs
from audit.merkle import ReadHash, consistency_path, inclusion_path
from audit.models import Event, KeyLeaf, Leaf, SignedCheckpoint
from audit.note import Checkpoint, split
from audit.proof_text import write_proof

BATCH: Final = 10_000  # entries between two steps of progress
KEPT: Final = 256  # older checkpoints that go with an export, evenly over the log
RECEIPTS: Final = 1_000  # a filtered export of so few entries has a tlog-proof for each, for other people's tools
HASHES: Final = 1 << 16  # inner nodes kept while paths are computed: about ten megabytes

ENTRIES, REQUEST = "entries.ndjson", ".request.json"


class ExportRefused(Exception):
    """Nothing is exported; `code` is stable."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Export:
    """An export that is being written. `draft` becomes `folder` when it is finished; until then it can be resumed.

    `events` None: the whole log, and then an auditor can see that nothing is missing.
    """

    folder: Path
    draft: Path
    checkpoint: Checkpoint
    asked: Mapping[str, object]
    events: QuerySet[Event] | None
    anchors: Sequence[int]
    read: ReadHash

    @classmethod
    def begin(
        cls,
        folder: Path,
        *,
        asked: Mapping[str, object],
        events: QuerySet[Event] | None = None,
        origin: str | None = None,
        anchors: Sequence[int] = (),
    ) -> Export:
        """`origin`: the log of acts that grows now, by default. `asked` (filters, by whom, why) goes into the manifest
        as it is and tells exports apart. `anchors`: sizes of checkpoints that the reader holds, so that even a filtered
        export shows that it extends them. Raises ExportRefused.
        """
        origin = origin or proofs.open_origins().get("acts")
        if origin is None:
            raise ExportRefused("no_log", "There is no log yet: the sequencer (manage.py seal_audit) has never run.")
        if folder.exists():
            raise ExportRefused("exists", f"{folder} exists; an export is a folder of its own.")
        draft = folder.with_name(f".{folder.name}.partial")
        request = json.dumps([origin, asked, *anchors], sort_keys=True, ensure_ascii=False)
        if not (draft / REQUEST).is_file() or (draft / REQUEST).read_text() != request:
            shutil.rmtree(draft, ignore_errors=True)
            _lay_out(draft, origin)
            (draft / REQUEST).write_text(request)  # last: what is half laid out is not taken up
        checkpoint = Checkpoint.read(split((draft / "checkpoint").read_text())[0])
        if late := [size for size in anchors if size > checkpoint.size]:
            raise ExportRefused("anchor_later", f"{origin} has {checkpoint.size} entries, the anchor {max(late)}.")
        return cls(folder, draft, checkpoint, asked, events, anchors, lru_cache(HASHES)(proofs.tree(origin)))

    def write(self) -> Iterator[tuple[int, int]]:
        """Write the entries that are not yet written; yields `(written, of how many)` after each batch."""
        total, written, last = self.count(), *_resume(self.draft / ENTRIES)
        with (self.draft / ENTRIES).open("a", encoding="utf-8", newline="\n") as file:
            while rows := self._rows(last):
                texts = _texts(rows)
                for row in rows:
                    file.write(self._line(row, texts.get(row.event or row.key_leaf)))
                    if self.events is not None and total <= RECEIPTS:
                        self._receipt(row, texts.get(row.event or row.key_leaf))
                file.flush()
                last = rows[-1].i
                written += len(rows)
                yield written, total

    def count(self) -> int:
        """How many entries it has."""
        return self.checkpoint.size if self.events is None else self._leaves().count()

    def finish(self) -> dict[str, Any]:
        """Write the manifest and let the folder appear, complete; returns the manifest."""
        (self.draft / REQUEST).unlink()
        manifest = {
            "format": "cordee-audit-export/1",
            "origin": self.checkpoint.origin,
            "size": self.checkpoint.size,
            "root": _base64(self.checkpoint.root),
            "whole": self.events is None,
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "asked": self.asked,
            "consistency": self._consistency(),
            "missing": self._missing(),
            "files": {str(path.relative_to(self.draft)): _facts(path) for path in _files(self.draft)},
        }
        (self.draft / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")
        self.draft.rename(self.folder)
        return manifest

    def _leaves(self) -> QuerySet[Leaf]:
        leaves = Leaf.objects.filter(log__origin=self.checkpoint.origin, i__lt=self.checkpoint.size)
        return leaves if self.events is None else leaves.filter(event__in=self.events.order_by().values("id"))

    def _rows(self, after: int) -> list[Leaf]:
        return list(
            self._leaves().filter(i__gt=after).order_by("i").only("log", "i", "hash", "event", "key_leaf")[:BATCH]
        )

    def _line(self, leaf: Leaf, text: str | None) -> str:
        said = f'"leaf":{json.dumps(text, ensure_ascii=False)}' if text else f'"h":"{_base64(bytes(leaf.hash))}"'
        if self.events is None:
            return f'{{"i":{leaf.i},{said}}}\n'
        path = ",".join(f'"{_base64(one)}"' for one in inclusion_path(leaf.i, self.checkpoint.size, self.read))
        return f'{{"i":{leaf.i},{said},"p":[{path}]}}\n'

    def _receipt(self, leaf: Leaf, text: str | None) -> None:
        if text:
            path = inclusion_path(leaf.i, self.checkpoint.size, self.read)
            note = (self.draft / "checkpoint").read_text()
            proof = write_proof(index=leaf.i, path=path, note=note, extra=text.encode())
            (self.draft / "proofs" / f"{leaf.i}.tlog-proof").write_text(proof)

    def _consistency(self) -> dict[str, list[str]]:
        """What shows a reader without all leaves that older sizes are beginnings of this one."""
        sizes = {int(each.name) for each in (self.draft / "checkpoints").iterdir()} | {*self.anchors}
        return {
            str(size): [_base64(one) for one in consistency_path(size, self.checkpoint.size, self.read)]
            for size in sorted(sizes - {0})
        }

    def _missing(self) -> list[int]:
        """Places whose event is gone from the database altogether: pruning leaves its row."""
        there = Exists(Event.objects.filter(id=OuterRef("event")))
        return list(self._leaves().filter(~there, event__isnull=False).order_by("i").values_list("i", flat=True))


def _lay_out(draft: Path, origin: str) -> None:
    """The folder without entries: the newest checkpoint, and some of those before."""
    for name in ("checkpoints", "proofs"):
        (draft / name).mkdir(parents=True, mode=0o700)
    note = proofs.latest(origin)
    (draft / "checkpoint").write_text(note)
    size = Checkpoint.read(split(note)[0]).size
    for each in _older(origin, size):
        (draft / "checkpoints" / str(each)).write_text(proofs.note(origin, each))


def _older(origin: str, size: int) -> list[int]:
    """At most KEPT sizes below `size` that were signed, spread evenly; the newest of them too."""
    signed = SignedCheckpoint.objects.filter(log__origin=origin, size__gt=0, size__lt=size)
    step = max(1, size // KEPT)
    spread = signed.values(part=F("size") / step).annotate(first=Min("size")).values_list("first", flat=True)
    newest = signed.order_by("-size").values_list("size", flat=True)[:1]
    return sorted({*spread, *newest})


def _resume(entries: Path) -> tuple[int, int]:
    """How many entries a draft has, and the index of the last; what was written of a half line goes."""
    count, last, end = 0, -1, 0
    if entries.exists():
        with entries.open("rb+") as file:
            for line in file:
                if line.endswith(b"\n"):
                    count, last, end = count + 1, int(line[len(b'{"i":') : line.index(b",")]), end + len(line)
            file.truncate(end)
    return count, last


def _texts(leaves: Sequence[Leaf]) -> dict[UUID | None, str]:
    """The exact leaves by the id of their event, or of their key event; pruned ones have none."""
    events = Event.objects.filter(id__in=[leaf.event for leaf in leaves if leaf.event])
    keys = KeyLeaf.objects.filter(id__in=[leaf.key_leaf for leaf in leaves if leaf.key_leaf])
    return dict([*events.values_list("id", "leaf"), *keys.values_list("id", "leaf")])


def _files(draft: Path) -> list[Path]:
    return sorted(path for path in draft.rglob("*") if path.is_file())


def _facts(path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "bytes": path.stat().st_size}


def _base64(value: bytes) -> str:
    return b64encode(value).decode()
