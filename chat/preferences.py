"""How a person wants to be reached: letters, and the hours in which only what is urgent may disturb."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.utils import timezone

from audit.events import Actor
from audit.services import record
from chat.errors import ChatError
from chat.models import Preference


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """From one hour of the day to another, perhaps over midnight, where the person is."""

    begin: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    mail: bool
    quiet: Quiet | None
    zone: str


def preferences_of(user_id: UUID) -> Preferences:
    row = Preference.objects.filter(user=user_id).first() or Preference(user_id=user_id)
    quiet = None
    if row.quiet_from is not None and row.quiet_to is not None:
        quiet = Quiet(begin=row.quiet_from, end=row.quiet_to)
    return Preferences(mail=row.mail, quiet=quiet, zone=row.zone)


@transaction.atomic
def prefer(*, actor: Actor, user_id: UUID, preferences: Preferences) -> None:
    """Refuses with `bad_preferences`: an unknown time zone, quiet hours of no length."""
    quiet = preferences.quiet
    if not _is_zone(preferences.zone) or (quiet is not None and quiet.begin == quiet.end):
        raise ChatError("bad_preferences", status=422)
    Preference.objects.update_or_create(
        user_id=user_id,
        defaults={
            "mail": preferences.mail,
            "quiet_from": None if quiet is None else quiet.begin,
            "quiet_to": None if quiet is None else quiet.end,
            "zone": preferences.zone,
        },
    )
    record("profile.update", actor=actor, obj=("Person", user_id))


def is_quiet(user_id: UUID) -> bool:
    """Whether it is now one of this person's quiet hours. One query."""
    held = preferences_of(user_id)
    return held.quiet is not None and within(held.quiet, timezone.now(), held.zone)


def within(quiet: Quiet, moment: datetime, zone: str) -> bool:
    """Pure."""
    hour = moment.astimezone(ZoneInfo(zone)).time()
    if quiet.begin < quiet.end:
        return quiet.begin <= hour < quiet.end
    return hour >= quiet.begin or hour < quiet.end


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
