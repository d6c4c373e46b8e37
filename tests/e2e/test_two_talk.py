"""The main job: a coordinator opens a circle and invites from the directory; they talk; a further browser reads all."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.canaries import a_word
from tests.e2e.conftest import Hire, OpenBrowser, Team
from tests.e2e.patients import Patient, a_patient
from tests.e2e.screens import Screen, gather

QUESTION = f"Pouvez-vous passer demain avant dix heures ? {a_word()}"
ANSWER = f"Oui, je passe à neuf heures trente. {a_word()}"
NOTE = f"L’aide à domicile est reconduite jusqu’en mars. {a_word()}"


@dataclass
class Scene:
    patient: Patient
    coordinator: Screen
    gp: Screen
    social_worker: Screen

    @property
    def everybody(self) -> tuple[Screen, Screen, Screen]:
        return self.coordinator, self.gp, self.social_worker


@pytest.fixture(scope="module")
def scene(team: Team, hire: Hire, open_browser: OpenBrowser) -> Scene:
    """Three people at their desks, and a circle that they are in."""
    social_worker = open_browser(hire("thomas-oyelaran"))
    social_worker.begin()
    patient = a_patient()
    gather(patient, team.coordinator, team.gp, social_worker)
    return Scene(patient, team.coordinator, team.gp, social_worker)


def test_what_one_writes_stands_on_the_others_screens_at_once(scene: Scene) -> None:
    scene.coordinator.write(scene.patient, QUESTION)
    for other in (scene.gp, scene.social_worker):
        expect(other.message(QUESTION)).to_contain_text("Anne-Laure FERRIER")
        expect(other.message(QUESTION)).to_contain_text("Infirmière coordinatrice")
    scene.gp.write(scene.patient, ANSWER)
    scene.social_worker.write(scene.patient, NOTE)
    for each in scene.everybody:
        expect(each.message(ANSWER)).to_be_visible()
        expect(each.message(NOTE)).to_be_visible()
        assert each.texts() == [QUESTION, ANSWER, NOTE]


def test_the_author_sees_by_name_who_has_read(scene: Scene) -> None:
    fate = scene.coordinator.message(QUESTION).get_by_role("button", name="Remis")
    expect(fate).to_have_text("Remis à 2, lu par 2")
    fate.click()
    who = scene.coordinator.page.get_by_role("dialog", name="Qui a reçu et lu ce message")
    names = ["Dr Hélène ROUSSEL, Médecin généraliste", "Thomas OYELARAN, Assistant de service social"]
    expect(readers(who, "Lu par")).to_have_text(names)
    scene.coordinator.page.keyboard.press("Escape")


def test_the_banner_names_the_patient_however_far_one_scrolls(scene: Scene) -> None:
    for number in range(12):
        scene.coordinator.write(scene.patient, f"Ligne {number} pour remplir l’écran. {a_word()}")
    log = scene.coordinator.log()
    log.evaluate("log => log.scrollTo({ top: 0 })")
    expect(scene.coordinator.message(QUESTION)).to_be_in_viewport()
    scene.coordinator.sees_patient(scene.patient)
    expect(scene.coordinator.composer(scene.patient)).to_be_in_viewport()


def test_a_member_who_has_not_opened_the_circle_has_received_and_not_read(scene: Scene) -> None:
    scene.social_worker.leave_circle()
    text = f"Pour vous deux. {a_word()}"
    message = scene.gp.write(scene.patient, text)
    expect(message.get_by_role("button", name="Remis")).to_have_text("Remis à 2, lu par 1")
    row = scene.social_worker.row(scene.patient)
    expect(row).to_contain_text(text)
    expect(row).to_contain_text("1 non lu")
    message.get_by_role("button", name="Remis").click()
    who = scene.gp.page.get_by_role("dialog", name="Qui a reçu et lu ce message")
    expect(readers(who, "Remis, pas encore lu")).to_have_text(["Thomas OYELARAN, Assistant de service social"])
    scene.gp.page.keyboard.press("Escape")


def test_a_second_browser_opened_with_the_recovery_code_reads_everything(
    scene: Scene, team: Team, open_browser: OpenBrowser
) -> None:
    other = open_browser(scene.gp.person)
    other.sign_in()
    expect(other.page.get_by_role("heading", name="Déverrouiller vos messages")).to_be_visible()
    other.unlock(team.gp_code)
    other.enter(scene.patient)
    expect(other.composer(scene.patient)).to_be_enabled()
    other.log().evaluate("log => log.scrollTo({ top: 0 })")
    for text in (QUESTION, ANSWER, NOTE):
        expect(other.message(text)).to_be_visible()
    expect(other.page.get_by_text("ne peut pas être montré")).to_have_count(0)

    text = f"Écrit sur mon second appareil. {a_word()}"
    other.write(scene.patient, text)
    for each in (scene.coordinator, scene.gp):
        expect(each.message(text)).to_be_visible()


def test_a_wrong_recovery_code_opens_nothing_and_says_so(scene: Scene, open_browser: OpenBrowser) -> None:
    other = open_browser(scene.gp.person)
    other.sign_in()
    other.page.get_by_label("Code de récupération").fill("0000-" * 7 + "0000")
    other.button("Ouvrir le coffre").click()
    expect(other.page.get_by_text("Ce code n’ouvre pas votre coffre.")).to_be_visible()


def readers(who: Locator, title: str) -> Locator:
    return who.locator("div").filter(has=who.page.get_by_role("heading", name=title)).get_by_role("listitem")
