"""/api/profile and /api/profiles: what somebody says of themselves, who is away and who stands in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone
from uuid_utils.compat import uuid7

from audit.models import Event
from circles.absences import earliest_today, replacements
from circles.models import Notice, Profile
from directory.models import PractitionerRole
from tests import factories
from tests.cast import Browser, Clock
from tests.factories import Colleague

SAID: dict[str, Any] = {
    "languages": ["fr", "ar"],
    "availability": "Par messagerie le matin.\nVisites l’après-midi.",
    "hours": [{"day": 1, "opens": "08:30", "closes": "12:00"}, {"day": 1, "opens": "14:00", "closes": "18:00"}],
    "absence": None,
}


def say(client: Client, **changes: Any) -> tuple[int, Any]:
    response = client.put("/api/profile", SAID | changes, content_type="application/json")
    return response.status_code, response.json()


def away(days: int = 10, *, starts: int = 0, replacement: Colleague | None = None) -> dict[str, Any]:
    """An absence that begins in so many days, and lasts so many more."""
    first = timezone.now().date() + timedelta(days=starts)
    return {
        "starts": first.isoformat(),
        "ends": (first + timedelta(days=days)).isoformat(),
        "replacement": None if replacement is None else str(replacement.id),
    }


def test_the_ladder(gp: Colleague, nurse: Colleague, stranger: Colleague, nobody: None, browser: Browser) -> None:
    path = f"/api/profiles/{gp.practitioner_id}"
    assert browser(nobody).get(path).status_code == 401
    assert say(browser(nobody))[0] == 401
    unlinked = factories.signed_in(factories.a_user())
    for refused in (
        unlinked.get(path),
        unlinked.get("/api/profile"),
        unlinked.put("/api/profile", SAID, "application/json"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "not_registered")
    assert browser(stranger).get(f"/api/profiles/{uuid7()}").status_code == 404
    for allowed in (gp, nurse, stranger):
        assert browser(allowed).get(path).json()["family_name"] == "Rousselot"


def test_what_was_said_is_shown_to_colleagues(gp: Colleague, nurse: Colleague, browser: Browser) -> None:
    status, mine = say(browser(gp))
    assert status == 200
    assert (mine["contact"], mine["user"]) == ("self", str(gp.id))
    shown = browser(nurse).get(f"/api/profiles/{gp.practitioner_id}").json()
    assert shown == mine | {"contact": "none"}
    assert {name: shown[name] for name in SAID} == SAID
    (situation,) = shown["situations"]
    assert (situation["profession"]["label"], situation["city"]) == ("Médecin", "GRENOBLE")
    read = Event.objects.get(act="profile.read")
    assert read.obj == f"Practitioner/{gp.practitioner_id}"


def test_somebody_without_an_account_has_the_directory_alone(gp: Colleague, browser: Browser) -> None:
    held = factories.a_practitioner(factories.NURSE, family="Sanscompte")
    shown = browser(gp).get(f"/api/profiles/{held.practitioner_id}").json()
    assert (shown["user"], shown["contact"], shown["languages"]) == (None, "none", [])
    assert [each["role"] for each in shown["situations"]] == [str(held.id)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"languages": ["xx"]}, "unknown_language"),
        ({"languages": ["fr", "fr"]}, "unknown_language"),
        ({"availability": "x" * 501}, "bad_input"),
        ({"availability": "cloche\a"}, "bad_input"),
        ({"hours": [{"day": 0, "opens": "08:00", "closes": "09:00"}]}, "bad_hours"),
        ({"hours": [{"day": 8, "opens": "08:00", "closes": "09:00"}]}, "bad_hours"),
        ({"hours": [{"day": 1, "opens": "9:00", "closes": "10:00"}]}, "bad_hours"),
        ({"hours": [{"day": 1, "opens": "10:00", "closes": "10:00"}]}, "bad_hours"),
        ({"hours": [{"day": 1, "opens": "٠٨:00", "closes": "10:00"}]}, "bad_hours"),
        (
            {
                "hours": [
                    {"day": 1, "opens": "08:00", "closes": "12:00"},
                    {"day": 1, "opens": "11:59", "closes": "14:00"},
                ]
            },
            "bad_hours",
        ),
        ({"hours": [{"day": 1, "opens": "08:00", "closes": "09:00"}] * 22}, "bad_input"),
        ({"unknown": True}, "bad_input"),
    ],
)
def test_what_is_wrong_is_refused_and_changes_nothing(
    gp: Colleague, browser: Browser, change: dict[str, Any], code: str
) -> None:
    status, answer = say(browser(gp), **change)
    assert (status, answer["code"]) == (422, code)
    assert not Profile.objects.exists()
    assert say(browser(gp))[0] == 200


def test_an_absence_ends_after_it_starts_and_is_not_over(gp: Colleague, nurse: Colleague, browser: Browser) -> None:
    client = browser(gp)
    late = (earliest_today() - timedelta(days=1)).isoformat()
    for absence in (away(-1), away(367), {"starts": "2020-01-01", "ends": late, "replacement": None}):
        assert say(client, absence=absence)[1]["code"] == "bad_absence"
    assert say(client, absence=away() | {"replacement": str(uuid7())})[1]["code"] == "replacement_unknown"
    assert say(client, absence=away(replacement=gp))[1]["code"] == "replacement_unknown"
    assert say(client, absence=away(replacement=nurse))[0] == 200


def test_a_replacement_is_told_once(gp: Colleague, nurse: Colleague, coordinator: Colleague, browser: Browser) -> None:
    client = browser(gp)
    say(client, absence=away(replacement=nurse))
    say(client, absence=away(20, replacement=nurse))
    say(client, absence=away(20, replacement=coordinator))
    assert list(Notice.objects.order_by("id").values_list("user_id", "what", "by_id")) == [
        (nurse.id, "replaced", gp.id),
        (coordinator.id, "replaced", gp.id),
    ]


def test_members_see_who_is_away(gp: Colleague, nurse: Colleague, browser: Browser, clock: Clock) -> None:
    circle = factories.a_circle(gp, nurse)
    absence = away(10, starts=3, replacement=gp)
    say(browser(nurse), absence=absence)

    def shown() -> dict[str, Any]:
        members = browser(gp).get(f"/api/circles/{circle.id}").json()["members"]
        return {each["family_name"]: each["absence"] for each in members}

    replacement = {"user": str(gp.id), "name": "Dr Hélène ROUSSELOT"}
    assert shown() == {"Rousselot": None, "Landrieux": absence | {"replacement": replacement}}
    clock(timezone.now() + timedelta(days=15))
    assert shown() == {"Rousselot": None, "Landrieux": None}
    assert browser(gp).get(f"/api/profiles/{nurse.practitioner_id}").json()["absence"] is None


def test_who_stands_in_is_asked_by_day(
    gp: Colleague, nurse: Colleague, coordinator: Colleague, browser: Browser
) -> None:
    say(browser(nurse), absence=away(2, starts=1, replacement=gp))
    say(browser(coordinator), absence=away(2, starts=1))
    everybody, today = [gp.id, nurse.id, coordinator.id], timezone.now().date()
    assert replacements(everybody, today) == {}
    for day in (1, 3):
        assert replacements(everybody, today + timedelta(days=day)) == {nurse.id: gp.id, coordinator.id: None}
    assert replacements(everybody, today + timedelta(days=4)) == {}


def test_two_situations_are_both_shown(gp: Colleague, nurse: Colleague, browser: Browser) -> None:
    held = PractitionerRole.objects.get(id=gp.role_id)
    second = PractitionerRole.objects.create(
        source="tests",
        fhir_id="second",
        digest=b"",
        active=False,
        practitioner_id=gp.practitioner_id,
        profession_system=held.profession_system,
        profession_code=held.profession_code,
        profession_label="Médecin coordonnateur",
        sector="health",
        sort_key=held.sort_key,
        name_key=held.name_key,
        search_key=held.search_key,
    )
    shown = browser(nurse).get(f"/api/profiles/{gp.practitioner_id}").json()
    assert [(each["role"], each["active"]) for each in shown["situations"]] == [
        (str(gp.role_id), True),
        (str(second.id), False),
    ]


def test_no_profile_without_its_event(committed_db: str, gp: Colleague, browser: Browser) -> None:
    assert say(browser(gp))[0] == 200
    with pytest.raises(DatabaseError, match="without an event"), transaction.atomic():
        Profile.objects.update(availability="autre")
