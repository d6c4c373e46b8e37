"""First pass over a source: every entry read or refused before anything is written, so that order does not matter.

Used by `directory.services`; relies on `directory.fhir`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from directory.fhir import READERS, FhirRefusal, read
from directory.reading import BadFile, Entry
from directory.records import Record


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry for the quarantine: what can be said of it without saying what it says."""

    kind: str
    fhir_id: str
    code: str
    path: str
    digest: bytes


@dataclass(slots=True)
class Gathered:
    """What the entries said, before any of it is written."""

    records: dict[str, dict[str, Record]] = field(default_factory=lambda: {kind: {} for kind in READERS})
    digests: dict[tuple[str, str], bytes] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def gather(entries: Iterable[Entry | BadFile], today: date) -> Gathered:
    """Never raises for what an entry holds. The same resource twice is one; another under the same id is refused."""
    gathered = Gathered()
    for entry in entries:
        if isinstance(entry, BadFile):
            digest = hashlib.sha256(entry.name.encode()).digest()
            gathered.refused.append(Refused("", _safe_id(entry.name), entry.code, "", digest))
            continue
        resource = entry.resource
        kind, fhir_id = _name(resource)
        if kind and kind not in READERS:
            gathered.skipped[kind] += 1
            continue
        digest = digest_of(resource)
        if fhir_id and gathered.digests.setdefault((kind, fhir_id), digest) != digest:
            gathered.refused.append(Refused(kind, fhir_id, "duplicate_id", "id", digest))
            continue
        try:
            record = read(resource, today=today)
        except FhirRefusal as refusal:
            gathered.refused.append(Refused(kind, fhir_id, refusal.code, refusal.path, digest))
            continue
        gathered.records[kind][record.fhir_id] = record
        if entry.full_url:
            gathered.urls[entry.full_url] = f"{kind}/{record.fhir_id}"
    return gathered


def _name(resource: object) -> tuple[str, str]:
    """Resource type and id, as far as they are what they should be; otherwise empty."""
    if not isinstance(resource, dict):
        return "", ""
    kind, fhir_id = resource.get("resourceType"), resource.get("id")
    if not isinstance(kind, str) or not re.fullmatch(r"[A-Za-z]{1,64}", kind):
        return "", ""
    return kind, _safe_id(fhir_id) if isinstance(fhir_id, str) else ""


def _safe_id(text: str) -> str:
    """Ids and file names for the quarantine, which must not become a place where content ends up."""
    return text if re.fullmatch(r"[A-Za-z0-9\-._]{1,64}", text) else ""


def digest_of(content: Any) -> bytes:
    """SHA-256 of anything JSON can hold, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).digest()
