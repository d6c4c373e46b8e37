"""A device is lost while its person is in a circle: real clients under Node, a real server."""

from __future__ import annotations

import pytest
from pytest_django import DjangoDbBlocker

from directory.models import PractitionerRole
from tests.database import Cluster
from tests.real_clients import a_session, life


def test_the_circle_follows_and_everybody_but_the_lost_device_goes_on(
    cluster: Cluster, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with life(cluster, django_db_blocker, tmp_path_factory) as live:
        doctor, nurse = a_session(), a_session()
        name = PractitionerRole.objects.select_related("practitioner").get(id=nurse.role_id).practitioner.family_name
        steps = live("lostInCircle.ts", {"doctor": doctor.cookie, "nurse": nurse.cookie, "nurseName": name})
    assert steps == [
        "three devices of one person are in the circle",
        "the circle follows to the new identity, in sight of all",
        "both go on writing",
        "the remaining device goes on by itself",
        "the lost one does not",
        "a new device reads everything",
    ]
