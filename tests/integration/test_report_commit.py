"""A device reports a commit that it cannot process; two people's reports are shown to the coordinators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chat.models import Item, Report
from tests.chat_members import text
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_socket import Socket, told
from tests.chat_statements import report


def say(socket: Socket, statement: bytes) -> str:
    """The code of a refusal, or "kept"."""
    socket.send({"t": "report", "statement": text(statement)})
    errors = [told(frame) for frame in socket.fence() if frame["t"] == "error"]
    return errors[0] if errors else "kept"


def last_commit(circle: CareCircle) -> bytes:
    item = Item.objects.get(group_id=circle.id, kind=Item.Kind.COMMIT, epoch=circle.epoch)
    return bytes(item.digest)


def reporting(circle: CareCircle, person: Person, **changes: Any) -> bytes:
    said: dict[str, Any] = {"commit": last_commit(circle), "epoch": circle.epoch} | changes
    return report(person.device, circle.id, **said)


@pytest.fixture(scope="module")
def circle(scene: Scene) -> CareCircle:
    """The gp's commit is the last; nurse and aide follow."""
    circle = a_care_circle(scene.gp, scene.nurse, scene.aide)
    circle.accepts(scene.gp, circle.rope.update(scene.gp.device))
    return circle


def test_members_report_and_nobody_else(scene: Scene) -> None:
    circle = scene.circle

    def tell(person: Person, socket: Socket) -> str:
        return say(socket, reporting(circle, person))

    assert scene.over_socket(tell) == {
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


def test_one_report_is_kept_and_traced_and_shown_to_nobody(scene: Scene, circle: CareCircle) -> None:
    with scene.gp.socket(scene.server) as gp, scene.nurse.socket(scene.server) as nurse:
        gp.listen(circle.id)
        for _ in range(2):
            assert say(nurse, reporting(circle, scene.nurse)) == "kept"
        assert gp.fence() == []
    assert Report.objects.filter(group_id=circle.id, device_id=scene.nurse.device.id).count() == 1
    [*_, trace] = scene.nurse.traces("mls.report")
    assert trace.out == 0


def test_a_second_person_makes_it_known(scene: Scene) -> None:
    colleague, second = a_person(), scene.nurse.second
    circle = a_care_circle(scene.gp, scene.nurse, colleague)
    circle.join(second)
    circle.accepts(scene.gp, circle.rope.update(scene.gp.device))
    with scene.gp.socket(scene.server) as gp:
        gp.listen(circle.id)
        for who in (scene.nurse, second):  # two devices of one person
            with who.socket(scene.server) as socket:
                assert say(socket, reporting(circle, who)) == "kept"
        assert gp.fence() == []
        with colleague.socket(scene.server) as socket:
            assert say(socket, reporting(circle, colleague)) == "kept"
        assert gp.expect("changed") == {"t": "changed", "what": "circle", "circle": str(circle.id)}


BAD: dict[str, tuple[Callable[[CareCircle, Scene], bytes], str]] = {
    "of a commit that is not there": (lambda c, s: reporting(c, s.nurse, commit=bytes(32)), "not_found"),
    "of another epoch": (lambda c, s: reporting(c, s.nurse, epoch=c.epoch - 1), "not_found"),
    "by another device": (lambda c, s: reporting(c, s.gp), "bad_statement"),
    "about another device": (lambda c, s: reporting(c, s.nurse, device=str(s.gp.device.id)), "wrong_device"),
    "with a reason in words": (lambda c, s: reporting(c, s.nurse, reason="Il manque une feuille"), "bad_statement"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_report_is_kept_nowhere(scene: Scene, circle: CareCircle, name: str) -> None:
    make, code = BAD[name]
    before = Report.objects.count()
    with scene.nurse.socket(scene.server) as nurse:
        assert say(nurse, make(circle, scene)) == code
    assert Report.objects.count() == before
    [*_, trace] = scene.nurse.traces("mls.report")
    assert trace.err == code
