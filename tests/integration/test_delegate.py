"""A secretariat: of a named member, in the same structure, while that member is there; the trail names both."""

from __future__ import annotations

from typing import Any

import pytest

from audit.models import Pseudonym
from audit.selectors import events_about
from circles.models import Member
from directory.models import PractitionerRole
from tests import factories
from tests.chat_log import stored_rows
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_socket import told


def in_the_office_of(member: Person) -> Person:
    """Somebody of no listed profession who works in the same structure."""
    person = a_person(factories.QUALITY)
    own = PractitionerRole.objects.get(id=member.role_id)
    PractitionerRole.objects.filter(id=person.role_id).update(organization=own.organization)
    return person


def with_a_secretariat(scene: Scene) -> tuple[CareCircle, Person]:
    circle, secretary = a_care_circle(scene.gp, scene.nurse), in_the_office_of(scene.nurse)
    terms: dict[str, Any] = {"for": str(scene.nurse.id)}
    circle.invite(secretary, role="delegate", **terms)
    circle.join(secretary)
    return circle, secretary


def test_the_commit_says_whose_it_is(scene: Scene) -> None:
    circle, secretary = with_a_secretariat(scene)
    member = Member.objects.get(circle_id=circle.id, user_id=secretary.id)
    assert (member.role, member.delegate_of_id) == ("delegate", scene.nurse.id)
    shown = scene.gp.get(f"circles/{circle.id}")[1]["members"]
    assert [each["delegate_of"] for each in shown if each["user"] == str(secretary.id)] == [str(scene.nurse.id)]


def test_what_it_writes_names_both_people_in_the_trail(scene: Scene) -> None:
    circle, secretary = with_a_secretariat(scene)
    with secretary.socket(scene.server) as socket, scene.gp.socket(scene.server) as gp:
        socket.listen(circle.id)
        gp.listen(circle.id)
        assert told(socket.post(secretary.device.send(circle.id, circle.epoch))) == "ack"
        assert told(gp.post(scene.gp.device.send(circle.id, circle.epoch))) == "ack"
    name = {
        person.id: Pseudonym.objects.get(kind="Person", subject=person.id).pseudonym
        for person in (secretary, scene.nurse, scene.gp)
    }
    sent = events_about(circle_id=circle.id).filter(act="message.send").order_by("id")
    assert [(each.who, f'"on":"{name[scene.nurse.id]}"' in each.leaf) for each in sent] == [
        (name[secretary.id], True),
        (name[scene.gp.id], False),
    ]


@pytest.mark.parametrize(
    ("of", "code"), [("nobody", "delegate_of_nobody"), ("stranger", "delegate_of_nobody"), ("gp", "another_structure")]
)
def test_nobody_is_a_secretariat_of_somebody_elses(scene: Scene, of: str, code: str) -> None:
    circle, secretary = a_care_circle(scene.gp, scene.nurse), in_the_office_of(scene.nurse)
    terms: dict[str, Any] = {} if of == "nobody" else {"for": str(getattr(scene, of).id)}
    frame, _ = circle.rope.invite(scene.gp.device, secretary.keys, secretary.role_id, role="delegate", **terms)
    with scene.gp.socket(scene.server) as gp:
        before = stored_rows()
        assert told(gp.commit(frame)) == code
        assert stored_rows() == before


def test_a_member_of_no_listed_profession_is_still_refused(scene: Scene) -> None:
    circle, person = a_care_circle(scene.gp, scene.nurse), in_the_office_of(scene.nurse)
    frame, _ = circle.rope.invite(scene.gp.device, person.keys, person.role_id)
    with scene.gp.socket(scene.server) as gp:
        assert told(gp.commit(frame)) == "profession_not_allowed"
