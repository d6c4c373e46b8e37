"""Somebody of the directory without an account is invited: the letter's link opens one, once; then they ask to come in,
are let in by hand, and write.
"""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from playwright.sync_api import expect

from tests.e2e.canaries import a_word
from tests.e2e.conftest import OpenBrowser, Team
from tests.e2e.house import Hired, House
from tests.e2e.patients import Patient, a_patient


@pytest.fixture(scope="module")
def patient(team: Team) -> Patient:
    patient = a_patient()
    team.coordinator.open_circle(patient)
    return patient


@pytest.fixture
def link(team: Team, house: House, patient: Patient) -> str:
    """What the letter to the invited person brings."""
    page = team.coordinator.page
    page.get_by_role("link", name="Inviter").click()
    page.get_by_label("Nom, profession, structure ou lieu").fill("Esnault Hugo")
    page.get_by_role("grid", name="Professionnels de l’annuaire").get_by_role("row").first.click()
    team.coordinator.choose("Motif légal", "Équipe formalisée")
    team.coordinator.button("Inviter et signer").click()
    expect(page.get_by_role("group", name="Membres").get_by_text("ESNAULT")).to_be_visible()
    [letter] = [each for each in house.letters() if "#" in each]
    assert patient.family.upper() not in letter.upper()
    found = re.search(r"http\S+#[0-9a-f]{64}", letter)
    assert found
    return found[0]


def test_a_link_opens_an_account_once_and_leads_into_the_circle(
    team: Team, house: House, open_browser: OpenBrowser, patient: Patient, link: str
) -> None:
    password = f"{a_word()} {a_word()}"
    invited = Hired(UUID(int=0), "Hugo", "Esnault", f"{a_word()}@cabinet.example", password, "", "")
    screen = open_browser(invited)
    page = screen.page
    with screen.watch.forgiving("status of 40[14]"):  # asked whether somebody is signed in, and for a second factor
        page.goto(link)
        expect(page.get_by_role("heading", name="Bienvenue")).to_be_visible()
        assert "#" not in page.url
        assert patient.family.upper() not in page.locator("body").inner_text().upper()
        page.get_by_label("Adresse pour vous connecter").fill(invited.email)
        page.get_by_label("Mot de passe", exact=True).fill(password)
        screen.button("Ouvrir mon compte").click()
        invited.totp_secret = page.locator(".enrol-secret").inner_text().replace(" ", "")
        screen.give_code(invited.code())
        screen.sign_in_here()
    screen.make_first_device()

    page.goto(f"{screen.url}/invitations")
    screen.button("Voir et répondre").click()
    assert patient.family.upper() not in page.locator("body").inner_text().upper()
    screen.button("Accepter et demander l’entrée").click()
    waits = page.get_by_text("La coordination doit confirmer votre identité.").first
    expect(waits).to_be_visible()
    page.goto(screen.url)
    expect(waits).to_be_visible()  # among the circles too; from there the device comes in by itself

    coordinator = team.coordinator
    coordinator.button("Vérifier et faire entrer").first.click()
    compared = coordinator.page.get_by_role("dialog")
    compared.get_by_role("group", name="Comparaison").get_by_role("checkbox").check(force=True)
    compared.get_by_role("button", name="Confirmer et faire entrer").click()
    expect(compared).to_be_hidden()

    expect(screen.row(patient)).to_contain_text("Pas encore de message")  # a circle, no invitation any more
    screen.enter(patient)
    expect(screen.composer(patient)).to_be_enabled()
    text = f"Me voici, {a_word()}"
    screen.write(patient, text)
    expect(coordinator.message(text)).to_be_visible()

    somebody_else = open_browser(invited)
    with somebody_else.watch.forgiving(r"status of 4\d\d"):
        somebody_else.page.goto(link)
        expect(somebody_else.page.get_by_role("heading", name="Bienvenue")).to_have_count(0)
        expect(somebody_else.page.get_by_role("main")).to_contain_text("lien")
