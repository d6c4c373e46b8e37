"""A passkey that opens the vault: one gesture signs in on a new device and unlocks it, and its secret stays there."""

from __future__ import annotations

import base64
import hashlib

import pytest
from playwright.sync_api import CDPSession, expect

from tests.e2e.conftest import Hire, OpenBrowser
from tests.e2e.house import House
from tests.e2e.screens import Screen
from tests.e2e.test_passkeys import AUTHENTICATOR, ask_to_add, keys, to_settings

WITH_PRF = AUTHENTICATOR | {"ctap2Version": "ctap2_1", "hasPrf": True}
PRF_INPUT = hashlib.sha256(b"cordee vault prf").digest()

# The secret that the authenticator gives this site, as the page's own code gets it.
_SECRET = """
async (input) => {
  const first = Uint8Array.from(atob(input), (character) => character.charCodeAt(0))
  const extensions = { prf: { eval: { first } } }
  const publicKey = { challenge: new Uint8Array(32), userVerification: "required", extensions }
  const credential = await navigator.credentials.get({ publicKey })
  const { results } = credential.getClientExtensionResults().prf
  return btoa(String.fromCharCode(...new Uint8Array(results.first)))
}
"""


@pytest.fixture(scope="module")
def screen(hire: Hire, open_browser: OpenBrowser) -> Screen:
    screen = open_browser(hire("fabien-hamadi"))
    screen.begin()
    return screen


@pytest.fixture(scope="module")
def protocol(screen: Screen) -> CDPSession:
    protocol = screen.protocol()
    protocol.send("WebAuthn.enable")
    protocol.send("WebAuthn.addVirtualAuthenticator", {"options": WITH_PRF})
    return protocol


def unlockers(house: House, screen: Screen) -> list[str]:
    rows = house.rows(
        "SELECT split_part(unlocker, ':', 1) FROM chat_vaultwrapper WHERE vault_id = %s ORDER BY 1", screen.person.id
    )
    return [kind for (kind,) in rows]


def test_a_passkey_that_is_made_here_opens_the_vault_too(screen: Screen, house: House, protocol: CDPSession) -> None:
    to_settings(screen)
    dialog = ask_to_add(screen, "Téléphone")
    screen.give_code(screen.person.code())
    expect(dialog).to_be_hidden()
    expect(keys(screen)).to_contain_text(["Téléphone"])
    assert unlockers(house, screen) == ["device", "passkey", "recovery"]


def test_on_a_new_device_one_gesture_signs_in_and_unlocks(screen: Screen, house: House, protocol: CDPSession) -> None:
    screen.leave_circle()
    screen.sign_out()
    forget_device(screen)
    screen.page.goto(screen.url)
    screen.button("Utiliser une clé d’accès").click()
    screen.at_circles()
    assert unlockers(house, screen) == ["device", "device", "passkey", "recovery"]


def test_its_secret_leaves_the_browser_in_no_form(screen: Screen, protocol: CDPSession) -> None:
    secret = base64.b64decode(screen.page.evaluate(_SECRET, base64.b64encode(PRF_INPUT).decode()))
    assert len(secret) == 32
    sent = b"\0".join(screen.watch.sent)
    assert b'"clientExtensionResults"' in sent
    written = [base64.b64encode(secret), base64.urlsafe_b64encode(secret), secret, secret.hex().encode()]
    written.append(",".join(map(str, secret)).encode())
    assert [form for form in written if form.rstrip(b"=")[:40] in sent] == []


def test_a_removed_passkey_is_no_unlocker_any_more(screen: Screen, house: House, protocol: CDPSession) -> None:
    to_settings(screen)
    screen.button("Retirer la clé d’accès : Téléphone").click()
    question = screen.page.get_by_role("alertdialog")
    question.get_by_role("button", name="Retirer la clé").click()
    question.get_by_role("button", name="Utiliser une clé d’accès").click()
    expect(question).to_be_hidden()
    expect(screen.page.get_by_text("Vous n’en avez pas encore.")).to_be_visible()
    assert unlockers(house, screen) == ["device", "device", "recovery"]


def forget_device(screen: Screen) -> None:
    """As if this browser had never been this person's device."""
    screen.page.goto("about:blank")
    client = screen.protocol()
    client.send("Storage.clearDataForOrigin", {"origin": screen.url, "storageTypes": "indexeddb"})
