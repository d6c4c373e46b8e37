"""axe-core, run in a page as it is: under its own content security."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from playwright.sync_api import Page

_AXE: Final = (Path(__file__).resolve().parents[2] / "frontend/node_modules/axe-core/axe.min.js").read_text()
# For some seconds react-aria announces a picture named by a busy button, also when the button is gone.
_RUN: Final = """
async () => (await axe.run({ exclude: ["[data-live-announcer]"] }, { resultTypes: ["violations"] })).violations
"""


def serious(page: Page) -> list[tuple[str, list[list[str]]]]:
    """Rule and places of what axe-core calls serious or critical."""
    page.evaluate(_AXE)
    found = [each for each in page.evaluate(_RUN) if each["impact"] in ("serious", "critical")]
    return [(each["id"], [node["target"] for node in each["nodes"]]) for each in found]
