"""The server without its trail, for `make bench-audit` alone: what is written costs what it costs without an event.

Served by uvicorn in the place of `config.asgi`. Messages keep an event's id that no row answers to, so the database's
foreign key is dropped by the bench.
"""

from __future__ import annotations

from collections.abc import Sequence

from audit import batch
from audit.events import Event


def _no_leaves(events: Sequence[Event], writer: int, first_n: int) -> tuple[list[str], list[bytes]]:
    return [], []


batch.leaves = _no_leaves
batch.SQL_APPEND = "SELECT %b::text[], %b::bytea[]"  # type: ignore[misc]

from config.asgi import application  # noqa: E402, F401 — after the trail was taken out
