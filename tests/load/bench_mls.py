"""`make bench-mls`: what MLS costs the server and the browser, and whether devices that commit at once ever part.

Prints `name: value` lines and writes bench/mls.json. Medians; `core_*` under Node, `chromium_*` in a page of Debian's
Chromium, both in a circle of 60 devices. The races come last and take some minutes; MLS_RACE_CLIENTS and
MLS_RACE_ROUNDS ask for shorter ones. A race without one winner, or after which two devices hold different groups, ends
it with an error, never with a figure.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from config.services import Services

DEVICES: Final = 60
CLIENTS: Final = int(os.environ.get("MLS_RACE_CLIENTS", "50"))
ROUNDS: Final = int(os.environ.get("MLS_RACE_ROUNDS", "200"))
ROOT: Final = Path(__file__).resolve().parents[2]


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="cordee-bench-", dir="/tmp"))
    folder.chmod(0o711)
    services = Services(folder, durable=True, given={})
    result: dict[str, float] = {}
    try:
        for figures in parts(services, folder):
            for name, value in figures.items():
                print(f"{name}: {value}", flush=True)
            result |= figures
    finally:
        services.stop()
        shutil.rmtree(folder, ignore_errors=True)
    Path("bench").mkdir(exist_ok=True)
    Path("bench/mls.json").write_text(json.dumps(result, indent=2) + "\n")


def parts(services: Services, folder: Path) -> Iterator[dict[str, float]]:
    yield of_node()
    yield of_chromium(folder)
    yield from of_server(services, folder)


def of_server(services: Services, folder: Path) -> Iterator[dict[str, float]]:
    os.environ.update(
        services.environment() | {"PUBLIC_URL": "http://localhost:8000", "DJANGO_SETTINGS_MODULE": "config.settings"}
    )
    import django

    django.setup()
    from django.test import override_settings

    from tests.chat_server import QUICK
    from tests.database import Cluster
    from tests.load import mls_races, mls_server
    from tests.server import serving

    Cluster(services).start()
    with override_settings(PASSWORD_HASHERS=QUICK):
        yield mls_server.figures()
        with serving(os.environ, log=folder / "server.log") as server:
            yield mls_races.figures(server.url, clients=CLIENTS, rounds=ROUNDS)


def of_node() -> dict[str, float]:
    command = [str(ROOT / ".venv" / "bin" / "node"), "test/load/node.ts", str(DEVICES)]
    done = subprocess.run(command, cwd=ROOT / "frontend", check=True, capture_output=True, text=True)
    return {f"core_{name}": value for name, value in json.loads(done.stdout).items()}


def of_chromium(folder: Path) -> dict[str, float]:
    from tests.e2e import chromium, laboratory

    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        page = laboratory.opened(browser, folder / "laboratory")
        page.set_default_timeout(0)
        figures: dict[str, float] = page.evaluate("laboratory.measure", DEVICES)
        browser.close()
    return {"chromium_devices": DEVICES} | {f"chromium_{name}": value for name, value in figures.items()}


if __name__ == "__main__":
    main()
