"""Somebody outside a circle: the patient is read from a datamatrix and is known already; in an emergency the
coordinator is reached, and everybody in the circle knows; then one asks, is invited with one click, and comes in.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from circles.ins import DEMO_OID
from tests.e2e.conftest import Hire, OpenBrowser, Team
from tests.e2e.patients import Patient, a_patient
from tests.e2e.screens import Screen

REASON = "Trouvée inconsciente à domicile, je cherche qui la suit"
GS = "\x1d"


def datamatrix(patient: Patient) -> str:
    """What a scanner reads from the patient's papers."""
    return (
        f"IS01{'0' * 22}S1{patient.matricule}S2{DEMO_OID}S3{patient.given.upper()}{GS}S4{patient.family.upper()}{GS}"
        f"S5FS6{patient.born:%d-%m-%Y}S7{patient.birthplace}"
    )


@pytest.fixture(scope="module")
def outsider(hire: Hire, open_browser: OpenBrowser) -> Screen:
    screen = open_browser(hire("agathe-castaing"))
    screen.begin()
    return screen


@pytest.fixture(scope="module")
def patient(team: Team) -> Patient:
    """Who has a circle that the outsider does not know of."""
    patient = a_patient()
    team.coordinator.open_circle(patient)
    return patient


def find(outsider: Screen, patient: Patient) -> None:
    outsider.page.goto(f"{outsider.url}/patients")
    outsider.page.get_by_label("Datamatrix INS").fill(datamatrix(patient))
    expect(outsider.page.get_by_label("Nom de naissance")).to_have_value(patient.family.upper())
    expect(outsider.page.get_by_text("a déjà un cercle, dont vous n’êtes pas membre")).to_be_visible()


def test_in_an_emergency_the_coordinator_is_reached_and_everybody_knows(
    team: Team, outsider: Screen, patient: Patient
) -> None:
    find(outsider, patient)
    page = outsider.page
    outsider.button("Urgence : joindre la coordination").click()
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("sont prévenus maintenant")
    question.get_by_label("Votre motif").fill(REASON)
    question.get_by_role("button", name="Prévenir et voir").click()
    coordinators = page.get_by_role("region", name="La coordination")
    expect(coordinators).to_contain_text(team.coordinator.person.family.upper())
    assert patient.family.upper() not in page.get_by_role("main").inner_text()
    outsider.button("J’ai terminé").click()
    outsider.at_circles()

    team.coordinator.page.reload()
    told = team.coordinator.page.get_by_role("status", name="Accès exceptionnels")
    expect(told).to_contain_text(REASON)
    expect(told).to_contain_text(outsider.person.family.upper())


def test_who_asks_is_invited_and_comes_in(team: Team, outsider: Screen, patient: Patient) -> None:
    find(outsider, patient)
    outsider.button("Demander à être invité").click()
    outsider.button("Envoyer la demande").click()
    expect(outsider.page.get_by_text("Demande envoyée à la coordination")).to_be_visible()

    coordinator = team.coordinator
    coordinator.page.reload()
    asks = coordinator.page.get_by_role("status", name="Demandes d’entrée")
    asks.get_by_role("button", name="Inviter").click()
    coordinator.choose("Motif légal", "Équipe formalisée")
    coordinator.button("Inviter et signer").click()
    expect(asks).to_have_count(0)

    outsider.page.goto(outsider.url)
    outsider.accept(patient)
