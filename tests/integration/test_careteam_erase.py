"""What a system has sent about a patient goes when the patient's circle is emptied."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone

from audit.events import SYSTEM
from audit.models import Event
from circles.careteam.reading import traits
from circles.models import CareTeamContent, Circle, Proposal
from circles.services import open_circle
from circles.services.retention import archive_locked, empty
from tests.careteam import a_program, said
from tests.careteam_sent import PATIENT, a_bundle, sent
from tests.factories import INFORMED_ON, Colleague

pytestmark = pytest.mark.usefixtures("committed_db")


def emptied(team: UUID) -> None:
    with transaction.atomic():
        archive_locked(Circle.objects.get(id=team), actor=SYSTEM)
    assert empty(circle_id=team, erased={})


def test_patient_family_and_content_are_gone_and_the_structure_stays(gp: Colleague) -> None:
    program = a_program(gp)
    answer = said(program.ask("POST", "", a_bundle(gp.role_id)))
    places = {kind: f"{kind}/{sent(answer, kind)['id']}" for kind in ("Patient", "RelatedPerson", "Organization")}
    team = UUID(sent(answer, "CareTeam")["id"])
    patient = traits(PATIENT, "Patient", today=timezone.now().date())
    open_circle(actor=gp.actor, circle_id=team, patient=patient, informed_on=INFORMED_ON, ground="formal_team")
    for place in places.values():
        program.get(place)
    emptied(team)
    assert program.ask("GET", places["Patient"]).status_code == 404
    assert program.ask("GET", places["RelatedPerson"]).status_code == 404
    program.get(places["Organization"])
    assert not CareTeamContent.objects.filter(team=team).exists()
    assert not Proposal.objects.filter(team=team).exclude(patient=None).exists()
    assert Event.objects.filter(act="careteam.erase").count() == 3
