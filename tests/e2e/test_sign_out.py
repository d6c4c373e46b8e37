"""Signing out ends one session, here and at once; a second tab waits its turn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import expect

from tests.e2e.canaries import a_word
from tests.e2e.conftest import Hire, OpenBrowser, Team
from tests.e2e.patients import Patient, a_patient
from tests.e2e.screens import Screen, gather


@dataclass
class Scene:
    patient: Patient
    leaving: Screen
    staying: Screen


@pytest.fixture(scope="module")
def scene(team: Team, hire: Hire, open_browser: OpenBrowser) -> Scene:
    leaving, staying = open_browser(hire("etienne-caron")), team.gp
    leaving.begin()
    patient = a_patient()
    gather(patient, staying, leaving)
    return Scene(patient, leaving, staying)


def test_one_tab_at_a_time_holds_the_keys_and_another_may_take_them(scene: Scene) -> None:
    first = scene.leaving.page
    second = first.context.new_page()
    second.goto(first.url)
    expect(second.get_by_role("heading", name="Cordée est ouvert dans un autre onglet")).to_be_visible()
    second.get_by_role("button", name="Continuer ici").click()
    expect(second.get_by_role("log", name="Messages du cercle")).to_be_visible()
    expect(first.get_by_role("heading", name="Cordée est ouvert dans un autre onglet")).to_be_visible()

    first.get_by_role("button", name="Continuer ici").click()
    text = a_word()
    scene.leaving.write(scene.patient, text)
    expect(scene.staying.message(text)).to_be_visible()
    second.close()


def test_signing_out_closes_the_socket_and_leaves_others_alone(scene: Scene) -> None:
    others = scene.staying.watch.open_sockets
    assert scene.leaving.watch.open_sockets == 1
    scene.leaving.sign_out()
    assert scene.leaving.watch.open_sockets == 0
    scene.leaving.page.evaluate("history.back()")
    expect(scene.leaving.page.get_by_role("heading", name="Se connecter")).to_be_visible()

    text = a_word()
    message = scene.staying.write(scene.patient, text)
    expect(message).to_contain_text("Envoyé")
    assert scene.staying.watch.open_sockets == others


def test_signing_in_again_needs_no_recovery_code_and_shows_what_came_meanwhile(scene: Scene) -> None:
    texts = scene.staying.texts()
    scene.leaving.sign_in()
    scene.leaving.at_circles()
    scene.leaving.enter(scene.patient)
    expect(scene.leaving.message(texts[-1])).to_be_visible()
    assert scene.leaving.texts() == texts


def test_the_next_person_at_this_page_finds_nothing_of_the_one_before(scene: Scene, team: Team) -> None:
    page = scene.leaving.page
    scene.leaving.composer(scene.patient).fill("Commencé, pas envoyé.")
    scene.leaving.sign_out()
    assert page.get_by_text(scene.patient.family).count() == 0

    next_one = replace(scene.leaving, person=team.gp.person)
    next_one.sign_in_here()
    next_one.unlock(team.gp_code)
    next_one.enter(scene.patient)
    expect(next_one.composer(scene.patient)).to_have_value("")
    next_one.sign_out()
    scene.leaving.sign_in_here()
    scene.leaving.enter(scene.patient)
    expect(scene.leaving.composer(scene.patient)).to_have_value("Commencé, pas envoyé.")


def test_a_session_that_the_server_ended_asks_to_sign_in_again(scene: Scene) -> None:
    """As when the person changes the password elsewhere."""
    page = scene.leaving.page
    other = page.context.new_page()
    other.goto(scene.leaving.url)
    expect(other.get_by_role("heading", name="Cordée est ouvert dans un autre onglet")).to_be_visible()
    with scene.leaving.watch.forgiving("status of 401"):
        other.evaluate(SIGN_OUT)
        expect(page.get_by_text("Votre session est terminée. Connectez-vous pour reprendre.")).to_be_visible()
    expect(scene.staying.composer(scene.patient)).to_be_enabled()


SIGN_OUT = """
async () => {
  const csrf = document.cookie.match(/__Host-cordee_csrf=([^;]*)/)[1]
  await fetch("/_allauth/browser/v1/auth/session", { method: "DELETE", headers: { "X-CSRFToken": csrf } })
}
"""
