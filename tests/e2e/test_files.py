"""Files between two people: what one attaches is, byte for byte, what the other sees and saves; or it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Request, expect

from chat import file_store
from tests.e2e.attachments import a_name, a_picture, attach, attached, download, payload, send
from tests.e2e.axe import serious
from tests.e2e.cable import Cable
from tests.e2e.canaries import a_word
from tests.e2e.conftest import Hire, Launch, OpenBrowser
from tests.e2e.house import House
from tests.e2e.patients import Patient, a_patient
from tests.e2e.screens import PHONE, Screen, gather
from tests.e2e.test_cut_off import NO_NETWORK as CUT

MIB = 1024 * 1024
PDF_VIEWER = "chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/"  # Chromium's own
NO_NETWORK = rf"{CUT}|net::ERR_SOCKET_NOT_CONNECTED"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj trailer<</Root 1 0 R>>"


@pytest.fixture(scope="module")
def cable(house: House) -> Iterator[Cable]:
    cable = Cable(house.url)
    yield cable
    cable.close()


@dataclass
class Scene:
    patient: Patient
    nurse: Screen
    away: Screen  # at the end of the cable


@pytest.fixture(scope="module")
def scene(hire: Hire, open_browser: OpenBrowser, launch: Launch, cable: Cable) -> Iterator[Scene]:
    behind_cable = launch(cable.switch)
    nurse, away = open_browser(hire("marc-sauvage")), open_browser(hire("cedric-lacombe"), at=behind_cable)
    for each in (nurse, away):
        each.begin()
    patient = a_patient()
    gather(patient, nurse, away)
    yield Scene(patient, nurse, away)
    behind_cable.close()


def row(message: Locator, name: str) -> Locator:
    return message.get_by_role("listitem").filter(has_text=name)


def newest_file(house: House, circle: UUID) -> Path:
    """Where the server keeps it."""
    found = house.rows("SELECT id FROM chat_file WHERE group_id = %s ORDER BY created DESC LIMIT 1", circle)
    return file_store._path(found[0][0])


def test_a_picture_of_three_megabytes_is_seen_enlarged_and_saved_as_it_was(scene: Scene, house: House) -> None:
    name, picture, text = a_name("png"), a_picture(1000, 1048), f"La radio de ce matin. {a_word()}"
    assert len(picture) > 3_000_000
    attach(scene.nurse, scene.patient, payload(name, picture, "image/png"))
    expect(attached(scene.nurse)).to_contain_text([f"{name}3\u00a0Mo"])
    send(scene.nurse, scene.patient, text)
    shown = scene.away.message(text).get_by_role("button", name=f"Agrandir l’image {name}, 3\u00a0Mo")
    expect(shown).to_be_visible()
    assert shown.locator("img").evaluate("async (img) => { await img.decode(); return img.naturalHeight }") == 1048
    shown.click()
    large = scene.away.page.get_by_role("dialog", name=name)
    expect(large).to_contain_text(scene.patient.listed)  # never without the patient
    with scene.away.page.expect_download() as saving:
        large.get_by_role("button", name="Télécharger").click()
    assert (saving.value.suggested_filename, Path(saving.value.path()).read_bytes()) == (name, picture)
    large.get_by_role("button", name="Fermer l’image").click()
    expect(large).to_be_hidden()
    # The server has other bytes, as many and sixteen for each chunk.
    kept = newest_file(house, scene.nurse.circle).read_bytes()
    assert len(kept) == len(picture) + 16 * 48
    assert picture[1000:1032] not in kept


def test_what_is_attached_is_listed_and_can_be_taken_out(scene: Scene, tmp_path: Path) -> None:
    keep, drop, large = a_name("pdf"), a_name("txt"), tmp_path / a_name("bin")
    with large.open("wb") as file:
        file.truncate(100 * MIB + 1)
    attach(scene.nurse, scene.patient, payload(keep, PDF, "application/pdf"), payload(drop, b"x"))
    attach(scene.nurse, scene.patient, large)
    alert = scene.nurse.page.get_by_role("alert")
    expect(alert).to_have_text(f"{large.name} dépasse 100\u00a0Mo et n’a pas été joint.")
    scene.nurse.button(f"Retirer {drop}").click()
    expect(attached(scene.nurse)).to_contain_text([keep])
    # Another circle has its own; this one keeps what it had.
    scene.nurse.leave_circle()
    scene.nurse.enter(scene.patient)
    expect(attached(scene.nurse)).to_contain_text([keep])
    assert serious(scene.nurse.page) == []
    # Without words; with the keyboard alone.
    scene.nurse.composer(scene.patient).press("Enter")
    expect(attached(scene.nurse)).to_have_count(0)
    received = row(scene.away.log(), keep)
    assert download(received, keep) == PDF
    with scene.away.watch.forgiving(PDF_VIEWER), scene.away.page.context.expect_page() as viewer:
        received.get_by_role("button", name=f"Ouvrir {keep} dans un nouvel onglet").click()
        assert viewer.value.url.startswith(f"blob:{scene.away.url}/")
        viewer.value.close()


PASTE = """
(field, [name, type]) => {
  const data = new DataTransfer()
  data.items.add(new File([Uint8Array.of(1, 2, 3)], name, { type }))
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }))
}
"""
DROP = """
(place, name) => {
  const dataTransfer = new DataTransfer()
  dataTransfer.items.add(new File(["abc"], name))
  for (const type of ["dragover", "drop"]) {
    place.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }))
  }
}
"""


def test_an_image_is_pasted_and_a_file_is_dropped_on_the_conversation_and_nowhere_else(scene: Scene) -> None:
    page, field = scene.nurse.page, scene.nurse.composer(scene.patient)
    field.evaluate(PASTE, ["collée.png", "image/png"])
    scene.nurse.log().evaluate(DROP, "déposé.txt")
    page.get_by_role("grid", name="Mes cercles").evaluate(DROP, "ailleurs.txt")
    expect(attached(scene.nurse)).to_contain_text(["collée.png", "déposé.txt"])
    for name in ("collée.png", "déposé.txt"):
        scene.nurse.button(f"Retirer {name}").click()
    expect(attached(scene.nurse)).to_have_count(0)


def offsets(screen: Screen) -> list[int]:
    """Where each piece that the browser brings from now on begins."""
    found: list[int] = []

    def look(request: Request) -> None:
        found.extend(int(offset) for offset in parse_qs(urlsplit(request.url).query).get("offset", ()))

    screen.page.on("request", look)
    return found


def slow(screen: Screen, bytes_a_second: int) -> None:
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
    screen.protocol().send("Network.emulateNetworkConditions", conditions)


def test_a_cut_upload_goes_on_where_it_stopped(scene: Scene, cable: Cable) -> None:
    name, content, text = a_name("bin"), a_picture(1400, 1400), f"Le compte rendu. {a_word()}"
    pieces = offsets(scene.away)
    attach(scene.away, scene.patient, payload(name, content))
    slow(scene.away, 3 * MIB)
    message = send(scene.away, scene.patient, text)
    bar = message.get_by_role("progressbar", name="Envoi des fichiers joints")
    expect(bar).to_be_visible()
    with scene.away.watch.forgiving(NO_NETWORK):
        scene.away.page.wait_for_timeout(800)
        cable.cut()
        scene.away.page.context.set_offline(True)
        expect(message).to_contain_text("En attente du réseau. Partira tout seul.")
        expect(scene.nurse.message(text)).to_have_count(0)
        before = len(pieces)
        cable.mend()
        scene.away.page.context.set_offline(False)
        expect(scene.nurse.message(text)).to_be_visible()
    assert before > 1
    assert pieces.count(0) == 1, pieces
    assert pieces == sorted(pieces)
    assert download(row(scene.nurse.message(text), name), name) == content
    slow(scene.away, -1)


def test_a_page_that_is_loaded_again_in_the_middle_goes_on_with_the_file(scene: Scene) -> None:
    name, content, text = a_name("bin"), a_picture(1400, 1401), f"La suite. {a_word()}"
    attach(scene.nurse, scene.patient, payload(name, content))
    pieces = offsets(scene.nurse)
    slow(scene.nurse, 3 * MIB)
    message = send(scene.nurse, scene.patient, text)
    expect(message.get_by_role("progressbar")).to_be_visible()
    scene.nurse.page.wait_for_timeout(800)
    scene.nurse.page.reload()
    expect(scene.away.message(text)).to_be_visible()
    assert pieces.count(0) == 1, pieces
    assert download(row(scene.away.message(text), name), name) == content
    slow(scene.nurse, -1)


def test_an_upload_can_be_given_up(scene: Scene) -> None:
    name, text = a_name("bin"), f"Non, pas celui-ci. {a_word()}"
    attach(scene.nurse, scene.patient, payload(name, a_picture(1400, 1402)))
    slow(scene.nurse, MIB)
    message = send(scene.nurse, scene.patient, text)
    message.get_by_role("button", name="Abandonner l’envoi").click()
    expect(message).to_have_count(0)
    slow(scene.nurse, -1)


def test_another_file_in_its_place_is_refused_in_words_and_nothing_is_saved(scene: Scene, house: House) -> None:
    name, text = a_name("pdf"), f"Le courrier. {a_word()}"
    attach(scene.nurse, scene.patient, payload(name, PDF, "application/pdf"))
    send(scene.nurse, scene.patient, text)
    message = scene.away.message(text)
    expect(message).to_be_visible()
    kept = newest_file(house, scene.nurse.circle)
    honest = kept.read_bytes()
    kept.write_bytes(honest[:-1] + bytes([honest[-1] ^ 1]))
    message.get_by_role("button", name=f"Télécharger {name}").click()
    expect(message.get_by_role("alert")).to_contain_text("Ce fichier n’est pas celui qui a été signé.")
    assert serious(scene.away.page) == []
    kept.write_bytes(honest)
    with scene.away.page.expect_download() as saving:
        message.get_by_role("button", name="Réessayer").click()
    assert Path(saving.value.path()).read_bytes() == PDF


def test_a_page_that_calls_itself_an_image_is_bytes_to_be_saved(scene: Scene) -> None:
    name, text = a_name("png"), f"Regardez. {a_word()}"
    page = b"<!doctype html><script>document.title = 'pris'</script>"
    attach(scene.nurse, scene.patient, payload(name, page, "image/png"))
    send(scene.nurse, scene.patient, text)
    message = scene.away.message(text)
    expect(message).to_contain_text("Annoncé comme une image, ce fichier n’en est pas une.")
    assert download(row(message, name), name) == page


def test_on_a_phone_all_of_it_fits(scene: Scene) -> None:
    long = f"{'compte-rendu-d-hospitalisation-' * 4}{a_word()}.pdf"
    page = scene.away.page
    page.set_viewport_size(PHONE)
    attach(scene.away, scene.patient, payload(long, PDF, "application/pdf"))
    expect(attached(scene.away)).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert serious(page) == []
    message = send(scene.away, scene.patient, f"Au téléphone. {a_word()}")
    expect(message.get_by_role("button", name="Télécharger")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert serious(page) == []
