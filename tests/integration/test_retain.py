"""What is past its time: shown first, then archived, then erased for good; what is not yet past stays."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from audit.events import SYSTEM
from audit.selectors import events_about
from chat import file_store, retaining
from chat.models import EpochKey, File, Group, Item
from circles.durations import DURATIONS
from circles.models import BreakGlass, Circle, Member, Notice, Patient, Retention
from circles.patients import open_traits
from circles.services import appoint, break_glass, close
from circles.services.break_glass import end_break_glass, review_break_glass
from directory.models import PractitionerRole
from tests import factories
from tests.chat_files import a_file
from tests.chat_members import Fields
from tests.chat_people import Answer, CareCircle, Scene, a_care_circle, a_person
from tests.chat_server import ChatHouse
from tests.chat_socket import told

Later = Callable[[timedelta], None]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """`later(days)`: for what is asked in this process it is that much later than really."""

    def move(by: timedelta) -> None:
        now = datetime.now(UTC) + by
        monkeypatch.setattr(timezone, "now", lambda: now)

    return move


class Kept:
    """A circle that was closed, with messages and a file; its coordinator's organisation has an administrator."""

    def __init__(self, scene: Scene) -> None:
        self.gp, self.nurse = a_person(factories.GP), a_person()
        self.circle: CareCircle = a_care_circle(self.gp, self.nurse)
        with self.gp.socket(scene.server) as socket:
            socket.listen(self.circle.id)
            for _ in range(3):
                assert told(socket.post(self.gp.device.send(self.circle.id, self.circle.epoch))) == "ack"
        self.file, _ = a_file(self.gp, self.circle, os.urandom(100))
        self.patient = Patient.objects.get(circles=self.circle.id).id
        organization = PractitionerRole.objects.get(id=self.gp.role_id).organization_id
        assert organization is not None
        self.organization = organization
        appoint(actor=SYSTEM, user_id=self.gp.id, organization_id=organization, role="administrator")
        close(actor=self.gp.actor, circle_id=self.circle.id, reason="Fin de la prise en charge")

    @property
    def state(self) -> str:
        return Circle.objects.get(id=self.circle.id).state

    def said(self) -> str:
        out = io.StringIO()
        call_command("retain", stdout=out)
        return out.getvalue()

    def choose(self, **durations: int) -> Answer:
        chosen: Fields = {purpose: known.default for purpose, known in DURATIONS.items()} | {**durations}
        return self.gp.put(f"organisations/{self.organization}/retention", chosen)


@pytest.fixture
def kept(house: ChatHouse, scene: Scene) -> Kept:
    return Kept(scene)


def test_a_dry_run_says_what_it_would_do_and_changes_nothing(kept: Kept, later: Later) -> None:
    assert str(kept.circle.id) not in kept.said()
    later(timedelta(days=91))
    said = kept.said()
    assert "circles to archive" in said
    assert str(kept.circle.id) in said
    assert said.endswith("With --execute it is done.\n")
    assert kept.state == "closed"


def test_an_archived_circle_is_kept_and_read_by_nobody(kept: Kept, later: Later) -> None:
    assert kept.nurse.get(f"circles/{kept.circle.id}")[0] == 200
    later(timedelta(days=91))
    call_command("retain", execute=True)
    assert kept.state == "archived"
    later(timedelta(0))  # the sessions of today
    for person in (kept.gp, kept.nurse):
        assert person.get(f"circles/{kept.circle.id}")[1]["code"] == "not_found"
        assert person.get(f"circles/{kept.circle.id}/items")[1]["code"] == "not_found"
        assert str(kept.circle.id) not in {each["id"] for each in person.get("circles")[1]["circles"]}
    assert kept.gp.post(f"circles/{kept.circle.id}/reopen", {"reason": ""})[1]["code"] == "not_found"
    assert Item.objects.filter(group_id=kept.circle.id, kind=Item.Kind.MESSAGE, body__isnull=False).count() == 3
    assert Patient.objects.filter(id=kept.patient).exists()
    [event] = events_about(obj=("Circle", kept.circle.id)).filter(act="circle.archive")
    assert event.out == 0


def test_a_purged_circle_has_no_content_any_more_and_says_who_was_in_it(kept: Kept, later: Later) -> None:
    later(timedelta(days=91))
    call_command("retain", execute=True)
    later(timedelta(days=366 * 11))
    call_command("retain", execute=True)
    circle = kept.circle.id
    assert kept.state == "purged"
    assert Circle.objects.get(id=circle).patient is None
    assert not Patient.objects.filter(id=kept.patient).exists()
    assert not Item.objects.filter(group_id=circle, kind=Item.Kind.MESSAGE, body__isnull=False).exists()
    assert not EpochKey.objects.filter(group_id=circle).exists()
    assert not File.objects.filter(group_id=circle).exists()
    assert file_store.length(kept.file) == 0
    # What can be proved: that there was a log, how long, by whom; and who was in.
    assert Item.objects.filter(group_id=circle).count() == Group.objects.get(circle_id=circle).seq
    assert Member.objects.filter(circle_id=circle).count() == 2
    assert [each.act for each in events_about(circle_id=circle) if each.act in ("circle.archive", "circle.purge")] == [
        "circle.archive",
        "circle.purge",
    ]
    call_command("retain", execute=True)
    assert events_about(obj=("Circle", circle)).filter(act="circle.purge").count() == 1


def test_a_purge_that_was_cut_off_goes_on(kept: Kept, later: Later, monkeypatch: pytest.MonkeyPatch) -> None:
    later(timedelta(days=91))
    call_command("retain", execute=True)
    later(timedelta(days=366 * 11))
    monkeypatch.setattr(retaining, "_erase_files", lambda _: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        call_command("retain", execute=True)
    assert kept.state == "archived"
    assert not Item.objects.filter(group_id=kept.circle.id, kind=Item.Kind.MESSAGE, body__isnull=False).exists()
    monkeypatch.undo()
    monkeypatch.setattr(timezone, "now", lambda: datetime.now(UTC) + timedelta(days=366 * 12))
    call_command("retain", execute=True)
    assert kept.state == "purged"


def test_what_was_reopened_in_time_stays(kept: Kept, later: Later) -> None:
    assert kept.gp.post(f"circles/{kept.circle.id}/reopen", {"reason": "Retour à domicile"})[0] == 200
    later(timedelta(days=400))
    call_command("retain", execute=True)
    assert kept.state == "open"


def test_an_organisation_chooses_within_bounds(kept: Kept, later: Later, scene: Scene) -> None:
    path = f"organisations/{kept.organization}/retention"
    assert kept.gp.get(path)[1] == {
        "archive": 90,
        "purge": 120,
        "break_glass": 36,
        "notices": 180,
        "security": 12,
        "access": 36,
    }
    for wrong in (
        {"archive": 29},
        {"archive": 731},
        {"purge": 241},
        {"break_glass": 11},
        {"notices": 0},
        {"access": 11},
    ):
        answer = kept.choose(**wrong)
        assert answer[1]["code"] == "bad_duration"
    assert not Retention.objects.filter(organization=kept.organization).exists()
    assert kept.choose(archive=30) == (200, {})
    assert kept.gp.get(path)[1]["archive"] == 30
    later(timedelta(days=31))
    call_command("retain", execute=True)
    assert kept.state == "archived"
    assert kept.gp.traces("setting.change", out=0)


def test_notices_and_reviewed_break_glasses_are_forgotten(kept: Kept, later: Later) -> None:
    officer, outsider = a_person(factories.QUALITY), a_person()
    appoint(actor=SYSTEM, user_id=officer.id, organization_id=kept.organization, role="compliance_officer")
    other = a_care_circle(kept.gp)
    patient = Circle.objects.get(id=other.id).patient
    assert patient is not None
    glass = [
        break_glass(actor=person.actor, patient=open_traits(patient), reason="Chute au domicile, personne ne répond")
        for person in (outsider, a_person())
    ]
    end_break_glass(actor=outsider.actor, break_glass_id=glass[0])
    review_break_glass(actor=officer.actor, break_glass_id=glass[0], verdict="justified", comment="")
    assert Notice.objects.filter(user_id=kept.gp.id).exists()
    later(timedelta(days=366 * 3 + 2))
    call_command("retain", execute=True)
    assert not Notice.objects.filter(user_id=kept.gp.id).exists()
    # One that nobody has looked at waits for the officer, however old.
    assert [each.id for each in BreakGlass.objects.filter(id__in=glass)] == [glass[1]]


def test_months_are_the_calendars() -> None:
    moment = datetime(2028, 3, 31, tzinfo=UTC)
    assert DURATIONS["purge"].before(moment, 1) == datetime(2028, 2, 29, tzinfo=UTC)
    assert DURATIONS["purge"].before(moment, 13) == datetime(2027, 2, 28, tzinfo=UTC)
    assert DURATIONS["archive"].before(moment, 31) == datetime(2028, 2, 29, tzinfo=UTC)
