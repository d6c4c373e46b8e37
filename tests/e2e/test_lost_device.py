"""My devices, from my other ones: one is retired, one is lost and everything is renewed, and in the end all is lost."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.canaries import a_word
from tests.e2e.conftest import Hire, OpenBrowser, Team
from tests.e2e.house import House
from tests.e2e.patients import Patient, a_patient
from tests.e2e.screens import Screen, gather
from tests.e2e.test_passkeys import to_settings

LOST = "Téléphone perdu"
ENDED = "status of 40[134]"  # what a device may no longer ask, before it knows


@dataclass
class Scene:
    """One person's desk, in a circle; `code` is the one that opens their vault now."""

    patient: Patient
    coordinator: Screen
    desk: Screen
    code: str


@pytest.fixture(scope="module")
def scene(team: Team, hire: Hire, open_browser: OpenBrowser) -> Scene:
    desk = open_browser(hire("agathe-lefevre"))
    code = desk.begin()
    patient = a_patient()
    gather(patient, team.coordinator, desk)
    return Scene(patient, team.coordinator, desk, code)


def further_device(scene: Scene, open_browser: OpenBrowser) -> Screen:
    """A device more of the same person, at their circles."""
    screen = open_browser(scene.desk.person)
    screen.sign_in()
    screen.unlock(scene.code)
    return screen


def answer(screen: Screen, question: str | re.Pattern[str], button: str) -> None:
    """A question of mine before an act of mine."""
    screen.button(question).click()
    screen.page.get_by_role("alertdialog").get_by_role("button", name=button).click()


def settings(screen: Screen) -> None:
    """With lists that were asked for a moment ago."""
    screen.page.goto(screen.url)
    screen.at_circles()
    to_settings(screen)


def standstill(screen: Screen) -> Locator:
    return screen.page.get_by_role("heading", level=1)


def test_a_new_device_is_told_to_the_others_and_retired_from_one_of_them(
    scene: Scene, open_browser: OpenBrowser
) -> None:
    phone = further_device(scene, open_browser)
    told = scene.desk.page.get_by_role("alert").filter(has_text="Un appareil a été ajouté à votre compte")
    expect(told).to_be_visible()
    scene.desk.button("Oui, c’est moi").click()
    expect(told).to_be_hidden()

    settings(scene.desk)
    with phone.watch.forgiving(ENDED):
        answer(scene.desk, re.compile("^Retirer cet appareil"), "Retirer cet appareil")
        expect(scene.desk.button("1 appareil retiré")).to_be_visible()
        expect(standstill(phone)).to_have_text("Cet appareil a été retiré")
        phone.page.context.close()


def test_after_a_loss_the_code_is_another_and_the_other_devices_go_on(scene: Scene, open_browser: OpenBrowser) -> None:
    tablet, lost = further_device(scene, open_browser), further_device(scene, open_browser)
    tablet.enter(scene.patient)
    settings(lost)
    lost.button(re.compile("^Renommer")).first.click()
    lost.page.get_by_label("Nom de l’appareil").fill(LOST)
    lost.page.get_by_role("dialog").get_by_role("button", name="Renommer").click()
    expect(lost.page.get_by_text("Appareil renommé.")).to_be_visible()

    settings(scene.desk)
    with lost.watch.forgiving(ENDED):
        answer(scene.desk, re.compile(f"^Perdu ou volé.*{LOST}$"), "Retirer et renouveler mes clés")
        expect(standstill(scene.desk)).to_have_text("Votre nouveau code de récupération")
        before, scene.code = scene.code, scene.desk.recovery_code()
        assert before != scene.code
        scene.desk.keep_recovery_code(scene.code)
        expect(standstill(scene.desk)).to_have_text("Sécurité et réglages")
        expect(standstill(lost)).to_have_text("Cet appareil a été retiré")
        lost.page.context.close()

    text = f"Qui me lit encore ? {a_word()}"
    scene.coordinator.write(scene.patient, text)
    expect(tablet.message(text)).to_be_visible()
    reply = f"Ma tablette. {a_word()}"
    tablet.write(scene.patient, reply)
    expect(scene.coordinator.message(reply)).to_be_visible()

    anew = open_browser(scene.desk.person)
    anew.sign_in()
    anew.page.get_by_label("Code de récupération").fill(before)
    anew.button("Ouvrir le coffre").click()
    expect(anew.page.get_by_text("Ce code n’ouvre pas votre coffre.")).to_be_visible()
    anew.unlock(scene.code)


def test_with_nothing_left_a_new_identity_is_made_after_a_proof_and_the_old_devices_stop(
    scene: Scene, house: House, open_browser: OpenBrowser
) -> None:
    locked = open_browser(scene.desk.person)
    locked.sign_in()
    locked.button("Je n’ai plus aucun moyen d’ouvrir mon coffre").click()
    expect(standstill(locked)).to_have_text("Refaire votre identité")
    with locked.watch.forgiving("status of 401"), scene.desk.watch.forgiving(ENDED):
        locked.button("Refaire mon identité").click()
        locked.give_code(locked.person.code())
        code = locked.recovery_code()
        locked.keep_recovery_code(code)
        locked.button("Continuer sans attendre").or_(locked.page.get_by_role("heading", name="Mes cercles")).wait_for()
        expect(standstill(scene.desk)).to_have_text("Tout est suspendu sur cet appareil")
        expect(scene.desk.button("Enregistrer la preuve")).to_be_visible()
    ended = house.rows("SELECT count(*) FROM chat_device WHERE user_id = %s AND ended IS NULL", locked.person.id)
    assert ended == [(1,)]
