"""What systems propose waits for whom it was proposed to; opening, inviting and putting aside are theirs."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.utils import timezone

from audit.models import Event
from circles.careteam.reading import traits
from circles.errors import CircleError
from circles.models import Circle, Professional, Proposal
from circles.services import decline, open_circle
from tests import factories
from tests.careteam import Program, a_program, said, works_with
from tests.careteam_sent import PATIENT, a_bundle, sent, with_member
from tests.cast import Browser
from tests.factories import INFORMED_ON, Colleague

pytestmark = pytest.mark.usefixtures("committed_db")


def propose(program: Program, *members: Colleague) -> UUID:
    return UUID(sent(said(program.ask("POST", "", a_bundle(*(each.role_id for each in members)))), "CareTeam")["id"])


def opened(person: Colleague, team: UUID) -> Circle:
    patient = traits(PATIENT, "Patient", today=timezone.now().date())
    return open_circle(
        actor=person.actor, circle_id=team, patient=patient, informed_on=INFORMED_ON, ground="formal_team"
    )


def test_only_whom_it_was_proposed_to_sees_it(
    gp: Colleague, nurse: Colleague, stranger: Colleague, nobody: None, browser: Browser
) -> None:
    works_with(stranger, gp)
    program = a_program(gp)
    team = propose(program, nurse)
    assert browser(nobody).get("/api/proposals").status_code == 401
    for outside in (nurse, stranger):
        assert browser(outside).get("/api/proposals").json() == {"proposals": []}
    (shown,) = browser(gp).get("/api/proposals").json()["proposals"]
    assert shown["team"] == str(team)
    assert shown["source"]["system"] == "Logiciel de cabinet"
    assert shown["source"]["organisation"] == program.organization.name
    assert (shown["patient"]["birth_name"], shown["patient"]["used_name"]) == ("MAREUIL", "CHASTEL")
    assert (shown["patient"]["given_names"], shown["patient"]["birthplace"]) == ("Odette Anne", "38185")
    assert shown["patient"]["identity_status"] == "qualified"
    assert [each["family_name"] for each in shown["people"]] == ["Landrieux"]
    assert sorted(shown["others"]) == ["Accueil de jour des Alpins", "Bruno CHASTEL"]
    assert Event.objects.filter(act="proposal.read", out=0).count() == 3


def test_who_has_left_the_organisation_sees_nothing_of_its_patients(
    gp: Colleague, nurse: Colleague, browser: Browser
) -> None:
    team = propose(a_program(gp), nurse)
    elsewhere = factories.a_practitioner(factories.NURSE)
    Professional.objects.filter(user_id=gp.id).update(practitioner_role=elsewhere)
    assert browser(gp).get("/api/proposals").json() == {"proposals": []}
    proposal = Proposal.objects.get(team=team, kind="open")
    aside = browser(gp).post(f"/api/proposals/{proposal.id}/dismiss", {"reason": ""}, content_type="application/json")
    assert aside.json()["code"] == "not_found"
    with pytest.raises(CircleError, match="id_taken"):
        opened(gp, team)


def test_it_is_opened_with_its_own_id_by_that_person_alone_and_once(
    gp: Colleague, nurse: Colleague, stranger: Colleague, browser: Browser
) -> None:
    program = a_program(gp)
    team = propose(program, nurse, gp)
    with pytest.raises(CircleError) as refusal:
        opened(stranger, team)
    assert refusal.value.code == "id_taken"
    circle = opened(gp, team)
    shown = program.get(f"CareTeam/{team}")
    assert (shown["status"], shown["meta"]["versionId"]) == ("active", "2")
    assert shown["subject"] == {"reference": f"Patient/{circle.patient_id}"}
    assert shown["identifier"] == [{"system": "https://logiciel.example/cercles", "value": "1"}]
    kinds = [each["member"]["reference"].partition("/")[0] for each in shown["participant"]]
    assert kinds == ["RelatedPerson", "Organization", "PractitionerRole"]
    assert program.get(f"CareTeam/{team}/_history/1")["status"] == "proposed"
    assert browser(gp).get("/api/proposals").json() == {"proposals": []}
    changes = browser(gp).get(f"/api/circles/{team}/proposals").json()
    assert [each["practitioner"] for each in changes["members"]] == [str(nurse.practitioner_id)]
    with pytest.raises(CircleError) as refusal:
        opened(gp, team)
    assert refusal.value.code == "id_taken"


def test_who_is_invited_is_proposed_no_more_and_may_be_proposed_again(
    gp: Colleague, nurse: Colleague, social_worker: Colleague, browser: Browser
) -> None:
    circle, program = factories.a_circle(gp, nurse), a_program(gp)
    path = f"/api/circles/{circle.id}/proposals"

    def proposed() -> list[str]:
        return [each["family_name"] for each in browser(gp).get(path).json()["members"]]

    def put() -> None:
        team = program.get(f"CareTeam/{circle.id}")
        known = f'W/"{team["meta"]["versionId"]}"'
        said(
            program.ask("PUT", f"CareTeam/{circle.id}", with_member(team, social_worker.role_id), **{"If-Match": known})
        )

    put()
    assert proposed() == ["Oyelaran"]
    assert browser(nurse).get(path).status_code == 404
    invitation = factories.an_invitation(circle, social_worker, by=gp)
    assert proposed() == []
    put()
    assert proposed() == []  # the invitation waits
    decline(actor=social_worker.actor, invitation_id=invitation.id)
    put()
    assert Proposal.objects.filter(settled=None).count() == 1
    assert proposed() == ["Oyelaran"]


def test_putting_aside_is_for_who_decides(gp: Colleague, nurse: Colleague, browser: Browser) -> None:
    program = a_program(gp)
    team = propose(program, nurse)
    proposal = Proposal.objects.get()
    path, reason = f"/api/proposals/{proposal.id}/dismiss", {"reason": "Le cercle existe ailleurs"}
    assert browser(nurse).post(path, reason, content_type="application/json").status_code == 404
    assert browser(gp).post(path, reason, content_type="application/json").status_code == 200
    assert browser(gp).post(path, reason, content_type="application/json").status_code == 404
    assert program.get(f"CareTeam/{team}")["status"] == "inactive"
    with pytest.raises(CircleError):
        opened(gp, team)
    assert Event.objects.filter(act="proposal.settle", out=0).count() == 1
