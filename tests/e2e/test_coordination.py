"""What a coordinator answers for, in real browsers: urgent messages and erasing, what a newcomer reads of the past,
somebody who was invited before having keys, and somebody who has lost theirs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.canaries import a_word
from tests.e2e.patients import Patient, a_patient
from tests.e2e.screens import Screen, gather

if TYPE_CHECKING:
    from tests.e2e.conftest import Hire, OpenBrowser, Team

BEFORE = f"Pansement refait ce matin. {a_word()}"
URGENT = f"Chute dans la salle de bains, elle est consciente. {a_word()}"
MISTAKE = f"Ce message était pour un autre cercle. {a_word()}"
AFTER = f"Nous serons là lundi. {a_word()}"
BACK = f"Me revoilà, avec un nouveau poste. {a_word()}"
WHO_ASKS = "/api/identity/reset"  # the server first asks who is at the screen


@dataclass
class Scene:
    patient: Patient
    coordinator: Screen
    gp: Screen


@pytest.fixture(scope="module")
def scene(team: Team) -> Scene:
    patient = a_patient()
    gather(patient, team.coordinator, team.gp)
    team.coordinator.write(patient, BEFORE)
    return Scene(patient, team.coordinator, team.gp)


@pytest.fixture(scope="module")
def social_worker(hire: Hire, open_browser: OpenBrowser) -> Screen:
    screen = open_browser(hire("estelle-nguyen"))
    screen.begin()
    return screen


def test_an_urgent_message_is_confirmed_by_name(scene: Scene) -> None:
    scene.coordinator.page.get_by_role("button", name="Urgent", exact=True).click()
    sent = scene.coordinator.write(scene.patient, URGENT)
    expect(sent).to_contain_text("Personne n’a encore confirmé")
    scene.gp.message(URGENT).get_by_role("button", name="Je confirme avoir lu").click()
    for each in (scene.coordinator, scene.gp):
        expect(each.message(URGENT)).to_contain_text("1 sur 1 a confirmé")
    expect(sent).to_contain_text("Lecture confirmée : Dr Hélène ROUSSEL.")


def test_what_is_erased_is_gone_on_every_screen_and_its_place_stays(scene: Scene) -> None:
    message = scene.gp.write(scene.patient, MISTAKE)
    expect(scene.coordinator.message(MISTAKE)).to_be_visible()
    expect(message).to_contain_text("Remis")
    message.get_by_role("button", name="Actions sur ce message").press("Enter")
    scene.gp.page.get_by_role("menuitem", name="Supprimer pour tout le monde").press("Enter")
    question = scene.gp.page.get_by_role("alertdialog", name="Supprimer ce message ?")
    expect(question).to_contain_text("Sa place")
    question.get_by_role("button", name="Supprimer").click()
    for each in (scene.coordinator, scene.gp):
        expect(each.log()).to_contain_text("Message supprimé par Dr Hélène ROUSSEL")
        expect(each.message(MISTAKE)).to_have_count(0)


def test_a_newcomer_reads_what_a_coordinator_gives(scene: Scene, social_worker: Screen) -> None:
    newcomer = social_worker
    scene.coordinator.invite(newcomer.person)
    newcomer.accept(scene.patient)
    expect(newcomer.message(BEFORE)).to_have_count(0)
    offer = scene.coordinator.page.get_by_role("status", name="Donner l’historique")
    expect(offer).to_contain_text("Estelle NGUYEN vient d’entrer")
    offer.get_by_role("button", name="Donner l’historique").click()
    form = scene.coordinator.page.get_by_role("dialog", name=re.compile("^Donner l’historique à"))
    scene.coordinator.choose("Ce que", "Tout l’historique", within=form)
    form.get_by_role("button", name="Donner et signer").click()
    expect(form).to_be_hidden()
    newcomer.button("Voir plus ancien").click()
    expect(newcomer.message(BEFORE)).to_be_visible()
    for each in (scene.coordinator, scene.gp, newcomer):
        expect(each.log()).to_contain_text("Estelle NGUYEN l’accès à l’historique")


def test_who_was_invited_before_having_keys_is_let_in_by_hand(
    scene: Scene, hire: Hire, open_browser: OpenBrowser
) -> None:
    pending = open_browser(hire("elodie-pradel"))
    scene.coordinator.invite(pending.person)
    pending.begin()
    # Whom it is about is shown once the coordination has made sure of who has answered.
    expect(pending.row(scene.patient)).to_have_count(0)
    pending.page.get_by_role("grid", name="Mes cercles").get_by_role("row", name=re.compile(", Invitation$")).click()
    pending.button("Accepter et demander l’entrée").click()
    expect(pending.page.get_by_text("La coordination doit confirmer votre identité.").first).to_be_visible()

    waiting = scene.coordinator.page.get_by_role("status", name="En attente d’une confirmation")
    expect(waiting).to_contain_text("Élodie PRADEL a accepté et attend")
    confirm(scene.coordinator, "Vérifier et faire entrer", "Confirmer et faire entrer")
    expect(waiting).to_have_count(0)
    expect(pending.row(scene.patient)).to_contain_text("Pas encore de message")  # a circle, no invitation any more
    pending.enter(scene.patient)
    expect(pending.composer(scene.patient)).to_be_enabled()
    pending.write(scene.patient, AFTER)
    expect(scene.coordinator.message(AFTER)).to_be_visible()


def test_a_new_identity_is_told_to_everybody_and_confirmed_by_a_coordinator(
    scene: Scene, social_worker: Screen, open_browser: OpenBrowser
) -> None:
    again = open_browser(social_worker.person)
    again.sign_in()
    again.button("Je n’ai plus aucun moyen d’ouvrir mon coffre").click()
    with again.watch.forgiving(WHO_ASKS):
        again.button("Refaire mon identité").click()
        again.give_code(again.person.code())
    again.confirm_recovery_code(again.recovery_code())
    for each in (scene.coordinator, scene.gp):
        told = each.page.get_by_role("status", name="En attente d’une confirmation")
        expect(told).to_contain_text("Estelle NGUYEN a une nouvelle identité.")
    expect(scene.gp.button("Vérifier la nouvelle identité")).to_have_count(0)
    again.row(scene.patient).click()
    expect(again.page.get_by_text("Votre nouvelle identité attend d’être confirmée")).to_be_visible()
    confirm(scene.coordinator, "Vérifier la nouvelle identité", "Confirmer la nouvelle identité")
    for each in (scene.coordinator, scene.gp):
        expect(each.log()).to_contain_text("Estelle NGUYEN a de nouvelles clés sans les anciennes.")
    again.write(scene.patient, BACK)
    expect(scene.gp.message(BACK)).to_be_visible()


def confirm(coordinator: Screen, look: str, submit: str) -> None:
    """The digits are compared before the server is believed."""
    coordinator.button(look).click()
    form = coordinator.page.get_by_role("dialog")
    expect(form.get_by_role("list", name=re.compile("^Numéro de sécurité")).get_by_role("listitem")).to_have_count(12)
    form.get_by_role("button", name=submit).click()
    expect(form.get_by_role("alert")).to_contain_text("Comparez d’abord les chiffres")
    form.get_by_text("J’ai comparé ces chiffres").click()
    form.get_by_role("button", name=submit).click()
    expect(form).to_be_hidden()
