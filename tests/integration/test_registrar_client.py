"""A registrar's own client under Node, against a real server: the organisation's key, and what it signs."""

from __future__ import annotations

import time

import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from accounts.services import enrol_totp
from accounts.totp import STEP_SECONDS, code_at
from chat.models import Attestation
from circles.models import Steward
from directory.models import PractitionerRole
from tests.database import Cluster
from tests.real_clients import a_session, life


@pytest.fixture(scope="module")
def steps(cluster: Cluster, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    with life(cluster, django_db_blocker, tmp_path_factory) as live:
        registrar, colleague = a_session(), a_session()
        mine, theirs = (PractitionerRole.objects.get(id=each.role_id) for each in (registrar, colleague))
        PractitionerRole.objects.filter(id=theirs.id).update(organization=mine.organization)
        call_command("appoint", registrar.user.email, "registrar")
        code = code_at(enrol_totp(user_id=registrar.user.id), int(time.time()) // STEP_SECONDS + 1)
        cookies = {"registrar": registrar.cookie, "colleague": colleague.cookie}
        told = live("registrar.ts", cookies | {"code": code})
        [attestation] = Attestation.objects.all()
        assert attestation.user_id == colleague.user.id
        assert Steward.objects.count() == 1
    return told


def test_a_registrar_signs_for_the_key_that_was_shown_and_for_no_other(steps: list[str]) -> None:
    assert steps == [
        "nobody is attested who was not shown",
        "the organisation has no key yet",
        "and nothing is signed without it",
        "the key asks for a proof of who asks",
        "the key is made once",
        "the key that was shown has a number to compare",
        "and is marked as compared",
        "it is attested",
        "no circle is stranded",
        "others find nothing",
    ]
