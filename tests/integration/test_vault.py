"""The vault: sealed blobs that their owner alone gets back, and one more way to open them."""

from __future__ import annotations

import pytest
from uuid_utils.compat import uuid7

from chat.models import VaultWrapper
from tests.chat_members import Fields, text
from tests.chat_people import Answer, Person, Scene, a_person
from tests.chat_server import ChatHouse


@pytest.fixture
def owner(house: ChatHouse) -> Person:
    return a_person()


def wrapper(person: Person, **changes: object) -> Fields:
    body: Fields = {"unlocker": f"device:{person.device.id}", "blob": text(bytes(76))}
    return body | changes


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


def test_a_further_device_adds_its_own_wrapper(owner: Person) -> None:
    second = owner.further_device()
    before = second.get("vault")[1]["wrappers"]
    assert second.post("vault/wrappers", wrapper(second)) == (200, {})
    assert second.get("vault")[1]["wrappers"] == [*before, wrapper(second)]
    [*_, event] = second.traces("vault.wrap")
    assert (event.out, event.obj) == (0, f"Device/{second.device.id}")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "wrapper_exists"),
        ({"unlocker": f"device:{uuid7()}"}, "not_found"),
        ({"unlocker": "recovery"}, "not_found"),
        ({"unlocker": "password"}, "bad_input"),
        ({"unlocker": "device:me"}, "bad_input"),
        ({"unlocker": "device:------------------------------------"}, "bad_input"),
        ({"blob": ""}, "bad_vault"),
        ({"blob": text(bytes(257))}, "bad_vault"),
        ({"blob": "not base64"}, "bad_input"),
        ({"more": 1}, "bad_input"),
    ],
)
def test_a_bad_wrapper_is_not_kept(owner: Person, changes: Fields, code: str) -> None:
    second = owner.further_device()
    body = wrapper(second if "blob" in changes else owner) | changes
    before = owner.get("vault")[1]
    assert second.post("vault/wrappers", body)[1]["code"] == code
    assert owner.get("vault")[1] == before
    [*_, trace] = owner.traces("vault.wrap")
    assert (trace.out in (4, 8), trace.err) == (True, code)


def test_nobody_adds_a_wrapper_for_anothers_device(owner: Person, scene: Scene) -> None:
    body = wrapper(owner.further_device())
    assert scene.stranger.post("vault/wrappers", body)[1]["code"] == "not_found"
    assert not VaultWrapper.objects.filter(unlocker=body["unlocker"]).exists()
    assert owner.post("vault/wrappers", body)[0] == 200
