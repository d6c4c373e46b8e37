"""A right changes while somebody's socket is open: the same connection may more, or less, from the next frame on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from chat.canonical import from_base64
from tests import factories
from tests.chat_members import Fields, text
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_socket import Socket, told


class Open:
    """A circle of the GP and a colleague, both listening."""

    def __init__(self, scene: Scene, stack: ExitStack) -> None:
        self.gp, self.colleague = scene.gp, a_person()
        self.circle: CareCircle = a_care_circle(self.gp, self.colleague)
        self.by = stack.enter_context(self.gp.socket(scene.server))
        self.socket = stack.enter_context(self.colleague.socket(scene.server))
        for socket in (self.by, self.socket):
            socket.listen(self.circle.id)

    def becomes(self, role: str) -> None:
        """The GP changes the colleague's role, and the colleague hears of it."""
        end = factories.in_days(7).replace(microsecond=0) if role == "guest" else None
        op = self.circle.rope.chain.role(self.colleague.id, role, end)
        frame, after = self.circle.rope.change(self.gp.device, op)
        assert told(self.by.commit(frame)) == "committed"
        self.circle.rope = after
        assert self.socket.expect("item")["kind"] == "commit"

    def sends(self, who: Person, socket: Socket) -> str:
        return told(socket.post(who.device.send(self.circle.id, self.circle.epoch)))

    def a_message(self) -> Fields:
        frame = self.gp.device.send(self.circle.id, self.circle.epoch)
        assert told(self.by.post(frame)) == "ack"
        assert self.socket.expect("item")["env"] == frame["env"]
        return frame

    def erases(self, message: Fields) -> str:
        """The colleague, what the GP wrote."""
        target = from_base64(str(message["env"]))
        erasure = self.colleague.device.erasure(self.circle.id, self.circle.epoch, target)
        return told(self.socket.post({"t": "send", "env": text(erasure)}))

    def invites(self) -> str:
        newcomer = a_person()
        made, after = self.circle.rope.invite(self.colleague.device, newcomer.keys, newcomer.role_id)
        answer = told(self.socket.commit(made))
        if answer == "committed":
            self.circle.rope = after
        return answer


@pytest.fixture
def here(scene: Scene) -> Iterator[Open]:
    with ExitStack() as stack:
        yield Open(scene, stack)


def test_who_becomes_coordinator_may_at_once_what_coordinators_may(here: Open) -> None:
    message = here.a_message()
    assert (here.invites(), here.erases(message)) == ("not_found", "not_found")
    here.becomes("coordinator")
    assert (here.invites(), here.erases(message)) == ("committed", "ack")


def test_who_is_coordinator_no_longer_may_at_once_no_more_than_a_member(here: Open) -> None:
    here.becomes("coordinator")
    assert here.invites() == "committed"
    here.socket.fence()
    here.becomes("member")
    message = here.a_message()
    assert (here.invites(), here.erases(message)) == ("not_found", "not_found")
    assert here.sends(here.colleague, here.socket) == "ack"


def test_who_becomes_a_guest_goes_on_reading_and_writes_nothing_more(here: Open) -> None:
    assert here.sends(here.colleague, here.socket) == "ack"
    here.socket.fence()
    here.becomes("guest")
    assert here.sends(here.colleague, here.socket) == "not_found"
    here.a_message()
