"""Epoch keys sealed to persons: everybody in an epoch's roster gets their own copy of it, and nobody any other."""

from __future__ import annotations

import pytest
from uuid_utils.compat import uuid7

from chat.canonical import from_base64
from chat.models import EpochKey
from tests.chat_members import text
from tests.chat_people import Answer, CareCircle, Person, Scene, a_care_circle


def keys(person: Person, circle: CareCircle) -> dict[int, str]:
    status, answer = person.get("keys", circle=str(circle.id))
    assert status == 200, answer
    assert {each["circle"] for each in answer["keys"]} <= {str(circle.id)}
    return {each["epoch"]: each["sealed"] for each in answer["keys"]}


@pytest.fixture(scope="module")
def circle(scene: Scene) -> CareCircle:
    """Epochs: 0 created, 1 nurse invited, 2 nurse joined, 3 updated."""
    circle = a_care_circle(scene.gp, scene.nurse)
    circle.accepts(scene.gp, circle.rope.update(scene.gp.device))
    return circle


def test_members_of_every_role_fetch_their_own_and_nobody_else(scene: Scene) -> None:
    def fetch(person: Person) -> Answer:
        return person.get("keys", circle=str(scene.circle.id))

    assert scene.over_http(fetch) == {
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


def test_the_copies_are_those_that_the_committer_sealed(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    frame, after = circle.rope.update(scene.nurse.device)
    circle.accepts(scene.nurse, (frame, after))
    sealed = frame["keys"]
    assert isinstance(sealed, dict)
    for person in (scene.gp, scene.nurse):
        assert keys(person, circle)[after.epoch] == sealed[str(person.id)]
    assert keys(scene.gp, circle)[after.epoch] != keys(scene.nurse, circle)[after.epoch]


def test_newcomers_get_no_key_from_before_their_joining(scene: Scene, circle: CareCircle) -> None:
    assert sorted(keys(scene.gp, circle)) == [0, 1, 2, 3]
    assert sorted(keys(scene.nurse, circle)) == [2, 3]


def test_who_is_ended_gets_none_and_who_returns_none_of_the_time_between(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    circle.end(scene.nurse)
    assert scene.nurse.get("keys", circle=str(circle.id))[1]["code"] == "not_found"
    circle.accepts(scene.gp, circle.rope.update(scene.gp.device))
    circle.with_members(scene.nurse)
    assert sorted(keys(scene.nurse, circle)) == [2, circle.epoch]
    assert sorted(keys(scene.gp, circle)) == list(range(circle.epoch + 1))


def test_one_question_answers_for_all_circles(scene: Scene, circle: CareCircle) -> None:
    other = a_care_circle(scene.nurse)
    _, answer = scene.nurse.get("keys")
    mine = {(each["circle"], each["epoch"]) for each in answer["keys"]}
    assert {(str(circle.id), 2), (str(circle.id), 3), (str(other.id), 0)} <= mine
    assert (str(circle.id), 0) not in mine


def test_a_device_repairs_its_own_persons_copy(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    before = {person.id: keys(person, circle) for person in (scene.gp, scene.nurse)}
    repaired = text(b"\1" * 80)
    path = f"circles/{circle.id}/keys/2"
    assert scene.nurse.put(path, {"sealed": repaired}) == (200, {})
    assert keys(scene.nurse, circle) == before[scene.nurse.id] | {2: repaired}
    assert keys(scene.gp, circle) == before[scene.gp.id]
    [*_, event] = scene.nurse.traces("epochkey.repair")
    assert (event.out, '"epo":2' in event.leaf) == (0, True)


def test_a_stolen_session_destroys_no_copy(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    path = f"circles/{circle.id}/keys/2"
    made = keys(scene.nurse, circle)[2]
    for fill in (b"\1", b"\2"):
        assert scene.nurse.put(path, {"sealed": text(fill * 80)}) == (200, {})
    _, answer = scene.nurse.get("keys", circle=str(circle.id))
    copies = [each["sealed"] for each in answer["keys"] if each["epoch"] == 2]
    assert copies == [made, text(b"\2" * 80)]


def test_members_repair_and_nobody_else(scene: Scene) -> None:
    circle = scene.another_circle()

    def repair(person: Person) -> Answer:
        own = EpochKey.objects.filter(group_id=circle.id, user_id=person.id).values_list("epoch", flat=True)
        return person.put(f"circles/{circle.id}/keys/{max(own, default=0)}", {"sealed": text(bytes(80))})

    assert scene.over_http(repair) == {
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


@pytest.mark.parametrize(
    ("epoch", "body", "code"),
    [
        ("0", {"sealed": text(bytes(80))}, "not_found"),  # before the nurse's time
        ("99", {"sealed": text(bytes(80))}, "not_found"),
        ("-1", {"sealed": text(bytes(80))}, "not_found"),
        ("2", {"sealed": text(bytes(79))}, "invalid_keys"),
        ("2", {"sealed": text(bytes(81))}, "invalid_keys"),
        ("2", {"sealed": ""}, "invalid_keys"),
        ("2", {"sealed": "not base64"}, "bad_input"),
        ("2", {}, "bad_input"),
        ("2", {"sealed": text(bytes(80)), "user": "me"}, "bad_input"),
        ("99999999999999999999999", {"sealed": text(bytes(80))}, "not_found"),
    ],
)
def test_a_bad_repair_changes_nothing(
    scene: Scene, circle: CareCircle, epoch: str, body: dict[str, object], code: str
) -> None:
    before = keys(scene.nurse, circle)
    assert scene.nurse.put(f"circles/{circle.id}/keys/{epoch}", body)[1]["code"] == code
    assert keys(scene.nurse, circle) == before
    [*_, trace] = scene.nurse.traces("epochkey.repair")
    assert (trace.out in (4, 8), trace.err) == (True, code)


def test_a_circle_that_is_not_mine_has_no_keys_whatever_the_epoch(scene: Scene, circle: CareCircle) -> None:
    body: dict[str, object] = {"sealed": text(bytes(80))}
    for where in (circle.id, uuid7()):
        assert scene.stranger.put(f"circles/{where}/keys/2", body)[1]["code"] == "not_found"
        assert scene.stranger.get("keys", circle=str(where))[1]["code"] == "not_found"


def test_every_copy_is_as_long_as_one_sealed_key(scene: Scene, circle: CareCircle) -> None:
    assert {len(from_base64(sealed)) for sealed in keys(scene.gp, circle).values()} == {80}
