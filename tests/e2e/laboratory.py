"""A page with the core's own functions in it and nothing else: for measuring them and for asking a real engine.

Used by test_ed25519.py and tests/load/bench_mls.py. The page comes from `frontend/test/load/page.ts`, bundled for the
browsers that the product is built for; no server stands behind it.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, Route

ROOT: Final = Path(__file__).resolve().parents[2]
ORIGIN: Final = "https://laboratory.example/"  # a secure context: WebCrypto is there
PAGE: Final = '<!doctype html><title>Laboratory</title><script type="module" src="/laboratory.js"></script>'


def opened(browser: Browser, folder: Path) -> Page:
    """`globalThis.laboratory` is there when this returns; the bundle is made in `folder`."""
    bundle = ["node_modules/.bin/vite", "build", "--config", "test/load/vite.config.ts", "--logLevel", "warn"]
    path = os.pathsep.join([str(ROOT / ".venv" / "bin"), os.environ["PATH"]])
    subprocess.run(
        [*bundle, "--outDir", str(folder), "--emptyOutDir"],
        cwd=ROOT / "frontend",
        env=os.environ | {"PATH": path},
        check=True,
        capture_output=True,
    )
    script = (folder / "laboratory.js").read_text()

    def answer(route: Route) -> None:
        if route.request.url.endswith(".js"):
            route.fulfill(body=script, content_type="text/javascript")
        else:
            route.fulfill(body=PAGE, content_type="text/html")

    page = browser.new_page()
    page.route("**/*", answer)
    page.goto(ORIGIN)
    page.wait_for_function("globalThis.laboratory !== undefined")
    return page
