"""Envelopes of kind 3: announcements and events, which only coordinators write, and only where there is no patient."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from audit.models import Event
from audit.services import record
from chat.canonical import from_base64
from chat.models import Group, Item
from circles.models import Circle, Notice
from circles.services import change_role
from directory.models import PractitionerRole
from tests.chat_people import Person, Scene
from tests.chat_socket import Socket, told

NOTICE = 3


def change(scene: Scene, **columns: object) -> None:
    with transaction.atomic():
        Circle.objects.filter(id=scene.circle.id).update(**columns)
        record("circle.update", actor=scene.gp.actor, circle_id=scene.circle.id, obj=("Circle", scene.circle.id))


def into_team(scene: Scene) -> None:
    """The scene's circle has no patient any more: what the server knows of a team is in its tables."""
    held = PractitionerRole.objects.get(id=scene.gp.role_id)
    change(scene, kind="team", patient_id=None, informed_on=None, name="Plaies", organization_id=held.organization_id)


@pytest.fixture(autouse=True)
def _a_patients_circle_again(scene: Scene) -> Iterator[None]:
    """Other modules find the scene as it was."""
    columns = ("kind", "patient_id", "informed_on", "name", "organization_id")
    [before] = Circle.objects.filter(id=scene.circle.id).values(*columns)
    yield
    change(scene, **before)


def announce(scene: Scene, person: Person, socket: Socket) -> str:
    socket.listen(scene.circle.id)
    return told(socket.post(person.device.send(scene.circle.id, scene.circle.epoch, kind=NOTICE)))


def everybody(scene: Scene) -> dict[str, str]:
    return scene.over_socket(lambda person, socket: announce(scene, person, socket))


def test_only_a_teams_coordinator_announces(scene: Scene) -> None:
    refused = dict.fromkeys(("stranger", "officer", "invitee", "guest", "member"), "not_found")
    out = dict.fromkeys(("nobody", "signed out", "without MFA"), "4401")
    before = Item.objects.filter(group_id=scene.circle.id).count()
    assert everybody(scene) == refused | out | {"coordinator": "not_found"}
    into_team(scene)
    assert everybody(scene) == refused | out | {"coordinator": "ack"}
    assert Item.objects.filter(group_id=scene.circle.id).count() == before + 1


def test_what_was_announced_is_in_the_log_and_in_the_trail(scene: Scene) -> None:
    into_team(scene)
    frame = scene.gp.device.send(scene.circle.id, scene.circle.epoch, kind=NOTICE)
    with scene.gp.socket(scene.server) as socket:
        socket.listen(scene.circle.id)
        seq = socket.post(frame)["seq"]
    item = Item.objects.select_related("event").get(group_id=scene.circle.id, seq=seq)
    assert item.body is not None
    assert bytes(item.body) == from_base64(str(frame["env"]))
    assert (item.event.act, item.event.out) == ("announcement.post", 0)
    assert Group.objects.get(circle_id=scene.circle.id).seq == seq


def test_every_other_member_is_told_once(scene: Scene) -> None:
    into_team(scene)
    Notice.objects.all().delete()
    frame = scene.gp.device.send(scene.circle.id, scene.circle.epoch, kind=NOTICE)
    with scene.gp.socket(scene.server) as socket:
        socket.listen(scene.circle.id)
        assert told(socket.post(frame)) == told(socket.post(frame)) == "ack"
    members = scene_members(scene)
    rows = list(Notice.objects.filter(what="announced").values_list("user_id", "circle_id", "by_id"))
    assert sorted(rows) == sorted((user, scene.circle.id, scene.gp.id) for user in members - {scene.gp.id})
    assert len(rows) >= 2


def scene_members(scene: Scene) -> set[object]:
    circle = Circle.objects.get(id=scene.circle.id)
    return set(circle.members.filter(ended=None).values_list("user_id", flat=True))


def test_who_is_no_coordinator_any_more_announces_nothing(scene: Scene) -> None:
    """Asked under the circle's lock, whatever the connection knew before."""
    into_team(scene)
    with scene.nurse.socket(scene.server) as socket:
        assert announce(scene, scene.nurse, socket) == "not_found"
        change_role(
            actor=scene.gp.actor, circle_id=scene.circle.id, user_id=scene.nurse.id, role="coordinator", not_after=None
        )
        assert announce(scene, scene.nurse, socket) == "ack"
        change_role(
            actor=scene.gp.actor, circle_id=scene.circle.id, user_id=scene.nurse.id, role="member", not_after=None
        )
        assert announce(scene, scene.nurse, socket) == "not_found"
    assert Event.objects.filter(act="message.send", err="not_found").count() >= 2
