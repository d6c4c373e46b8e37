"""Ends that meet something else at the same moment, in real transactions: a message, and one another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from chat.models import Group, Item
from circles.models import Consent, Member
from tests import factories
from tests.chat_log import check_log
from tests.chat_members import Fields, id_of
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_socket import Closed, Socket, told

ROUNDS = 4
MESSAGES = 25


def outside_the_team(scene: Scene, person: Person) -> CareCircle:
    circle = a_care_circle(scene.gp, scene.nurse)
    consent = {"given_on": factories.INFORMED_ON.isoformat(), "how": "spoken"}
    circle.invite(person, ground="outside_team", consent=consent)
    circle.join(person)
    return circle


def test_consent_goes_with_the_commit_that_invites(scene: Scene) -> None:
    person = a_person(factories.SOCIAL_WORKER)
    circle = outside_the_team(scene, person)
    consent = Consent.objects.get(circle_id=circle.id)
    assert (consent.user_id, consent.recorded_by_id, consent.how) == (person.id, scene.gp.id, "spoken")
    members = scene.nurse.get(f"circles/{circle.id}")[1]["members"]
    [shown] = [each for each in members if each["user"] == str(person.id)]
    assert shown["consent"] == {"id": str(consent.id), "given_on": factories.INFORMED_ON.isoformat(), "how": "spoken"}


def test_a_message_that_races_with_the_withdrawal_of_consent_is_before_it_or_refused(scene: Scene) -> None:
    """The person writes as fast as they are answered while the coordinator records that consent is taken back."""
    for _ in range(ROUNDS):
        person = a_person(factories.SOCIAL_WORKER)
        circle = outside_the_team(scene, person)
        consent = Consent.objects.get(circle_id=circle.id)
        outcome: dict[str, str] = {}
        start = Barrier(2)

        def write(
            person: Person = person,
            circle: CareCircle = circle,
            outcome: dict[str, str] = outcome,
            start: Barrier = start,
        ) -> None:
            with person.socket(scene.server) as socket:
                socket.listen(circle.id)
                start.wait()
                for _ in range(MESSAGES):
                    frame = person.device.send(circle.id, circle.epoch)
                    outcome[id_of(frame)] = "unknown"
                    try:
                        outcome[id_of(frame)] = told(socket.post(frame))
                    except Closed as closed:
                        assert closed.code == 4403  # noqa: PT017
                        return

        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write)
            start.wait()
            path = f"circles/{circle.id}/consents/{consent.id}/withdraw"
            assert scene.gp.post(path, {"reason": "au téléphone"}) == (200, {})
            writing.result()
        ended = Member.objects.get(circle_id=circle.id, user_id=person.id).ended
        assert ended is not None
        messages = Item.objects.filter(group_id=circle.id, kind=Item.Kind.MESSAGE)
        stored = {str(each) for each in messages.values_list("message_id", flat=True)}
        said = {name for name, answer in outcome.items() if answer == "ack"}
        assert said <= stored <= {name for name, answer in outcome.items() if answer in ("ack", "unknown")}
        assert set(outcome.values()) <= {"ack", "unknown", "not_found", "rekey_required"}
        assert Group.objects.get(circle_id=circle.id).rekey_required
        # Afterwards nothing is said by anybody until the person's leaf is gone.
        with scene.nurse.socket(scene.server) as nurse:
            nurse.listen(circle.id)
            assert told(nurse.post(scene.nurse.device.send(circle.id, circle.epoch))) == "rekey_required"
        check_log(circle.id)


def answer_or_end(socket: Socket, frame: Fields) -> str:
    """What is told of the frame, or the code with which the connection ended first."""
    try:
        return told(socket.answer(str(frame["ref"])))
    except Closed as closed:
        return str(closed.code)


def test_two_coordinators_who_remove_each_other_at_once_leave_one(scene: Scene) -> None:
    for _ in range(ROUNDS):
        other = a_person()
        circle = a_care_circle(scene.gp, scene.nurse).with_members(other, role="coordinator")
        pair = ((scene.gp, other), (other, scene.gp))
        with scene.gp.socket(scene.server) as one, other.socket(scene.server) as two:
            frames = [circle.rope.end(by.device, whom.id)[0] for by, whom in pair]
            for socket, frame in zip((one, two), frames, strict=True):
                socket.send(frame)
            answers = [answer_or_end(socket, frame) for socket, frame in zip((one, two), frames, strict=True)]
        assert answers.count("committed") == 1
        assert set(answers) <= {"committed", "stale_epoch", "not_found", "4403"}
        [left] = Member.objects.filter(circle_id=circle.id, role="coordinator", ended=None)
        winner = pair[answers.index("committed")][0]
        assert left.user_id == winner.id
        check_log(circle.id)
