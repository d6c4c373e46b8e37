"""A passkey from its making in the settings to its removal, with the browser's own authenticator."""

from __future__ import annotations

import pytest
from playwright.sync_api import CDPSession, Locator, expect

from tests.e2e.conftest import Hire, OpenBrowser
from tests.e2e.house import House
from tests.e2e.screens import Screen

# What a phone's or a computer's own authenticator can do: keep keys, and know its holder.
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
NAME = "Poste de soins"


@pytest.fixture(scope="module")
def screen(hire: Hire, open_browser: OpenBrowser) -> Screen:
    screen = open_browser(hire("tiphaine-brunel"))
    screen.begin()
    return screen


@pytest.fixture(scope="module")
def protocol(screen: Screen) -> CDPSession:
    protocol = screen.protocol()
    protocol.send("WebAuthn.enable")
    return protocol


@pytest.fixture(scope="module")
def authenticator(protocol: CDPSession) -> str:
    added = protocol.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return str(added["authenticatorId"])


def to_settings(screen: Screen) -> None:
    screen.page.get_by_role("navigation", name="Principal").get_by_role("link", name="Sécurité").click()
    expect(screen.page.get_by_role("heading", name="Sécurité et réglages", level=1)).to_be_visible()


def ask_to_add(screen: Screen, name: str) -> Locator:
    """The dialog, sent off; the server may ask for a proof in it."""
    screen.button("Ajouter une clé d’accès").click()
    dialog = screen.page.get_by_role("dialog", name="Ajouter une clé d’accès")
    dialog.get_by_label("Nom de la clé").fill(name)
    dialog.get_by_role("button", name="Continuer").click()
    return dialog


def keys(screen: Screen) -> Locator:
    return screen.page.get_by_role("list", name="Clés d’accès").get_by_role("listitem")


def changes_of_factors(house: House) -> int:
    """How many the audit trail has, of everybody."""
    return int(house.rows("SELECT count(*) FROM audit_event WHERE act = 'auth.factor'")[0][0])


def test_a_passkey_is_made_in_the_settings_after_a_second_code(
    screen: Screen, house: House, protocol: CDPSession, authenticator: str
) -> None:
    before = changes_of_factors(house)
    to_settings(screen)
    expect(screen.page.get_by_text("Vous n’en avez pas encore.")).to_be_visible()
    dialog = ask_to_add(screen, NAME)
    expect(dialog.get_by_role("heading", name="Confirmez que c’est vous")).to_be_visible()
    screen.give_code(screen.person.code())

    expect(dialog).to_be_hidden()
    expect(keys(screen)).to_contain_text([NAME])
    expect(keys(screen)).to_contain_text(["pas encore utilisée"])
    (kept,) = protocol.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
    assert kept["isResidentCredential"]
    assert changes_of_factors(house) == before + 1


def test_the_passkey_alone_leads_to_my_circles(screen: Screen, authenticator: str) -> None:
    screen.leave_circle()
    screen.sign_out()
    screen.button("Utiliser une clé d’accès").click()
    screen.at_circles()
    to_settings(screen)
    expect(keys(screen)).to_contain_text(["utilisée le"])


def test_the_passkey_proves_who_asks_and_is_not_made_twice(
    screen: Screen, protocol: CDPSession, authenticator: str
) -> None:
    dialog = ask_to_add(screen, "Encore elle")
    dialog.get_by_role("button", name="Utiliser une clé d’accès").click()
    expect(dialog.get_by_role("alert")).to_contain_text("déjà une clé d’accès")

    # Somebody else's finger.
    protocol.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    dialog.get_by_role("button", name="Continuer").click()
    expect(dialog.get_by_role("alert")).to_contain_text("interrompue")
    protocol.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": True})
    dialog.get_by_role("button", name="Annuler").click()
    expect(keys(screen)).to_have_count(1)


def test_a_removed_passkey_no_longer_opens_the_door(screen: Screen, house: House, authenticator: str) -> None:
    before = changes_of_factors(house)
    screen.button(f"Retirer la clé d’accès : {NAME}").click()
    question = screen.page.get_by_role("alertdialog")
    question.get_by_role("button", name="Retirer la clé").click()
    expect(screen.page.get_by_text("Vous n’en avez pas encore.")).to_be_visible()
    assert changes_of_factors(house) == before + 1

    screen.leave_circle()
    screen.sign_out()
    with screen.watch.forgiving("status of 400"):
        screen.button("Utiliser une clé d’accès").click()
        expect(screen.page.get_by_role("alert")).to_contain_text("La clé d’accès n’a pas été utilisée.")
