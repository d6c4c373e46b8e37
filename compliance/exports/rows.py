"""An event as the human formats show it: its leaf, its place in the log, the codes that people compare. Pure.

Used by every writer of this room; made by `compliance.exports.building`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from audit.acts import ACTS, Act
from compliance.codes import code_of, device_code
from compliance.exports.words import ACT_WORDS, GROUP_WORDS
from compliance.groups import GROUP_OF, Group

Leaf = Mapping[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class Row:
    """`leaf` with the keys of docs/audit.md; `origin` and `index` are its place."""

    origin: str
    index: int
    leaf: Leaf

    @property
    def act(self) -> str:
        return str(self.leaf["act"])

    @property
    def kind(self) -> Act:
        return ACTS[self.act]

    @property
    def group(self) -> Group:
        return GROUP_OF[self.act]

    @property
    def words(self) -> str:
        return ACT_WORDS[self.act]

    @property
    def group_words(self) -> str:
        return GROUP_WORDS[self.group]

    @property
    def outcome(self) -> int:
        return int(self.leaf["out"])

    def text(self, key: str) -> str:
        """The value of a key as text; empty when the leaf has none."""
        value = self.leaf.get(key)
        return "" if value is None else str(value)

    def code(self, key: str) -> str:
        """`P-…`, `T-…`, `C-…` or `A-…` for `who`, `on`, `pat`, `cir`, `dev`; empty when the leaf has none."""
        value = self.text(key)
        if not value:
            return ""
        return device_code(UUID(value)) if key == "dev" else code_of(_KINDS[key], UUID(value))


_KINDS = {"who": "Person", "on": "Person", "pat": "Patient", "cir": "Circle"}


def row_of(origin: str, index: int, leaf: str) -> Row:
    """Of the exact text of a leaf."""
    return Row(origin, index, json.loads(leaf))
