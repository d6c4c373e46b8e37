"""What members' devices have to do in a circle: who may ask, and what is shown to whom. The commits that carry the
duties out are tried in test_commit_keys, test_commit_revoke and test_commit_due.
"""

from __future__ import annotations

from typing import Any

from chat.models import Item
from tests.chat_members import text
from tests.chat_people import Answer, CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_server import ChatHouse
from tests.chat_statements import epoch_seen, report
from tests.integration.test_registrars import House

NOTHING: dict[str, Any] = {
    "orders": [],
    "admissions": [],
    "resets": [],
    "rotations": [],
    "restorations": [],
    "loans_over": [],
    "reports": [],
    "seen": [],
    "attestations": {},
    "reminders": [],
}


def duties(person: Person, circle: CareCircle) -> Any:
    status, answer = person.get(f"circles/{circle.id}/duties")
    assert status == 200, answer
    return answer


def say(person: Person, scene: Scene, kind: str, statement: bytes) -> None:
    with person.socket(scene.server) as socket:
        socket.send({"t": kind, "statement": text(statement)})
        assert socket.fence() == []


def test_members_of_every_role_ask_and_nobody_else(scene: Scene) -> None:
    def read(person: Person) -> Answer:
        return person.get(f"circles/{scene.circle.id}/duties")

    assert scene.over_http(read) == {
        "nobody": "signed_out",
        "signed out": "signed_out",
        "without MFA": "mfa_required",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": "not_found",
        "guest": 200,
        "member": 200,
        "coordinator": 200,
    }


def test_a_quiet_circle_has_none(scene: Scene) -> None:
    circle = a_care_circle(scene.gp, scene.nurse)
    assert duties(scene.gp, circle) == duties(scene.nurse, circle) == NOTHING
    [*_, trace] = scene.nurse.traces("mls.read")
    assert trace.out == 0


def test_epochs_seen_by_the_devices_of_the_roster(scene: Scene) -> None:
    guest = a_person()
    circle = a_care_circle(scene.gp, scene.nurse, guest)
    by_gp, by_nurse = (epoch_seen(who.device, circle.id, circle.rope.group) for who in (scene.gp, scene.nurse))
    say(scene.gp, scene, "seen", by_gp)
    say(scene.nurse, scene, "seen", by_nurse)
    assert set(duties(guest, circle)["seen"]) == {text(by_gp), text(by_nurse)}
    circle.end(scene.nurse)
    assert duties(guest, circle)["seen"] == [text(by_gp)]


def test_a_commit_that_two_people_could_not_process_is_shown_to_coordinators(scene: Scene) -> None:
    colleague = a_person()
    circle = a_care_circle(scene.gp, scene.nurse, colleague)
    circle.accepts(scene.gp, circle.rope.update(scene.gp.device))
    digest = bytes(Item.objects.get(group_id=circle.id, kind=Item.Kind.COMMIT, epoch=circle.epoch).digest)
    for who, reason in ((scene.nurse, "bad_path"), (colleague, "bad_tag")):
        assert duties(scene.gp, circle)["reports"] == []
        statement = report(who.device, circle.id, commit=digest, epoch=circle.epoch, reason=reason)
        say(who, scene, "report", statement)
    assert duties(scene.gp, circle)["reports"] == [
        {
            "epoch": circle.epoch,
            "committer": str(scene.gp.id),
            "reason": "bad_path",
            "reporters": [str(scene.nurse.id), str(colleague.id)],
        }
    ]
    assert duties(scene.nurse, circle)["reports"] == []


def test_what_the_circles_organisation_attests_of_its_people(house: ChatHouse, scene: Scene) -> None:
    here = House()
    here.set_steward()
    circle, elsewhere = here.a_circle(scene.nurse), a_care_circle(scene.gp, scene.nurse, here.colleague)
    assert duties(scene.nurse, circle)["attestations"] == {}
    attestation = here.attestation()
    assert here.registrar.post(f"{here.path}/attestations", attestation) == (200, {})
    assert duties(scene.nurse, circle)["attestations"] == {str(here.colleague.id): attestation["attestation"]}
    # Another circle pins another organisation's key, or none.
    assert duties(scene.nurse, elsewhere)["attestations"] == {}
