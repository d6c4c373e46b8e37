"""`make setup`: uv into `.venv/`, the locked Python packages, the locked npm packages; nothing outside the checkout.

Runs under the system's python3 before anything is installed and needs neither pip nor the venv package: uv's wheel is a
zip archive, fetched from the package index and accepted by its SHA-256 only. UV_DEFAULT_INDEX names another index,
npm_config_registry another registry.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import ssl
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

from config.progress import step

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
FRONTEND = ROOT / "frontend"
OLDEST_PYTHON = (3, 11)  # what Debian 12 ships
INDEX = "https://pypi.org/simple"
UV_VERSION = "0.13.9"
UV_WHEELS = {
    "x86_64": (
        f"uv-{UV_VERSION}-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
    ),
    "aarch64": (
        f"uv-{UV_VERSION}-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl",
        "5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe",
    ),
}


class Refusal(Exception):
    """Set-up cannot go on; the sentence is for the person at the terminal."""


def main() -> None:
    if sys.version_info < OLDEST_PYTHON:
        raise Refusal(
            f"Python {'.'.join(map(str, OLDEST_PYTHON))} or newer is needed, not {platform.python_version()}."
        )
    uv = VENV / "bin" / "uv"
    if not (uv.exists() and (VENV / f"uv-{UV_VERSION}").exists()):
        with step(f"uv {UV_VERSION}"):
            install_uv(uv)
    python_inputs = [ROOT / "uv.lock", ROOT / "pyproject.toml"]
    npm_inputs = [FRONTEND / "package-lock.json", FRONTEND / "package.json", *sorted((FRONTEND / "patches").glob("*"))]
    _when_changed(VENV / "setup.stamp", python_inputs, "Python packages", lambda: install_python(uv))
    _when_changed(FRONTEND / "node_modules" / "setup.stamp", npm_inputs, "npm packages", install_npm)


# --- uv ---------------------------------------------------------------------------------------------------------------
def install_uv(target: Path) -> None:
    """Put the pinned uv at `target`; whatever arrives with another hash is refused."""
    machine = platform.machine()
    if machine not in UV_WHEELS or sys.platform != "linux":
        raise Refusal(
            f"uv is pinned for Linux on {' and '.join(UV_WHEELS)}; here, put uv {UV_VERSION} at {target} yourself."
        )
    name, pin = UV_WHEELS[machine]
    wheel = _fetch(_wheel_address(name), accept="*/*")
    if (digest := hashlib.sha256(wheel).hexdigest()) != pin:
        raise Refusal(f"{name} has the SHA-256 {digest} and not the pinned {pin}: nothing was installed.")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name("uv.new")
    archive = target.with_name("uv.whl")
    archive.write_bytes(wheel)
    with zipfile.ZipFile(archive) as files:
        draft.write_bytes(files.read(f"uv-{UV_VERSION}.data/scripts/uv"))
    archive.unlink()
    draft.chmod(0o755)
    draft.rename(target)
    (VENV / f"uv-{UV_VERSION}").touch()


def _wheel_address(name: str) -> str:
    """Where the index keeps the file `name` (PEP 691; an address may be relative to the page)."""
    page = f"{os.environ.get('UV_DEFAULT_INDEX', INDEX).rstrip('/')}/uv/"
    listing = json.loads(_fetch(page, accept="application/vnd.pypi.simple.v1+json"))
    for file in listing["files"]:
        if file["filename"] == name:
            return urllib.parse.urljoin(page, str(file["url"]))
    raise Refusal(f"{page} does not list {name}.")


def _fetch(address: str, *, accept: str) -> bytes:
    request = urllib.request.Request(address, headers={"Accept": accept})  # noqa: S310 — file: is a fine index
    try:
        return _read(request, ssl.create_default_context())
    except urllib.error.URLError as error:
        if not isinstance(error.reason, ssl.SSLCertVerificationError):
            raise Refusal(f"{address} cannot be read: {error.reason}.") from error
    # A Debian without ca-certificates: the pinned SHA-256 decides what is accepted, not the connection.
    return _read(request, ssl._create_unverified_context())  # noqa: S323


def _read(request: urllib.request.Request, context: ssl.SSLContext) -> bytes:
    with urllib.request.urlopen(request, timeout=60, context=context) as response:  # noqa: S310 — our own index
        content: bytes = response.read()
    return content


# --- packages ---------------------------------------------------------------------------------------------------------
def install_python(uv: Path) -> None:
    if not (VENV / "pyvenv.cfg").exists():
        _run([uv, "venv", "--quiet", "--allow-existing", "--no-project", "--python", sys.executable, VENV])
    _run([uv, "sync", "--quiet", "--frozen"])


def install_npm() -> None:
    _run([VENV / "bin" / "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], folder=FRONTEND)


def _run(command: list[Path | str], *, folder: Path = ROOT) -> None:
    """Run quietly; a failure shows everything the command said."""
    environment = os.environ | {
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "UV_PROJECT_ENVIRONMENT": str(VENV),
        "UV_PYTHON_DOWNLOADS": "never",
        "NODE_USE_SYSTEM_CA": "1",
    }
    if Path(ssl.get_default_verify_paths().openssl_capath, "ca-certificates.crt").exists():
        environment.setdefault("UV_SYSTEM_CERTS", "1")  # a house's own authority, when its network needs one
    environment.pop("VIRTUAL_ENV", None)
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refusal(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")


def _when_changed(stamp: Path, inputs: list[Path], name: str, install: Callable[[], None]) -> None:
    """Run `install` unless `stamp` says that it ran for these very inputs."""
    digest = hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in inputs)).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    with step(name):
        install()
    stamp.write_text(digest)


if __name__ == "__main__":
    try:
        main()
    except Refusal as refusal:
        sys.exit(str(refusal))
    except KeyboardInterrupt:
        sys.exit(130)
