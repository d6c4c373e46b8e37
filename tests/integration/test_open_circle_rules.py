"""Opening a circle: who may, about whom, what the patient knows, what it looks like. Chat tests the HTTP operation."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest
from django.db import connection
from uuid_utils.compat import uuid7

from audit.details import open_detail
from audit.events import SYSTEM, Actor
from audit.selectors import events_about
from circles import access
from circles.errors import CircleError
from circles.ins import PatientTraits
from circles.models import Circle, Member, Patient
from circles.roles import ROLE_ABILITIES
from circles.rope import Rope
from circles.services import link_professional, open_circle
from circles.signals import membership_started
from tests import factories
from tests.cast import Clock
from tests.factories import INFORMED_ON, Colleague

WRONG_KEY = "241033818500200"


def opened(
    actor: Actor,
    *,
    circle_id: UUID | None = None,
    patient: PatientTraits | None = None,
    informed_on: object = INFORMED_ON,
    ground: str = "formal_team",
) -> str:
    """`open`, or the code of the refusal."""
    try:
        open_circle(
            actor=actor,
            circle_id=circle_id or uuid7(),
            patient=patient or factories.a_patient(),
            informed_on=informed_on,  # type: ignore[arg-type]
            ground=ground,
        )
    except CircleError as error:
        return error.code
    return "open"


def test_nobody_and_the_machine_open_no_circle(db: None, nobody: None) -> None:
    assert opened(Actor(user_id=nobody)) == "not_found"
    assert opened(SYSTEM) == "not_found"


def test_an_account_that_is_no_professional_opens_none(db: None, quick_passwords: None) -> None:
    assert opened(Actor(user_id=factories.a_user().id)) == "not_registered"


def test_the_officer_opens_none(officer: Colleague) -> None:
    assert opened(officer.actor) == "profession_not_allowed"


def test_a_professional_who_no_longer_practises_opens_none(gp: Colleague) -> None:
    retired = factories.a_user()
    held = factories.a_practitioner(active=False)
    link_professional(actor=SYSTEM, user_id=retired.id, role_id=held.id)
    assert opened(Actor(user_id=retired.id)) == "inactive"
    assert opened(gp.actor) == "open"


@pytest.mark.parametrize("profession", [factories.GP, factories.NURSE, factories.SOCIAL_WORKER, factories.COORDINATOR])
def test_each_sector_opens_circles_and_coordinates_them(cast_database: None, profession: factories.Profession) -> None:
    opener = factories.a_colleague(profession)
    circle = factories.a_circle(opener)
    member = Member.objects.get(circle=circle)
    assert (member.user, member.role, member.not_after) == (opener.user, "coordinator", None)
    assert access.abilities(opener.id, circle.id) == ROLE_ABILITIES["coordinator"]
    assert circle.state == "open"


def test_the_patient_was_informed_and_not_tomorrow(gp: Colleague, clock: Clock) -> None:
    clock(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
    today = datetime(2026, 11, 22, tzinfo=UTC).date()
    assert opened(gp.actor, informed_on=today) == "open"
    assert opened(gp.actor, informed_on=today + timedelta(days=1)) == "date_in_future"
    # In Wallis-et-Futuna it is already tomorrow.
    clock(datetime(2026, 11, 22, 13, 0, tzinfo=UTC))
    assert opened(gp.actor, informed_on=today + timedelta(days=1)) == "open"


def test_a_patient_is_not_born_in_the_future(gp: Colleague) -> None:
    unborn = factories.a_patient(birth_date=factories.in_days(3).date())
    assert opened(gp.actor, patient=unborn) == "date_in_future"


@pytest.mark.parametrize(
    ("ground", "answer"),
    [
        ("same_structure", "open"),
        ("chosen_by_patient", "open"),
        ("formal_team", "open"),
        ("outside_team", "consent_required"),
        ("curiosity", "bad_ground"),
        ("", "bad_ground"),
    ],
)
def test_the_opener_has_a_ground_too(gp: Colleague, ground: str, answer: str) -> None:
    assert opened(gp.actor, ground=ground) == answer


def test_the_id_is_a_fresh_uuid7(gp: Colleague, nurse: Colleague) -> None:
    circle_id = uuid7()
    assert opened(gp.actor, circle_id=uuid4()) == "bad_circle_id"
    assert opened(gp.actor, circle_id=circle_id) == "open"
    assert opened(nurse.actor, circle_id=circle_id) == "id_taken"
    assert Patient.objects.count() == 1


def test_one_patient_has_one_circle(gp: Colleague, nurse: Colleague) -> None:
    jeanne = factories.a_patient(birth_name="BÉRARD")
    first = factories.a_circle(gp, patient=jeanne)
    with pytest.raises(CircleError) as refusal:
        factories.a_circle(gp, patient=jeanne)
    assert (refusal.value.code, refusal.value.detail) == ("circle_exists", str(first.id))
    # By the number alone, by the strict traits alone, however they are written.
    assert opened(gp.actor, patient=replace(jeanne, given_names="Jehanne")) == "circle_exists"
    provisional = replace(jeanne, birth_name="Berard", identity_status="provisional", matricule=None, oid=None)
    assert opened(gp.actor, patient=provisional) == "circle_exists"
    # A stranger learns that there is one, and not which.
    with pytest.raises(CircleError) as refusal:
        factories.a_circle(nurse, patient=jeanne)
    assert (refusal.value.code, refusal.value.detail) == ("circle_exists_elsewhere", "")
    # Known to be another person of the same name; who has the same number is nobody else.
    assert opened(nurse.actor, patient=replace(jeanne, attributes=("homonym",))) == "circle_exists_elsewhere"
    assert opened(gp.actor, patient=replace(provisional, attributes=("homonym",))) == "open"


def test_a_closed_circle_stands_in_nobodys_way(gp: Colleague, nurse: Colleague) -> None:
    jeanne = factories.a_patient()
    circle = factories.a_circle(gp, patient=jeanne)
    Circle.objects.filter(id=circle.id).update(state="closed")
    assert opened(nurse.actor, patient=jeanne) == "open"


def test_my_circles_do_not_look_alike(gp: Colleague) -> None:
    circles = [factories.a_circle(gp) for _ in range(8)]
    assert len({Rope(circle.colour, circle.weave) for circle in circles}) == 8
    assert len({circle.colour for circle in circles[:7]}) == 7


def test_opening_is_in_the_trail_and_announced(gp: Colleague) -> None:
    heard: list[object] = []

    def listen(*, circle_id: UUID, user_id: UUID, **_: object) -> None:
        heard.append((circle_id, user_id))

    membership_started.connect(listen)
    try:
        circle = factories.a_circle(gp)
    finally:
        membership_started.disconnect(listen)
    assert heard == [(circle.id, gp.id)]
    events = list(events_about(circle_id=circle.id))
    assert [event.act for event in events] == ["circle.create", "member.join"]
    assert all(event.pat is not None and event.who is not None for event in events)


def test_an_odd_number_is_noted_in_the_trail(gp: Colleague) -> None:
    circle = factories.a_circle(gp, patient=factories.a_patient(matricule=WRONG_KEY))
    created = events_about(circle_id=circle.id).get(act="circle.create")
    content, _ = open_detail(created.details.get(key="det"))
    assert json.loads(content)["warnings"] == ["wrong_matricule_key"]


@pytest.mark.parametrize("also", ["the same", "by the traits alone", "by the number alone"])
def test_two_openings_at_once_for_one_patient_leave_one_circle(
    committed_db: str, gp: Colleague, nurse: Colleague, also: str
) -> None:
    jeanne = factories.a_patient()
    other = {
        "the same": jeanne,
        "by the traits alone": replace(jeanne, identity_status="provisional", matricule=None, oid=None),
        "by the number alone": replace(jeanne, birth_name="OBERTIN"),
    }[also]
    start, answers = Barrier(4), []

    def open_it(person: Colleague, patient: PatientTraits) -> None:
        start.wait()
        answers.append(opened(person.actor, patient=patient))
        connection.close()

    pairs = [(person, patient) for person in (gp, nurse) for patient in (jeanne, other)]
    threads = [Thread(target=open_it, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["circle_exists", "circle_exists_elsewhere", "circle_exists_elsewhere", "open"]
    assert Circle.objects.count() == 1
