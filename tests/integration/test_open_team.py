"""POST /api/organisations/{id}/teams: the team of one's own structure, without a patient, with whoever is asked."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from audit.selectors import events_about
from chat.errors import ChatError
from circles.errors import CircleError
from circles.models import Circle
from directory.models import PractitionerRole
from tests import factories
from tests.chat_commits import Rope
from tests.chat_people import Answer, Person, Scene, a_team
from tests.chat_socket import told


def structure_of(person: Person) -> UUID:
    organization = PractitionerRole.objects.get(id=person.role_id).organization_id
    assert organization is not None
    return organization


def opened(
    person: Person, organization: UUID, *, ground: str = "no_patient", name: str = "Soins palliatifs", **said: object
) -> Answer:
    rope, shown = Rope.begun(person.device, uuid7(), ground=ground)
    return person.post(
        f"organisations/{organization}/teams", {"id": str(rope.circle), "name": name, "group": shown} | said
    )


def test_people_of_the_structure_open_its_teams_and_nobody_else(scene: Scene) -> None:
    organization = structure_of(scene.nurse)
    assert scene.over_http(lambda person: opened(person, organization)) == {
        "nobody": "signed_out",
        "signed out": "signed_out",
        "without MFA": "mfa_required",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": "not_found",
        "guest": "not_found",
        "member": 200,
        "coordinator": "not_found",
    }
    assert opened(scene.nurse, uuid7())[1]["code"] == "not_found"
    # Where there is no patient, the list of those who may be told about one does not count.
    assert opened(scene.officer, structure_of(scene.officer))[0] == 200


def test_a_team_has_a_name_and_a_structure_and_no_patient(scene: Scene) -> None:
    status, team = opened(scene.gp, structure_of(scene.gp), name="  Soins   palliatifs ")
    assert status == 200
    assert (team["kind"], team["name"], team["patient"], team["peer"]) == ("team", "Soins palliatifs", None, None)
    assert (team["colour"], team["initials"]) == ("granit", "SP")
    assert team["organisation"]["id"] == str(structure_of(scene.gp))
    leaf = json.loads(events_about(circle_id=UUID(str(team["id"]))).get(act="circle.create").leaf)
    assert "pat" not in leaf


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "Soins\x07"])
def test_a_bad_name_opens_nothing(scene: Scene, name: str) -> None:
    before = Circle.objects.count()
    assert opened(scene.gp, structure_of(scene.gp), name=name)[1]["code"] == "bad_title"
    assert Circle.objects.count() == before


def test_who_opens_a_team_is_there_about_no_patient(scene: Scene) -> None:
    assert opened(scene.gp, structure_of(scene.gp), ground="formal_team")[1]["code"] == "invalid_policy"


def test_everybody_of_the_directory_may_be_asked_on_no_ground_of_the_law(scene: Scene) -> None:
    team = a_team(scene.gp)
    with pytest.raises(ChatError, match="invalid_policy"):
        team.invite(scene.nurse)
    team.with_members(scene.nurse, scene.officer, ground="no_patient")
    shown = scene.officer.get(f"circles/{team.id}")[1]
    assert {each["ground"] for each in shown["members"]} == {"no_patient"}


def test_nobody_is_in_a_care_circle_without_a_ground_of_the_law(scene: Scene) -> None:
    circle = scene.another_circle()
    with pytest.raises(ChatError, match="invalid_policy"):
        circle.invite(scene.stranger, ground="no_patient")


def test_the_tables_refuse_it_too(gp: factories.Colleague, nurse: factories.Colleague) -> None:
    circle = factories.a_circle(gp)
    with pytest.raises(CircleError, match="bad_ground"):
        factories.an_invitation(circle, nurse, by=gp, ground="no_patient")


def test_a_team_writes_and_reads(scene: Scene) -> None:
    team = a_team(scene.gp, scene.nurse)
    with scene.gp.socket(scene.server) as gp, scene.nurse.socket(scene.server) as nurse:
        for socket in (gp, nurse):
            socket.listen(team.id)
        assert told(gp.post(scene.gp.device.send(team.id, team.epoch))) == "ack"
        assert nurse.expect("item", circle=str(team.id))["kind"] == "message"
