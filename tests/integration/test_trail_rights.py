"""Who gained or lost what between two moments; what officers did; a circle's own trail for its members."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from audit.events import SYSTEM, Actor
from audit.services import record
from circles.models import Circle
from circles.services import appoint, dismiss, end_membership
from circles.services.changing import change_role
from directory.models import Organization
from tests import factories
from tests.factories import Colleague
from tests.trail_scene import Desk, a_desk, a_second_officer, looks_at, pseudonym

LONG_AGO, SOME_DAY = "2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z"


@pytest.fixture
def desk(cast_database: None) -> Desk:
    return a_desk()


@pytest.fixture
def circle(desk: Desk) -> Circle:
    return factories.a_circle(desk.member)


def now() -> str:
    return datetime.now(UTC).isoformat()


def changes(desk: Desk, since: str = LONG_AGO, until: str = SOME_DAY, **about: str) -> list[Any]:
    status, answer = desk.get("/rights", **{"from": since, "to": until}, **about)
    assert status == 200, answer
    shown: list[Any] = answer["changes"]
    return shown


def test_who_came_changed_and_left(desk: Desk, circle: Circle, nurse: Colleague, social_worker: Colleague) -> None:
    began = now()
    factories.a_member(circle, nurse, by=desk.member)
    factories.a_member(circle, social_worker, by=desk.member)
    both_in = now()
    change_role(actor=desk.member.actor, circle_id=circle.id, user_id=nurse.id, role="coordinator", not_after=None)
    end_membership(
        actor=desk.member.actor, circle_id=circle.id, user_id=social_worker.id, code="removed", reason="Fin de mission"
    )
    cir = pseudonym("Circle", circle.id)
    whole = {each["who"]: each for each in changes(desk, began, cir=cir)}
    gained = whole[pseudonym("Person", nurse.id)]
    assert (gained["role_before"], gained["role_after"]) == (None, "coordinator")
    assert {"read", "send", "invite"} <= set(gained["gained"])
    assert [each["act"] for each in gained["acts"]] == ["member.join", "member.role"]
    passed = whole[pseudonym("Person", social_worker.id)]
    assert (passed["gained"], passed["lost"], passed["passing"]) == ([], [], ["read", "send"])
    # From the moment when both were in.
    later = {each["who"]: each for each in changes(desk, both_in, cir=cir)}
    promoted = later[pseudonym("Person", nurse.id)]
    assert (promoted["role_before"], promoted["lost"]) == ("member", [])
    assert "read" not in promoted["gained"]
    assert later[pseudonym("Person", social_worker.id)]["lost"] == ["read", "send"]
    assert changes(desk, now(), cir=cir) == []
    # Each act can be looked at, and a person's differences are the same.
    assert desk.get(f"/events/{gained['acts'][1]['id']}")[1]["act"] == "member.role"
    assert changes(desk, began, who=pseudonym("Person", nurse.id)) == [gained]


def test_roles_in_the_organisation(desk: Desk) -> None:
    before = now()
    appoint(actor=SYSTEM, user_id=desk.member.id, organization_id=desk.organization, role="registrar")
    between = now()
    dismiss(actor=SYSTEM, user_id=desk.member.id, organization_id=desk.organization, role="registrar")
    who = pseudonym("Person", desk.member.id)
    assert [(each["who"], each["gained"]) for each in changes(desk, before, between)] == [(who, ["registrar"])]
    assert [(each["who"], each["lost"]) for each in changes(desk, between)] == [(who, ["registrar"])]
    [both] = changes(desk, before)
    assert (both["gained"], both["lost"], both["passing"]) == ([], [], ["registrar"])


def test_of_others_nothing(desk: Desk, circle: Circle, nurse: Colleague) -> None:
    other = a_desk()
    factories.a_member(circle, nurse, by=desk.member)
    period = {"from": LONG_AGO, "to": SOME_DAY}
    assert other.get("/rights", **period, cir=pseudonym("Circle", circle.id))[1]["code"] == "not_found"
    assert changes(other, who=pseudonym("Person", nurse.id)) == []
    assert other.get("/rights", cir=pseudonym("Circle", circle.id))[1]["code"] == "bad_input"


def test_a_second_officer_sees_what_the_first_did(desk: Desk, circle: Circle) -> None:
    desk.found(cir=pseudonym("Circle", circle.id))
    desk.post("/resolve", {"pseudonyms": [pseudonym("Circle", circle.id)], "reason": "Réclamation du 12 novembre"})
    looks_at(desk.member, circle)
    desk.member.user.refresh_from_db()
    factories.signed_in(desk.member.user).get(f"/api/circles/{circle.id}/trail")
    second = a_second_officer(desk)
    shown = second.get("/officers")[1]["events"]
    first = pseudonym("Person", desk.officer.id)
    assert [(each["act"], each["who"], each["has_reason"]) for each in shown] == [
        ("subject.resolve", first, True),
        ("audit.search", first, False),
    ]
    assert a_desk().get("/officers")[1]["events"] == []


def test_members_see_their_circles_own_trail(desk: Desk, circle: Circle, nurse: Colleague, stranger: Colleague) -> None:
    factories.a_member(circle, nurse, by=desk.member)
    looks_at(nurse, circle)
    looks_at(stranger, circle)
    path = f"/api/circles/{circle.id}/trail"
    answer = factories.signed_in(nurse.user).get(path, {"limit": 2}).json()
    refused, read = answer["events"]
    assert (read["act"], read["user"], read["name"]) == ("circle.read", str(nurse.id), "Dr Sabine LANDRIEUX")
    assert read["by"] == "member"
    # Whom the circle does not know has no name here, but an organisation.
    assert (refused["out"], refused["user"], refused["name"], refused["by"]) == (8, None, None, "outsider")
    assert refused["organisation"]
    assert not {"ses", "dev", "who", "net", "req"} & {key for each in answer["events"] for key in each}
    # An officer who looks into it is seen too, by organisation.
    desk.found(cir=pseudonym("Circle", circle.id))
    looked = factories.signed_in(nurse.user).get(path, {"limit": 2}).json()["events"][0]
    assert (looked["act"], looked["by"], looked["name"]) == ("audit.search", "officer", None)
    assert looked["organisation"] == Organization.objects.get(id=desk.organization).name
    older = factories.signed_in(nurse.user).get(path, {"limit": 200, "after": answer["next"]}).json()["events"]
    assert {"circle.create", "member.join"} <= {each["act"] for each in older}
    for outsider in (stranger, desk.officer):
        assert factories.signed_in(outsider.user).get(path).json()["code"] == "not_found"


def test_members_see_the_servers_own_acts_apart_from_those_of_others(desk: Desk, circle: Circle) -> None:
    anonymous = Actor(user_id=None, auth="pwd")
    software = Actor(user_id=None, auth="token", system_id=uuid4())
    for actor in (SYSTEM, software, anonymous):
        record("circle.read", actor=actor, circle_id=circle.id)
    shown = factories.signed_in(desk.member.user).get(f"/api/circles/{circle.id}/trail", {"limit": 3}).json()["events"]
    assert [each["by"] for each in shown] == ["nobody", "software", "server"]
    assert all(each["name"] is None for each in shown)
