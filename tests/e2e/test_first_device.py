"""A person's first sign-in: keys are made here, and the recovery code is shown once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.axe import serious
from tests.e2e.canaries import a_word
from tests.e2e.conftest import Hire, OpenBrowser
from tests.e2e.house import House
from tests.e2e.screens import ASKED_BACK, Screen


@pytest.fixture(scope="module")
def screen(hire: Hire, open_browser: OpenBrowser) -> Screen:
    return open_browser(hire("nadia-haddad"))


def test_password_and_code_lead_to_keys_a_recovery_code_shown_once_and_no_circles(screen: Screen, house: House) -> None:
    page = screen.page
    screen.sign_in()
    expect(page.get_by_role("heading", name="Votre premier appareil")).to_be_visible()
    screen.button("Créer mon identité").click()
    code = screen.recovery_code()
    assert serious(page) == []
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){7}[0-9A-HJKMNP-TV-Z]{4}", code)

    page.get_by_label(ASKED_BACK).fill("0000")
    screen.button("J’ai gardé mon code").click()
    expect(page.get_by_text("Regardez le code que vous avez gardé.")).to_be_visible()
    screen.confirm_recovery_code(code)

    expect(page.get_by_text("Vous n’êtes membre d’aucun cercle.")).to_be_visible()
    page.reload()
    screen.at_circles()
    expect(page.get_by_text(code.split("-")[0])).to_have_count(0)
    assert house.rows("SELECT count(*) FROM chat_device WHERE user_id = %s", screen.person.id) == [(1,)]


def test_a_wrong_password_and_a_wrong_code_are_refused_in_words(hire: Hire, open_browser: OpenBrowser) -> None:
    other = open_browser(hire("yanis-rocher"))
    with other.watch.forgiving("status of 400"):
        other.page.goto(other.url)
        other.give_password(f"une autre phrase {a_word()}")
        expect(other.page.get_by_role("alert")).to_contain_text("Adresse ou mot de passe inexact.")
        other.give_password(other.person.password)
        other.give_code("000000")
        expect(other.page.get_by_text("Ce code n’est pas le bon, ou il a expiré.")).to_be_visible()
