"""`make bench-e2e`: what two people feel, at real browsers on this machine with the server beside them.

Prints `name: value` lines and writes bench/e2e.json. Stamps are the pages' own clocks (`performance`), which on one
machine agree; "visible" is the first frame after the words stood in the page.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect, sync_playwright

from config.services import Services

if TYPE_CHECKING:
    from tests.e2e.house import House
    from tests.e2e.patients import Patient
    from tests.e2e.screens import Screen

MESSAGES, CIRCLES = 200, 5
PEOPLE: Final = ("helene-roussel", "thomas-oyelaran")

# When the key that sends went down, and when which message was drawn.
STAMP_SENT: Final = """
globalThis.sent = []
addEventListener("keydown", ({ key }) => {
  if (key === "Enter") sent.push(performance.timeOrigin + performance.now())
}, { capture: true })
"""
STAMP_SEEN: Final = """
globalThis.seen = {}
new MutationObserver(() => requestAnimationFrame(() => {
  const now = performance.timeOrigin + performance.now()
  for (const { textContent } of document.querySelectorAll(".message-text")) seen[textContent] ??= now
})).observe(document, { childList: true, subtree: true })
"""
# From the answer that took the code to the first frame in which all circles stand in the list.
STAMP_RETURN: Final = """
(circles) => new Promise((resolve) => {
  const look = () => requestAnimationFrame(() => {
    if (document.querySelectorAll(".circle-row").length < circles) return look()
    const answers = performance.getEntriesByType("resource").filter(({ name }) => name.endsWith("/2fa/authenticate"))
    resolve(performance.now() - answers.at(-1).responseEnd)
  })
  look()
})
"""


def main() -> None:
    with _parts() as services, ExitStack() as stack:
        from tests.database import Cluster
        from tests.e2e import chromium, house, measure_history
        from tests.e2e.canaries import Canaries
        from tests.e2e.measure_file import measure_file

        cluster = Cluster(services)
        cluster.start()
        home = stack.enter_context(house.opened(cluster, services.data_dir / "server.log"))
        browser = chromium.launch(stack.enter_context(sync_playwright()))
        expect.set_options(timeout=chromium.PATIENCE_MS)
        writer, reader = (chromium.new_screen(browser, home.hire(name), home.url, Canaries()) for name in PEOPLE)
        result = measure(home, writer, reader) | measure_history.measure(home, browser)
        result |= measure_file(writer, reader)
        browser.close()
    for name, value in result.items():
        print(f"{name}: {value}")
    Path("bench").mkdir(exist_ok=True)
    Path("bench/e2e.json").write_text(json.dumps(result, indent=2) + "\n")


def measure(home: House, writer: Screen, reader: Screen) -> dict[str, float]:
    from tests.e2e.patients import a_patient
    from tests.e2e.screens import gather

    writer.page.add_init_script(STAMP_SENT)
    reader.page.add_init_script(STAMP_SEEN)
    writer.begin()
    reader.begin()
    patients = [a_patient() for _ in range(CIRCLES)]
    for patient in patients:
        for screen in (writer, reader):
            screen.page.goto(home.url)
            screen.at_circles()
        gather(patient, writer, reader)
    times = sorted(write_messages(patients[-1], writer, reader))
    # Three codes are good at a time; each person has used one.
    returns = [back_at_circles(screen) for screen in (writer, reader, writer, reader)]
    return {
        "messages": len(times),
        "send_to_visible_p50_ms": round(statistics.median(times), 1),
        "send_to_visible_p95_ms": round(times[int(len(times) * 0.95)], 1),
        "send_to_visible_max_ms": round(times[-1], 1),
        "circles_of_a_returning_device": CIRCLES,
        "code_accepted_to_circle_list_p50_ms": round(statistics.median(returns), 1),
        "code_accepted_to_circle_list_max_ms": round(max(returns), 1),
    }


def write_messages(patient: Patient, writer: Screen, reader: Screen) -> Iterator[float]:
    """One at a time, typed into the field and sent with Enter: milliseconds from that key to the other's screen."""
    field = writer.composer(patient)
    writer.page.evaluate("sent.length = 0")
    texts = [f"Message numéro {number + 1} de la mesure" for number in range(MESSAGES)]
    for text in texts:
        field.fill(text)
        field.press("Enter")
        reader.page.wait_for_function("(text) => text in seen", arg=text, polling=20)
    sent: Sequence[float] = writer.page.evaluate("sent")
    seen: dict[str, float] = reader.page.evaluate("seen")
    for text, at in zip(texts, sent, strict=True):
        yield seen[text] - at


def back_at_circles(screen: Screen) -> float:
    """Milliseconds, on a device that has its keys."""
    screen.sign_out()
    screen.sign_in_here()
    return float(screen.page.evaluate(STAMP_RETURN, CIRCLES))


@contextmanager
def _parts() -> Iterator[Services]:
    """PostgreSQL, which writes to the disk as in production, and Valkey; Django set up for them."""
    folder = Path(tempfile.mkdtemp(prefix="cordee-bench-", dir="/tmp"))
    folder.chmod(0o711)
    services = Services(folder, durable=True, given={})
    os.environ.update(
        services.environment() | {"PUBLIC_URL": "http://localhost:8000", "DJANGO_SETTINGS_MODULE": "config.settings"}
    )
    import django

    django.setup()
    try:
        yield services
    finally:
        services.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
