"""`manage.py tend`: what is due happens by itself within a minute, whatever else fails."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.conf import settings

from circles.models import Member
from circles.services import expire_memberships
from compliance.management.commands import tend
from tests import factories
from tests.cast import Clock
from tests.factories import Colleague
from tests.server import Server, tending

WITHIN_SECONDS = 60.0


def test_an_end_date_ends_a_membership_within_a_minute(server: Server, gp: Colleague, nurse: Colleague) -> None:
    circle = factories.a_circle(gp)
    end = datetime.now(UTC) + timedelta(seconds=6)
    member = factories.a_member(circle, nurse, by=gp, role="guest", not_after=end)
    with tending(server):
        deadline = time.monotonic() + WITHIN_SECONDS
        while member.ended is None and time.monotonic() < deadline:
            time.sleep(0.1)
            member.refresh_from_db()
    assert member.ended is not None
    assert end <= member.ended <= end + timedelta(seconds=WITHIN_SECONDS)
    assert (member.end_code, member.ended_by_id) == ("expired", None)


def test_the_wait_between_two_goes_leaves_time_to_spare_in_the_minute() -> None:
    assert tend.EVERY_SECONDS * 2 <= WITHIN_SECONDS
    assert expire_memberships in tend.ROUNDS


def test_a_round_that_fails_does_not_stop_the_others(db: None) -> None:
    went: list[str] = []

    def failing() -> int:
        went.append("failing")
        raise RuntimeError("a patient's name could be in here")

    def working() -> int:
        went.append("working")
        return 1

    tend.go_round((failing, working))
    tend.go_round((failing, working))
    assert went == ["failing", "working"] * 2


def test_a_circle_that_somebody_holds_is_passed_over_and_comes_again(
    committed_db: str, gp: Colleague, nurse: Colleague, social_worker: Colleague, clock: Clock
) -> None:
    end = factories.in_days(1)
    held, free = factories.a_circle(gp), factories.a_circle(gp)
    for circle, person in ((held, nurse), (free, social_worker)):
        factories.a_member(circle, person, by=gp, role="guest", not_after=end)
    clock(end)
    with closing(psycopg.connect(settings.DATABASE_URL)) as other:
        other.execute("SELECT 1 FROM circles_circle WHERE id = %s FOR UPDATE", (held.id,))
        assert expire_memberships() == 1
    assert Member.objects.filter(circle=held, user=nurse.user, ended=None).exists()
    assert expire_memberships() == 1


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_asked(server: Server, asked: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "tend", "--every=600"], env=server.environment, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    assert b"tend.begun" in process.stderr.readline()
    process.send_signal(asked)
    assert process.wait(timeout=20) == 0
    assert b"tend.failed" not in process.stderr.read()
