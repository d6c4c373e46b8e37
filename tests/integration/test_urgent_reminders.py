"""Urgent messages that nobody confirms: a reminder, then the coordinators; and what ends it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connections

from audit.events import Actor
from audit.selectors import events_about
from chat.canonical import from_base64
from chat.escalation import follow_up
from chat.models import Reminder
from circles.models import Notice
from circles.services.profiles import AbsenceSaid, update_profile
from tests import factories
from tests.cast import Clock
from tests.chat_members import Fields, id_of, text
from tests.chat_people import CareCircle, Person, Scene, a_care_circle
from tests.chat_socket import told

URGENT = 2
Told = set[tuple[str, UUID]]


@dataclass
class Asked:
    """An urgent message of the nurse's in a circle of the GP's; the stranger is a third, the aide a guest."""

    scene: Scene
    circle: CareCircle
    clock: Clock
    message: Fields

    @property
    def id(self) -> UUID:
        return UUID(id_of(self.message))

    def after(self, minutes: float) -> Told:
        """Whom a round of that moment tells what."""
        Notice.objects.filter(circle=self.circle.id).delete()
        self.clock(datetime.now(UTC) + timedelta(minutes=minutes))
        follow_up()
        return set(Notice.objects.filter(circle=self.circle.id).values_list("what", "user_id"))

    def send(self, who: Person, frame: Fields) -> None:
        with who.socket(self.scene.server) as socket:
            socket.listen(self.circle.id)
            assert told(socket.post(frame)) == "ack"

    def answer(self, who: Person, *, takes: bool = False) -> None:
        self.send(who, who.device.answer(self.circle.id, self.circle.epoch, self.message, takes=takes))


@pytest.fixture
def asked(scene: Scene, clock: Clock) -> Iterator[Asked]:
    circle = a_care_circle(scene.gp, scene.nurse, scene.stranger)
    circle.with_members(scene.aide, role="guest", not_after=factories.in_days(7).replace(microsecond=0))
    message = scene.nurse.device.send(circle.id, circle.epoch, kind=URGENT)
    asked = Asked(scene, circle, clock, message)
    asked.send(scene.nurse, message)
    yield asked
    # Nothing is due any more when another test's round comes by.
    Reminder.objects.update_or_create(message=asked.id, defaults={"group_id": circle.id, "settled": datetime.now(UTC)})


def test_who_has_not_confirmed_is_reminded_and_then_the_coordinators_are_told(asked: Asked) -> None:
    scene = asked.scene
    asked.answer(scene.gp)
    assert asked.after(9) == set()
    assert asked.after(11) == {("urgent", scene.stranger.id)}
    assert asked.after(12) == set()
    assert asked.after(22) == {("escalated", scene.gp.id), ("escalated", scene.nurse.id)}
    assert asked.after(60) == set()
    acts = [event.act for event in events_about(circle_id=asked.circle.id)]
    assert [act for act in acts if act in ("message.remind", "message.escalate")] == [
        "message.remind",
        "message.escalate",
    ]


def test_who_stands_in_for_somebody_absent_is_told_with_the_coordinators(asked: Asked) -> None:
    scene, today = asked.scene, datetime.now(UTC).date()

    def away(said: AbsenceSaid | None) -> None:
        actor = Actor(user_id=scene.stranger.id)
        update_profile(actor=actor, languages=[], availability="", hours=[], absence=said)

    away(AbsenceSaid(starts=today, ends=today + timedelta(days=1), replacement=scene.aide.id))
    try:
        assert asked.after(11) == {("urgent", scene.gp.id), ("urgent", scene.stranger.id)}
        assert asked.after(22) == {("escalated", each.id) for each in (scene.gp, scene.nurse, scene.aide)}
    finally:
        away(None)


def test_members_read_when_it_was_reminded_and_escalated(asked: Asked) -> None:
    def reminders() -> list[dict[str, str | None]]:
        rows: list[dict[str, str | None]] = asked.scene.gp.get(f"circles/{asked.circle.id}/duties")[1]["reminders"]
        return rows

    assert reminders() == []
    with asked.scene.stranger.socket(asked.scene.server) as socket:
        socket.listen(asked.circle.id)
        asked.after(11)
        socket.expect("changed", what="circle", circle=str(asked.circle.id))
    [row] = reminders()
    assert (row["message"], row["escalated"]) == (str(asked.id), None)
    asked.after(22)
    assert reminders()[0]["escalated"] is not None


def test_the_last_confirmation_ends_it(asked: Asked) -> None:
    asked.answer(asked.scene.gp)
    asked.answer(asked.scene.stranger)
    assert asked.after(11) == set()
    assert asked.after(60) == set()


def test_whoever_takes_it_ends_it_for_all(asked: Asked) -> None:
    assert asked.after(11) == {("urgent", asked.scene.gp.id), ("urgent", asked.scene.stranger.id)}
    asked.answer(asked.scene.stranger, takes=True)
    assert asked.after(22) == set()


def test_its_erasure_ends_it(asked: Asked) -> None:
    target = from_base64(str(asked.message["env"]))
    raw = asked.scene.nurse.device.erasure(asked.circle.id, asked.circle.epoch, target)
    asked.send(asked.scene.nurse, {"t": "send", "env": text(raw)})
    assert asked.after(11) == set()


def test_who_came_later_or_may_only_read_was_not_asked(asked: Asked) -> None:
    asked.circle.with_members(asked.scene.social_worker)
    assert asked.after(11) == {("urgent", asked.scene.gp.id), ("urgent", asked.scene.stranger.id)}


def test_a_message_of_yesterday_reminds_nobody(asked: Asked) -> None:
    assert asked.after(25 * 60) == set()


def test_an_answer_to_another_message_confirms_nothing(asked: Asked) -> None:
    other = asked.scene.nurse.device.send(asked.circle.id, asked.circle.epoch, kind=URGENT)
    asked.send(asked.scene.gp, asked.scene.gp.device.answer(asked.circle.id, asked.circle.epoch, other))
    assert ("urgent", asked.scene.gp.id) in asked.after(11)


@pytest.mark.parametrize("kind", [1, URGENT])
def test_only_an_acknowledgement_answers(asked: Asked, kind: int) -> None:
    gp, circle = asked.scene.gp, asked.circle
    with gp.socket(asked.scene.server) as socket:
        socket.listen(circle.id)
        frame = {**gp.device.send(circle.id, circle.epoch, kind=kind), "answers": str(asked.id)}
        assert told(socket.post(frame)) == "bad_envelope"
        takes = {**gp.device.send(circle.id, circle.epoch, kind=5), "takes": True}
        assert told(socket.post(takes)) == "bad_envelope"


def test_two_rounds_at_once_remind_once(asked: Asked) -> None:
    Notice.objects.filter(circle=asked.circle.id).delete()
    asked.clock(datetime.now(UTC) + timedelta(minutes=11))

    def go() -> None:
        follow_up()
        connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(go) for _ in range(4)]:
            done.result()
    assert Notice.objects.filter(circle=asked.circle.id, what="urgent").count() == 2
