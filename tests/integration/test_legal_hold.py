"""A legal hold keeps what would go: nothing it covers is pruned or forgotten until two officers have lifted it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, LiteralString
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from uuid_utils.compat import uuid7

from accounts.services import deactivate_user
from audit.events import SYSTEM
from audit.models import Event, Hold, Pseudonym
from audit.services import record
from circles.models import Circle
from circles.services import appoint
from compliance.services.holds import follow_patients
from directory.models import PractitionerRole
from tests import factories
from tests.integration.conftest import Sql
from tests.log import seal
from tests.old_events import OldWriter
from tests.trail_scene import Desk, a_desk

pytestmark = pytest.mark.usefixtures("committed_db")


class Scene:
    """An organisation whose trail names a patient, a circle and a person, with acts of four years ago about them."""

    def __init__(self, superuser: Sql) -> None:
        self.desk = a_desk()
        self.circle = factories.a_circle(self.desk.member)
        assert self.circle.patient_id
        with transaction.atomic():
            record(
                "circle.read",
                actor=self.desk.member.actor,
                patient_id=self.circle.patient_id,
                circle_id=self.circle.id,
                obj=("Circle", self.circle.id),
            )
        self.names = {
            kind: Pseudonym.objects.get(kind=kind, subject=subject).pseudonym
            for kind, subject in (
                ("Person", self.desk.member.user.id),
                ("Patient", self.circle.patient_id),
                ("Circle", self.circle.id),
            )
        }
        old = OldWriter(superuser)
        org = str(self.desk.organization)
        self.old = {
            "Person": old.write("circle.read", months=48, who=self.names["Person"], org=org),
            "Patient": old.write("circle.read", months=48, pat=self.names["Patient"], org=org),
            "Circle": old.write("circle.read", months=48, cir=self.names["Circle"], org=org),
        }
        seal()

    def post(self, path: str, body: object, desk: Desk | None = None) -> tuple[int, Any]:
        address = f"/api/organisations/{self.desk.organization}/holds{path}"
        response = (desk or self.desk).browser.post(address, body, content_type="application/json")
        return response.status_code, response.json()

    def hold(self, kind: str, **more: object) -> str:
        body = {"kind": kind, "pseudonym": str(self.names[kind]), "reason": "Contentieux"} | more
        status, answer = self.post("", body)
        assert status == 200, answer
        return str(answer["id"])

    @property
    def kept(self) -> set[str]:
        call_command("prune_audit", execute=True, stdout=io.StringIO())
        return {kind for kind, event in self.old.items() if Event.objects.get(id=event).leaf}

    def second_officer(self) -> Desk:
        other = factories.a_colleague(factories.QUALITY)
        PractitionerRole.objects.filter(id=other.role_id).update(organization=self.desk.organization)
        appoint(actor=SYSTEM, user_id=other.user.id, organization_id=self.desk.organization, role="compliance_officer")
        return Desk(self.desk.organization, self.desk.member, other, factories.signed_in(other.user))


@pytest.fixture
def scene(as_role: Callable[[str], Sql]) -> Scene:
    return Scene(as_role("postgres"))


@pytest.mark.parametrize(
    ("kind", "kept"), [("Person", {"Person"}), ("Circle", {"Circle"}), ("Patient", {"Patient", "Circle"})]
)
def test_what_it_covers_is_not_pruned(scene: Scene, kind: str, kept: set[str]) -> None:
    scene.hold(kind)
    assert scene.kept == kept


def test_a_period_covers_the_organisations_acts_in_it(scene: Scene) -> None:
    body = {"kind": "Period", "since": "2020-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z", "reason": "Contrôle"}
    assert scene.post("", body | {"until": "2019-01-01T00:00:00Z"})[1]["code"] == "bad_input"
    assert scene.post("", body)[0] == 200
    assert scene.kept == {"Person", "Patient", "Circle"}


def test_it_takes_two_officers_to_lift_it(scene: Scene) -> None:
    hold = scene.hold("Person")
    lift = {"reason": "Affaire classée"}
    assert scene.post(f"/{hold}/lift", lift) == (200, {"lifted": False})
    assert scene.post(f"/{hold}/lift", lift)[1]["code"] == "hold_asked"
    assert scene.kept == {"Person"}
    assert scene.post(f"/{hold}/lift", lift, scene.second_officer()) == (200, {"lifted": True})
    assert scene.post(f"/{hold}/lift", lift)[0] == 404
    assert scene.kept == set()
    assert Event.objects.filter(act="audit.hold", obj=f"Hold/{hold}", out=0).count() == 3


@pytest.mark.parametrize(
    "update",
    [
        "subjects = '{}'",
        "lifted = now(), lifted_by = gen_random_uuid()",
        "lifted = now(), lifted_by = gen_random_uuid(), lift_asked_by = gen_random_uuid()",
    ],
)
def test_whoever_has_the_applications_password_alone_lifts_nothing(scene: Scene, update: LiteralString) -> None:
    hold = scene.hold("Person")
    with pytest.raises(DatabaseError):
        _update(hold, update)
    assert scene.kept == {"Person"}


@transaction.atomic
def _update(hold: str, update: LiteralString) -> None:
    record("audit.hold", actor=SYSTEM, obj=("Hold", UUID(hold)))
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE audit_hold SET {update} WHERE id = %s", (hold,))


def test_officers_see_what_is_held_and_by_whom(scene: Scene) -> None:
    hold = scene.hold("Circle")
    [row] = scene.desk.browser.get(f"/api/organisations/{scene.desk.organization}/holds").json()["holds"]
    assert (row["id"], row["kind"], row["pseudonym"]) == (hold, "Circle", str(scene.names["Circle"]))
    assert (row["asked"], row["lifted"], row["by"] is None) == (False, None, False)


def test_a_circle_that_is_opened_later_about_a_held_patient_is_held_too(scene: Scene) -> None:
    hold = scene.hold("Patient")
    later = factories.a_circle(scene.desk.member)
    with transaction.atomic():
        Circle.objects.filter(id=later.id).update(patient=scene.circle.patient_id)
        record("circle.update", actor=SYSTEM, circle_id=later.id, obj=("Circle", later.id))
    assert follow_patients() == 1
    assert Pseudonym.objects.get(subject=later.id).pseudonym in Hold.objects.get(id=hold).subjects
    assert follow_patients() == 0


def test_nobody_holds_what_their_trail_does_not_name(scene: Scene) -> None:
    other = a_desk()
    address = f"/api/organisations/{other.organization}/holds"
    for kind, name in scene.names.items():
        body = {"kind": kind, "pseudonym": str(name), "reason": "Contentieux"}
        assert other.browser.post(address, body, content_type="application/json").status_code == 404
    assert not Hold.objects.exists()


@pytest.mark.parametrize("named", ["obj", "on"])
def test_somebody_who_was_only_acted_upon_can_be_held(scene: Scene, named: str) -> None:
    stranger = factories.a_colleague(factories.QUALITY)
    actor = replace(scene.desk.member.actor, org=str(scene.desk.organization))
    upon: Callable[..., object] = partial(record, "member.invite", actor=actor, obj=("Person", stranger.id))
    if named == "on":
        upon = partial(record, "member.role", actor=replace(actor, on=stranger.id), obj=("Member", uuid7()))

    def hold(of: Desk) -> int:
        name = Pseudonym.objects.get(kind="Person", subject=stranger.id).pseudonym
        address = f"/api/organisations/{of.organization}/holds"
        body = {"kind": "Person", "pseudonym": str(name), "reason": "Contentieux"}
        return of.browser.post(address, body, content_type="application/json").status_code

    with transaction.atomic():
        upon(outcome=8, error="not_allowed")
        record("subject.resolve", actor=actor, obj=("Person", stranger.id))
    assert hold(scene.desk) == 404  # what was tried, and what officers ask, names nobody
    with transaction.atomic():
        upon()
    assert hold(a_desk()) == 404
    assert hold(scene.desk) == 200


def test_a_held_person_is_not_forgotten(scene: Scene) -> None:
    scene.hold("Person")
    deactivate_user(actor=SYSTEM, user_id=scene.desk.member.user.id)
    with pytest.raises(CommandError, match="legal hold"):
        call_command("forget_subject", scene.desk.member.user.email)
