"""Where and when each epoch began, for a coordinator who chooses from when on somebody shall read."""

from __future__ import annotations

from chat.log import wire_time
from chat.models import Item
from circles.models import Circle
from tests.chat_people import Answer, Person, Scene, a_care_circle


def test_coordinators_ask_and_nobody_else(scene: Scene) -> None:
    def read(person: Person) -> Answer:
        return person.get(f"circles/{scene.circle.id}/epochs")

    assert scene.over_http(read) == {
        "nobody": "signed_out",
        "signed out": "signed_out",
        "without MFA": "mfa_required",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": "not_found",
        "guest": "not_found",
        "member": "not_found",
        "coordinator": 200,
    }


def test_the_opening_and_every_commit_begin_one(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    circle.accepts(scene.gp, circle.rope.update(scene.gp.device))
    status, answer = scene.gp.get(f"circles/{circle.id}/epochs")
    assert status == 200
    opened = Circle.objects.get(id=circle.id).opened
    commits = Item.objects.filter(group_id=circle.id, kind=Item.Kind.COMMIT).order_by("seq")
    assert answer["epochs"] == [
        {"epoch": 0, "seq": 0, "at": wire_time(opened)},
        *({"epoch": number, "seq": item.seq, "at": wire_time(item.at)} for number, item in enumerate(commits, 1)),
    ]
