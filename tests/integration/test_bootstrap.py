"""`make setup` before anything is installed: uv comes from an index and is accepted by its hash only."""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from config import bootstrap

NAME = "uv-pinned.whl"


def _wheel() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"uv-{bootstrap.UV_VERSION}.data/scripts/uv", "#!/bin/sh\necho here\n")
    return content.getvalue()


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], None]]:
    """A package index on this machine that lists one file; call it with what the file holds."""
    files: dict[str, bytes] = {}

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = files.get(self.path)
            self.send_response(200 if found is not None else 404)
            self.end_headers()
            self.wfile.write(found or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{server.server_port}/simple/")
    pin = hashlib.sha256(_wheel()).hexdigest()
    monkeypatch.setattr(bootstrap, "UV_WHEELS", {platform.machine(): (NAME, pin)})
    listing = {
        "files": [{"filename": "uv-other.whl", "url": "other"}, {"filename": NAME, "url": f"../../files/{NAME}"}]
    }

    def fill(content: bytes) -> None:
        files["/simple/uv/"] = json.dumps(listing).encode()
        files[f"/files/{NAME}"] = content

    yield fill
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    return tmp_path / "bin" / "uv"


def test_the_pinned_wheel_is_unpacked(index: Callable[[bytes], None], uv: Path) -> None:
    index(_wheel())
    bootstrap.install_uv(uv)
    assert os.access(uv, os.X_OK)
    assert sorted(path.name for path in uv.parent.iterdir()) == ["uv"]


def test_another_wheel_is_refused_and_nothing_is_installed(index: Callable[[bytes], None], uv: Path) -> None:
    index(_wheel() + b"\0")
    with pytest.raises(bootstrap.Refusal, match="and not the pinned"):
        bootstrap.install_uv(uv)
    assert not uv.parent.exists()


def test_an_index_without_it_is_named(index: Callable[[bytes], None], uv: Path) -> None:
    with pytest.raises(bootstrap.Refusal, match="cannot be read: Not Found"):
        bootstrap.install_uv(uv)


def test_an_unknown_machine_is_told_what_to_do(uv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(bootstrap.Refusal, match=r"put uv .* yourself"):
        bootstrap.install_uv(uv)
