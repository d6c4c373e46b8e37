"""The secrets of one DATA_DIR, made once: the demo and the tests keep them in `secrets.json`, mode 600.

Production keeps its own and hands them over as environment (docs/operations.md). Used by `config/services.py` only.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Secrets:
    """Passwords of the parts and keys of the application, as they appear in the environment."""

    postgres: str
    owner: str
    app: str
    sequencer: str
    auditor: str
    valkey: str
    SECRET_KEY: str
    PATIENT_KEYS: str
    BLIND_INDEX_KEY: str
    AUDIT_MAC_KEY: str
    AUDIT_DETAIL_KEYS: str
    CORDEE_ORDER_KEY: str
    CORDEE_PUSH_KEY: str

    def environment(self) -> dict[str, str]:
        """What `config/settings.py` reads: the names in capitals."""
        return {name: value for name, value in asdict(self).items() if name.isupper()}


def _fresh() -> Secrets:
    def password() -> str:
        return secrets.token_urlsafe(24)  # safe inside a URL without quoting

    def key() -> str:
        return base64.b64encode(secrets.token_bytes(32)).decode()

    return Secrets(
        postgres=password(),
        owner=password(),
        app=password(),
        sequencer=password(),
        auditor=password(),
        valkey=password(),
        SECRET_KEY=secrets.token_urlsafe(48),
        PATIENT_KEYS=f"1:{key()}",
        BLIND_INDEX_KEY=key(),
        AUDIT_MAC_KEY=key(),
        AUDIT_DETAIL_KEYS=f"1:{key()}",
        CORDEE_ORDER_KEY=key(),
        CORDEE_PUSH_KEY=key(),
    )


def load_or_create(path: Path) -> Secrets:
    """The secrets in `path`; written once, whole or not at all, readable by its owner only."""
    try:
        return Secrets(**json.loads(path.read_text()))
    except FileNotFoundError:
        made = _fresh()
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(made), file, indent=1)
    try:
        os.link(draft, path)  # unlike a rename it never replaces what another process wrote first
    except FileExistsError:
        return Secrets(**json.loads(path.read_text()))
    finally:
        draft.unlink()
    return made
