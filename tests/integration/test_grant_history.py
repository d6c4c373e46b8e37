"""History grants: a coordinator gives a member the epochs before their own; who may, what it opens, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from chat.canonical import from_base64
from chat.log import hash_at
from chat.models import EpochKey, Horizon, Item
from tests import factories
from tests.chat_log import check_log, stored_rows
from tests.chat_members import Fields, PersonKeys, now, text
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_socket import Socket, told
from tests.chat_statements import giving, history_grant


def write(circle: CareCircle, who: Person, scene: Scene, count: int = 2) -> None:
    with who.socket(scene.server) as socket:
        socket.listen(circle.id)
        for _ in range(count):
            assert told(socket.post(who.device.send(circle.id, circle.epoch))) == "ack"


def with_a_past(scene: Scene) -> CareCircle:
    """Epochs 0 to 4, with messages in each; the stranger has joined by the commit that made epoch 4."""
    circle = a_care_circle(scene.gp)
    write(circle, scene.gp, scene)
    circle.with_members(scene.nurse)
    write(circle, scene.nurse, scene)
    circle.with_members(scene.stranger)
    write(circle, scene.gp, scene)
    assert circle.epoch == 4
    return circle


def grant(where: CareCircle, giver: Person, to: Person, first: int, last: int, **changes: Any) -> Fields:
    statement = history_grant(giver.device, where.id, to.id, first=first, last=last, **changes)
    return giving(statement, where.id, first, last)


def give(socket: Socket, frame: Fields) -> dict[str, Any]:
    socket.send(frame)
    return socket.answer(str(frame["ref"]))


def items(person: Person, circle: CareCircle, **query: int) -> Any:
    status, page = person.get(f"circles/{circle.id}/items", **query)
    assert status == 200, page
    return page


def test_coordinators_give_history_and_nobody_else(scene: Scene) -> None:
    circle = scene.another_circle()
    newcomer = a_person(factories.NURSE)
    circle.with_members(newcomer)

    def attempt(person: Person, socket: Socket) -> str:
        return told(give(socket, grant(circle, person, newcomer, 0, circle.epoch - 1)))

    assert scene.over_socket(attempt) == {
        "nobody": "4401",
        "signed out": "4401",
        "without MFA": "4401",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": "not_found",
        "guest": "not_found",
        "member": "not_found",
        "coordinator": "granted",
    }


def test_the_grant_is_an_item_that_everybody_receives(scene: Scene) -> None:
    circle = with_a_past(scene)
    frame = grant(circle, scene.gp, scene.stranger, 2, 3)
    with scene.gp.socket(scene.server) as gp, scene.nurse.socket(scene.server) as nurse:
        nurse.listen(circle.id)
        granted = give(gp, frame)
        heard = nurse.expect("item")
    item = check_log(circle.id)[-1]
    assert granted == {
        "t": "granted",
        "ref": frame["ref"],
        "circle": str(circle.id),
        "seq": item.seq,
        "hash": text(bytes(item.hash)),
    }
    assert (heard["kind"], heard["grant"], heard["device"]) == ("grant", frame["grant"], str(scene.gp.device.id))
    [shown] = items(scene.nurse, circle, since=item.seq - 1)["items"]
    assert {**shown, "t": "item", "circle": str(circle.id)} == heard
    assert item.event.act == "history.grant"
    assert '"cnt":2' in item.event.leaf


def test_the_person_reads_from_there_on(scene: Scene) -> None:
    circle = with_a_past(scene)
    whole = items(scene.gp, circle)["items"]
    before, frame = items(scene.stranger, circle), grant(circle, scene.gp, scene.stranger, 2, 3)
    with scene.gp.socket(scene.server) as gp:
        assert told(give(gp, frame)) == "granted"
    # The nurse's joining made epoch 2.
    begins = next(item["seq"] for item in whole if item["kind"] == "commit" and item["epoch"] == 2)
    page = items(scene.stranger, circle)
    assert page["items"][:-1] == [item for item in whole if item["seq"] >= begins]
    assert page["base"]["seq"] == begins - 1 < before["base"]["seq"]
    first = page["items"][0]
    digest = bytes(Item.objects.get(group_id=circle.id, seq=begins).digest)
    assert from_base64(first["hash"]) == hash_at(from_base64(page["base"]["hash"]), begins, digest)
    keys = scene.stranger.get("keys", circle=str(circle.id))[1]["keys"]
    grant_id = Item.objects.get(group_id=circle.id, kind=Item.Kind.GRANT).message_id
    sealed = frame["keys"]
    assert isinstance(sealed, dict)
    assert [(key["epoch"], key["grant"]) for key in keys] == [(2, str(grant_id)), (3, str(grant_id)), (4, None)]
    assert {str(key["epoch"]): key["sealed"] for key in keys if key["grant"]} == sealed
    # Whose words there were is known to whoever reads them.
    certificates = scene.stranger.get(f"circles/{circle.id}/chain")[1]["certificates"]
    assert {text(scene.gp.device.certificate), text(scene.nurse.device.certificate)} <= set(certificates)


def test_more_of_the_past_may_follow_without_a_gap(scene: Scene) -> None:
    circle = with_a_past(scene)
    with scene.gp.socket(scene.server) as gp:
        assert told(give(gp, grant(circle, scene.gp, scene.stranger, 3, 3))) == "granted"
        assert told(give(gp, grant(circle, scene.gp, scene.stranger, 0, 1))) == "bad_grant"
        assert told(give(gp, grant(circle, scene.gp, scene.stranger, 0, 2))) == "granted"
    assert items(scene.stranger, circle)["items"] == items(scene.gp, circle)["items"]
    assert Horizon.objects.get(group_id=circle.id, user_id=scene.stranger.id).seq == 0


def test_what_was_granted_may_be_given_again(scene: Scene) -> None:
    """A key that did not open: another coordinator gives it anew, beside the first."""
    circle = with_a_past(scene)
    with scene.gp.socket(scene.server) as gp:
        assert told(give(gp, grant(circle, scene.gp, scene.stranger, 2, 3))) == "granted"
        page = items(scene.stranger, circle)
        assert told(give(gp, grant(circle, scene.gp, scene.stranger, 3, 3))) == "granted"
        assert told(give(gp, grant(circle, scene.gp, scene.stranger, 3, 4))) == "bad_grant"
    again = items(scene.stranger, circle)
    assert (again["base"], again["items"][:-1]) == (page["base"], page["items"])
    keys = scene.stranger.get("keys", circle=str(circle.id))[1]["keys"]
    assert [key["epoch"] for key in keys] == [2, 3, 3, 4]


def test_the_same_bytes_again_get_the_same_answer(scene: Scene) -> None:
    circle = with_a_past(scene)
    frame = grant(circle, scene.gp, scene.stranger, 0, 3)
    with scene.gp.socket(scene.server) as gp:
        first = give(gp, frame)
        assert give(gp, frame) == first
    assert EpochKey.objects.filter(group_id=circle.id, user_id=scene.stranger.id, grant__isnull=False).count() == 4
    check_log(circle.id)


def test_who_came_back_keeps_the_keys_of_the_first_time(scene: Scene) -> None:
    circle = with_a_past(scene)
    own = EpochKey.objects.get(group_id=circle.id, user_id=scene.stranger.id, epoch=4)
    circle.end(scene.stranger)
    circle.with_members(scene.stranger)
    with scene.gp.socket(scene.server) as gp:
        assert told(give(gp, grant(circle, scene.gp, scene.stranger, 0, circle.epoch - 1))) == "granted"
    kept = EpochKey.objects.filter(group_id=circle.id, user_id=scene.stranger.id, epoch=4)
    assert kept.count() == 2
    assert bytes(kept.get(grant=None).sealed) == bytes(own.sealed)


# --- what is no grant ---


class Place(NamedTuple):
    scene: Scene
    circle: CareCircle


@pytest.fixture(scope="module")
def place(scene: Scene) -> Place:
    circle = with_a_past(scene)
    circle.invite(scene.social_worker)
    circle.with_members(scene.aide, role="guest", not_after=factories.in_days(7).replace(microsecond=0))
    return Place(scene, circle)


def _grant(p: Place, *, to: Person | None = None, by: Person | None = None, **changes: Any) -> Fields:
    first, last = changes.pop("first", 0), changes.pop("last", 3)
    return grant(p.circle, by or p.scene.gp, to or p.scene.stranger, first, last, **changes)


def _keys(p: Place, change: Callable[[dict[str, str]], dict[str, str]]) -> Fields:
    frame = _grant(p)
    keys = frame["keys"]
    assert isinstance(keys, dict)
    return frame | {"keys": change(keys)}


def _uncertified(p: Place) -> Fields:
    """Another identity has certified the same device."""
    gp = p.scene.gp.device
    forged = PersonKeys(p.scene.gp.id).certify(gp.id, gp.signature_key, created=now() - timedelta(minutes=3))
    return _grant(p, cert=text(forged))


BAD: dict[str, tuple[Callable[[Place], Fields], str]] = {
    "to somebody who is not in": (lambda p: _grant(p, to=p.scene.officer), "bad_grant"),
    "to somebody who has not answered": (lambda p: _grant(p, to=p.scene.social_worker), "bad_grant"),
    "to a guest": (lambda p: _grant(p, to=p.scene.aide, last=p.circle.epoch - 1), "bad_grant"),
    "of the person's own epoch too": (lambda p: _grant(p, last=4), "bad_grant"),
    "with a gap": (lambda p: _grant(p, last=2), "bad_grant"),
    "backwards": (lambda p: _grant(p, first=3, last=2), "bad_grant"),
    "of another circle": (lambda p: _grant(p, circle=str(p.scene.circle.id)), "bad_grant"),
    "with another certificate": (_uncertified, "bad_grant"),
    "signed by another device": (
        lambda p: giving(
            history_grant(p.scene.nurse.device, p.circle.id, p.scene.stranger.id, first=0, last=3), p.circle.id, 0, 3
        ),
        "bad_grant",
    ),
    "signed by nobody": (lambda p: _grant(p, sig=text(bytes(64))), "bad_grant"),
    "of an hour ago": (lambda p: _grant(p, time=now() - timedelta(hours=1)), "clock_skew"),
    "noise": (lambda p: _grant(p) | {"grant": text(b"\0" * 99)}, "bad_grant"),
    "with a key too few": (
        lambda p: _keys(p, lambda keys: {k: v for k, v in keys.items() if k != "1"}),
        "invalid_keys",
    ),
    "with a key too many": (lambda p: _keys(p, lambda keys: keys | {"9": keys["1"]}), "invalid_keys"),
    "with a short key": (lambda p: _keys(p, lambda keys: keys | {"1": text(bytes(79))}), "invalid_keys"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_grant_changes_nothing(place: Place, name: str) -> None:
    make, code = BAD[name]
    with place.scene.gp.socket(place.scene.server) as gp:
        before = stored_rows()
        assert told(give(gp, make(place))) == code
        assert stored_rows() == before
    [*_, trace] = place.scene.gp.traces("history.grant")
    assert (trace.out != 0, trace.err) == (True, code)


def test_after_all_of_them_the_honest_grant_is_accepted(place: Place) -> None:
    with place.scene.gp.socket(place.scene.server) as gp:
        assert told(give(gp, _grant(place))) == "granted"
    check_log(place.circle.id)
