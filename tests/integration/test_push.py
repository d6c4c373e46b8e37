"""Waking people: their browser's push service gets a push without content, when something waits that they have not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from chat.models import FollowedUntil, PushSubscription, Waiting
from chat.push import is_push_service
from chat.waiting import OVERLAP, follow_logs
from chat.waking import wake
from circles.models import Notice
from circles.notices import tell
from tests.cast import Clock
from tests.chat_people import CareCircle, Person, Scene, a_care_circle, a_person
from tests.chat_socket import told
from tests.push_service import PushService, Subscriber

KEY = bytes(range(1, 33))
URGENT = 2


@pytest.fixture
def service(settings: Settings) -> Iterator[PushService]:
    with PushService().running() as service:
        settings.PUSH_KEY, settings.PUSH_ORIGINS = KEY, (service.origin,)
        yield service
    PushSubscription.objects.all().delete()


@pytest.fixture
def reader(scene: Scene) -> Person:
    """Nobody has written to them yet."""
    return a_person()


@pytest.fixture
def circle(scene: Scene, reader: Person) -> CareCircle:
    """Nothing waits for anybody, whatever other tests have written."""
    Waiting.objects.all().delete()
    Notice.objects.all().delete()
    FollowedUntil.objects.update_or_create(id=1, defaults={"until": datetime.now(UTC) + OVERLAP})
    return a_care_circle(scene.gp, reader)


def subscribe(person: Person, subscriber: Subscriber, **changes: object) -> tuple[int, str | None]:
    path = f"/api/devices/{person.device.id}/push"
    response = person.browser.put(path, subscriber.body(**changes), content_type="application/json")
    return response.status_code, response.json().get("code")


@pytest.fixture
def phone(service: PushService, scene: Scene, reader: Person, circle: CareCircle) -> Subscriber:
    """The reader's; told of nothing yet."""
    phone = service.subscriber()
    assert subscribe(reader, phone) == (200, None)
    Notice.objects.filter(user=reader.user).delete()
    return phone


def write(scene: Scene, circle: CareCircle, kind: int = 1) -> int:
    with scene.gp.socket(scene.server) as socket:
        socket.listen(circle.id)
        return int(socket.post(scene.gp.device.send(circle.id, circle.epoch, kind=kind))["seq"])


def go(clock: Clock, after: float = 5) -> int:
    """A round, so many seconds from now."""
    clock(datetime.now(UTC) + timedelta(seconds=after))
    follow_logs()
    return wake()


def test_a_message_wakes_who_does_not_have_it_and_says_nothing(
    scene: Scene, circle: CareCircle, service: PushService, phone: Subscriber, clock: Clock
) -> None:
    write(scene, circle)
    assert go(clock) == 1
    [pushed] = service.taken()
    assert phone.decrypted(pushed.body) == {"t": "wake", "kind": "message"}
    assert pushed.is_signed()
    assert (pushed.claims["aud"], pushed.headers["Urgency"]) == (service.origin, "normal")
    assert go(clock, after=10) == 0


def test_what_is_urgent_says_so_to_the_push_service(
    scene: Scene, circle: CareCircle, service: PushService, phone: Subscriber, clock: Clock
) -> None:
    write(scene, circle)
    go(clock)
    service.taken()
    write(scene, circle, kind=URGENT)
    assert go(clock, after=8) == 1  # at once, although the device was woken a moment ago
    [pushed] = service.taken()
    assert phone.decrypted(pushed.body) == {"t": "wake", "kind": "urgent"}
    assert (pushed.headers["Urgency"], pushed.headers["TTL"]) == ("high", "3600")


def test_many_messages_are_one_push_and_reading_ends_it(
    scene: Scene, reader: Person, circle: CareCircle, service: PushService, phone: Subscriber, clock: Clock
) -> None:
    for _ in range(3):
        write(scene, circle)
    assert go(clock) == 1
    write(scene, circle)
    assert go(clock, after=10) == 0
    assert len(service.taken()) == 1
    read(scene, reader, circle)
    assert go(clock, after=600) == 0
    assert not Waiting.objects.filter(group=circle.id).exists()


def read(scene: Scene, reader: Person, circle: CareCircle) -> None:
    with reader.socket(scene.server) as socket:
        socket.listen(circle.id)
        frame = reader.device.send(circle.id, circle.epoch, kind=4)
        socket.send({"t": "receipt", "env": frame["env"]})
        socket.fence()


def test_a_device_that_has_the_message_stays_quiet_and_the_other_one_rings(
    scene: Scene, reader: Person, circle: CareCircle, service: PushService, phone: Subscriber, clock: Clock
) -> None:
    desk = reader.second
    on_desk = service.subscriber()
    assert subscribe(desk, on_desk) == (200, None)
    seq = write(scene, circle)
    with desk.socket(scene.server) as socket:
        socket.listen(circle.id)
        socket.send({"t": "received", "circle": str(circle.id), "seq": seq})
        socket.fence()
    assert go(clock) == 1
    [pushed] = service.taken()
    assert pushed.path == "/push/1"


def test_its_author_and_people_of_other_circles_are_not_woken(
    scene: Scene, circle: CareCircle, service: PushService, clock: Clock
) -> None:
    for person in (scene.gp, scene.stranger):
        assert subscribe(person, service.subscriber()) == (200, None)
    Notice.objects.all().delete()
    write(scene, circle)
    assert go(clock) == 0


def test_a_notice_wakes_too_until_it_was_seen(
    scene: Scene, reader: Person, circle: CareCircle, service: PushService, phone: Subscriber, clock: Clock
) -> None:
    tell(users=[reader.id], what="invited", circle_id=circle.id)
    assert go(clock) == 1
    assert phone.decrypted(service.taken()[0].body) == {"t": "wake", "kind": "notice"}
    tell(users=[reader.id], what="role_changed", circle_id=circle.id)
    Notice.objects.update(seen=datetime.now(UTC))
    assert go(clock, after=600) == 0


@pytest.mark.parametrize("status", [404, 410])
def test_an_endpoint_that_is_gone_is_forgotten(
    scene: Scene, circle: CareCircle, service: PushService, phone: Subscriber, clock: Clock, status: int
) -> None:
    service.status = status
    write(scene, circle)
    assert go(clock) == 0
    assert not PushSubscription.objects.filter(endpoint=phone.endpoint).exists()


def test_an_endpoint_that_no_resolver_takes_stops_nobody_elses_push(
    scene: Scene, circle: CareCircle, reader: Person, service: PushService, phone: Subscriber, clock: Clock
) -> None:
    bad = "https://xn--.fcm.googleapis.com/1"  # well-formed, but the name it says is none
    assert is_push_service(bad)
    assert subscribe(scene.gp, service.subscriber(), endpoint=bad) == (200, None)
    tell(users=[scene.gp.id, reader.id], what="invited", circle_id=circle.id)
    assert go(clock) == 1
    assert not PushSubscription.objects.filter(endpoint=bad).exists()


@pytest.mark.parametrize("status", [302, 429, 503])
def test_one_that_cannot_now_is_asked_again_later_and_never_elsewhere(
    scene: Scene, circle: CareCircle, service: PushService, phone: Subscriber, clock: Clock, status: int
) -> None:
    service.status = status
    write(scene, circle)
    assert go(clock) == 0
    service.status = 201
    assert go(clock, after=60) == 0
    assert go(clock, after=400) == 1
    assert {pushed.path for pushed in service.taken()} == {"/push/1"}


def test_quiet_hours_let_only_what_is_urgent_through(
    scene: Scene, reader: Person, circle: CareCircle, service: PushService, phone: Subscriber, clock: Clock
) -> None:
    body = {"mail": True, "quiet": {"begin": "00:00:00", "end": "23:59:59"}, "zone": "Indian/Reunion"}
    assert prefer(reader, body) == (200, None)
    write(scene, circle)
    assert go(clock) == 0
    write(scene, circle, kind=URGENT)
    assert go(clock) == 1
    assert prefer(reader, {"mail": True, "quiet": None, "zone": "Europe/Paris"}) == (200, None)


def prefer(person: Person, body: dict[str, object]) -> tuple[int, str | None]:
    response = person.browser.put("/api/preferences", body, content_type="application/json")
    return response.status_code, response.json().get("code")


@pytest.mark.parametrize(
    "bad",
    [
        {"mail": True, "quiet": None, "zone": "Europe/Nowhere"},
        {"mail": True, "quiet": {"begin": "22:00:00", "end": "22:00:00"}, "zone": "Europe/Paris"},
        {"mail": True, "quiet": {"begin": "22:00:00"}, "zone": "Europe/Paris"},
    ],
)
def test_preferences_that_make_no_sense_are_refused(scene: Scene, reader: Person, bad: dict[str, object]) -> None:
    before = reader.get("preferences")
    assert prefer(reader, bad)[0] == 422
    assert reader.get("preferences") == before


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/push/1",
        "https://fcm.googleapis.com.evil.example/1",
        "https://evilfcm.googleapis.com@127.0.0.1/1",
        "https://fcm.googleapis.com:8443/1",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/1",
        "file:///etc/passwd",
        "https://[::1",
        # No resolver takes these: the attempt raises instead of failing.
        "https://a..fcm.googleapis.com/1",
        f"https://{'a' * 64}.fcm.googleapis.com/1",
        "https://fcm.googleapis.com/\x7f",
        "",
    ],
)
def test_only_known_push_services_are_ever_spoken_to(
    scene: Scene, reader: Person, service: PushService, circle: CareCircle, endpoint: str
) -> None:
    assert not is_push_service(endpoint)
    assert subscribe(reader, service.subscriber(), endpoint=endpoint) == (422, "bad_subscription")
    assert not PushSubscription.objects.filter(device=reader.device.id).exists()


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/abc",
        "https://db5p.notify.windows.com/w/?token=abc",
    ],
)
def test_the_services_of_the_browsers_are_known(settings: Settings, endpoint: str) -> None:
    assert is_push_service(endpoint)


def test_keys_that_are_none_are_refused(scene: Scene, reader: Person, service: PushService, circle: CareCircle) -> None:
    for wrong in ({"auth": "AAAA"}, {"p256dh": "BAAA"}, {"p256dh": "not base64"}, {"more": 1}):
        assert subscribe(reader, service.subscriber(), **wrong)[0] == 422


def test_the_ladder(scene: Scene, service: PushService) -> None:
    def put(person: Person) -> tuple[int, dict[str, object]]:
        path = f"/api/devices/{scene.nurse.device.id}/push"
        response = person.browser.put(path, service.subscriber().body(), content_type="application/json")
        return response.status_code, response.json()

    answers = scene.over_http(put)
    assert {rung for rung, answer in answers.items() if answer == 200} == {"member"}
    assert answers["stranger"] == answers["coordinator"] == "not_found"


def test_a_device_that_ends_and_one_that_says_so_are_woken_no_more(
    scene: Scene, reader: Person, circle: CareCircle, service: PushService, phone: Subscriber
) -> None:
    assert reader.browser.delete(f"/api/devices/{reader.device.id}/push").status_code == 200
    assert not PushSubscription.objects.exists()
    person = a_person()
    other = person.further_device()
    assert subscribe(other, service.subscriber()) == (200, None)
    assert person.post(f"devices/{other.device.id}/revoke", person.revocation(other.device))[0] == 200
    assert not PushSubscription.objects.exists()
    assert [event.obj for event in other.traces("push.subscribe")] == [f"Device/{other.device.id}"]


def test_a_browser_of_two_people_wakes_the_last_one_only(scene: Scene, reader: Person, service: PushService) -> None:
    shared = service.subscriber()
    assert subscribe(scene.gp, shared) == (200, None)
    assert subscribe(reader, shared) == (200, None)
    assert [each.device_id for each in PushSubscription.objects.all()] == [reader.device.id]


def test_without_a_key_nobody_subscribes(
    scene: Scene, reader: Person, service: PushService, settings: Settings
) -> None:
    assert len(reader.get("push")[1]["key"]) == 87
    settings.PUSH_KEY = None
    assert reader.get("push") == (200, {"key": None})
    assert subscribe(reader, service.subscriber()) == (409, "push_unavailable")
    assert wake() == 0


def test_who_left_hears_nothing(
    scene: Scene, reader: Person, circle: CareCircle, service: PushService, phone: Subscriber, clock: Clock
) -> None:
    write(scene, circle)
    circle.end(reader)
    Notice.objects.all().delete()
    assert go(clock) == 0
    with reader.socket(scene.server) as socket:
        assert told(socket.listen(circle.id)) == "not_found"
