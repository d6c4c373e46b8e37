"""An organisation's registrars: who they are, the steward key, attestations, and coordinators restored."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from nacl.signing import SigningKey
from uuid_utils.compat import uuid7

from chat import orders
from chat.canonical import to_time
from chat.models import Attestation
from chat.stewards import attestations
from circles.models import Professional, Steward
from directory.models import PractitionerRole
from tests import factories
from tests.chat_commits import Rope
from tests.chat_members import Fields, now, signed, text
from tests.chat_people import Answer, CareCircle, Person, Scene, a_person, opening
from tests.chat_server import ChatHouse


class House:
    """An organisation with a registrar who holds its steward key, and a colleague."""

    def __init__(self) -> None:
        self.registrar, self.colleague = a_person(), a_person()
        self.role = PractitionerRole.objects.select_related("practitioner").get(id=self.colleague.role_id)
        organization = PractitionerRole.objects.get(id=self.registrar.role_id).organization
        assert organization is not None
        self.organization = organization
        PractitionerRole.objects.filter(id=self.role.id).update(organization=organization)
        call_command("appoint", self.registrar.user.email, "registrar")
        self.registrar.shows_presence()
        self.seed = os.urandom(32)
        self.steward = bytes(SigningKey(self.seed).verify_key)

    @property
    def path(self) -> str:
        return f"organisations/{self.organization.id}"

    def set_steward(self) -> None:
        assert self.registrar.put(f"{self.path}/steward", {"key": text(self.steward)}) == (200, {})

    def attestation(self, seed: bytes | None = None, **changes: object) -> Fields:
        practitioner = self.role.practitioner
        content: Fields = {
            "identity": text(self.colleague.keys.identity),
            "name": f"{practitioner.family_name.upper()} {practitioner.given_name}",
            "number": practitioner.identifier_value,
            "organisation": str(self.organization.id),
            "system": practitioner.identifier_system,
            "time": to_time(now()),
            "user": str(self.colleague.id),
            "v": 1,
        }
        return {"attestation": text(signed(seed or self.seed, "CordeeAttestation", content | changes))}

    def restoration(self, circle: CareCircle, whom: Person, seed: bytes | None = None, **changes: object) -> Fields:
        content: Fields = {"circle": str(circle.id), "time": to_time(now()), "user": str(whom.id), "v": 1}
        return {"order": text(signed(seed or self.seed, "CordeeRestoreOrder", content | changes))}

    def a_circle(self, *members: Person) -> CareCircle:
        """Opened by the colleague, under the steward key."""
        rope, shown = Rope.begun(self.colleague.device, uuid7(), steward=self.steward)
        status, answer = self.colleague.post("circles", opening(shown, rope.circle))
        assert status == 200, answer
        return CareCircle(rope.circle, rope, self.colleague).with_members(*members)


@pytest.fixture
def here(house: ChatHouse) -> House:
    return House()


@pytest.fixture
def stranded(here: House, scene: Scene) -> CareCircle:
    """A circle whose only coordinator has no device any more."""
    here.set_steward()
    circle = here.a_circle(scene.nurse)
    device = here.colleague.device
    assert here.colleague.post(f"devices/{device.id}/revoke", here.colleague.revocation(device, "lost"))[0] == 200
    return circle


def circles_of(here: House) -> list[Fields]:
    status, answer = here.registrar.get(f"{here.path}/circles")
    assert status == 200, answer
    circles: list[Fields] = answer["circles"]
    return circles


def test_everybody_but_a_registrar_finds_nothing(here: House, scene: Scene) -> None:
    here.set_steward()

    def doors(person: Person) -> Answer:
        answers = [
            person.get(f"{here.path}/people"),
            person.get(f"{here.path}/circles"),
            person.put(f"{here.path}/steward", {"key": text(here.steward)}),
            person.post(f"{here.path}/attestations", here.attestation()),
            person.post(f"{here.path}/restorations", {"order": text(b"{}")}),
        ]
        assert len({answer[1]["code"] for answer in answers}) == 1
        return answers[0]

    assert set(scene.over_http(doors).values()) == {"signed_out", "mfa_required", "not_found"}
    assert doors(here.colleague)[1]["code"] == "not_found"
    elsewhere = f"organisations/{uuid7()}/people"
    assert here.registrar.get(elsewhere)[1]["code"] == "not_found"
    assert Attestation.objects.filter(user_id=here.colleague.id).count() == 0


def test_a_registrar_is_appointed_by_the_operator_and_knows_it(here: House) -> None:
    me = here.registrar.get("me")[1]
    assert me["abilities"] == ["open_circle", "attest"]
    assert me["organisations"] == [
        {"id": str(here.organization.id), "name": here.organization.name, "abilities": ["attest"]}
    ]
    colleague = here.colleague.get("me")[1]
    assert (colleague["abilities"], colleague["organisations"]) == (["open_circle"], [])
    with pytest.raises(CommandError, match="no professional's account"):
        call_command("appoint", "nobody@cordee.example", "registrar")
    with pytest.raises(CommandError, match="no organisation of the directory"):
        call_command("appoint", here.registrar.user.email, "registrar", organisation=uuid7())


def test_who_is_no_longer_a_registrar_finds_nothing(here: House) -> None:
    assert here.registrar.get(f"{here.path}/people")[0] == 200
    call_command("appoint", here.registrar.user.email, "registrar", end=True)
    assert here.registrar.get(f"{here.path}/people")[1]["code"] == "not_found"
    assert here.registrar.get("me")[1]["organisations"] == []


def test_a_stolen_session_alone_chooses_no_steward_key(here: House) -> None:
    registrar, browser = here.registrar, factories.signed_in(here.registrar.user)
    stolen = Person(registrar.user, registrar.role_id, registrar.keys, registrar.device, browser)
    answer = stolen.put(f"{here.path}/steward", {"key": text(here.steward)})
    assert answer == (401, {"code": "reauthentication_required", "detail": ""})
    assert not Steward.objects.filter(organization=here.organization).exists()


def test_the_first_steward_key_wins_and_circles_pin_it(here: House) -> None:
    assert here.colleague.get("me")[1]["steward"] is None
    here.set_steward()
    here.set_steward()
    other: Fields = {"key": text(os.urandom(32))}
    assert here.registrar.put(f"{here.path}/steward", other)[1]["code"] == "steward_exists"
    assert here.registrar.put(f"{here.path}/steward", {"key": text(bytes(31))})[1]["code"] == "bad_steward"
    assert bytes(Steward.objects.get(organization=here.organization).key) == here.steward
    assert here.colleague.get("me")[1]["steward"] == text(here.steward)
    here.a_circle()
    rope, shown = Rope.begun(here.colleague.device, uuid7())
    assert here.colleague.post("circles", opening(shown, rope.circle))[1]["code"] == "invalid_policy"
    [*_, trace] = here.registrar.traces("steward.set")
    assert (trace.out, trace.err) == (4, "bad_steward")


def test_people_are_shown_as_an_attestation_names_them(here: House) -> None:
    here.set_steward()
    newcomer = a_person(registered=False)
    PractitionerRole.objects.filter(id=newcomer.role_id).update(organization=here.organization)
    assert here.registrar.post(f"{here.path}/attestations", here.attestation()) == (200, {})
    shown = here.registrar.get(f"{here.path}/people")[1]
    assert shown["steward"] == text(here.steward)
    people = {each["user"]: each for each in shown["people"]}
    assert set(people) == {str(each.id) for each in (here.registrar, here.colleague, newcomer)}
    known, practitioner = people[str(here.colleague.id)], here.role.practitioner
    assert known.pop("since") is not None
    assert known.pop("attestation") == text(bytes(Attestation.objects.get(user_id=here.colleague.id).raw))
    assert known == {
        "user": str(here.colleague.id),
        "name": f"{practitioner.family_name.upper()} {practitioner.given_name}",
        "number": practitioner.identifier_value,
        "system": practitioner.identifier_system,
        "profession": {"code": "60", "label": "Infirmier"},
        "identity_key": text(here.colleague.keys.identity),
    }
    pending = people[str(newcomer.id)]
    assert (pending["identity_key"], pending["since"], pending["attestation"]) == (None, None, None)
    [trace] = here.registrar.traces("registrar.read")
    assert (trace.out, trace.obj) == (0, f"Organization/{here.organization.id}")


def test_the_newest_attestation_of_the_active_key_counts(here: House) -> None:
    here.set_steward()
    first, second = here.attestation(), here.attestation()
    for each in (first, second):
        assert here.registrar.post(f"{here.path}/attestations", each)[0] == 200
    given = attestations(here.steward, [here.colleague.id])
    assert [text(raw) for raw in given.values()] == [second["attestation"]]
    assert attestations(os.urandom(32), [here.colleague.id]) == {}
    Attestation.objects.filter(user_id=here.colleague.id).update(identity=os.urandom(32))  # as after a rotation
    assert attestations(here.steward, [here.colleague.id]) == {}
    assert [event.out for event in here.registrar.traces("identity.attest")] == [0, 0]


BAD_ATTESTATIONS: dict[str, Callable[[House], Fields]] = {
    "by another key": lambda h: h.attestation(os.urandom(32)),
    "of another key of the person": lambda h: h.attestation(identity=text(os.urandom(32))),
    "under another name": lambda h: h.attestation(name="MOREL Camille"),
    "under another number": lambda h: h.attestation(number="10000000001"),
    "under another system": lambda h: h.attestation(system="urn:oid:1.2.3"),
    "for another organisation": lambda h: h.attestation(organisation=str(uuid7())),
    "of somebody who is not of the organisation": lambda h: h.attestation(user=str(a_person().id)),
    "of last week": lambda h: h.attestation(time=to_time(now() - timedelta(days=7))),
    "with a field that nobody knows": lambda h: h.attestation(more=1),
    "no statement": lambda h: {"attestation": text(b"{}")},
}


@pytest.mark.parametrize("name", BAD_ATTESTATIONS)
def test_a_bad_attestation_is_not_kept(here: House, name: str) -> None:
    here.set_steward()
    body = BAD_ATTESTATIONS[name](here)
    assert here.registrar.post(f"{here.path}/attestations", body)[1]["code"] == "bad_statement"
    assert not Attestation.objects.filter(organization=here.organization).exists()
    [*_, trace] = here.registrar.traces("identity.attest")
    assert (trace.out, trace.err) == (4, "bad_statement")


def test_without_a_steward_key_nothing_is_attested(here: House) -> None:
    assert here.registrar.post(f"{here.path}/attestations", here.attestation())[1]["code"] == "bad_statement"


def test_circles_without_a_coordinators_device_are_shown_without_their_patient(
    here: House, scene: Scene, stranded: CareCircle
) -> None:
    [shown] = circles_of(here)
    assert shown.pop("opened") is not None
    members = shown.pop("members")
    assert shown == {"id": str(stranded.id)}
    assert isinstance(members, list)
    assert [each["user"] for each in members] == [str(here.colleague.id), str(scene.nurse.id)]
    assert set(members[0]) == {"user", "name", "profession"}


def test_a_circle_whose_coordinator_has_a_device_is_not_shown(here: House, scene: Scene) -> None:
    here.set_steward()
    circle = here.a_circle(scene.nurse)
    assert circles_of(here) == []
    body = here.restoration(circle, scene.nurse)
    assert here.registrar.post(f"{here.path}/restorations", body)[1]["code"] == "not_found"
    assert orders.open_restorations(circle.id) == []


def test_a_member_is_restored_by_order(here: House, scene: Scene, stranded: CareCircle) -> None:
    body = here.restoration(stranded, scene.nurse)
    with scene.nurse.socket(scene.server) as nurse:
        nurse.listen(stranded.id)
        assert here.registrar.post(f"{here.path}/restorations", body) == (200, {})
        nurse.expect("changed", what="circle", circle=str(stranded.id))
    assert [text(raw) for raw in orders.open_restorations(stranded.id)] == [body["order"]]
    again = here.restoration(stranded, scene.nurse)
    assert here.registrar.post(f"{here.path}/restorations", again)[1]["code"] == "restoration_waits"
    orders.carry_out_restoration(stranded.id, scene.nurse.id)
    assert orders.open_restorations(stranded.id) == []
    assert [event.out for event in here.registrar.traces("member.restore")] == [0, 4]


def test_a_restoration_of_somebody_who_has_gone_holds_nobody_up(
    here: House, scene: Scene, stranded: CareCircle
) -> None:
    assert here.registrar.post(f"{here.path}/restorations", here.restoration(stranded, scene.nurse))[0] == 200
    assert scene.nurse.post(f"circles/{stranded.id}/leave", {"reason": ""})[0] == 200
    body = here.restoration(stranded, here.colleague)
    assert here.registrar.post(f"{here.path}/restorations", body) == (200, {})
    assert [text(raw) for raw in orders.open_restorations(stranded.id)] == [body["order"]]


BAD_RESTORATIONS: dict[str, tuple[Callable[[House, CareCircle, Scene], Fields], str]] = {
    "by another key": (lambda h, c, s: h.restoration(c, s.nurse, os.urandom(32)), "bad_statement"),
    "of somebody who is not a member": (lambda h, c, s: h.restoration(c, s.stranger), "bad_statement"),
    "of last week": (
        lambda h, c, s: h.restoration(c, s.nurse, time=to_time(now() - timedelta(days=7))),
        "bad_statement",
    ),
    "of another circle": (lambda h, c, s: h.restoration(s.circle, s.nurse), "not_found"),
    "no statement": (lambda h, c, s: {"order": text(b"{}")}, "bad_statement"),
    "a field that nobody knows": (lambda h, c, s: h.restoration(c, s.nurse) | {"more": 1}, "bad_input"),
}


@pytest.mark.parametrize("name", BAD_RESTORATIONS)
def test_a_bad_restoration_is_not_kept(here: House, scene: Scene, stranded: CareCircle, name: str) -> None:
    make, code = BAD_RESTORATIONS[name]
    assert here.registrar.post(f"{here.path}/restorations", make(here, stranded, scene))[1]["code"] == code
    assert orders.open_restorations(stranded.id) == []
    [*_, trace] = here.registrar.traces("member.restore")
    assert trace.err == code


def test_who_left_the_organisation_is_no_longer_its_people(here: House) -> None:
    here.set_steward()
    Professional.objects.filter(user_id=here.colleague.id).update(practitioner_role=a_person().role_id)
    shown = here.registrar.get(f"{here.path}/people")[1]["people"]
    assert [each["user"] for each in shown] == [str(here.registrar.id)]
