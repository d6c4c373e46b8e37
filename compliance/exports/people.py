"""An export's files for people and other systems, made from the entries that carry the proof: they say the same.

Used by `compliance.exports.jobs` and `manage.py export_audit`. Takes up what an interrupted one has written: what was
counted and how long each file is stands in a state file that is replaced after each step.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

from audit import proofs
from audit.note import Checkpoint
from compliance.exports import balp, lines, table
from compliance.exports.report import write_report
from compliance.exports.rows import Row, row_of
from compliance.exports.summary import Summary

Format = Literal["csv", "jsonl", "fhir", "pdf"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
NAMES: Final[dict[Format, str]] = {
    "csv": "events.csv",
    "jsonl": "events.jsonl",
    "fhir": "AuditEvent.ndjson",
    "pdf": "report.pdf",
}
STEP: Final = 2000  # entries: about half a second with all formats
_STATE: Final = ".people.json"


def verified_with(checkpoint: Checkpoint) -> dict[str, Any]:
    """What a report says of how its log is verified: the keys that have signed it, and which entries there are."""
    return {
        "vkeys": [span.vkey for span in proofs.keys_of(checkpoint.origin)],
        "ranges": [{"origin": checkpoint.origin, "from": 0, "to": checkpoint.size - 1}],
    }


@dataclass(frozen=True, slots=True)
class Files:
    """`draft` holds `entries.ndjson`, complete. `base`: the server's public address. `origin`: the log's."""

    draft: Path
    formats: Sequence[Format]
    origin: str
    base: str

    def write(self) -> Iterator[int]:
        """Goes on from the last step; yields how many entries are done."""
        state = self._state()
        with (self.draft / "entries.ndjson").open("rb") as entries:
            entries.seek(state["offset"])
            while said := [line for line in (entries.readline() for _ in range(STEP)) if line]:
                self._step(state, said)
                state["offset"] = entries.tell()
                self._keep(state)
                yield state["entries"]

    def finish(self, facts: dict[str, Any]) -> Summary:
        """The report, and nothing of the work stays. `facts`: what `write_report` calls the manifest."""
        summary = Summary.from_json(self._state()["summary"])
        for name in self.formats:
            path = self.draft / NAMES[name]
            if name != "pdf" and not path.exists():  # of no entries
                path.write_text(self._text(name, (), first=True), encoding="utf-8", newline="")
        if "pdf" in self.formats:
            with (self.draft / NAMES["pdf"]).open("wb") as out:
                write_report(out, summary, facts)
        (self.draft / _STATE).unlink(missing_ok=True)
        return summary

    def _step(self, state: dict[str, Any], said: Sequence[bytes]) -> None:
        entries = [json.loads(line) for line in said]
        rows = [row_of(self.origin, entry["i"], entry["leaf"]) for entry in entries if "leaf" in entry]
        for name in self.formats:
            if name != "pdf":
                with (self.draft / NAMES[name]).open("ab") as file:
                    file.truncate(state["sizes"].get(name, 0))
                    file.seek(0, os.SEEK_END)
                    file.write(self._text(name, rows, first=file.tell() == 0).encode())
                    state["sizes"][name] = file.tell()
        summary = Summary.from_json(state["summary"])
        summary.add(rows)
        summary.pruned += len(entries) - len(rows)
        state["summary"] = summary.to_json()
        state["entries"] += len(entries)

    def _text(self, name: Format, rows: Sequence[Row], *, first: bool) -> str:
        if name == "csv":
            return (table.header() if first else "") + table.lines(rows)
        return lines.lines(rows) if name == "jsonl" else balp.lines(rows, base=self.base)

    def _state(self) -> dict[str, Any]:
        path = self.draft / _STATE
        if not path.exists():
            return {"offset": 0, "entries": 0, "sizes": {}, "summary": {}}
        state: dict[str, Any] = json.loads(path.read_text())
        return state

    def _keep(self, state: dict[str, Any]) -> None:
        path = self.draft / _STATE
        fresh = path.with_suffix(".fresh")
        fresh.write_text(json.dumps(state))
        fresh.replace(path)
