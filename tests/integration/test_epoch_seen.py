"""That a device has seen an epoch, signed: who may say so, that the latest is kept, that others hear it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from chat.models import Seen
from tests.chat_members import Fields, now, text
from tests.chat_people import CareCircle, Person, Scene, a_care_circle
from tests.chat_socket import Socket, told
from tests.chat_statements import epoch_seen


def saying(statement: bytes) -> Fields:
    return {"t": "seen", "statement": text(statement)}


def say(socket: Socket, statement: bytes) -> str:
    """The code of a refusal, or "kept": an accepted statement has no answer of its own."""
    socket.send(saying(statement))
    errors = [told(frame) for frame in socket.fence() if frame["t"] == "error"]
    return errors[0] if errors else "kept"


def test_whoever_is_in_the_roster_says_it_and_nobody_else(scene: Scene) -> None:
    circle = scene.circle

    def confirm(person: Person, socket: Socket) -> str:
        return say(socket, epoch_seen(person.device, circle.id, circle.rope.group))

    assert scene.over_socket(confirm) == {
        "nobody": "4401",
        "signed out": "4401",
        "without MFA": "4401",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": "not_found",
        "guest": "kept",
        "member": "kept",
        "coordinator": "kept",
    }


def test_the_others_hear_it_as_it_was_signed(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    statement = epoch_seen(scene.gp.device, circle.id, circle.rope.group)
    with scene.nurse.socket(scene.server) as nurse, scene.gp.socket(scene.server) as gp:
        nurse.listen(circle.id)
        gp.listen(circle.id)
        gp.send(saying(statement))
        assert nurse.expect("seen") == {"t": "seen", "circle": str(circle.id), "statement": text(statement)}
        assert gp.fence() == []
    [trace] = scene.gp.traces("mls.confirm", dev=scene.gp.device.id, out=0)[-1:]
    assert (trace.out, trace.dev) == (0, scene.gp.device.id)


def test_the_latest_of_a_device_is_kept(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    early = epoch_seen(scene.gp.device, circle.id, circle.rope.group)
    circle.accepts(scene.nurse, circle.rope.update(scene.nurse.device))
    late = epoch_seen(scene.gp.device, circle.id, circle.rope.group)
    hers = epoch_seen(scene.nurse.device, circle.id, circle.rope.group)
    with scene.gp.socket(scene.server) as gp, scene.nurse.socket(scene.server) as nurse:
        nurse.listen(circle.id)
        for statement in (early, late, early, late):
            assert say(gp, statement) == "kept"
        assert say(nurse, hers) == "kept"
        assert [frame["statement"] for frame in nurse.fence()] == []
    kept = {bytes(seen.statement) for seen in Seen.objects.filter(group_id=circle.id)}
    assert kept == {late, hers}


def test_what_is_no_news_is_not_told_again(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    statement = epoch_seen(scene.gp.device, circle.id, circle.rope.group)
    with scene.nurse.socket(scene.server) as nurse, scene.gp.socket(scene.server) as gp:
        nurse.listen(circle.id)
        for _ in range(3):
            assert say(gp, statement) == "kept"
        nurse.expect("seen")
        assert nurse.fence() == []


# --- what is not believed ---

BAD: dict[str, tuple[Callable[[CareCircle, Scene], bytes], str]] = {
    "in another's name": (
        lambda c, s: epoch_seen(s.gp.device, c.id, c.rope.group, device=str(s.nurse.device.id)),
        "bad_statement",
    ),
    "by another device": (lambda c, s: epoch_seen(s.gp.device, c.id, c.rope.group), "bad_statement"),
    "about another device": (
        lambda c, s: epoch_seen(s.nurse.device, c.id, c.rope.group, device=str(s.gp.device.id)),
        "wrong_device",
    ),
    "of an epoch to come": (
        lambda c, s: epoch_seen(s.nurse.device, c.id, c.rope.group, epoch=c.epoch + 1),
        "bad_statement",
    ),
    "of an hour ago": (
        lambda c, s: epoch_seen(s.nurse.device, c.id, c.rope.group, time=now() - timedelta(hours=1)),
        "clock_skew",
    ),
    "with a field more": (lambda c, s: epoch_seen(s.nurse.device, c.id, c.rope.group, more=1), "bad_statement"),
    "noise": (lambda c, s: b"\0" * 40, "bad_statement"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_statement_is_kept_nowhere(scene: Scene, name: str) -> None:
    circle, (make, code) = scene.circle, BAD[name]
    statement = make(circle, scene)
    with scene.nurse.socket(scene.server) as nurse:
        before = list(Seen.objects.values_list("id", "epoch"))
        assert say(nurse, statement) == code
        assert list(Seen.objects.values_list("id", "epoch")) == before
    [*_, trace] = scene.nurse.traces("mls.confirm")
    assert trace.err == code
