"""`events.jsonl`: one JSON object a line: the leaf as it is, its place, and what its act is. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable

from compliance.exports.rows import Row


def lines(rows: Iterable[Row]) -> str:
    """`{origin, index, label, group, severity, event}`; `event` has the keys of docs/audit.md, "The event"."""
    return "".join(json.dumps(_object(row), ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)


def _object(row: Row) -> dict[str, object]:
    return {
        "origin": row.origin,
        "index": row.index,
        "label": row.words,
        "group": row.group,
        "severity": row.kind.severity,
        "event": row.leaf,
    }
