"""Catching up: the log since a place, in pages, never from before one's own joining, equal to what a listener heard."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from chat.canonical import from_base64, to_base64
from chat.log import hash_at
from chat.models import Item
from tests.chat_log import check_log
from tests.chat_people import Answer, CareCircle, Person, Scene, a_care_circle
from tests.chat_socket import Socket


def items(person: Person, circle: CareCircle, **query: int) -> Any:
    status, page = person.get(f"circles/{circle.id}/items", **query)
    assert status == 200, page
    return page


def write(scene: Scene, circle: CareCircle, count: int) -> None:
    with scene.gp.socket(scene.server) as gp:
        gp.listen(circle.id)
        for _ in range(count):
            gp.post(scene.gp.device.send(circle.id, circle.epoch))


@pytest.fixture(scope="module")
def circle(scene: Scene) -> CareCircle:
    """Seven messages, a commit in between; the nurse is there from the second commit on."""
    circle = a_care_circle(scene.gp, scene.nurse)
    write(scene, circle, 4)
    circle.accepts(scene.gp, circle.rope.update(scene.gp.device))
    write(scene, circle, 3)
    return circle


def test_members_of_every_role_catch_up_and_nobody_else(scene: Scene) -> None:
    def read(person: Person) -> Answer:
        return person.get(f"circles/{scene.circle.id}/items")

    assert scene.over_http(read) == {
        "nobody": "signed_out",
        "signed out": "signed_out",
        "without MFA": "mfa_required",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": "not_found",
        "guest": 200,
        "member": 200,
        "coordinator": 200,
    }


def test_the_whole_log_is_what_is_stored(scene: Scene, circle: CareCircle) -> None:
    page = items(scene.gp, circle)
    stored = check_log(circle.id)
    assert (page["head"], page["base"]) == (len(stored), {"seq": 0, "hash": to_base64(bytes(32))})
    assert [item["seq"] for item in page["items"]] == [item.seq for item in stored]
    assert [item["kind"] for item in page["items"]] == ["commit"] * 2 + ["message"] * 4 + ["commit"] + ["message"] * 3
    for shown, kept in zip(page["items"], stored, strict=True):
        assert from_base64(shown["env"] if shown["kind"] == "message" else shown["commit"]) == bytes(kept.body or b"")
        if shown["kind"] == "commit":
            assert (shown["epoch"], shown["device"]) == (kept.epoch, str(kept.device_id))


def test_each_hash_follows_from_the_one_before(scene: Scene, circle: CareCircle) -> None:
    page = items(scene.gp, circle, since=2)
    chain = [page["base"], *page["items"]]
    stored = {item.seq: bytes(item.digest) for item in Item.objects.filter(group_id=circle.id)}
    for before, item in pairwise(chain):
        assert from_base64(item["hash"]) == hash_at(from_base64(before["hash"]), item["seq"], stored[item["seq"]])


def test_pages_join_without_a_seam(scene: Scene, circle: CareCircle) -> None:
    whole = items(scene.gp, circle)["items"]
    read, since = [], 0
    while page := items(scene.gp, circle, since=since, limit=3)["items"]:
        assert len(page) <= 3
        read += page
        since = page[-1]["seq"]
    assert read == whole
    assert items(scene.gp, circle, since=whole[-1]["seq"])["items"] == []
    assert items(scene.gp, circle, since=2**53 - 1)["items"] == []


def test_what_was_heard_and_what_is_fetched_are_the_same(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    with scene.nurse.socket(scene.server) as nurse, scene.gp.socket(scene.server) as gp:
        joined = nurse.listen(circle.id)
        gp.listen(circle.id)
        gp.post(scene.gp.device.send(circle.id, circle.epoch))
        frame, circle.rope = circle.rope.update(scene.gp.device)
        gp.commit(frame)
        gp.post(scene.gp.device.send(circle.id, circle.epoch))
        heard = nurse.items(circle.id, 3)
    fetched = items(scene.nurse, circle, since=joined["seq"])["items"]
    assert [{**item, "t": "item", "circle": str(circle.id)} for item in fetched] == heard


def test_a_reconnect_misses_nothing(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    with scene.nurse.socket(scene.server) as nurse, scene.gp.socket(scene.server) as gp:
        nurse.listen(circle.id)
        gp.listen(circle.id)
        gp.post(scene.gp.device.send(circle.id, circle.epoch))
        last = nurse.expect("item")["seq"]
        nurse.close()  # cut off
        missed = [gp.post(scene.gp.device.send(circle.id, circle.epoch))["seq"] for _ in range(3)]
        with scene.nurse.socket(scene.server) as back:
            joined = back.listen(circle.id)
            fetched = items(scene.nurse, circle, since=last)["items"]
            assert [item["seq"] for item in fetched] == missed
            assert joined["seq"] == missed[-1]
            gp.post(scene.gp.device.send(circle.id, circle.epoch))
            assert back.expect("item")["seq"] == joined["seq"] + 1


# --- backwards ---


def test_pages_backwards_join_without_a_seam(scene: Scene, circle: CareCircle) -> None:
    whole = items(scene.gp, circle)["items"]
    hashes = {0: to_base64(bytes(32))} | {item["seq"]: item["hash"] for item in whole}
    read: list[Any] = []
    before = whole[-1]["seq"] + 1
    while page := items(scene.gp, circle, before=before, limit=4):
        if not page["items"]:
            break
        assert len(page["items"]) <= 4
        # The hash just before lets the page be checked by itself.
        assert page["base"] == {"seq": page["items"][0]["seq"] - 1, "hash": hashes[page["items"][0]["seq"] - 1]}
        assert page["head"] == len(whole)
        read = page["items"] + read
        before = page["items"][0]["seq"]
    assert read == whole


def test_nothing_is_before_ones_own_joining_backwards_either(scene: Scene, circle: CareCircle) -> None:
    mine = items(scene.nurse, circle)
    page = items(scene.nurse, circle, before=mine["head"] + 1, limit=500)
    assert page == mine
    first = mine["items"][0]["seq"]
    assert items(scene.nurse, circle, before=first) == mine | {"items": []}
    assert items(scene.gp, circle, before=first)["items"] != []


def test_a_page_backwards_ends_after_since(scene: Scene, circle: CareCircle) -> None:
    assert [item["seq"] for item in items(scene.gp, circle, since=3, before=6)["items"]] == [4, 5]


# --- newcomers ---


def test_newcomers_get_nothing_from_before(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    write(scene, circle, 3)
    circle.with_members(scene.stranger)
    write(scene, circle, 2)
    whole = items(scene.gp, circle)["items"]
    joined = next(item for item in reversed(whole) if item["kind"] == "commit")
    for since in (0, 1, joined["seq"] - 1):
        page = items(scene.stranger, circle, since=since)
        assert page["items"] == [item for item in whole if item["seq"] >= joined["seq"]]
        # The hash just before lets the newcomer check everything from there on.
        assert page["base"] == {"seq": joined["seq"] - 1, "hash": whole[joined["seq"] - 2]["hash"]}
        assert page["head"] == len(whole)


def test_a_further_device_gets_what_the_person_may_read(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    write(scene, circle, 2)
    second = scene.nurse.second
    assert items(second, circle) == items(scene.nurse, circle)
    circle.join(second)
    assert items(second, circle) == items(scene.nurse, circle)
    assert items(second, circle)["items"][0]["seq"] == 2  # the nurse's own joining


def test_who_left_and_came_back_gets_nothing_of_the_time_between(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    write(scene, circle, 1)
    circle.end(scene.nurse)
    assert scene.nurse.get(f"circles/{circle.id}/items")[1]["code"] == "not_found"
    write(scene, circle, 2)
    circle.with_members(scene.nurse)
    head = len(check_log(circle.id))
    assert [item["seq"] for item in items(scene.nurse, circle)["items"]] == [head]


# --- questions that are none ---


@pytest.mark.parametrize(
    "query",
    [{"since": -1}, {"since": 2**53}, {"since": "x"}, {"before": 0}, {"limit": 0}, {"limit": 501}, {"limit": "x"}],
)
def test_a_bad_question_is_refused(scene: Scene, circle: CareCircle, query: dict[str, int | str]) -> None:
    assert scene.nurse.get(f"circles/{circle.id}/items", since=1, limit=500)[0] == 200
    assert scene.nurse.get(f"circles/{circle.id}/items", **query)[1]["code"] == "bad_input"


def test_reading_is_in_the_trail(scene: Scene, circle: CareCircle) -> None:
    items(scene.nurse, circle)
    scene.stranger.get(f"circles/{circle.id}/items")
    [*_, read], [*_, refused] = scene.nurse.traces("message.read"), scene.stranger.traces("message.read")
    assert (read.out, refused.out, refused.err) == (0, 8, "not_found")
    assert read.cir is not None
    assert refused.cir == read.cir


def test_reading_makes_no_noise_at_the_socket(scene: Scene, circle: CareCircle) -> None:
    with Socket(scene.server, scene.gp.cookie).say_hello(scene.gp.device) as socket:
        socket.listen(circle.id)
        items(scene.nurse, circle)
        assert socket.fence() == []
