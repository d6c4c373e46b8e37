"""What stands out in an organisation's trail is found once, by a round that may be ended anywhere, and only its own
officers see it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit.selectors import events_about
from circles.ins import PatientTraits
from circles.models import Circle, Member
from circles.services import break_glass
from compliance.findings import health
from compliance.findings.day import ZONE
from compliance.findings.looking import look
from compliance.findings.rounds import APART, GIVEN_UP, find_what_stands_out
from compliance.models import Finding, Watch
from compliance.scope import scope_of
from directory.models import Organization, PractitionerRole
from tests import factories
from tests.cast import Clock
from tests.factories import Colleague
from tests.integration.conftest import Sql
from tests.log import seal
from tests.trail_scene import Desk, a_desk, looks_at, pseudonym

REASON = "Trouvée inconsciente à domicile, j'appelle la coordination"


@pytest.fixture
def desk(gp: Colleague) -> Desk:
    return a_desk(gp)


@pytest.fixture
def patient() -> PatientTraits:
    return factories.a_patient(birth_name="VERMOREL")


@pytest.fixture
def circle(desk: Desk, nurse: Colleague, patient: PatientTraits) -> Circle:
    return factories.a_circle(desk.member, nurse, patient=patient)


def today() -> date:
    return timezone.now().astimezone(ZONE).date()


def look_now(desk: Desk) -> int:
    return look(Organization.objects.get(id=desk.organization), today())


def found(desk: Desk, rule: str) -> list[Finding]:
    return list(Finding.objects.filter(organization=desk.organization, rule=rule).order_by("id"))


def test_a_broken_glass_is_a_finding_and_the_same_one_when_looked_at_again(
    desk: Desk, circle: Circle, patient: PatientTraits, stranger: Colleague
) -> None:
    begun = break_glass(actor=stranger.actor, patient=patient, reason=REASON)
    assert look_now(desk) == 1
    factories.signed_in(stranger.user).get(f"/api/breakglass/{begun}")
    assert look_now(desk) == 0
    [finding] = found(desk, "break_glass")
    assert finding.facts == {"readings": 1, "refused": 0, "month": 1}
    assert str(finding.who) == pseudonym("Person", stranger.id)
    assert str(finding.cir) == pseudonym("Circle", circle.id)
    acts = set(finding.evidence.values_list("event__act", flat=True))
    assert (acts, finding.events) == ({"breakglass.start", "circle.read"}, 2)


def test_tries_from_outside_then_a_place_are_two_findings(
    desk: Desk, circle: Circle, stranger: Colleague, nurse: Colleague
) -> None:
    assert [looks_at(stranger, circle) for _ in range(3)] == [404] * 3
    looks_at(nurse, circle)
    assert look_now(desk) == 1
    assert found(desk, "outside_team")[0].facts == {"tries": 3, "circles": 1}
    factories.a_member(circle, stranger, by=desk.member)
    assert looks_at(stranger, circle) == 200
    assert look_now(desk) == 1
    [finding] = found(desk, "refused_then_allowed")
    acts = list(finding.evidence.order_by("event_id").values_list("event__act", "event__out"))
    assert acts[:3] == [("circle.read", 8)] * 3
    assert {act for act, _ in acts[3:]} == {"member.invite", "member.join", "circle.read"}


def test_reading_without_a_place_in_the_table_is_found_whatever_the_gate_said(
    desk: Desk, circle: Circle, nurse: Colleague
) -> None:
    looks_at(nurse, circle)
    assert look_now(desk) == 0
    an_hour_ago = timezone.now() - timedelta(hours=1)
    # As somebody would who rewrites the table.
    Member.objects.filter(circle=circle, user=nurse.user).update(
        joined=an_hour_ago - timedelta(hours=1), ended=an_hour_ago, end_code="removed"
    )
    assert look_now(desk) == 1
    assert found(desk, "outside_team")[0].facts["without"] == 1


def test_a_relative_and_a_colleague_are_found_by_their_names_and_no_name_is_kept(
    desk: Desk, circle: Circle, patient: PatientTraits
) -> None:
    cousin = factories.a_colleague(factories.NURSE, family="Vermorel", given="Anne")
    factories.a_member(circle, cousin, by=desk.member)
    looks_at(cousin, circle)
    assert look_now(desk) == 1
    [relative] = found(desk, "same_name")
    assert str(relative.who) == pseudonym("Person", cousin.id)
    # The patient works here.
    herself = factories.a_colleague(factories.NURSE, family="Vermorel", given=patient.given_names)
    PractitionerRole.objects.filter(id=herself.role_id).update(organization=desk.organization)
    assert look_now(desk) == 1
    [colleague] = found(desk, "staff_patient")
    assert (colleague.who, colleague.facts["own"]) == (relative.who, 0)
    rows = str(list(Finding.objects.values()))
    assert "vermorel" not in rows.lower()


def test_another_organisation_finds_its_own_only(desk: Desk, circle: Circle, stranger: Colleague) -> None:
    elsewhere = a_desk()
    for _ in range(3):
        looks_at(stranger, circle)
    assert look_now(elsewhere) == 0
    assert look_now(desk) == 1


def test_the_round_catches_up_and_then_looks_at_today_again_and_again(desk: Desk, circle: Circle, clock: Clock) -> None:
    assert find_what_stands_out() == 0
    watch = Watch.objects.get()
    assert watch.organization_id == desk.organization
    began = watch.through
    find_what_stands_out()
    find_what_stands_out()
    watch.refresh_from_db()
    assert watch.through > began
    assert watch.through in (today() - timedelta(days=1), today() - timedelta(days=2))
    looked = watch.looked
    find_what_stands_out()
    watch.refresh_from_db()
    assert watch.looked == looked
    clock(timezone.now() + APART)
    find_what_stands_out()
    watch.refresh_from_db()
    assert looked is not None
    assert watch.looked is not None
    assert watch.looked > looked


def test_what_a_killed_process_had_claimed_is_free_again_after_a_while(desk: Desk, clock: Clock) -> None:
    find_what_stands_out()
    Watch.objects.update(claimed=timezone.now(), through=today() - timedelta(days=9))
    find_what_stands_out()
    assert Watch.objects.get().through == today() - timedelta(days=9)
    clock(timezone.now() + GIVEN_UP)
    find_what_stands_out()
    assert Watch.objects.get().through > today() - timedelta(days=9)


def test_without_an_officer_nobody_is_watched(gp: Colleague) -> None:
    find_what_stands_out()
    assert not Watch.objects.exists()


def test_an_operator_looks_at_days_again(desk: Desk, circle: Circle, stranger: Colleague) -> None:
    for _ in range(3):
        looks_at(stranger, circle)
    out = StringIO()
    call_command("find", str(desk.organization), str(today() - timedelta(days=1)), str(today()), stdout=out)
    assert out.getvalue().splitlines() == [
        f"{today() - timedelta(days=1)}  new findings: 0",
        f"{today()}  new findings: 1",
    ]


def test_what_an_officer_settled_stays_settled_and_takes_what_is_new(
    desk: Desk, circle: Circle, stranger: Colleague
) -> None:
    for _ in range(3):
        looks_at(stranger, circle)
    look_now(desk)
    [finding] = found(desk, "outside_team")
    path = f"/api/organisations/{desk.organization}/findings/{finding.id}/annotations"
    said = {"text": "Lien reçu par erreur, vu avec la personne.", "status": "explained"}
    assert desk.browser.post(path, said, content_type="application/json").status_code == 200
    looks_at(stranger, circle)
    assert look_now(desk) == 0
    finding.refresh_from_db()
    assert (finding.status, finding.events, finding.facts["tries"]) == ("explained", 4, 4)


def test_a_status_without_its_event_does_not_commit(desk: Desk, circle: Circle, stranger: Colleague) -> None:
    for _ in range(3):
        looks_at(stranger, circle)
    look_now(desk)
    forged = "UPDATE compliance_finding SET status = 'dismissed'; SET CONSTRAINTS ALL IMMEDIATE"
    with pytest.raises(DatabaseError, match=r"without an event audit\.review"), transaction.atomic():
        _execute(forged)
    for gone in ("DELETE FROM compliance_finding", "UPDATE compliance_annotation SET at = now()"):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            _execute(gone)


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_finding_writes_nothing_into_the_trail(desk: Desk, circle: Circle, stranger: Colleague) -> None:
    for _ in range(3):
        looks_at(stranger, circle)
    before = scope_of(Organization.objects.get(id=desk.organization)).events().count()
    look_now(desk)
    assert scope_of(Organization.objects.get(id=desk.organization)).events().count() == before
    assert events_about(circle_id=circle.id).filter(t__gt=datetime.now(UTC)).count() == 0


def test_the_log_is_looked_at_where_the_sequencer_left_it(
    committed_db: str, as_role: Callable[[str], Sql], desk: Desk
) -> None:
    assert health.now() is None
    seal()
    known = health.now()
    assert known is not None
    assert (known.rejected, known.gaps, known.witnesses_missing) == (0, 0, 0)
    looks_at(desk.member, factories.a_circle(desk.member))
    waiting = health.now()
    assert waiting is not None
    assert waiting.lag_seconds > 0
    as_superuser = as_role("postgres")
    as_superuser("ALTER TABLE audit_event DISABLE TRIGGER USER")
    as_superuser("DELETE FROM audit_event WHERE act = 'circle.read'")
    as_superuser("ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_append_only")
    looks_at(desk.member, factories.a_circle(desk.member))
    missing = health.now()
    assert missing is not None
    assert missing.gaps >= 1
