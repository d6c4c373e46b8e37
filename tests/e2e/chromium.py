"""Debian's Chromium, and a browser of a person's own in it. Used by conftest.py and measure.py."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Playwright

from tests.e2e.canaries import Canaries
from tests.e2e.house import Hired
from tests.e2e.screens import DESK, TIME_ZONE, Screen
from tests.e2e.watch import Watch

PROGRAM: Final = Path("/usr/bin/chromium")
SWITCHES: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS: Final = 20_000  # for whatever a screen is to show, on a slow and busy machine


class ChromiumMissing(Exception):
    """The sentence is for who runs the tests."""


def launch(playwright: Playwright, *more: str) -> Browser:
    """A Chromium without a window, with `more` switches."""
    if not PROGRAM.exists():
        raise ChromiumMissing(
            "The real-browser tests need Debian's package `chromium`: as root, apt-get install chromium"
        )
    return playwright.chromium.launch(executable_path=PROGRAM, args=[*SWITCHES, *more])


def new_screen(browser: Browser, person: Hired, url: str, canaries: Canaries) -> Screen:
    """A context of its own with one page, at no address yet."""
    context = browser.new_context(viewport=DESK, locale="fr-FR", timezone_id=TIME_ZONE)
    context.set_default_timeout(PATIENCE_MS)
    watch = Watch(context, url)
    return Screen(context.new_page(), person, url, watch, canaries)
