"""One house for all real-browser tests, one Chromium, a browser for each person, and a watch over all of them.

A browser is a context: its own cookies, storage and keys, which cannot be carried into another; so it stays open as
long as its module, or as all of them (`team`). Playwright's loop runs between the calls of a test, so these tests are
not async.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from pytest_django import DjangoDbBlocker

from tests.database import Cluster
from tests.e2e import chromium
from tests.e2e import house as houses
from tests.e2e.canaries import Canaries
from tests.e2e.house import Hired, House
from tests.e2e.screens import Screen
from tests.e2e.watch import Watch

PICTURE_MS = 5_000

SCREENS = pytest.StashKey[list[Screen]]()
RESULTS = Path(__file__).resolve().parents[2] / "test-results" / "e2e"

Hire = Callable[[str], Hired]


class OpenBrowser(Protocol):
    """`open_browser(person)`: a new browser of theirs, at no address yet; `at` is another Chromium than the common."""

    def __call__(self, person: Hired, *, at: Browser | None = None) -> Screen: ...


@pytest.fixture(scope="package")
def house(
    cluster: Cluster, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    log: Path = tmp_path_factory.mktemp("e2e") / "server.log"
    with django_db_blocker.unblock(), houses.opened(cluster, log) as opened:
        yield opened


@pytest.fixture(scope="package")
def playwright(house: House) -> Iterator[Playwright]:
    """After the house, so that it ends before: Django does not put its connections away beside a loop."""
    expect.set_options(timeout=chromium.PATIENCE_MS)
    with sync_playwright() as playing:
        yield playing


Launch = Callable[..., Browser]


@pytest.fixture(scope="package")
def launch(playwright: Playwright) -> Launch:
    """`launch("--switch")`: a Chromium of one's own."""
    return partial(chromium.launch, playwright)


@pytest.fixture(scope="package")
def common_browser(launch: Launch) -> Iterator[Browser]:
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def canaries() -> Canaries:
    """What was typed in all browsers so far."""
    return Canaries()


@pytest.fixture(scope="package")
def watches() -> list[Watch]:
    return []


@pytest.fixture(scope="module")
def hire(house: House) -> Hire:
    return house.hire


@pytest.fixture(scope="package")
def new_screen(
    request: pytest.FixtureRequest, house: House, common_browser: Browser, canaries: Canaries, watches: list[Watch]
) -> OpenBrowser:
    screens = request.session.stash[SCREENS] = []

    def open_one(person: Hired, *, at: Browser | None = None) -> Screen:
        screen = chromium.new_screen(at or common_browser, person, house.url, canaries)
        screens.append(screen)
        screen.page.context.on("close", lambda _: screens.remove(screen))
        watches.append(screen.watch)
        return screen

    return open_one


@pytest.fixture(scope="module")
def open_browser(new_screen: OpenBrowser) -> Iterator[OpenBrowser]:
    """Browsers that are closed when the module ends."""
    opened = []

    def open_one(person: Hired, *, at: Browser | None = None) -> Screen:
        opened.append(new_screen(person, at=at))
        return opened[-1]

    yield open_one
    for screen in opened:
        screen.page.context.close()


@dataclass(frozen=True)
class Team:
    """Two who have signed in once for all modules, and are at their circles when a module begins."""

    coordinator: Screen
    gp: Screen
    gp_code: str  # the GP's recovery code


@pytest.fixture(scope="package")
def _team(house: House, new_screen: OpenBrowser) -> Team:
    coordinator, gp = new_screen(house.hire("anne-laure-ferrier")), new_screen(house.hire("helene-roussel"))
    coordinator.begin()
    return Team(coordinator, gp, gp.begin())


@pytest.fixture(scope="module")
def team(_team: Team) -> Team:
    """Whatever an earlier module left on their screens is gone."""
    for screen in (_team.coordinator, _team.gp):
        screen.page.goto(screen.url)
        screen.at_circles()
    return _team


@pytest.fixture(autouse=True)
def _nothing_to_complain_of(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test passes while one of its pages threw, broke its content security, or spoke to a stranger."""
    yield
    if "watches" in request.fixturenames:
        heard = [complaint for watch in request.getfixturevalue("watches") for complaint in watch.told()]
        assert heard == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure shows what each person had before them, and keeps a picture of it in test-results/."""
    report = yield
    if report.failed:
        screens: list[Screen] = item.session.stash.get(SCREENS, [])
        for number, screen in enumerate(screens):
            with suppress(PlaywrightError):
                picture = RESULTS / f"{item.name}-{number}.png"
                screen.page.screenshot(path=picture, timeout=PICTURE_MS)
                seen = screen.page.locator("body").aria_snapshot(timeout=PICTURE_MS)
                report.sections.append((f"{screen.person.listed} at {screen.page.url}, {picture}", seen))
    return report
