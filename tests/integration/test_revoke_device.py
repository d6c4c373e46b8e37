"""A device is named, and ended from another one: it can do nothing more, and every circle is ordered to remove it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from chat import orders
from chat.canonical import to_time
from chat.errors import ChatError, NotFound
from chat.key_events import events_of
from chat.models import Device, EndOrder, Group
from chat.statements import END_ORDER, KEY_EVENT, verify
from chat.statements import EndOrder as Order
from circles.selectors import order_key
from tests.chat_members import ChatDevice, Fields, PersonKeys, now
from tests.chat_people import Answer, CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_server import ChatHouse, wait_until
from tests.chat_socket import Closed, told


@pytest.fixture
def owner(house: ChatHouse) -> Person:
    return a_person()


@pytest.fixture
def second(owner: Person) -> Person:
    """The same person at another browser."""
    return owner.further_device()


@pytest.fixture
def circle(scene: Scene, owner: Person, second: Person) -> CareCircle:
    """With both devices of the owner."""
    circle = a_care_circle(scene.gp, owner)
    circle.join(second)
    return circle


def path(device: ChatDevice) -> str:
    return f"devices/{device.id}/revoke"


def ordered(circle: CareCircle) -> list[Order]:
    """The end orders of a circle, each by the key that its change 0 pins."""
    return [verify(END_ORDER.read(raw), order_key()).says for raw in orders.open_orders(circle.id)]


def requires_rekey(circle: CareCircle) -> bool:
    return Group.objects.get(circle_id=circle.id).rekey_required


def test_nobody_ends_anothers_device(scene: Scene, owner: Person, second: Person) -> None:
    def revoke(person: Person) -> Answer:
        return person.post(path(second.device), person.revocation(second.device))

    assert set(scene.over_http(revoke).values()) == {"signed_out", "mfa_required", "not_found"}
    assert Device.objects.get(id=second.device.id).ended is None
    assert revoke(owner) == (200, {})


def test_a_device_that_ended_can_do_nothing_more(
    scene: Scene, owner: Person, second: Person, circle: CareCircle
) -> None:
    with owner.socket(scene.server) as here, second.socket(scene.server) as there:
        there.listen(circle.id)
        assert owner.post(path(second.device), owner.revocation(second.device, "lost")) == (200, {})
        assert there.close_code() == 4410
        here.expect("changed", what="devices", circle=None)
    with pytest.raises(Closed) as refused, second.socket(scene.server):
        pass
    assert refused.value.code == 4410
    assert second.get("devices")[0] == 200  # the session is another thing
    [kept, gone] = owner.get("devices")[1]["devices"]
    assert (kept["ended"], gone["ended"] is not None) == (None, True)
    with pytest.raises(Exception, match="not_found"):
        circle.accepts(second, circle.rope.update(second.device))


def test_every_circle_in_which_it_has_a_leaf_is_ordered_to_remove_it(
    scene: Scene, owner: Person, second: Person, circle: CareCircle
) -> None:
    elsewhere = a_care_circle(scene.gp, owner)
    with scene.gp.socket(scene.server) as gp:
        gp.listen(circle.id)
        owner.post(path(second.device), owner.revocation(second.device))
        gp.expect("changed", what="circle", circle=str(circle.id))
        assert told(gp.post(scene.gp.device.send(circle.id, circle.epoch))) == "rekey_required"
    [order] = ordered(circle)
    assert (order.circle, order.user, order.device, order.code) == (circle.id, owner.id, second.device.id, "revoked")
    assert (requires_rekey(circle), requires_rekey(elsewhere)) == (True, False)
    assert ordered(elsewhere) == []
    orders.carry_out(circle.id, owner.id, second.device.id)
    assert ordered(circle) == []


def test_its_way_into_the_vault_goes_and_the_act_is_told_and_traced(owner: Person, second: Person) -> None:
    unlocker = f"device:{second.device.id}"
    before = owner.get("vault")[1]
    added = owner.keys.vault(unlocker, generation=before["generation"] + 1)
    assert second.put("vault", added)[0] == 200
    assert owner.post(path(second.device), owner.revocation(second.device))[0] == 200
    assert unlocker not in {each["unlocker"] for each in owner.get("vault")[1]["wrappers"]}
    assert len(events_of(owner.id)) == 4
    [revoked] = owner.traces("device.revoke")
    assert (revoked.out, revoked.obj) == (0, f"Device/{second.device.id}")
    assert owner.post(path(second.device), owner.revocation(second.device))[1]["code"] == "not_found"


def test_a_device_that_is_just_joining_is_ordered_out_there_too(scene: Scene, owner: Person, second: Person) -> None:
    circle = a_care_circle(scene.gp, owner)
    body = owner.revocation(second.device)
    with ThreadPoolExecutor() as elsewhere:
        with transaction.atomic():
            circle.join(second)
            revoke = partial(owner.post, path(second.device), body)
            answer = elsewhere.submit(in_a_connection_of_its_own, revoke)
            wait_until(somebody_waits)
        assert answer.result() == (200, {})
    assert [order.device for order in ordered(circle)] == [second.device.id]
    assert requires_rekey(circle)


def test_a_device_that_is_just_ending_commits_nothing(owner: Person, second: Person, circle: CareCircle) -> None:
    update = circle.rope.update(second.device)

    def commit() -> Answer:
        with pytest.raises(NotFound) as refusal:
            circle.accepts(second, update)
        return refusal.value.status, refusal.value.code

    with ThreadPoolExecutor() as elsewhere:
        with transaction.atomic():
            assert owner.post(path(second.device), owner.revocation(second.device))[0] == 200
            answer = elsewhere.submit(in_a_connection_of_its_own, commit)
            wait_until(somebody_waits)
        assert answer.result() == (404, "not_found")


def test_a_device_that_is_just_ending_joins_nothing(scene: Scene, owner: Person, second: Person) -> None:
    circle = a_care_circle(scene.gp, owner)
    joining = circle.rope.join(second.device)

    def join() -> Answer:
        with pytest.raises(ChatError) as refusal:
            circle.accepts(second, joining)
        return refusal.value.status, refusal.value.code

    with ThreadPoolExecutor() as elsewhere:
        with transaction.atomic():
            assert owner.post(path(second.device), owner.revocation(second.device))[0] == 200
            answer = elsewhere.submit(in_a_connection_of_its_own, join)
            wait_until(somebody_waits)
        assert answer.result() == (400, "wrong_device")
    assert (ordered(circle), requires_rekey(circle)) == ([], False)


def somebody_waits() -> bool:
    """For a lock, in another connection to this database. Our own transaction would go on seeing its first answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database())"
        )
        return bool(cursor.fetchone()[0])


def in_a_connection_of_its_own(work: Callable[[], Answer]) -> Answer:
    try:
        return work()
    finally:
        connection.close()


BAD: dict[str, tuple[Callable[[Person, ChatDevice], Fields], str]] = {
    "without a reason that is known": (lambda p, d: p.revocation(d, "bored"), "bad_input"),
    "with the word on another device": (
        lambda p, d: p.revocation(d) | {"event": p.key_events(("revoke", p.device.id, None))[0]},
        "bad_key_event",
    ),
    "with another word": (
        lambda p, d: p.revocation(d) | {"event": p.key_events(("add", d.id, d.signature_key))[0]},
        "bad_key_event",
    ),
    "with the word of another identity": (
        lambda p, d: (
            p.revocation(d) | {"event": PersonKeys(p.id).key_events(events_of(p.id), ("revoke", d.id, None))[0]}
        ),
        "bad_key_event",
    ),
    "with a word of last week": (
        lambda p, d: (
            p.revocation(d)
            | {"event": p.key_events(("revoke", d.id, None), time=to_time(now() - timedelta(days=7)))[0]}
        ),
        "bad_key_event",
    ),
    "with a field that nobody knows": (lambda p, d: p.revocation(d, more=1), "bad_input"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_revocation_changes_nothing(owner: Person, second: Person, circle: CareCircle, name: str) -> None:
    make, code = BAD[name]
    before = events_of(owner.id)
    assert owner.post(path(second.device), make(owner, second.device))[1]["code"] == code
    assert Device.objects.get(id=second.device.id).ended is None
    assert (events_of(owner.id), ordered(circle), requires_rekey(circle)) == (before, [], False)
    [*_, trace] = owner.traces("device.revoke")
    assert (trace.out, trace.err) == (4, code)


def test_the_operator_ends_a_device_in_nobodys_name(scene: Scene, owner: Person, second: Person) -> None:
    circle = a_care_circle(scene.gp, owner)
    circle.join(second)
    with second.socket(scene.server) as there:
        call_command("end_device", str(second.device.id), "volé, la personne est hospitalisée")
        assert there.close_code() == 4410
    assert [order.device for order in ordered(circle)] == [second.device.id]
    last = KEY_EVENT.read(events_of(owner.id)[-1])
    assert (last.says.act, last.says.device, last.signatures) == ("end", second.device.id, ())
    assert owner.further_device().get("devices")[0] == 200  # the person's own words go on from there
    with pytest.raises(CommandError, match="no device that stands"):
        call_command("end_device", str(second.device.id), "encore")


def test_ones_own_device_gets_another_name_and_nobody_elses(owner: Person, second: Person, scene: Scene) -> None:
    address = f"devices/{second.device.id}"
    assert scene.stranger.patch(address, {"name": "à moi"})[1]["code"] == "not_found"
    for bad in ("", "   ", "x" * 81):
        assert owner.patch(address, {"name": bad})[1]["code"] == "bad_input"
    assert owner.patch(address, {"name": "Poste de soins"}) == (200, {})
    assert [each["name"] for each in owner.get("devices")[1]["devices"]] == ["Chromium", "Poste de soins"]
    [*_, trace] = owner.traces("device.rename")
    assert (trace.out, trace.obj) == (0, f"Device/{second.device.id}")
    owner.post(path(second.device), owner.revocation(second.device))
    assert owner.patch(address, {"name": "ailleurs"})[1]["code"] == "not_found"


def test_what_ends_in_the_tables_alone_is_ordered_once(scene: Scene, owner: Person, circle: CareCircle) -> None:
    assert owner.post(f"circles/{circle.id}/leave", {"reason": "mutation"}) == (200, {})
    [order] = ordered(circle)
    assert (order.user, order.device, order.code) == (owner.id, None, "left")
    assert requires_rekey(circle)
    assert EndOrder.objects.filter(group_id=circle.id).count() == 1
    assert owner.post(f"circles/{circle.id}/leave", {"reason": ""})[1]["code"] == "not_found"


def test_a_commit_that_ends_somebody_needs_no_order(scene: Scene, owner: Person, circle: CareCircle) -> None:
    circle.end(owner)
    assert (ordered(circle), requires_rekey(circle)) == ([], False)


def test_an_invitation_that_ends_without_a_commit_leaves_its_order(scene: Scene) -> None:
    circle = a_care_circle(scene.gp)
    circle.invite(scene.stranger)
    [mine] = [each for each in scene.stranger.get("invitations")[1]["invitations"] if each["circle"] == str(circle.id)]
    assert scene.stranger.post(f"invitations/{mine['id']}/decline", {"because": "other", "text": ""})[0] == 200
    [order] = ordered(circle)
    assert (order.user, order.code) == (scene.stranger.id, "declined")
    assert not requires_rekey(circle)
