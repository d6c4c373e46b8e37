"""`manage.py rotate_patient_keys`: everything sealed goes under the newest key, is resumable, and loses nothing."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from pytest_django import Settings

from accounts import letters
from accounts.models import Letter
from accounts.sealing import ADDRESS, SECOND_FACTOR, seal, unseal
from accounts.services import enrol_totp
from audit.events import SYSTEM
from audit.models import Event
from audit.services import record
from circles import rotation
from circles.careteam import sealing
from circles.careteam.models import CareTeamContent, System
from circles.models import BreakGlass, Circle, Patient, Reservation
from circles.outsiders import break_glasses_of_circle
from circles.patients import open_traits
from circles.services import break_glass
from directory.models import PractitionerRole
from tests import factories
from tests.factories import Colleague
from tests.integration.conftest import Sql

REASON = "Trouvée inconsciente à domicile"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("rotate_patient_keys", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def circle(gp: Colleague, stranger: Colleague) -> Circle:
    """With something of every kind that is sealed, but for what systems send."""
    patient = factories.a_patient()
    circle = factories.a_circle(gp, patient=patient)
    break_glass(actor=stranger.actor, patient=patient, reason=REASON)
    enrol_totp(user_id=gp.id)
    letters.queue(
        to="someone@cordee.example",
        template="invitation",
        language="fr",
        parameters=dict.fromkeys(("name", "inviter", "situation", "link", "until"), "x"),
    )
    return circle


@pytest.fixture
def newer(settings: Settings) -> int:
    """The operator has added a key."""
    version: int = max(settings.PATIENT_KEYS) + 1
    settings.PATIENT_KEYS = settings.PATIENT_KEYS | {version: os.urandom(32)}
    return version


def test_everything_opens_with_the_new_key_alone(
    committed_db: str, circle: Circle, gp: Colleague, settings: Settings, newer: int
) -> None:
    traits, secret = open_traits(Patient.objects.get()), _secret(gp)
    assert f"Everything is under key {newer}" in run()
    settings.PATIENT_KEYS = {newer: settings.PATIENT_KEYS[newer]}
    assert open_traits(Patient.objects.get()) == traits
    assert break_glasses_of_circle(gp.id, circle.id)[0].reason == REASON
    assert _secret(gp) == secret
    assert Letter.objects.get().sealed.startswith(f"{newer}:")


def _secret(person: Colleague) -> str:
    factor = Authenticator.objects.get(user_id=person.id, type="totp")
    return unseal(factor.data["secret"], purpose=SECOND_FACTOR)


def test_what_systems_and_inviters_gave_is_rotated_too(
    db: None, circle: Circle, gp: Colleague, settings: Settings, newer: int
) -> None:
    old = newer - 1
    both, settings.PATIENT_KEYS = settings.PATIENT_KEYS, {old: settings.PATIENT_KEYS[old]}
    version, sealed = sealing.seal({"resourceType": "CareTeam"}, circle.id)
    organization = PractitionerRole.objects.get(id=gp.role_id).organization
    assert organization is not None
    system = System.objects.create(
        name="essai", organization=organization, coordinator=gp.user, created_by=gp.user, client_secret=""
    )
    content = CareTeamContent.objects.create(team=circle.id, system=system, key_version=version, sealed=sealed)
    address = Reservation.objects.create(
        circle=circle, user=gp.user, sealed=seal("a@cordee.example", purpose=ADDRESS), language="fr"
    )
    record("system.create", actor=SYSTEM, obj=("System", system.id))
    record("careteam.write", actor=SYSTEM, circle_id=circle.id)
    record("account.reserve", actor=SYSTEM, circle_id=circle.id)
    settings.PATIENT_KEYS = both
    run()
    settings.PATIENT_KEYS = {newer: both[newer]}
    content.refresh_from_db()
    address.refresh_from_db()
    assert sealing.unseal(content.key_version, content.sealed, circle.id) == {"resourceType": "CareTeam"}
    assert unseal(address.sealed, purpose=ADDRESS) == "a@cordee.example"


def test_a_dry_run_counts_and_changes_nothing(circle: Circle, newer: int) -> None:
    before = bytes(Patient.objects.get().sealed)
    said = run("--dry-run")
    assert f"patients: 1 under key {newer - 1}" in said
    assert f"patients: 0 under key {newer}" in said
    assert bytes(Patient.objects.get().sealed) == before


def test_a_key_in_use_may_not_be_dropped(circle: Circle, newer: int) -> None:
    with pytest.raises(CommandError, match=r"still needed: .*1 patients, 1 break-glasses"):
        run("--may-drop", str(newer - 1))
    with pytest.raises(CommandError, match="is the newest"):
        run("--may-drop", str(newer))
    with pytest.raises(CommandError, match="has no key"):
        run("--may-drop", "99")
    run()
    assert "may be taken out" in run("--may-drop", str(newer - 1))


@pytest.fixture
def five(gp: Colleague) -> list[Circle]:
    return [factories.a_circle(gp) for _ in range(5)]


def test_it_goes_on_where_it_was_stopped(
    committed_db: str, five: list[Circle], newer: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)
    batches = rotation.rotate()
    assert next(batches).rows == 2
    del batches
    assert Patient.objects.filter(key_version=newer).count() == 2
    assert [each.rows for each in rotation.rotate()] == [2, 1]
    assert not Patient.objects.filter(key_version=newer - 1).exists()


def test_what_somebody_else_holds_is_left_and_said(
    committed_db: str, five: list[Circle], newer: int, as_role: Callable[[str], Sql]
) -> None:
    owner = as_role("owner")
    owner("BEGIN")
    owner("SELECT id FROM circles_patient ORDER BY id LIMIT 1 FOR UPDATE")
    with pytest.raises(CommandError, match="1 rows were held by others"):
        run()
    owner("ROLLBACK")
    assert "Everything is under" in run()


def test_each_batch_is_in_the_trail(circle: Circle, newer: int) -> None:
    run()
    leaves = [json.loads(event.leaf) for event in Event.objects.filter(act="secret.rotate")]
    assert sum(leaf["cnt"] for leaf in leaves) == 4
    assert all("who" not in leaf for leaf in leaves)


def test_the_database_takes_another_seal_with_its_act_alone(committed_db: str, circle: Circle, newer: int) -> None:
    with pytest.raises(IntegrityError, match="without an event"), transaction.atomic():
        BreakGlass.objects.update(reason="9:altered")
    with pytest.raises(IntegrityError, match="without an event"):
        _judged_while_rotating(circle)


@transaction.atomic
def _judged_while_rotating(circle: Circle) -> None:
    record("secret.rotate", actor=SYSTEM)
    BreakGlass.objects.update(verdict="justified", reviewed_by=circle.created_by, reviewed=circle.opened)


def test_no_kind_of_sealed_row_is_forgotten() -> None:
    """Whoever seals under PATIENT_KEYS is in one of the lists: a module that seals is named here when it is."""
    root = Path(__file__).parents[2]
    sealing_modules = {
        str(path.relative_to(root))
        for room in ("accounts", "circles", "chat", "compliance", "directory")
        for path in (root / room).rglob("*.py")
        if re.search(r"\bseal\(|Aead\(", path.read_text())
    }
    assert sealing_modules == {
        "accounts/adapters.py",  # second factors
        "accounts/letters.py",
        "accounts/rotation.py",
        "accounts/sealing.py",
        "circles/careteam/receiving.py",  # care teams' people
        "circles/careteam/sealing.py",
        "circles/careteam/teams.py",
        "circles/patients.py",
        "circles/rotation.py",
        "circles/services/break_glass.py",
        "circles/services/welcoming.py",  # addresses
    }
