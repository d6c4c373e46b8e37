"""Every screen with axe-core, at the desk and on a phone, light and dark; and the main job without a mouse."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.axe import serious
from tests.e2e.canaries import Canaries, a_word
from tests.e2e.conftest import OpenBrowser, Team
from tests.e2e.patients import Patient, a_patient
from tests.e2e.screens import DESK, PHONE, Screen, gather

THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
MOST_PRESSES: Final = 60


@dataclass
class Scene:
    patient: Patient
    screen: Screen
    other: Screen
    stranger: Screen  # before the door


@pytest.fixture(scope="module")
def scene(team: Team, open_browser: OpenBrowser) -> Scene:
    """A circle with messages, and another with an invitation that waits."""
    screen, other = team.coordinator, team.gp
    patient, second = a_patient(), a_patient()
    gather(patient, screen, other)
    other.write(patient, f"Bonjour. Quelqu’un l’a vue cette semaine ? {a_word()}")
    screen.write(patient, f"Oui, mardi. {a_word()}")
    screen.leave_circle()
    screen.open_circle(second)
    screen.invite(other.person)
    stranger = open_browser(other.person)
    stranger.page.goto(stranger.url)
    return Scene(patient, screen, other, stranger)


# --- what there is to look at, and how one gets there -----------------------------------------------------------------
def sign_in(scene: Scene) -> Page:
    expect(scene.stranger.page.get_by_role("heading", name="Se connecter")).to_be_visible()
    return scene.stranger.page


def my_circles(scene: Scene) -> Page:
    """With an invitation that waits."""
    page = scene.other.page
    page.goto(f"{scene.other.url}/cercles")
    expect(scene.other.row(scene.patient)).to_be_visible()
    expect(page.get_by_role("grid", name="Mes cercles").get_by_text("Invitation", exact=True)).to_be_visible()
    return page


def circle(scene: Scene) -> Page:
    scene.screen.page.goto(f"{scene.screen.url}/cercles")
    scene.screen.enter(scene.patient)
    expect(scene.screen.composer(scene.patient)).to_be_enabled()
    return scene.screen.page


def invite(scene: Scene) -> Page:
    """With people who can be invited and others who cannot."""
    page = circle(scene)
    page.goto(f"{page.url}/inviter")
    page.get_by_label("Nom, profession, structure ou lieu").fill("médecin")
    expect(page.get_by_role("grid", name="Professionnels de l’annuaire").get_by_role("row").first).to_be_visible()
    return page


def open_circle(scene: Scene) -> Page:
    page = scene.screen.page
    page.goto(f"{scene.screen.url}/cercles/nouveau")
    scene.screen.button("Ouvrir et signer").click()
    expect(page.get_by_role("alert")).to_contain_text("champs sont à corriger")
    return page


def security(scene: Scene) -> Page:
    page = scene.screen.page
    page.goto(f"{scene.screen.url}/securite")
    expect(page.get_by_text("Cet appareil")).to_be_visible()
    return page


def invitation(scene: Scene) -> Page:
    page = my_circles(scene)
    page.get_by_role("grid", name="Mes cercles").get_by_text("Invitation", exact=True).click()
    expect(page.get_by_role("dialog", name="Entrer dans ce cercle ?")).to_be_visible()
    return page


def removal(scene: Scene) -> Page:
    page = circle(scene)
    # Mine comes first in the list.
    scene.screen.button(re.compile("^Voir la fiche")).last.click()
    scene.screen.button("Retirer du cercle").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    return page


def unlock(scene: Scene) -> Page:
    """The last of them: it goes through the door."""
    sign_in(scene)
    scene.stranger.sign_in_here()
    expect(scene.stranger.page.get_by_label("Code de récupération")).to_be_visible()
    return scene.stranger.page


PLACES: Final[tuple[Callable[[Scene], Page], ...]] = (
    sign_in,
    my_circles,
    invitation,
    circle,
    removal,
    invite,
    open_circle,
    security,
    unlock,
)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_axe_finds_nothing_serious(scene: Scene, place: Callable[[Scene], Page]) -> None:
    page = place(scene)
    for size in (DESK, PHONE):
        for theme in THEMES:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # colours at rest
            assert serious(page) == [], f"{size['width']} px, {theme}"
    page.set_viewport_size(DESK)
    page.keyboard.press("Escape")


def test_axe_would_find_a_picture_without_words(scene: Scene) -> None:
    page = my_circles(scene)
    page.evaluate("document.querySelector('main').append(new Image(10, 10))")
    assert [rule for rule, _ in serious(page)] == ["image-alt"]


def test_from_the_door_to_a_sent_message_without_a_mouse(
    scene: Scene, team: Team, open_browser: OpenBrowser, canaries: Canaries
) -> None:
    screen = open_browser(team.gp.person)
    page, keys = screen.page, screen.page.keyboard
    page.goto(screen.url)
    walk_to(page.get_by_label("Adresse professionnelle"))
    keys.type(screen.person.email)
    walk_to(page.get_by_label("Mot de passe", exact=True))
    keys.type(screen.person.password)
    keys.press("Enter")
    walk_to(page.get_by_label("Code", exact=True))
    keys.type(screen.person.code())
    keys.press("Enter")
    walk_to(page.get_by_label("Code de récupération"))
    keys.type(team.gp_code)
    keys.press("Enter")

    screen.at_circles()
    walk_to(page.get_by_role("grid", name="Mes cercles"))
    walk_to(screen.row(scene.patient), key="ArrowDown")
    keys.press("Enter")
    screen.sees_patient(scene.patient)
    composer = screen.composer(scene.patient)
    walk_to(composer)
    text = f"Écrit au clavier. {a_word()}"
    canaries.add("message", text.split()[-1])
    keys.type(text)
    keys.press("Enter")
    expect(composer).to_have_value("")
    expect(composer).to_be_focused()
    expect(screen.message(text)).to_be_visible()
    scene.screen.page.goto(page.url)
    expect(scene.screen.message(text)).to_be_visible()


def walk_to(target: Locator, *, key: str = "Tab") -> None:
    """Press the key until the focus is on the target or in it, as somebody does who cannot point."""
    expect(target).to_be_visible()
    for _ in range(MOST_PRESSES):
        if target.evaluate("element => element.contains(document.activeElement)"):
            return
        target.page.keyboard.press(key)
    raise AssertionError(f"{MOST_PRESSES} times {key} do not lead to {target}")
