"""Who is forgotten is a number in the log that nobody can name, and what was said about them cannot be opened."""

from __future__ import annotations

import io
import json
import os
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from nacl.exceptions import CryptoError
from pytest_django import Settings
from uuid_utils.compat import uuid7

from accounts.services import deactivate_user
from audit.details import open_detail
from audit.errors import Forgotten, Held
from audit.events import SYSTEM
from audit.forgetting import close_words, forget, forget_absent
from audit.models import DataKey, Detail, Event, Hold, Pseudonym
from audit.services import record
from audit.subjects import Subject
from circles.models import Patient
from compliance.models import Certificate
from directory.models import PractitionerRole
from tests import factories
from tests.trail import CIRCLE, NURSE, PATIENT, act

pytestmark = pytest.mark.usefixtures("committed_db")
ABOUT = Subject("Patient", PATIENT)


def words(session: str, **more: Any) -> Detail:
    return Detail.objects.select_related("event").get(event_id=act(session, reason="chute dans la nuit", **more))


def test_the_name_and_the_words_go_and_the_events_stay() -> None:
    about, other = words("a"), words("b", circle=uuid7())
    name = Pseudonym.objects.get(kind="Patient", subject=PATIENT).pseudonym
    with transaction.atomic():
        assert forget(ABOUT, actor=SYSTEM)
        assert not forget(ABOUT, actor=SYSTEM)

    assert not Pseudonym.objects.filter(pseudonym=name).exists()
    assert not DataKey.objects.filter(pseudonym_id=name).exists()
    assert Event.objects.filter(pat=name).count() == 2
    assert Event.objects.get(act="subject.erase").obj == f"Patient/{name}"
    for detail in (about, other):
        with pytest.raises(Forgotten):
            open_detail(detail)


def test_any_one_of_the_subjects_closes_the_words() -> None:
    detail = words("a")
    with transaction.atomic():
        assert forget(Subject("Person", NURSE.user_id or uuid4()), actor=SYSTEM)
    with pytest.raises(Forgotten):
        open_detail(detail)


def test_words_about_nobody_are_the_servers() -> None:
    with transaction.atomic():
        event = record("directory.sync", actor=SYSTEM, detail={"entries": 3})
    act("a", reason="x")
    with transaction.atomic():
        forget(ABOUT, actor=SYSTEM)
    assert json.loads(open_detail(Detail.objects.get(event_id=event))[0]) == {"entries": 3}


def test_a_key_in_anothers_place_opens_nothing() -> None:
    detail = words("a")
    mine, other = DataKey.objects.order_by("id")[:2]
    mine.sealed = other.sealed
    with transaction.atomic():
        record("secret.rotate", actor=SYSTEM)
        mine.save(update_fields=("sealed",))
    with pytest.raises(CryptoError):
        open_detail(detail)


def test_under_a_hold_nobody_is_forgotten() -> None:
    words("a")
    name = Pseudonym.objects.get(kind="Patient", subject=PATIENT).pseudonym
    identifier = uuid7()
    with transaction.atomic():
        Hold.objects.create(
            id=identifier,
            organization=uuid7(),
            kind="Patient",
            subjects=[name],
            event_id=record("audit.hold", actor=NURSE, obj=("Hold", identifier), reason="contentieux"),
            placed_by=NURSE.user_id or uuid4(),
            placed=timezone.now(),
        )
    with pytest.raises(Held), transaction.atomic():
        forget(ABOUT, actor=SYSTEM)
    assert [*forget_absent("Patient", Patient.objects.values("id"), why="HOPERAT")] == [False]
    assert Pseudonym.objects.filter(pseudonym=name).exists()


def test_who_is_not_there_any_more_is_forgotten_by_the_daily_round() -> None:
    words("a")
    assert sum(forget_absent("Patient", Patient.objects.values("id"), why="HOPERAT")) == 1
    assert [*forget_absent("Patient", Patient.objects.values("id"), why="HOPERAT")] == []


def test_the_words_about_an_emptied_circle_go_and_its_name_stays() -> None:
    detail = words("a")
    with transaction.atomic():
        record("circle.purge", actor=SYSTEM, circle_id=CIRCLE, obj=("Circle", CIRCLE))
        close_words(CIRCLE)
    with pytest.raises(Forgotten):
        open_detail(detail)
    assert Pseudonym.objects.filter(kind="Circle", subject=CIRCLE).exists()


def test_a_person_goes_by_command_once_nobody_signs_in_as_them() -> None:
    colleague = factories.a_colleague()
    with transaction.atomic():
        record("auth.login", actor=colleague.actor)
    with pytest.raises(CommandError, match="may still sign in"):
        call_command("forget_subject", colleague.user.email)
    deactivate_user(actor=SYSTEM, user_id=colleague.user.id)
    call_command("forget_subject", colleague.user.email, stdout=io.StringIO())
    assert not Pseudonym.objects.filter(kind="Person", subject=colleague.user.id).exists()
    with pytest.raises(CommandError, match="names nobody"):
        call_command("forget_subject", colleague.user.email)


def test_keys_go_under_a_new_version_and_the_old_one_may_be_destroyed(settings: Settings) -> None:
    detail = words("a")
    settings.AUDIT_DETAIL_KEYS = {1: settings.AUDIT_DETAIL_KEYS[1], 2: os.urandom(32)}
    with pytest.raises(CommandError, match="still needed by 3 data keys"):
        call_command("rotate_audit_keys", may_drop=1)
    out = io.StringIO()
    call_command("rotate_audit_keys", stdout=out)
    call_command("rotate_audit_keys", may_drop=1, stdout=out)
    assert "Nothing is under version 1" in out.getvalue()
    settings.AUDIT_DETAIL_KEYS = {2: settings.AUDIT_DETAIL_KEYS[2]}
    assert json.loads(open_detail(detail)[0]) == "chute dans la nuit"
    assert Event.objects.filter(act="secret.rotate").exists()


def test_certificates_that_name_an_erased_person_go_too() -> None:
    somebody = factories.a_colleague()
    circle = factories.a_circle(somebody)
    organization = PractitionerRole.objects.get(id=somebody.role_id).organization
    other = factories.a_circle(factories.a_colleague())
    for session, each in zip("ab", (circle, other), strict=True):
        event = act(session, circle=each.id)
        about = {"organization": organization, "circle": each, "made_by_id": somebody.id, "event_id": event}
        Certificate.objects.create(**about, since=timezone.now(), people=1, named=True, document=b"")
    deactivate_user(actor=SYSTEM, user_id=somebody.id)
    call_command("forget_subject", somebody.user.email, stdout=io.StringIO())
    assert list(Certificate.objects.values_list("circle", flat=True)) == [other.id]
