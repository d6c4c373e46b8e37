"""Two at the same time: the first valid commit of an epoch wins, and messages and commits share one order."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from chat.models import Item, Leaf
from circles.models import Member
from tests.chat_commits import Rope
from tests.chat_log import check_log
from tests.chat_members import Fields, id_of
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_socket import Frame, Socket, told
from tests.server import Server

ROUNDS = 6


def at_once(sockets: Sequence[Socket], frames: Sequence[Fields]) -> list[Frame]:
    """Each socket sends its frame before any waits for its answer."""
    for socket, frame in zip(sockets, frames, strict=True):
        socket.send(frame)
    return [socket.answer(str(frame["ref"])) for socket, frame in zip(sockets, frames, strict=True)]


@pytest.fixture
def circle(scene: Scene) -> CareCircle:
    return a_care_circle(scene.gp, scene.nurse, scene.stranger)


def test_the_first_valid_commit_of_an_epoch_wins(scene: Scene, chat_server: Server, circle: CareCircle) -> None:
    people = (scene.gp, scene.nurse, scene.stranger)

    def refusals() -> int:
        return sum(len(person.traces("mls.commit", err="stale_epoch")) for person in people)

    before = refusals()
    with (
        scene.gp.socket(chat_server) as one,
        scene.nurse.socket(chat_server) as two,
        scene.stranger.socket(chat_server) as three,
    ):
        for number in range(ROUNDS):
            made = [circle.rope.update(person.device) for person in people]
            turn = number % 3
            sockets = [one, two, three][turn:] + [one, two, three][:turn]
            commits = made[turn:] + made[:turn]
            answers = at_once(sockets, [frame for frame, _ in commits])
            outcome = [told(answer) for answer in answers]
            assert sorted(outcome) == ["committed", "stale_epoch", "stale_epoch"]
            winner = outcome.index("committed")
            assert answers[winner]["epoch"] == circle.epoch + 1
            circle.rope = commits[winner][1]
    assert len(check_log(circle.id)) == circle.epoch
    assert refusals() == before + 2 * ROUNDS


def test_who_lost_catches_up_and_commits_again(scene: Scene, chat_server: Server, circle: CareCircle) -> None:
    with scene.gp.socket(chat_server) as gp, scene.nurse.socket(chat_server) as nurse:
        gp.listen(circle.id)
        nurse.listen(circle.id)
        first, second = circle.rope.update(scene.gp.device), circle.rope.update(scene.nurse.device)
        answers = at_once([gp, nurse], [first[0], second[0]])
        won = next(each for each, answer in zip((first, second), answers, strict=True) if told(answer) == "committed")
        loser, socket = (scene.nurse, nurse) if won is first else (scene.gp, gp)
        assert socket.expect("item")["commit"] == won[0]["commit"]  # the loser is shown the winner
        frame, circle.rope = won[1].update(loser.device)
        assert told(socket.commit(frame)) == "committed"
    check_log(circle.id)


def test_an_end_and_a_join_of_the_same_person_never_both_hold(scene: Scene, chat_server: Server) -> None:
    for _ in range(3):
        circle, newcomer = a_care_circle(scene.gp), a_person()
        circle.invite(newcomer)
        with scene.gp.socket(chat_server) as gp, newcomer.socket(chat_server) as invited:
            join, end = circle.rope.join(newcomer.device), circle.rope.end(scene.gp.device, newcomer.id)
            answers = at_once([invited, gp], [join[0], end[0]])
            assert sorted(map(told, answers)) in (
                ["committed", "stale_epoch"],
                ["committed", "invitation_not_open"],  # the end came first, and the invitation with it
            )
        inside = Leaf.objects.filter(group_id=circle.id, device_id=newcomer.device.id).exists()
        assert inside == Member.objects.filter(circle_id=circle.id, user_id=newcomer.id, ended=None).exists()
        assert inside == (told(answers[0]) == "committed")
        check_log(circle.id)


def test_two_devices_of_one_person_join_at_once(scene: Scene, chat_server: Server) -> None:
    circle, newcomer = a_care_circle(scene.gp), a_person()
    second = newcomer.further_device()
    circle.invite(newcomer)
    with newcomer.socket(chat_server) as one, second.socket(chat_server) as two:
        made = [circle.rope.join(newcomer.device), circle.rope.join(second.device)]
        outcome = [told(answer) for answer in at_once([one, two], [frame for frame, _ in made])]
        assert sorted(outcome) == ["committed", "stale_epoch"]
        won = outcome.index("committed")
        rope, loser, socket = made[won][1], (second, newcomer)[won], (two, one)[won]
        assert told(socket.commit(rope.join(loser.device)[0])) == "committed"
    assert Member.objects.filter(circle_id=circle.id, user_id=newcomer.id).count() == 1
    assert Leaf.objects.filter(group_id=circle.id, device__user_id=newcomer.id).count() == 2
    check_log(circle.id)


def test_sends_and_commits_share_one_order(scene: Scene, chat_server: Server, circle: CareCircle) -> None:
    """Three write as fast as they are answered while one renews: every message lands in its own epoch or is stale."""
    told_by: dict[str, str] = {}

    def write(person: Person) -> dict[str, str]:
        outcome: dict[str, str] = {}
        with person.socket(chat_server) as socket:
            epoch = socket.listen(circle.id)["epoch"]
            for _ in range(40):
                frame = person.device.send(circle.id, epoch)
                answer = socket.post(frame)
                outcome[id_of(frame)] = told(answer)
                if told(answer) == "stale_epoch":
                    commits = [frame for frame in socket.seen if frame.get("kind") == "commit"]
                    socket.seen.clear()
                    epoch = commits[-1]["epoch"] if commits else socket.listen(circle.id)["epoch"]
        return outcome

    def renew() -> Rope:
        rope = circle.rope
        with scene.gp.socket(chat_server) as socket:
            for _ in range(ROUNDS):
                frame, after = rope.update(scene.gp.device)
                assert told(socket.commit(frame)) == "committed"
                rope = after
        return rope

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, person) for person in (scene.gp, scene.nurse, scene.stranger)]
        circle.rope = pool.submit(renew).result()
        for writer in writers:
            told_by |= writer.result()
    items = check_log(circle.id)
    messages = {str(item.message_id) for item in items if item.kind == Item.Kind.MESSAGE}
    assert messages == {each for each, answer in told_by.items() if answer == "ack"}
    assert set(told_by.values()) <= {"ack", "stale_epoch"}
    assert circle.epoch == sum(item.kind == Item.Kind.COMMIT for item in items)
