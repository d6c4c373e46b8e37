"""Everything lost: a new identity without a word of the old one, after a fresh proof of presence, visible to all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import IdentityKey
from accounts.selectors import identity_of, rotations
from chat import orders
from chat.key_events import events_of
from chat.models import Device, Group
from tests import factories
from tests.chat_members import ChatDevice, Fields, PersonKeys, text
from tests.chat_people import Answer, CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_server import ChatHouse
from tests.chat_socket import told


@pytest.fixture
def owner(house: ChatHouse) -> Person:
    return a_person()


@pytest.fixture
def circle(scene: Scene, owner: Person) -> CareCircle:
    circle = a_care_circle(scene.gp, owner)
    circle.join(owner.further_device())
    return circle


def at_a_new_browser(person: Person, keys: PersonKeys | None = None, *, shown: float = 0) -> Person:
    """The person has signed in elsewhere, and has shown a second factor again `shown` seconds ago."""
    other = keys or PersonKeys(person.id)
    there = Person(person.user, person.role_id, other, ChatDevice(other), factories.signed_in(person.user))
    there.shows_presence(ago=shown)
    return there


def reset(person: Person, **changes: object) -> Fields:
    """What makes this browser the first of the new identity."""
    keys, device = person.keys, person.device
    vault = person.get("vault")[1]
    return {
        "identity_key": text(keys.identity),
        "history_key": text(keys.history),
        "history_sig": text(keys.history_sig),
        "certificate": text(device.certificate),
        "name": "Nouveau poste",
        "events": person.key_events(("reset", None, None), ("add", device.id, device.signature_key)),
        "vault": keys.vault(f"device:{device.id}", generation=vault["generation"] + 1, key=vault["key"] + 1),
    } | changes


def test_who_signed_in_without_a_fresh_proof_may_not(scene: Scene) -> None:
    def ask(person: Person) -> Answer:
        return person.post("identity/reset", body)

    body = reset(at_a_new_browser(scene.nurse))
    answers = scene.over_http(ask)
    unproved = {answers.pop(rung) for rung in ("nobody", "signed out", "without MFA")}
    assert unproved == {"signed_out", "mfa_required"}
    assert set(answers.values()) == {"reauthentication_required"}
    late = at_a_new_browser(scene.nurse, shown=24 * 3600)
    assert late.post("identity/reset", reset(late)) == (401, {"code": "reauthentication_required", "detail": ""})
    [*_, trace] = scene.nurse.traces("identity.reset")
    assert (trace.out, trace.err) == (8, "reauthentication_required")


def test_another_session_of_the_person_proves_nothing(scene: Scene, owner: Person) -> None:
    elsewhere = at_a_new_browser(owner)
    assert owner.post("identity/reset", reset(elsewhere))[1]["code"] == "reauthentication_required"


def test_everything_begins_again_and_every_circle_is_told(scene: Scene, owner: Person, circle: CareCircle) -> None:
    anew = at_a_new_browser(owner)
    body = reset(anew)
    with owner.socket(scene.server) as old, scene.gp.socket(scene.server) as gp:
        gp.listen(circle.id)
        assert anew.post("identity/reset", body) == (200, {"id": str(anew.device.id)})
        assert old.close_code() == 4410
        gp.expect("changed", what="circle", circle=str(circle.id))
        assert told(gp.post(scene.gp.device.send(circle.id, circle.epoch))) == "rekey_required"
    assert [each["ended"] is None for each in anew.get("devices")[1]["devices"]] == [False, False, True]
    assert anew.get("me")[1]["identity_key"] == text(anew.keys.identity)
    assert anew.get("vault")[1] == body["vault"]
    assert len(orders.open_orders(circle.id)) == 2
    [before] = IdentityKey.objects.filter(user_id=owner.id, end="reset")
    assert (bytes(before.identity_key), before.rotation) == (owner.keys.identity, None)
    assert rotations([owner.id]) == []
    assert anew.get("key-events")[1]["events"][-2:] == body["events"]
    for act in ("identity.reset", "device.revoke", "device.add", "vault.update"):
        assert [event.out for event in anew.traces(act)][-1] == 0
    with anew.socket(scene.server):
        pass
    circle.change(scene.gp, circle.rope.chain.reset(anew.keys))
    assert orders.open_orders(circle.id) == []  # the leaves are gone with the identity
    assert not Group.objects.get(circle_id=circle.id).rekey_required


Make = Callable[[Person, Person], Fields]
BAD: dict[str, tuple[Make, str]] = {
    "a history key signed by another": (
        lambda p, anew: reset(anew, history_sig=text(p.keys.history_sig)),
        "bad_signature",
    ),
    "the old identity again": (lambda p, anew: _with_keys(p, anew, p.keys), "identity_bound"),
    "a certificate by the old identity": (
        lambda p, anew: reset(anew, certificate=text(ChatDevice(p.keys).certificate)),
        "bad_certificate",
    ),
    "a device that is there": (
        lambda p, anew: reset(anew, certificate=text(anew.keys.certify(p.device.id, p.device.signature_key))),
        "device_exists",
    ),
    "the vault under its old key": (
        lambda p, anew: reset(anew, vault=anew.keys.vault(generation=2, key=1)),
        "bad_vault",
    ),
    "the vault of the old generation": (
        lambda p, anew: reset(anew, vault=anew.keys.vault(generation=1, key=2)),
        "vault_moved",
    ),
    "a vault for a device that ended": (
        lambda p, anew: reset(anew, vault=anew.keys.vault(f"device:{p.device.id}", generation=2, key=2)),
        "bad_vault",
    ),
    "a vault head by the old identity": (
        lambda p, anew: reset(anew, vault=p.keys.vault(generation=2, key=2)),
        "bad_vault",
    ),
    "events that begin again": (
        lambda p, anew: reset(
            anew,
            events=anew.keys.key_events([], ("bind", None, None), ("add", anew.device.id, anew.device.signature_key)),
        ),
        "bad_key_event",
    ),
    "events by the old identity": (
        lambda p, anew: reset(
            anew, events=p.key_events(("reset", None, None), ("add", anew.device.id, anew.device.signature_key))
        ),
        "bad_key_event",
    ),
    "a field that nobody knows": (lambda p, anew: reset(anew, more=1), "bad_input"),
}


def _with_keys(person: Person, anew: Person, keys: PersonKeys) -> Fields:
    return reset(at_a_new_browser(person, keys))


@pytest.mark.parametrize("name", BAD)
def test_a_bad_reset_changes_nothing(owner: Person, circle: CareCircle, name: str) -> None:
    make, code = BAD[name]
    anew = at_a_new_browser(owner)
    before = (owner.get("vault"), owner.get("devices"), events_of(owner.id))
    assert anew.post("identity/reset", make(owner, anew))[1]["code"] == code
    assert (owner.get("vault"), owner.get("devices"), events_of(owner.id)) == before
    identity = identity_of(owner.id)
    assert identity is not None
    assert bytes(identity.identity_key) == owner.keys.identity
    assert (orders.open_orders(circle.id), Device.objects.filter(user_id=owner.id, ended=None).count()) == ([], 2)
    [*_, trace] = owner.traces("identity.reset")
    assert (trace.out, trace.err) == (4, code)


def test_who_has_no_identity_has_nothing_to_reset(house: ChatHouse) -> None:
    newcomer = a_person(registered=False)
    anew = at_a_new_browser(newcomer)
    body = reset(at_a_new_browser(a_person()), vault=anew.keys.vault(generation=1, key=1))
    assert anew.post("identity/reset", body)[1]["code"] == "identity_missing"
