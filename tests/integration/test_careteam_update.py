"""Another version of an open circle: a system's own people go at once, others are proposed, nobody enters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chat.models import EndOrder, Group
from circles import access
from circles.careteam.writing import instant
from circles.models import CareTeamVersion, Circle, Member, Notice, Proposal
from directory.models import PractitionerRole
from tests import factories
from tests.careteam import Json, Program, a_program, refusals, said, works_with
from tests.careteam_sent import NEPHEW, with_member
from tests.chat_people import a_care_circle, a_person
from tests.factories import Colleague

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def circle(gp: Colleague, nurse: Colleague, social_worker: Colleague) -> Circle:
    """The nurse acts in the GP's organisation, the social worker in another. Each entry was a version: 1, 2, 3."""
    works_with(nurse, gp)
    return factories.a_circle(gp, nurse, social_worker)


def put(program: Program, team: Json, version: int | None = None) -> Any:
    known = version or int(team["meta"]["versionId"])
    return program.ask("PUT", f"CareTeam/{team['id']}", team, **{"If-Match": f'W/"{known}"'})


def ending(team: Json, person: Colleague, end: str) -> Json:
    """The same team in which this person's participation has an end."""
    changed = [
        each | {"period": each["period"] | {"end": end}}
        if each["member"]["reference"] == f"PractitionerRole/{person.role_id}"
        else each
        for each in team["participant"]
    ]
    return team | {"participant": changed}


def past() -> str:
    return instant(timezone.now())


def test_the_same_again_changes_nothing(gp: Colleague, circle: Circle) -> None:
    program = a_program(gp)
    team = program.get(f"CareTeam/{circle.id}")
    first = said(put(program, team))  # from now on what a system says of it is kept
    again = said(put(program, first))
    assert first["meta"]["versionId"] == again["meta"]["versionId"] == "4"
    assert again["participant"] == team["participant"]
    assert not Proposal.objects.exists()


def test_somebody_of_the_own_organisation_goes_at_once(gp: Colleague, nurse: Colleague, circle: Circle) -> None:
    program = a_program(gp)
    team = program.get(f"CareTeam/{circle.id}")
    changed = said(put(program, ending(team, nurse, past())))
    gone = Member.objects.get(circle=circle, user_id=nurse.id)
    assert (gone.end_code, gone.ended_by) == ("removed", None)
    assert access.abilities(nurse.id, circle.id) == frozenset()
    assert ["end" in each["period"] for each in changed["participant"]] == [False, True, False]
    assert changed["meta"]["versionId"] == "4"
    # Sent once more, somebody who has gone stays gone.
    assert said(put(program, changed))["participant"] == changed["participant"]


def test_who_goes_is_ordered_out_of_the_group(gp: Colleague) -> None:
    coordinator, member = a_person(), a_person()
    PractitionerRole.objects.filter(id=member.role_id).update(
        organization=PractitionerRole.objects.get(id=coordinator.role_id).organization
    )
    circle = a_care_circle(coordinator, member)
    colleague = Colleague(coordinator.user, gp.practitioner_id, coordinator.role_id, "")
    program = a_program(colleague)
    team = program.get(f"CareTeam/{circle.id}")
    said(put(program, ending(team, Colleague(member.user, gp.practitioner_id, member.role_id, ""), past())))
    order = EndOrder.objects.get(group_id=circle.id)
    assert (order.user_id, order.code, order.carried_out) == (member.id, "removed", None)
    assert Group.objects.get(circle_id=circle.id).rekey_required


def test_nobody_else_goes_for_a_system(
    gp: Colleague, social_worker: Colleague, nurse: Colleague, circle: Circle
) -> None:
    program = a_program(gp)
    team = program.get(f"CareTeam/{circle.id}")
    assert refusals(put(program, ending(team, social_worker, past())), 403) == [
        ("other_organisation", "CareTeam.participant[2].member")
    ]
    both = ending(ending(team, nurse, past()), social_worker, past())
    assert put(program, both).status_code == 403
    assert refusals(put(program, ending(team, gp, past())), 409) == [("last_coordinator", "")]
    left_out = team | {"participant": team["participant"][:-1]}
    assert refusals(put(program, left_out), 422) == [("participant_missing", "CareTeam.participant")]
    later = instant(timezone.now() + timedelta(days=3))
    assert refusals(put(program, ending(team, nurse, later)), 422) == [
        ("participant_end_fixed", "CareTeam.participant[1].member")
    ]
    assert Member.objects.filter(circle=circle, ended=None).count() == 3
    assert CareTeamVersion.objects.filter(team=circle.id).count() == 3


def test_who_is_added_is_proposed_to_the_coordinators_and_enters_nothing(
    gp: Colleague, coordinator: Colleague, circle: Circle
) -> None:
    program = a_program(gp)
    team = program.get(f"CareTeam/{circle.id}")
    more = with_member(team, coordinator.role_id, end="2032-01-01")
    for _ in range(2):
        shown = said(put(program, more, version=int(program.get(f"CareTeam/{circle.id}")["meta"]["versionId"])))
    assert shown["participant"] == team["participant"]
    proposal = Proposal.objects.get()
    assert (proposal.kind, proposal.team, proposal.practitioner_role_id) == ("member", circle.id, coordinator.role_id)
    assert access.abilities(coordinator.id, circle.id) == frozenset()
    assert [(each.user_id, each.what) for each in Notice.objects.filter(what="proposed")] == [(gp.id, "proposed")]


def test_an_end_of_the_team_proposes_to_close_it(gp: Colleague, circle: Circle) -> None:
    program = a_program(gp)
    team = program.get(f"CareTeam/{circle.id}")
    shown = said(put(program, team | {"period": team["period"] | {"end": past()}}))
    assert shown["status"] == "active"
    assert Proposal.objects.get().kind == "close"
    assert Circle.objects.get(id=circle.id).state == "open"


def test_the_family_is_kept_and_given_back(gp: Colleague, circle: Circle) -> None:
    program = a_program(gp)
    nephew = NEPHEW | {"patient": {"reference": f"Patient/{circle.patient_id}"}}
    relative = said(program.ask("POST", "RelatedPerson", nephew), 201)
    team = program.get(f"CareTeam/{circle.id}")
    family = {"member": {"reference": f"RelatedPerson/{relative['id']}"}, "period": {"start": "2026-01-01"}}
    shown = said(put(program, team | {"participant": [*team["participant"], family], "name": "Titre"}))
    assert shown["participant"] == [family, *team["participant"]]
    assert program.get(f"CareTeam/{circle.id}")["name"] == "Titre"
    assert program.get(f"CareTeam/{circle.id}/_history/3")["participant"] == team["participant"]
    found = program.get("CareTeam?_include=CareTeam:participant")["entry"]
    assert "CHASTEL" in str([each for each in found if each["resource"]["resourceType"] == "RelatedPerson"])


def test_another_patient_or_a_strangers_circle_is_refused(gp: Colleague, stranger: Colleague, circle: Circle) -> None:
    program = a_program(gp)
    team = program.get(f"CareTeam/{circle.id}")
    other = factories.a_circle(gp)
    moved = team | {"subject": {"reference": f"Patient/{other.patient_id}"}}
    assert refusals(put(program, moved), 422) == [("subject_is_fixed", "CareTeam.subject")]
    assert refusals(put(a_program(stranger), team), 404) == [("not_found", "CareTeam")]
    unknown = team | {"id": str(gp.id)}
    assert refusals(program.ask("PUT", f"CareTeam/{circle.id}", unknown), 400) == [("wrong_id", "CareTeam.id")]
