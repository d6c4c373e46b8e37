"""A compliance officer at the desk: finds an act, has the browser verify it, learns for a reason whose it is, sees that
this was written down, and is shown in red when the server says something else than what was sealed.
"""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.e2e.conftest import Hire, OpenBrowser
from tests.e2e.house import House
from tests.e2e.screens import Screen

REASON = "Contrôle mensuel des connexions du service"


@pytest.fixture(scope="module")
def officer(house: House, hire: Hire, open_browser: OpenBrowser) -> Screen:
    person = hire("ines-carlier")
    house.appoint(person, "compliance_officer")
    screen = open_browser(person)
    screen.begin()
    return screen


def chosen(officer: Screen) -> Locator:
    return officer.page.get_by_role("complementary", name="Acte choisi")


def find(officer: Screen, act: str) -> Locator:
    """The newest act of this kind, chosen."""
    page = officer.page
    page.goto(f"{officer.url}/journal")
    page.get_by_label("Ajouter un critère").fill(act)
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name=re.compile(rf"acte.*{act}"))).to_be_visible()
    acts = page.get_by_role("grid", name="Actes")
    row = acts.get_by_role("row").filter(has_text=act).first
    unfold = acts.get_by_role("button", name=re.compile("Déplier")).first
    expect(row.or_(unfold).first).to_be_visible()
    if unfold.is_visible():  # many of them, one after the other, stand as one
        unfold.click()
    row.click()
    expect(chosen(officer)).to_contain_text(re.compile(rf"{act}, (entrée|pas encore)"))
    return chosen(officer)


def test_an_act_is_found_and_verified_in_the_browser(officer: Screen) -> None:
    act = find(officer, "auth.login")
    act.get_by_role("button", name="Vérifier ici, maintenant").click()
    expect(act).to_contain_text("Intact et à sa place")
    expect(act.get_by_role("listitem").filter(has_text="vérifié")).to_have_count(5)
    with officer.page.expect_download() as saved:
        act.get_by_role("button", name="Télécharger la preuve de cet acte").click()
    assert saved.value.suggested_filename.endswith(".tlog-proof")
    assert saved.value.path().read_text().startswith("c2sp.org/tlog-proof@v1\n")


def test_a_pseudonym_is_lifted_for_a_reason_that_another_officer_can_read(officer: Screen) -> None:
    page = officer.page
    act = find(officer, "auth.login")
    act.get_by_role("button", name=re.compile("Lever le pseudonyme P-")).first.click()
    question = page.get_by_role("dialog", name="Lever le pseudonyme")
    question.get_by_label("Raison").fill(REASON)
    question.get_by_role("button", name="Lever et inscrire").click()
    expect(act).to_contain_text(re.compile("Inès CARLIER", re.IGNORECASE))
    page.get_by_role("radio", name="Responsables").click()
    lifted = page.get_by_role("row").filter(has_text="subject.resolve").first
    expect(lifted).to_contain_text("lève le pseudonyme")
    lifted.click()
    chosen(officer).get_by_role("button", name="Ouvrir les mots scellés").click()
    opening = page.get_by_role("dialog", name="Ouvrir les mots scellés")
    opening.get_by_label("Raison").fill("Relecture des levées de la journée")
    opening.get_by_role("button", name="Ouvrir et inscrire").click()
    expect(chosen(officer)).to_contain_text(REASON)


def test_what_the_server_changes_turns_red(officer: Screen) -> None:
    def lie(route: Route) -> None:
        answer = route.fetch()
        said = answer.json()
        leaf = json.loads(said["leaf"]) | {"auth": "passkey"}
        route.fulfill(response=answer, json=said | {"leaf": json.dumps(leaf, sort_keys=True, separators=(",", ":"))})

    page = officer.page
    act = find(officer, "auth.login")
    page.route(re.compile(r"/proof(\?|$)"), lie)
    try:
        act.get_by_role("button", name="Vérifier ici, maintenant").click()
        expect(act.get_by_role("alert")).to_contain_text("Ne concorde pas")
        expect(act.get_by_role("button", name="Garder les éléments")).to_be_visible()
    finally:
        page.unroute(re.compile(r"/proof(\?|$)"), lie)
