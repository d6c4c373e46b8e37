"""One is cut off and comes back, and then the server itself is: nothing is lost, doubled or out of order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

import pytest
from playwright.sync_api import expect

from tests.e2e.cable import Cable
from tests.e2e.canaries import a_word
from tests.e2e.conftest import Hire, Launch, OpenBrowser
from tests.e2e.house import House
from tests.e2e.patients import Patient, a_patient
from tests.e2e.screens import Screen, gather
from tests.e2e.watch import Watch

NO_NETWORK = (
    r"net::ERR_(INTERNET_DISCONNECTED|CONNECTION_|SOCKET_NOT_CONNECTED|EMPTY_RESPONSE|ADDRESS_UNREACHABLE)"
    r"|WebSocket connection to"
)


@pytest.fixture(scope="module")
def cable(house: House) -> Iterator[Cable]:
    cable = Cable(house.url)
    yield cable
    cable.close()


@dataclass
class Scene:
    patient: Patient
    nurse: Screen
    away: Screen  # the one at the end of the cable


@pytest.fixture(scope="module")
def scene(hire: Hire, open_browser: OpenBrowser, launch: Launch, cable: Cable) -> Iterator[Scene]:
    behind_cable = launch(cable.switch)
    nurse = open_browser(hire("sophie-landrin"))
    away = open_browser(hire("claire-vasseur"), at=behind_cable)
    for each in (nurse, away):
        each.begin()
    patient = a_patient()
    gather(patient, nurse, away)
    yield Scene(patient, nurse, away)
    behind_cable.close()


def test_what_both_wrote_meanwhile_arrives_in_order_and_once(scene: Scene, cable: Cable, house: House) -> None:
    patient, nurse, away = scene.patient, scene.nurse, scene.away
    before, from_nurse, from_away, after = ([f"{n} {a_word()}" for n in range(3)] for _ in range(4))
    for text in before:
        nurse.write(patient, text)
    expect(away.message(before[-1])).to_be_visible()

    with away.watch.forgiving(NO_NETWORK):
        cable.cut()
        away.page.context.set_offline(True)
        expect(away.page.get_by_text("Hors ligne. Partira au retour du réseau.")).to_be_visible()
        for text in from_away:
            expect(away.write(patient, text)).to_contain_text("En attente du réseau. Partira tout seul.")
        for text in from_nurse:
            nurse.write(patient, text)
        expect(away.message(from_nurse[0])).to_have_count(0)
        expect(nurse.message(from_nurse[-1])).to_contain_text("Envoyé")

        cable.mend()
        away.page.context.set_offline(False)
        for each in (nurse, away):
            expect(each.message(from_away[-1])).to_be_visible()
            expect(each.message(from_nurse[-1])).to_be_visible()
    expect(away.page.get_by_text("Hors ligne.")).to_have_count(0)
    expect(away.page.get_by_text("En attente du réseau.")).to_have_count(0)
    for text in after:
        away.write(patient, text)
    expect(nurse.message(after[-1])).to_be_visible()
    expected = [*before, *from_nurse, *from_away, *after]
    assert nurse.texts() == away.texts() == expected
    assert messages_kept(house, nurse.circle) == len(expected)


def test_a_message_under_way_when_the_server_dies_is_sent_once(
    scene: Scene, house: House, watches: list[Watch]
) -> None:
    patient, nurse, away = scene.patient, scene.nurse, scene.away
    before = messages_kept(house, nurse.circle)
    texts = [f"{n} {a_word()}" for n in range(4)]
    with ExitStack() as forgiving:
        for watch in watches:
            forgiving.enter_context(watch.forgiving(NO_NETWORK))
        nurse.write(patient, texts[0])
        house.kill_server()
        nurse.write(patient, texts[1])
        expect(nurse.page.get_by_text("Hors ligne. Partira au retour du réseau.")).to_be_visible()
        nurse.write(patient, texts[2])
        house.start_server()
        expect(away.message(texts[2])).to_be_visible()
        expect(nurse.page.get_by_text("Hors ligne.")).to_have_count(0)
    nurse.write(patient, texts[3])
    expect(away.message(texts[3])).to_be_visible()
    assert nurse.texts()[-4:] == away.texts()[-4:] == texts
    assert messages_kept(house, nurse.circle) == before + 4


def test_what_was_written_without_a_network_survives_the_page(scene: Scene, cable: Cable) -> None:
    patient, nurse, away = scene.patient, scene.nurse, scene.away
    text = a_word()
    with away.watch.forgiving(NO_NETWORK):
        cable.cut()
        expect(away.page.get_by_text("Hors ligne. Partira au retour du réseau.")).to_be_visible()
        expect(away.write(patient, text)).to_contain_text("En attente du réseau.")
        cable.mend()
        away.page.reload()
        expect(nurse.message(text)).to_be_visible()
    expect(away.message(text)).to_contain_text("Remis à 1")


def messages_kept(house: House, circle: UUID) -> int:
    return int(house.rows("SELECT count(*) FROM chat_item WHERE kind = 1 AND group_id = %s", circle)[0][0])
