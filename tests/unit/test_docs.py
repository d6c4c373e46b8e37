"""What the documents say is so: settings, make targets, links and the list of decisions are read and tried."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
# Of config/settings.py, and os.environ.get.
READERS = "text|flag|count|key|versioned_keys|address|postgres|mail|service|folder_file|witnesses|get"


def test_every_setting_is_explained_and_every_explained_setting_exists() -> None:
    table = (ROOT / "docs" / "operations.md").read_text().partition("## Settings")[2].partition("\n## ")[0]
    explained = set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE))
    source = "".join((ROOT / "config" / f"{name}.py").read_text() for name in ("settings", "run", "demo", "services"))
    read = set(re.findall(rf'\b(?:{READERS})\("([A-Z_]+)"', source))
    assert read <= explained <= set(re.findall(r'"([A-Z_]+)"', source))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_make_targets_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        for words in re.findall(r"(?:^|`)make ([a-z][a-z0-9 -]*[a-z0-9])", page.read_text(), re.MULTILINE):
            assert set(words.split()) <= targets, f"{page.name}: make {words}"


def test_every_decision_is_in_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\((\d{4}-[^)]+)\)", (folder / "README.md").read_text()))
    assert listed == {page.name for page in folder.glob("[0-9]*.md")}


def test_every_dependency_of_the_browser_has_its_reason() -> None:
    package = json.loads((ROOT / "frontend" / "package.json").read_text())
    rows = re.findall(r"^\| (\S+) \| .+ \|$", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE)
    assert set(rows) - {"package"} == {*package["dependencies"], *package["devDependencies"]}
