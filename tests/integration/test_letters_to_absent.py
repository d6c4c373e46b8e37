"""A letter without content, when nothing else reached a person: no page open, no push taken, nothing delivered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from pytest_django import Settings

from accounts.letters import send_due
from accounts.models import Letter
from chat.mailing import write_to_absent
from chat.models import FollowedUntil, Preference, PushSubscription, Waiting
from chat.waiting import OVERLAP, follow_logs
from chat.waking import wake
from circles.models import Notice
from circles.notices import tell
from tests.cast import Clock
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person
from tests.integration.test_push import subscribe, write
from tests.push_service import PushService

URGENT = 2


@pytest.fixture
def reader(scene: Scene) -> Person:
    return a_person(given="Ghislaine")


@pytest.fixture
def circle(scene: Scene, reader: Person, settings: Settings) -> Iterator[CareCircle]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Waiting.objects.all().delete()
    FollowedUntil.objects.update_or_create(id=1, defaults={"until": datetime.now(UTC) + OVERLAP})
    circle = a_care_circle(scene.gp, reader)
    Notice.objects.all().delete()
    yield circle
    Letter.objects.all().delete()


def go(clock: Clock, minutes: float) -> int:
    clock(datetime.now(UTC) + timedelta(minutes=minutes))
    follow_logs()
    return write_to_absent()


def letters() -> list[str]:
    """Those that went out now."""
    mail.outbox = []
    send_due()
    return [f"{each.to} {each.subject} {each.body}" for each in mail.outbox]


def test_who_nothing_has_reached_gets_a_letter_that_says_nothing(
    scene: Scene, circle: CareCircle, reader: Person, clock: Clock
) -> None:
    write(scene, circle)
    assert go(clock, 29) == 0
    assert go(clock, 31) == 1
    [letter] = letters()
    assert letter.startswith(f"['{reader.user.email}'] Cordée\u00a0: quelque chose vous attend")
    for secret in ("AUBERTIN", "Jeanne", str(circle.id), "Ghislaine", "Essai"):
        assert secret not in letter
    assert go(clock, 35) == 0


def test_one_letter_an_hour_whatever_happens(scene: Scene, circle: CareCircle, reader: Person, clock: Clock) -> None:
    write(scene, circle)
    assert go(clock, 31) == 1
    tell(users=[reader.id], what="invited")
    assert go(clock, 80) == 0
    assert go(clock, 120) == 1


def test_what_is_urgent_does_not_wait_half_an_hour(
    scene: Scene, circle: CareCircle, reader: Person, clock: Clock
) -> None:
    write(scene, circle, kind=URGENT)
    assert go(clock, 9) == 0
    assert go(clock, 11) == 1
    assert "un message urgent attend votre confirmation" in letters()[0]


def test_somebody_whose_device_has_it_or_whose_page_is_open_gets_none(
    scene: Scene, circle: CareCircle, reader: Person, clock: Clock
) -> None:
    seq = write(scene, circle)
    with reader.socket(scene.server) as socket:
        assert go(clock, 31) == 0  # the page is open, and shows it any moment
        socket.listen(circle.id)
        socket.send({"t": "received", "circle": str(circle.id), "seq": seq})
        socket.fence()
    assert go(clock, 32) == 0


def test_a_push_that_was_taken_is_enough_and_one_that_failed_is_not(
    scene: Scene, circle: CareCircle, reader: Person, clock: Clock, settings: Settings
) -> None:
    settings.PUSH_KEY = bytes(range(1, 33))
    with PushService().running() as service:
        settings.PUSH_ORIGINS = (service.origin,)
        assert subscribe(reader, service.subscriber()) == (200, None)
        service.status = 503
        write(scene, circle)
        go(clock, 1)
        assert wake() == 0
        assert go(clock, 31) == 1
        service.status = 201
        write(scene, circle)
        go(clock, 10)
        assert wake() == 1
        assert go(clock, 180) == 0
    PushSubscription.objects.all().delete()


def test_who_wants_no_letters_gets_none_and_quiet_hours_put_them_off(
    scene: Scene, circle: CareCircle, reader: Person, clock: Clock
) -> None:
    write(scene, circle)
    preference, _ = Preference.objects.get_or_create(user=reader.user)
    preference.mail = False
    preference.save()
    assert go(clock, 31) == 0
    preference.mail = True
    now = datetime.now(UTC)
    preference.zone = "UTC"
    preference.quiet_from, preference.quiet_to = now.time(), (now + timedelta(hours=2)).time()
    preference.save()
    assert go(clock, 31) == 0
    assert go(clock, 121) == 1


def test_a_notice_that_was_seen_needs_no_letter(circle: CareCircle, reader: Person, clock: Clock) -> None:
    tell(users=[reader.id], what="role_changed", circle_id=circle.id)
    Notice.objects.filter(user=reader.user).update(seen=datetime.now(UTC))
    assert go(clock, 31) == 0
