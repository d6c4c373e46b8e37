"""A new identity key, signed by the old one: devices get new certificates, lost ones end, the vault has a new key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from accounts.models import IdentityKey
from accounts.selectors import identity_of
from chat import orders
from chat.canonical import encode, to_time
from chat.key_events import events_of
from chat.mls import sign_with_label
from chat.models import Device, DeviceCertificate
from tests.chat_members import ChatDevice, Fields, KeyAct, PersonKeys, now, text
from tests.chat_people import Answer, CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_server import ChatHouse
from tests.chat_socket import told


@pytest.fixture
def owner(house: ChatHouse) -> Person:
    return a_person()


@pytest.fixture
def lost(owner: Person) -> Person:
    """The same person's telephone."""
    return owner.further_device()


@pytest.fixture
def circle(scene: Scene, owner: Person, lost: Person) -> CareCircle:
    circle = a_care_circle(scene.gp, owner)
    circle.join(lost)
    return circle


def statement(old: PersonKeys, new: PersonKeys, **changes: object) -> bytes:
    """The rotation in the words of both keys."""
    content: Fields = {
        "history": text(new.history),
        "history_sig": text(new.history_sig),
        "new": text(new.identity),
        "old": text(old.identity),
        "time": to_time(now()),
        "user": str(old.user),
        "v": 1,
    } | changes
    signed = {
        name: text(sign_with_label(keys.seed, "CordeeIdentityRotation", encode(content)))
        for name, keys in (("sig_new", new), ("sig_old", old))
    }
    return encode(content | signed)


def rotation(person: Person, new: PersonKeys, *lost: ChatDevice, **changes: object) -> Fields:
    """What ends `lost` and certifies this person's present device anew."""
    ending = sorted(lost, key=lambda device: device.id)
    done: list[KeyAct] = [("rotate", None, None), *(("revoke", device.id, None) for device in ending)]
    vault = person.get("vault")[1]
    return {
        "rotation": text(statement(person.keys, new)),
        "certificates": [text(new.certify(person.device.id, person.device.signature_key))],
        "revoked": [str(device.id) for device in lost],
        "events": new.key_events(events_of(person.id), *done),
        "vault": new.vault(f"device:{person.device.id}", generation=vault["generation"] + 1, key=vault["key"] + 1),
    } | changes


def test_everybody_rotates_their_own_identity_alone(scene: Scene, owner: Person) -> None:
    def rotate(person: Person) -> Answer:
        return person.post("identity/rotate", rotation(owner, PersonKeys(owner.id)))

    assert set(scene.over_http(rotate).values()) == {"signed_out", "mfa_required", "bad_rotation"}
    assert rotate(owner) == (200, {})


def test_identity_devices_vault_and_events_change_together(
    scene: Scene, owner: Person, lost: Person, circle: CareCircle
) -> None:
    new = PersonKeys(owner.id)
    body = rotation(owner, new, lost.device)
    with lost.socket(scene.server) as there, scene.gp.socket(scene.server) as gp:
        gp.listen(circle.id)
        assert owner.post("identity/rotate", body) == (200, {})
        assert there.close_code() == 4410
        gp.expect("changed", what="circle", circle=str(circle.id))
        assert told(gp.post(scene.gp.device.send(circle.id, circle.epoch))) == "rekey_required"
    me = owner.get("me")[1]
    assert (me["identity_key"], me["history_key"]) == (text(new.identity), text(new.history))
    [here, gone] = owner.get("devices")[1]["devices"]
    assert here["certificate"] == body["certificates"][0]  # type: ignore[index]
    assert (here["ended"], gone["ended"] is not None) == (None, True)
    assert owner.get("vault")[1] == body["vault"]
    assert len(orders.open_orders(circle.id)) == 1
    before = IdentityKey.objects.get(user_id=owner.id, identity_key=owner.keys.identity)
    assert (before.end, text(bytes(before.rotation or b""))) == ("rotated", body["rotation"])
    events = owner.get("key-events")[1]
    assert (events["events"][-2:], events["rotations"]) == (body["events"], [body["rotation"]])
    [trace] = owner.traces("identity.rotate")
    assert trace.out == 0


def test_both_certificates_stay_readable(owner: Person) -> None:
    new = PersonKeys(owner.id)
    body = rotation(owner, new)
    assert owner.post("identity/rotate", body)[0] == 200
    kept = DeviceCertificate.objects.filter(device_id=owner.device.id).order_by("id")
    assert [text(bytes(each.raw)) for each in kept] == [
        text(owner.device.certificate),
        *body["certificates"],  # type: ignore[misc]
    ]


def test_a_device_certified_by_the_old_key_is_no_longer_added(owner: Person) -> None:
    old, new = owner.keys, PersonKeys(owner.id)
    assert owner.post("identity/rotate", rotation(owner, new))[0] == 200
    late = ChatDevice(old)
    body: Fields = {
        "certificate": text(late.certificate),
        "name": "Chromium",
        "events": old.key_events(events_of(owner.id), ("add", late.id, late.signature_key)),
    }
    assert owner.post("devices", body)[1]["code"] == "bad_certificate"
    owner.keys = new
    assert owner.further_device().device.owner is new


Make = Callable[[Person, PersonKeys, ChatDevice], Fields]
BAD: dict[str, tuple[Make, str]] = {
    "by the new key alone": (
        lambda p, new, lost: rotation(p, new, lost, rotation=text(statement(PersonKeys(p.id), new))),
        "bad_rotation",
    ),
    "from a key that is not the active one": (
        lambda p, new, lost: rotation(p, new, lost, rotation=text(_from_another(p, new))),
        "bad_rotation",
    ),
    "of somebody else": (
        lambda p, new, lost: rotation(p, new, lost, rotation=text(statement(p.keys, new, user=str(uuid7())))),
        "bad_rotation",
    ),
    "of last week": (
        lambda p, new, lost: rotation(
            p, new, lost, rotation=text(statement(p.keys, new, time=to_time(now() - timedelta(days=7))))
        ),
        "bad_rotation",
    ),
    "to the same key": (
        lambda p, new, lost: rotation(p, new, lost, rotation=text(statement(p.keys, p.keys))),
        "bad_rotation",
    ),
    "a device neither certified nor ended": (lambda p, new, lost: rotation(p, new), "bad_rotation"),
    "a lost device certified": (
        lambda p, new, lost: rotation(
            p, new, lost, certificates=[text(new.certify(each.id, each.signature_key)) for each in (p.device, lost)]
        ),
        "bad_rotation",
    ),
    "a device with another key": (
        lambda p, new, lost: rotation(p, new, lost, certificates=[text(new.certify(p.device.id, lost.signature_key))]),
        "bad_rotation",
    ),
    "certificates by the old key": (
        lambda p, new, lost: rotation(p, new, lost, certificates=[text(p.device.certificate)]),
        "bad_certificate",
    ),
    "every device ended": (lambda p, new, lost: rotation(p, new, lost, p.device), "bad_rotation"),
    "a device that is not there": (
        lambda p, new, lost: rotation(p, new, lost, revoked=[str(lost.id), str(uuid7())]),
        "bad_rotation",
    ),
    "a device ended twice": (
        lambda p, new, lost: rotation(p, new, lost, revoked=[str(lost.id)] * 2),
        "bad_rotation",
    ),
    "the vault under its old key": (
        lambda p, new, lost: rotation(p, new, lost, vault=new.vault(generation=2, key=1)),
        "bad_vault",
    ),
    "the vault wrapped for the lost device": (
        lambda p, new, lost: rotation(p, new, lost, vault=new.vault(f"device:{lost.id}", generation=2, key=2)),
        "bad_vault",
    ),
    "a vault that moved": (
        lambda p, new, lost: rotation(p, new, lost, vault=new.vault(generation=3, key=2)),
        "vault_moved",
    ),
    "no word on the lost device": (
        lambda p, new, lost: rotation(p, new, lost, events=new.key_events(events_of(p.id), ("rotate", None, None))),
        "bad_key_event",
    ),
    "events by the old key": (
        lambda p, new, lost: rotation(
            p, new, lost, events=p.key_events(("rotate", None, None), ("revoke", lost.id, None))
        ),
        "bad_key_event",
    ),
    "a field that nobody knows": (lambda p, new, lost: rotation(p, new, lost, more=1), "bad_input"),
}


def _from_another(person: Person, new: PersonKeys) -> bytes:
    other = PersonKeys(person.id)
    return statement(other, new)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_rotation_changes_nothing(owner: Person, lost: Person, circle: CareCircle, name: str) -> None:
    make, code = BAD[name]
    before = (owner.get("vault"), owner.get("devices"), events_of(owner.id))
    assert owner.post("identity/rotate", make(owner, PersonKeys(owner.id), lost.device))[1]["code"] == code
    assert (owner.get("vault"), owner.get("devices"), events_of(owner.id)) == before
    identity = identity_of(owner.id)
    assert identity is not None
    assert bytes(identity.identity_key) == owner.keys.identity
    assert orders.open_orders(circle.id) == []
    assert Device.objects.filter(user_id=owner.id, ended=None).count() == 2
    [*_, trace] = owner.traces("identity.rotate")
    assert (trace.out, trace.err) == (4, code)


def test_another_persons_key_is_never_rotated_to(owner: Person, scene: Scene) -> None:
    stolen = PersonKeys(owner.id, seed=scene.nurse.keys.seed)
    assert owner.post("identity/rotate", rotation(owner, stolen))[1]["code"] == "identity_bound"
