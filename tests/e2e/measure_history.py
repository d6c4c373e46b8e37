"""Part of `make bench-e2e`: a new device of a person with many circles, and a circle with a long past.

A Node client makes the person's first device and the circles; their messages are sealed for real and placed by the
server's own group commit (`tests.load.history`). Then a further device comes in, once under Node and once in Chromium.
"""

from __future__ import annotations

import json
import subprocess
import time
from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from playwright.sync_api import Browser

from config.frontend import NODE

if TYPE_CHECKING:
    from tests.e2e.house import Hired, House
    from tests.e2e.screens import Screen
    from tests.load.history import Author

CIRCLES, MESSAGES, LONG = 50, 2_000, 10_000
LATE_MS: Final = 300_000  # a figure is a figure, also a bad one
PERSON: Final = "nadia-haddad"
COLLEAGUE: Final = "ROCHER"
SCRIPT: Final = Path("frontend/test/real/manyCircles.ts")

SHOWN: Final = "(newest) => document.body.textContent.includes(newest)"
# From the click on a circle's row to the first frame in which the newest message stands in the page.
OPEN: Final = """
([circle, newest]) => new Promise((resolve) => {
  const row = document.querySelector(`a[href*="${circle}"], [data-href*="${circle}"], [data-key="${circle}"]`)
  const began = performance.now()
  const look = () => requestAnimationFrame(() => {
    const found = [...document.querySelectorAll(".message-text")].some(({ textContent }) => textContent === newest)
    if (found) resolve(performance.now() - began)
    else look()
  })
  row.click()
  look()
})
"""


def measure(home: House, browser: Browser) -> dict[str, float]:
    from tests.e2e import chromium
    from tests.e2e.canaries import Canaries

    person, _ = home.hire(PERSON), home.hire("yanis-rocher")
    first = _node(home, person, code=None)
    authors = _authors(person, first)
    began = time.monotonic()
    home.write_history(authors, count=MESSAGES)
    seeded = time.monotonic() - began
    node = _node(home, person, code=first["code"])

    screen = chromium.new_screen(browser, person, home.url, Canaries())
    screen.sign_in()
    in_chromium = _comes_in(screen, first["code"])
    return {
        "new_device_circles": CIRCLES,
        "new_device_messages_each": MESSAGES,
        "new_device_seeding_s": round(seeded, 1),
        "new_device_50_circles_node_s": round(node["joined"] / 1000, 2),
        "new_device_50_circles_newest_shown_node_s": round(node["shown"] / 1000, 2),
        "new_device_50_circles_s": round(in_chromium, 2),
        "open_10000_ms": round(_open_long(home, screen, authors[0]), 1),
    }


def _node(home: House, person: Hired, *, code: str | None) -> dict[str, Any]:
    task = {
        "url": home.url,
        "cookie": home.cookies(person),
        "user": str(person.id),
        "circles": CIRCLES,
        "colleague": COLLEAGUE,
        "code": code,
    }
    done = subprocess.run(
        [str(NODE), str(SCRIPT)], input=json.dumps(task).encode(), stdout=subprocess.PIPE, check=True, timeout=300
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _authors(person: Hired, first: dict[str, Any]) -> list[Author]:
    from tests.load.history import Author

    return [
        Author(
            user=person.id,
            device=UUID(first["device"]),
            seed=b64decode(first["seed"]),
            circle=UUID(circle["id"]),
            epoch=1,
            content_key=b64decode(circle["key"]),
        )
        for circle in first["circles"]
    ]


def _comes_in(screen: Screen, code: str) -> float:
    """Seconds from the click that opens the vault to the list: it is shown when the device stands in all circles."""
    screen.page.get_by_label("Code de récupération").fill(code)
    began = time.monotonic()
    screen.button("Ouvrir le coffre").click()
    screen.page.get_by_role("heading", name="Mes cercles", level=1).wait_for(timeout=LATE_MS)
    return time.monotonic() - began


def _open_long(home: House, screen: Screen, author: Author) -> float:
    """What came while the page was closed is fetched once; then the circle is opened from what is stored."""
    from dataclasses import replace

    from tests.e2e import device

    [(epoch,)] = home.rows("SELECT epoch FROM chat_group WHERE circle_id = %s", author.circle)
    held = device.holdings(screen).values[("keys", f"{author.circle}/{epoch:016}")]
    screen.page.goto("about:blank")
    home.write_history([replace(author, epoch=epoch, content_key=held)], count=LONG, first=MESSAGES + 1)
    newest = f"Passage {MESSAGES + LONG}. Tension stable."
    screen.page.goto(f"{home.url}")
    screen.at_circles()
    screen.page.wait_for_function(SHOWN, arg=newest, timeout=LATE_MS)
    screen.page.reload()
    screen.at_circles()
    screen.page.wait_for_function(SHOWN, arg=newest, timeout=LATE_MS)
    # What fifty circles ask for on a new connection is another figure.
    screen.page.wait_for_load_state("networkidle", timeout=LATE_MS)
    return float(screen.page.evaluate(OPEN, [str(author.circle), newest]))
