"""Registering a device: the first brings the person's identity and vault, the others are certified by it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, transaction
from uuid_utils.compat import uuid7

from accounts.models import IdentityKey
from audit.models import Event
from chat.canonical import from_base64, to_time
from chat.devices import MOST_DEVICES
from chat.key_events import events_of
from chat.models import Device, KeyEvent, Vault
from tests.chat_members import ChatDevice, Fields, KeyAct, PersonKeys, now, text
from tests.chat_people import Answer, Person, Scene, a_person, registration
from tests.chat_server import ChatHouse


@pytest.fixture
def newcomer(house: ChatHouse) -> Person:
    """Somebody who has just signed in for the first time."""
    return a_person(registered=False)


def first(person: Person, **changes: object) -> Fields:
    return registration(person.device, first=person.keys.first() | changes)


def kept(person: Person) -> tuple[int, int, int]:
    return (
        Device.objects.filter(user_id=person.id).count(),
        IdentityKey.objects.filter(user_id=person.id).count(),
        Vault.objects.filter(user_id=person.id).count(),
    )


def test_everybody_who_signed_in_registers_their_own_browser(scene: Scene) -> None:
    def register(person: Person) -> Answer:
        return person.post("devices", registration(ChatDevice(person.keys)))

    assert scene.over_http(register) == {
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


def test_the_first_device_brings_identity_and_vault(newcomer: Person) -> None:
    assert newcomer.post("devices", registration(newcomer.device))[1]["code"] == "identity_missing"
    assert kept(newcomer) == (0, 0, 0)
    status, answer = newcomer.post("devices", first(newcomer))
    assert (status, answer) == (200, {"id": str(newcomer.device.id)})
    assert kept(newcomer) == (1, 1, 1)
    device = Device.objects.get(id=newcomer.device.id)
    assert (bytes(device.key), bytes(device.certificate)) == (
        newcomer.device.signature_key,
        newcomer.device.certificate,
    )
    bound = IdentityKey.objects.get(user_id=newcomer.id)
    assert (bytes(bound.identity_key), bytes(bound.history_key)) == (newcomer.keys.identity, newcomer.keys.history)
    for act in ("identity.bind", "vault.create", "device.add"):
        assert [event.out for event in newcomer.traces(act)][-1] == 0
    _, shown = newcomer.get("me")
    assert (shown["identity_key"], shown["vault"]) == (text(newcomer.keys.identity), True)


def test_the_first_binding_wins(newcomer: Person) -> None:
    newcomer.register(first=newcomer.keys.first())
    other = PersonKeys(newcomer.id)
    device = ChatDevice(other)
    assert newcomer.post("devices", registration(device, first=other.first()))[1]["code"] == "identity_bound"
    assert newcomer.post("devices", registration(device))[1]["code"] == "bad_certificate"
    assert kept(newcomer) == (1, 1, 1)
    assert newcomer.post("devices", registration(ChatDevice(newcomer.keys)))[0] == 200


def test_an_identity_key_stands_for_one_person(newcomer: Person, scene: Scene) -> None:
    """Somebody else's public key cannot be claimed without its secret half, nor with it."""
    stolen = PersonKeys(newcomer.id, seed=scene.nurse.keys.seed)
    body = registration(ChatDevice(stolen), first=stolen.first())
    assert newcomer.post("devices", body)[1]["code"] == "identity_bound"
    assert kept(newcomer) == (0, 0, 0)
    assert newcomer.post("devices", first(newcomer))[0] == 200


BAD_FIRSTS: dict[str, tuple[Callable[[Person], Fields], str]] = {
    "a history key signed by another": (
        lambda p: first(p, history_sig=text(PersonKeys(p.id).history_sig)),
        "bad_signature",
    ),
    "another history key": (lambda p: first(p, history_key=text(PersonKeys(p.id).history)), "bad_signature"),
    "a short identity key": (lambda p: first(p, identity_key=text(p.keys.identity[:-1])), "bad_signature"),
    "an identity key of small order": (lambda p: first(p, identity_key=text(bytes(32))), "bad_signature"),
    "a vault head by another": (lambda p: first(p, vault=PersonKeys(p.id).vault()), "bad_vault"),
    "a vault head of another generation": (lambda p: first(p, vault=p.keys.vault(generation=2)), "vault_moved"),
    "another vault than its head signs": (
        lambda p: first(p, vault=p.keys.vault() | {"sealed": text(bytes(200))}),
        "bad_vault",
    ),
    "a vault without recovery": (
        lambda p: first(p, vault=p.keys.vault() | {"wrappers": [_wrapper(f"device:{p.device.id}")]}),
        "bad_vault",
    ),
    "a vault with no wrapper": (lambda p: first(p, vault=p.keys.vault() | {"wrappers": []}), "bad_vault"),
    "a vault whose key is the second": (lambda p: first(p, vault=p.keys.vault(key=2)), "bad_vault"),
    "a wrapper for a device that is not there": (
        lambda p: first(p, vault=p.keys.vault(f"device:{uuid7()}")),
        "bad_vault",
    ),
    "an unknown kind of unlocker": (lambda p: first(p, vault=p.keys.vault("password")), "bad_input"),
    "a wrapper too long": (
        lambda p: first(p, vault=p.keys.vault() | {"wrappers": [_wrapper("recovery", 81)]}),
        "bad_vault",
    ),
    "a wrapper too short": (
        lambda p: first(p, vault=p.keys.vault() | {"wrappers": [_wrapper("recovery", 79)]}),
        "bad_vault",
    ),
    "a field that nobody knows": (lambda p: first(p, more=1), "bad_input"),
    "a certificate by another identity": (
        lambda p: registration(ChatDevice(PersonKeys(p.id)), first=p.keys.first()),
        "bad_certificate",
    ),
    "no word on the identity": (
        lambda p: first(p) | {"events": p.keys.key_events([], ("add", p.device.id, p.device.signature_key))},
        "bad_key_event",
    ),
}


def _wrapper(unlocker: str, size: int = 80) -> Fields:
    return {"unlocker": unlocker, "blob": text(bytes(size))}


@pytest.mark.parametrize("name", BAD_FIRSTS)
def test_a_bad_first_device_leaves_nothing(newcomer: Person, name: str) -> None:
    make, code = BAD_FIRSTS[name]
    assert newcomer.post("devices", make(newcomer))[1]["code"] == code
    assert kept(newcomer) == (0, 0, 0)
    [*_, trace] = newcomer.traces("device.add")
    assert (trace.out, trace.err) == (4, code)
    assert newcomer.post("devices", first(newcomer))[0] == 200


BAD_DEVICES: dict[str, tuple[Callable[[Person], Fields], str]] = {
    "certified by another identity": (lambda p: registration(ChatDevice(PersonKeys(p.id))), "bad_certificate"),
    "of another user": (lambda p: registration(ChatDevice(PersonKeys(uuid7(), seed=p.keys.seed))), "bad_certificate"),
    "with an id of version 4": (lambda p: registration(ChatDevice(p.keys, id=uuid4())), "bad_certificate"),
    "no certificate": (lambda p: registration(ChatDevice(p.keys), certificate=text(b"{}")), "bad_certificate"),
    "noise": (lambda p: registration(ChatDevice(p.keys), certificate=text(bytes(300))), "bad_certificate"),
    "a certificate of last week": (
        lambda p: registration(ChatDevice(p.keys, created=now() - timedelta(days=7))),
        "clock_skew",
    ),
    "a certificate of tomorrow": (
        lambda p: registration(ChatDevice(p.keys, created=now() + timedelta(days=1))),
        "clock_skew",
    ),
    "the same device again": (
        lambda p: registration(p.device, certificate=text(p.keys.certify(p.device.id, p.device.signature_key))),
        "device_exists",
    ),
    "another device with the same key": (lambda p: _same_key(p), "device_exists"),
    "no name": (lambda p: registration(ChatDevice(p.keys), name=""), "bad_input"),
    "a name too long": (lambda p: registration(ChatDevice(p.keys), name="x" * 81), "bad_input"),
    "base64 spelled otherwise": (
        lambda p: registration(ChatDevice(p.keys), certificate=text(p.device.certificate) + "\n"),
        "bad_input",
    ),
    "a field that nobody knows": (lambda p: registration(ChatDevice(p.keys), more=1), "bad_input"),
    "without a key event": (lambda p: registration(ChatDevice(p.keys), events=[]), "bad_input"),
    "with the key event of another device": (
        lambda p: registration(ChatDevice(p.keys), events=_added(p, ChatDevice(p.keys))),
        "bad_key_event",
    ),
    "with a key event that says another act": (
        lambda p: _with_events(p, lambda d: [("revoke", d.id, None)]),
        "bad_key_event",
    ),
    "with a key event too many": (
        lambda p: _with_events(p, lambda d: [("bind", None, None), ("add", d.id, d.signature_key)]),
        "bad_key_event",
    ),
    "with a key event by another identity": (
        lambda p: _with_events(p, lambda d: [("add", d.id, d.signature_key)], keys=PersonKeys(p.id)),
        "bad_key_event",
    ),
    "with a key event that follows nothing": (
        lambda p: _with_events(p, lambda d: [("add", d.id, d.signature_key)], before=[]),
        "bad_key_event",
    ),
    "with a key event that leaves one out": (
        lambda p: _with_events(p, lambda d: [("add", d.id, d.signature_key)], seq=len(events_of(p.id)) + 2),
        "bad_key_event",
    ),
    "with a key event of last week": (
        lambda p: _with_events(p, lambda d: [("add", d.id, d.signature_key)], time=to_time(now() - timedelta(days=7))),
        "bad_key_event",
    ),
}


def _with_events(
    person: Person,
    done: Callable[[ChatDevice], list[KeyAct]],
    *,
    keys: PersonKeys | None = None,
    before: list[bytes] | None = None,
    **changes: object,
) -> Fields:
    device = ChatDevice(person.keys)
    kept = events_of(person.id) if before is None else before
    return registration(device, events=(keys or person.keys).key_events(kept, *done(device), **changes))


def _added(person: Person, device: ChatDevice) -> list[str]:
    return person.keys.key_events(events_of(person.id), ("add", device.id, device.signature_key))


def _same_key(person: Person) -> Fields:
    other = ChatDevice(person.keys)
    other.identity = person.keys.certify(other.id, person.device.signature_key)
    return registration(other)


@pytest.mark.parametrize("name", BAD_DEVICES)
def test_a_bad_device_is_not_added(scene: Scene, name: str) -> None:
    make, code = BAD_DEVICES[name]
    before = kept(scene.stranger)
    assert scene.stranger.post("devices", make(scene.stranger))[1]["code"] == code
    assert kept(scene.stranger) == before
    [*_, trace] = scene.stranger.traces("device.add")
    assert (trace.out, trace.err) == (4, code)


def test_a_person_has_at_most_eight_devices(newcomer: Person) -> None:
    newcomer.register(first=newcomer.keys.first())
    for _ in range(MOST_DEVICES - 1):
        newcomer.further_device()
    assert newcomer.post("devices", registration(ChatDevice(newcomer.keys)))[1]["code"] == "too_many_devices"
    assert len(newcomer.get("devices")[1]["devices"]) == MOST_DEVICES


def test_one_sees_ones_own_devices(newcomer: Person, scene: Scene) -> None:
    newcomer.register(first=newcomer.keys.first())
    second = newcomer.further_device()
    with second.socket(scene.server):
        pass
    shown = newcomer.get("devices")[1]["devices"]
    assert [each["id"] for each in shown] == [str(newcomer.device.id), str(second.device.id)]
    assert [each["last_seen"] is not None for each in shown] == [False, True]
    assert {each["name"] for each in shown} == {"Chromium"}
    assert {each["ended"] for each in shown} == {None}
    assert [each["certificate"] for each in shown] == [text(each.device.certificate) for each in (newcomer, second)]


def test_the_persons_own_words_on_their_keys_come_back_in_order(newcomer: Person) -> None:
    newcomer.register(first=newcomer.keys.first())
    newcomer.further_device()
    status, shown = newcomer.get("key-events")
    assert (status, shown["rotations"]) == (200, [])
    kept = [json.loads(from_base64(each)) for each in shown["events"]]
    assert [(each["seq"], each["act"]) for each in kept] == [(1, "bind"), (2, "add"), (3, "add")]


def test_nobody_rewrites_a_key_event(newcomer: Person, house: ChatHouse) -> None:
    newcomer.register(first=newcomer.keys.first())
    with pytest.raises(DatabaseError), transaction.atomic():
        KeyEvent.objects.filter(user_id=newcomer.id).update(seq=9)
    with pytest.raises(DatabaseError), transaction.atomic():
        KeyEvent.objects.filter(user_id=newcomer.id).delete()
    owner = psycopg.connect(house.parts.postgres.url("owner", house.database))
    with owner, pytest.raises(psycopg.Error, match="the log only grows"):
        owner.execute("DELETE FROM chat_keyevent")
    assert len(events_of(newcomer.id)) == 2


def test_a_device_that_is_not_mine_is_an_alert_and_ends_nothing(newcomer: Person) -> None:
    assert newcomer.post("devices", first(newcomer))[0] == 200
    assert newcomer.post(f"devices/{newcomer.device.id}/object", {})[0] == 200
    assert Event.objects.filter(act="identity.object", obj=f"Device/{newcomer.device.id}", out=0).count() == 1
    assert Device.objects.get(id=newcomer.device.id).ended is None
    assert a_person().post(f"devices/{newcomer.device.id}/object", {})[0] == 404
