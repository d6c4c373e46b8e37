"""An organisation's administrators: who holds which role, and what ends when somebody leaves."""

from __future__ import annotations

import os

import pytest
from django.core.management import call_command
from nacl.signing import SigningKey
from uuid_utils.compat import uuid7

from chat.models import Device, EndOrder
from circles.models import Invitation, Member, Professional, Steward
from directory.models import PractitionerRole
from tests import factories
from tests.chat_commits import Rope
from tests.chat_members import text
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person, opening
from tests.chat_server import ChatHouse
from tests.chat_socket import told


class House:
    """An organisation with an administrator and a colleague who acts there."""

    def __init__(self) -> None:
        self.administrator, self.colleague = a_person(factories.QUALITY), a_person()
        organization = PractitionerRole.objects.get(id=self.administrator.role_id).organization
        assert organization is not None
        self.organization = organization
        PractitionerRole.objects.filter(id=self.colleague.role_id).update(organization=organization)
        call_command("appoint", self.administrator.user.email, "administrator")
        self.administrator.shows_presence()

    @property
    def staff(self) -> str:
        return f"organisations/{self.organization.id}/staff"

    def role(self, person: Person, role: str) -> str:
        return f"{self.staff}/{person.id}/roles/{role}"

    def departs(self, person: Person, *, by: Person | None = None) -> object:
        status, answer = (by or self.administrator).post(f"{self.staff}/{person.id}/depart", {"reason": "Retraite"})
        return answer if status == 200 else answer["code"]

    def works_elsewhere(self, person: Person) -> PractitionerRole:
        other = factories.a_practitioner()
        practitioner = PractitionerRole.objects.get(id=person.role_id).practitioner
        PractitionerRole.objects.filter(id=other.id).update(practitioner=practitioner)
        return other


@pytest.fixture
def here(house: ChatHouse) -> House:
    return House()


def dismissed(person: Person, path: str) -> object:
    response = person.browser.delete(f"/api/{path}")
    return response.status_code if response.status_code == 200 else response.json()["code"]


def test_an_administrator_sees_who_holds_what_and_appoints(here: House) -> None:
    assert here.administrator.put(here.role(here.colleague, "compliance_officer"), {}) == (200, {})
    assert here.administrator.put(here.role(here.colleague, "compliance_officer"), {}) == (200, {})
    people = {each["user"]: each for each in here.administrator.get(here.staff)[1]["people"]}
    assert people[str(here.colleague.id)]["roles"] == ["compliance_officer"]
    assert people[str(here.administrator.id)]["roles"] == ["administrator"]
    me = here.colleague.get("me")[1]
    assert (me["abilities"], me["organisations"][0]["abilities"]) == (["open_circle", "review"], ["review"])
    assert dismissed(here.administrator, here.role(here.colleague, "compliance_officer")) == 200
    assert here.colleague.get("me")[1]["organisations"] == []
    assert dismissed(here.administrator, here.role(here.colleague, "compliance_officer")) == "not_found"
    [*_, given, taken] = here.administrator.traces("perm.change", out=0)
    assert given.obj == taken.obj


def test_only_ones_own_people_are_appointed(here: House, scene: Scene) -> None:
    assert here.administrator.put(here.role(scene.stranger, "registrar"), {})[1]["code"] == "not_found"
    assert here.administrator.put(f"{here.staff}/{uuid7()}/roles/registrar", {})[1]["code"] == "not_found"
    assert here.administrator.put(here.role(here.colleague, "owner"), {})[1]["code"] == "bad_input"


def test_an_organisation_keeps_an_administrator(here: House) -> None:
    assert dismissed(here.administrator, here.role(here.administrator, "administrator")) == "last_administrator"
    assert here.departs(here.administrator) == "last_administrator"
    assert here.administrator.put(here.role(here.colleague, "administrator"), {}) == (200, {})
    assert dismissed(here.administrator, here.role(here.administrator, "administrator")) == 200
    assert dismissed(here.colleague, here.role(here.colleague, "administrator")) == "last_administrator"


def test_who_leaves_is_out_of_every_circle_and_signs_in_no_more(here: House, scene: Scene) -> None:
    circle, leaver = a_care_circle(scene.gp, here.colleague), here.colleague
    other = a_care_circle(scene.gp)
    other.invite(leaver)
    with leaver.socket(scene.server) as socket:
        assert told(socket.listen(circle.id)) == "joined"
        assert here.departs(leaver) == {"places": 2, "elsewhere": False}
        assert socket.close_code() in (4401, 4403, 4410)
    assert leaver.get("me")[1]["code"] == "signed_out"
    assert not Device.objects.filter(user_id=leaver.id, ended=None).exists()
    assert Member.objects.get(circle_id=circle.id, user_id=leaver.id).end_code == "removed"
    assert Invitation.objects.get(circle_id=other.id, user_id=leaver.id).state == "revoked"
    assert EndOrder.objects.filter(group_id=circle.id, user_id=leaver.id, device=None, carried_out=None).exists()
    [trace] = here.administrator.traces("person.depart")
    assert trace.out == 0
    assert here.departs(leaver) == "not_found"


def test_who_works_elsewhere_goes_on_there(here: House, scene: Scene) -> None:
    circle, leaver = a_care_circle(scene.gp, here.colleague), here.colleague
    other = here.works_elsewhere(leaver)
    assert here.departs(leaver) == {"places": 1, "elsewhere": True}
    assert leaver.get("me")[0] == 200
    assert Professional.objects.get(user_id=leaver.id).practitioner_role_id == other.id
    assert leaver.get(f"circles/{circle.id}")[1]["code"] == "not_found"
    assert Device.objects.filter(user_id=leaver.id, ended=None).exists()


def test_the_last_coordinator_hands_over_first_or_a_registrar_can_restore_one(here: House) -> None:
    alone = a_care_circle(here.colleague)
    assert here.departs(here.colleague) == "last_coordinator"
    assert Member.objects.filter(circle_id=alone.id, user_id=here.colleague.id, ended=None).exists()
    assert here.colleague.get("me")[0] == 200
    successor = a_person()
    alone.with_members(successor, role="coordinator")
    steward = bytes(SigningKey(os.urandom(32)).verify_key)
    call_command("appoint", here.administrator.user.email, "registrar")
    assert here.administrator.put(f"organisations/{here.organization.id}/steward", {"key": text(steward)})[0] == 200
    assert Steward.objects.filter(organization=here.organization).exists()
    rope, shown = Rope.begun(here.colleague.device, uuid7(), steward=steward)
    assert here.colleague.post("circles", opening(shown, rope.circle))[0] == 200
    restorable = CareCircle(rope.circle, rope, here.colleague).with_members(successor)
    assert here.departs(here.colleague) == {"places": 2, "elsewhere": False}
    [stranded] = here.administrator.get(f"organisations/{here.organization.id}/circles")[1]["circles"]
    assert stranded["id"] == str(restorable.id)


def test_a_stolen_session_alone_ends_nobodys_account(here: House) -> None:
    thief = Person(
        here.administrator.user,
        here.administrator.role_id,
        here.administrator.keys,
        here.administrator.device,
        factories.signed_in(here.administrator.user),
    )
    assert here.departs(here.colleague, by=thief) == "reauthentication_required"
    assert here.colleague.get("me")[0] == 200
