"""The vault: sealed blobs that their owner alone gets back, in generations that never go back."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from uuid_utils.compat import uuid7

from chat.vaults import SEALED_LIMIT
from tests.chat_members import Fields, PersonKeys, text
from tests.chat_people import Answer, Person, Scene, a_person
from tests.chat_server import ChatHouse


@pytest.fixture
def owner(house: ChatHouse) -> Person:
    return a_person()


def wrapper(unlocker: str, size: int = 80) -> Fields:
    return {"unlocker": unlocker, "blob": text(bytes(size))}


def next_vault(person: Person, *unlockers: str, key: int | None = None) -> Fields:
    """What a device writes after the vault that is there."""
    now = person.get("vault")[1]
    return person.keys.vault(*unlockers, generation=now["generation"] + 1, key=key or now["key"])


def test_everybody_reads_their_own_vault_and_nobody_anothers(scene: Scene) -> None:
    def read(person: Person) -> Answer:
        return person.get("vault")

    assert scene.over_http(read) == {
        "nobody": "signed_out",
        "signed out": "signed_out",
        "without MFA": "mfa_required",
        "stranger": 200,
        "officer": 200,
        "invitee": 200,
        "guest": 200,
        "member": 200,
        "coordinator": 200,
    }
    sealed = {person.get("vault")[1]["sealed"] for person in scene.people.values()}
    assert len(sealed) == len(scene.people)


def test_the_vault_comes_back_as_it_was_stored(house: ChatHouse) -> None:
    owner = a_person(registered=False)
    assert owner.get("vault")[1]["code"] == "not_found"
    first = owner.keys.first(f"device:{owner.device.id}")
    owner.register(first=first)
    assert owner.get("vault") == (200, first["vault"])
    assert [event.out for event in owner.traces("vault.read")] == [8, 0]


def a_passkey(person: Person, credential: str) -> Authenticator:
    """As allauth keeps it, as far as the vault looks."""
    data = {"name": "Téléphone", "credential": {"id": credential}}
    made: Authenticator = Authenticator.objects.create(user=person.user, type=Authenticator.Type.WEBAUTHN, data=data)
    return made


def test_a_passkey_that_was_removed_is_no_unlocker_any_more(owner: Person) -> None:
    passkey = a_passkey(owner, "AQID_-8")
    assert owner.put("vault", next_vault(owner, "passkey:AQID_-8")) == (200, {})
    assert "passkey:AQID_-8" in unlockers(owner)
    passkey.delete()
    assert "passkey:AQID_-8" not in unlockers(owner)


def device_wrapper(person: Person) -> str:
    return f"device:{person.device.id}"


def unlockers(person: Person) -> list[str]:
    return [each["unlocker"] for each in person.get("vault")[1]["wrappers"]]


def test_a_next_generation_keeps_the_wrappers_and_adds_to_them(owner: Person) -> None:
    second = owner.further_device()
    before = owner.get("vault")[1]
    a_passkey(owner, "AQID_-8")
    added = next_vault(owner, device_wrapper(second), "passkey:AQID_-8")
    wrappers = added["wrappers"]
    assert isinstance(wrappers, list)
    added["wrappers"] = wrappers = [each for each in wrappers if each["unlocker"] != "recovery"]
    assert second.put("vault", added) == (200, {})
    after = second.get("vault")[1]
    assert after == added | {"wrappers": [*before["wrappers"], *wrappers]}
    [*_, event] = second.traces("vault.update")
    assert (event.out, json.loads(event.leaf)["cnt"]) == (0, 4)


def test_a_wrapper_given_again_takes_the_place_of_the_first(owner: Person) -> None:
    again = next_vault(owner, device_wrapper(owner))
    assert owner.put("vault", again)[0] == 200
    assert owner.get("vault")[1] == again


def test_with_a_new_key_the_given_wrappers_are_all_there_are(owner: Person) -> None:
    assert owner.put("vault", next_vault(owner, "passkey:AQID"))[0] == 200
    fresh = next_vault(owner, device_wrapper(owner), key=2)
    assert owner.put("vault", fresh)[0] == 200
    assert owner.get("vault")[1] == fresh


def test_of_two_devices_that_write_at_once_one_is_told_to_look_again(owner: Person) -> None:
    first, late = next_vault(owner), next_vault(owner)
    assert owner.put("vault", first)[0] == 200
    assert owner.put("vault", late) == (409, {"code": "vault_moved", "detail": ""})
    assert owner.get("vault")[1]["sealed"] == first["sealed"]


BAD_VAULTS: dict[str, tuple[Callable[[Person], Fields], str]] = {
    "the same generation": (lambda p: p.keys.vault(generation=1), "vault_moved"),
    "a generation left out": (lambda p: p.keys.vault(generation=4, key=2), "vault_moved"),
    "an older key": (lambda p: p.keys.vault(generation=3, key=1), "bad_vault"),
    "a key left out": (lambda p: next_vault(p, key=4), "bad_vault"),
    "a head by another": (lambda p: PersonKeys(p.id).vault(generation=3, key=2), "bad_vault"),
    "a head of another key": (lambda p: next_vault(p, key=2) | {"key": 3}, "bad_vault"),
    "another vault than its head signs": (lambda p: next_vault(p) | {"sealed": text(bytes(200))}, "bad_vault"),
    "too large": (lambda p: next_vault(p) | {"sealed": text(bytes(SEALED_LIMIT + 1))}, "bad_input"),
    "a wrapper too short": (lambda p: next_vault(p) | {"wrappers": [wrapper("recovery", 79)]}, "bad_vault"),
    "a wrapper too long": (lambda p: next_vault(p) | {"wrappers": [wrapper("recovery", 81)]}, "bad_vault"),
    "two wrappers for one unlocker": (lambda p: next_vault(p) | {"wrappers": [wrapper("recovery")] * 2}, "bad_input"),
    "a new key that the recovery code does not open": (
        lambda p: next_vault(p, key=3) | {"wrappers": [wrapper(device_wrapper(p))]},
        "bad_vault",
    ),
    "a wrapper for a device that is not there": (lambda p: next_vault(p, f"device:{uuid7()}"), "bad_vault"),
    "thirty-three unlockers": (
        lambda p: next_vault(p) | {"wrappers": [wrapper(f"passkey:{number}") for number in range(31)]},
        "bad_vault",
    ),
    "an unknown kind of unlocker": (lambda p: next_vault(p, "password"), "bad_input"),
    "a device that is no id": (lambda p: next_vault(p, "device:me"), "bad_input"),
    "a passkey that is not base64url": (lambda p: next_vault(p, "passkey:a+b"), "bad_input"),
    "a field that nobody knows": (lambda p: next_vault(p) | {"more": 1}, "bad_input"),
}


@pytest.mark.parametrize("name", BAD_VAULTS)
def test_a_bad_vault_leaves_the_one_before(owner: Person, name: str) -> None:
    make, code = BAD_VAULTS[name]
    assert owner.put("vault", owner.keys.vault(device_wrapper(owner), generation=2, key=2))[0] == 200
    before = owner.get("vault")[1]
    assert owner.put("vault", make(owner))[1]["code"] == code
    assert owner.get("vault")[1] == before
    [*_, trace] = owner.traces("vault.update")
    assert (trace.out, trace.err) == (4, code)


def test_nobody_wraps_for_anothers_device(owner: Person, scene: Scene) -> None:
    body = next_vault(owner, device_wrapper(scene.nurse))
    assert owner.put("vault", body)[1]["code"] == "bad_vault"
    assert unlockers(owner) == ["recovery", device_wrapper(owner)]


def test_who_has_no_identity_has_no_vault(house: ChatHouse) -> None:
    newcomer = a_person(registered=False)
    assert newcomer.put("vault", newcomer.keys.vault())[1]["code"] == "not_found"
