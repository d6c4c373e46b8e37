"""A member is removed: the socket closes, the screen says so, and nothing written after can be read with anything that
the member holds or the server gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pytest
from playwright.sync_api import expect

from tests.e2e.canaries import a_word
from tests.e2e.conftest import Hire, OpenBrowser, Team
from tests.e2e.device import holdings
from tests.e2e.house import House
from tests.e2e.patients import Patient, a_patient
from tests.e2e.screens import Screen, gather

BEFORE, AFTER, ANSWER = (f"{words} {a_word()}" for words in ("Avant le retrait.", "Après le retrait.", "Bien reçu."))

# The browser tells a page, and nobody else, with which code a socket closed.
REMEMBER_CLOSES = """
globalThis.closes = []
globalThis.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given)
    this.addEventListener("close", ({ code }) => closes.push(code))
  }
}
"""
ASK = "async (path) => { const { status } = await fetch(path); return status }"


@dataclass
class Scene:
    patient: Patient
    coordinator: Screen
    staying: Screen
    removed: Screen
    circle: UUID
    last_epoch: int  # in which the removed member still was


@pytest.fixture(scope="module")
def scene(team: Team, hire: Hire, open_browser: OpenBrowser, house: House) -> Scene:
    """Somebody has been removed a moment ago, and the others have gone on talking."""
    coordinator, staying, removed = team.coordinator, team.gp, open_browser(hire("malik-ducasse"))
    removed.page.add_init_script(REMEMBER_CLOSES)
    removed.begin()
    patient = a_patient()
    gather(patient, coordinator, staying, removed)
    coordinator.write(patient, BEFORE)
    expect(removed.message(BEFORE)).to_be_visible()
    circle = coordinator.circle
    [(epoch,)] = house.rows("SELECT epoch FROM chat_group WHERE circle_id = %s", circle)

    coordinator.remove(removed.person, why="Fin de la prise en charge", reason=f"Bilan terminé {a_word()}")
    coordinator.write(patient, AFTER)
    expect(staying.message(AFTER)).to_be_visible()
    staying.write(patient, ANSWER)
    expect(coordinator.message(ANSWER)).to_be_visible()
    return Scene(patient, coordinator, staying, removed, circle, epoch)


def test_the_open_socket_closed_and_the_screen_says_why(scene: Scene) -> None:
    page = scene.removed.page
    expect(page.get_by_role("status").filter(has_text="Vous n’êtes plus membre de ce cercle")).to_be_visible()
    assert page.evaluate("closes") == [4403]
    expect(scene.removed.composer(scene.patient)).to_have_count(0)
    expect(page.get_by_role("link", name="Inviter")).to_have_count(0)
    expect(scene.removed.message(AFTER)).to_have_count(0)


def test_those_who_stay_see_the_removal_and_one_member_less(scene: Scene) -> None:
    for each in (scene.coordinator, scene.staying):
        expect(each.log()).to_contain_text("retire" if each is scene.staying else "retirez")
        expect(each.log()).to_contain_text("Malik DUCASSE, qui ne lit rien de ce qui suit.")
        members = each.page.get_by_role("group", name="Membres").get_by_role("listitem")
        expect(members).to_have_count(2)
        expect(members.filter(has_text="DUCASSE")).to_have_count(0)


@pytest.mark.parametrize("path", ["", "/items?since=0", "/group", "/chain", "/receipts", "/candidates?q=perrin"])
def test_the_server_knows_no_such_circle_any_more(scene: Scene, path: str) -> None:
    with scene.removed.watch.forgiving("status of 404"):
        assert scene.removed.page.evaluate(ASK, f"/api/circles/{scene.circle}{path}") == 404
    assert scene.coordinator.page.evaluate(ASK, f"/api/circles/{scene.circle}{path}") == 200


def test_no_key_of_a_later_epoch_was_sealed_to_them_and_no_leaf_of_theirs_is_left(scene: Scene, house: House) -> None:
    sealed = "SELECT user_id, max(epoch) FROM chat_epochkey WHERE group_id = %s GROUP BY user_id"
    latest = dict(house.rows(sealed, scene.circle))
    [(now,)] = house.rows("SELECT epoch FROM chat_group WHERE circle_id = %s", scene.circle)
    assert now > scene.last_epoch
    assert latest == {
        scene.coordinator.person.id: now,
        scene.staying.person.id: now,
        scene.removed.person.id: scene.last_epoch,
    }
    leaves = (
        "SELECT DISTINCT device.user_id FROM chat_leaf leaf JOIN chat_device device ON device.id = leaf.device_id"
        " WHERE leaf.group_id = %s"
    )
    assert {user for (user,) in house.rows(leaves, scene.circle)} == {
        scene.coordinator.person.id,
        scene.staying.person.id,
    }


def test_nothing_that_the_device_holds_opens_what_was_written_after(scene: Scene, house: House) -> None:
    kept = "SELECT body FROM chat_item WHERE group_id = %s AND kind = 1 ORDER BY seq"
    before, after, answer = (bytes(body) for (body,) in house.rows(kept, scene.circle))
    theirs, others = holdings(scene.removed), holdings(scene.staying)

    # The same hands open what was written before, and the others' keys what was written after.
    assert BEFORE.encode() in (theirs.reads(before) or b"")
    assert AFTER.encode() in (others.reads(after) or b"")
    assert theirs.reads(after) is None
    assert theirs.reads(answer) is None
    assert not any(text.encode() in value for value in theirs.values.values() for text in (AFTER, ANSWER))


def test_the_circle_is_gone_from_their_list_also_after_a_new_start(scene: Scene) -> None:
    page = scene.removed.page
    with scene.removed.watch.forgiving("status of 404"):
        page.reload()
        expect(page.get_by_role("heading", name="Ce cercle est introuvable")).to_be_visible()
    page.get_by_role("link", name="Revenir à mes cercles").click()
    expect(page.get_by_text("Vous n’êtes membre d’aucun cercle.")).to_be_visible()
    expect(page.get_by_text(scene.patient.listed)).to_have_count(0)
