"""What is known beside a day's acts: places, names, habits, departures, the state of the log. Answers the rules'
questions (`day.Known`) from the tables.

Names are compared as keyed digests made here and kept nowhere. Everything that a day needs of the rooms is loaded for
the day at once; what only a suspicion needs is asked then.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from django.conf import settings
from django.db.models import Max, QuerySet
from django.utils import timezone

from audit.models import Event, Pseudonym
from circles.models import Circle, Member, Professional
from circles.patients import open_traits
from compliance.findings import health
from compliance.findings.day import (
    HABIT,
    READINGS,
    ZONE,
    Act,
    Habit,
    Health,
    Name,
    PatientNames,
    Standing,
    first_id,
    night_hour,
)
from directory.keys import sort_key, words
from directory.models import Practitioner, PractitionerRole

# A person who ends somewhere, or altogether.
_DEPARTURES = ("person.depart", "account.deactivate")


class Rooms:
    """For one organisation and one day's acts. Satisfies `compliance.findings.day.Known`."""

    def __init__(self, organization_id: UUID, day: date, acts: Iterable[Act]) -> None:
        read = [act for act in acts if act.who is not None]
        self._organization = organization_id
        self._day = day
        self._people = _subjects("Person", {act.who for act in read if act.who})
        self._circles = _subjects("Circle", {act.cir for act in read if act.cir})
        self._bearers: dict[UUID, float] = {}

    # --- from the rooms ---

    def standing(self, who: UUID, cir: UUID, at: datetime) -> Standing | None:
        if who not in self._people or cir not in self._circles:
            return None
        places = self._places.get((self._people[who], self._circles[cir]), [])
        before = [place for place in places if place.joined <= at]
        here = [
            place
            for place in before
            if (place.ended is None or at < place.ended) and (place.not_after is None or at < place.not_after)
        ]
        refused = any(
            place.ground == "outside_team"
            and (place.consent is None or (place.consent.withdrawn is not None and place.consent.withdrawn < at))
            for place in here
        )
        return Standing(in_force=bool(here), never=not before, consent=not refused)

    def name(self, who: UUID) -> Name | None:
        return self._names.get(self._people[who]) if who in self._people else None

    def patient(self, cir: UUID) -> PatientNames | None:
        return self._patients.get(self._circles[cir]) if cir in self._circles else None

    def is_colleague(self, whole: bytes) -> bool:
        return whole in self._colleagues

    def bearers(self, who: UUID) -> float:
        user = self._people[who]
        if user not in self._bearers:
            family = Professional.objects.values_list("practitioner__family_name", flat=True).get(user_id=user)
            roles = PractitionerRole.objects.filter(sort_key__startswith=sort_key(family, ""))
            bearing = roles.values("practitioner").distinct().count()
            everybody = max(Practitioner.objects.count(), 10_000)  # a small directory says little about a name
            self._bearers[user] = 10_000 * bearing / everybody
        return self._bearers[user]

    def health(self) -> Health | None:
        now = timezone.now()
        return health.now() if now.astimezone(ZONE).date() == self._day else None

    @cached_property
    def _places(self) -> dict[tuple[UUID, UUID], list[Member]]:
        found: defaultdict[tuple[UUID, UUID], list[Member]] = defaultdict(list)
        held = Member.objects.filter(user__in=self._people.values(), circle__in=self._circles.values())
        for place in held.select_related("consent"):
            found[place.user_id, place.circle_id].append(place)
        return found

    @cached_property
    def _names(self) -> dict[UUID, Name]:
        linked = Professional.objects.filter(user__in=self._people.values())
        return {
            user: _name(family, given)
            for user, family, given in linked.values_list(
                "user_id", "practitioner__family_name", "practitioner__given_name"
            )
        }

    @cached_property
    def _colleagues(self) -> frozenset[bytes]:
        here = Professional.objects.filter(practitioner_role__organization=self._organization)
        names = here.values_list("practitioner__family_name", "practitioner__given_name")
        return frozenset(_name(family, given).whole for family, given in names)

    @cached_property
    def _patients(self) -> dict[UUID, PatientNames]:
        circles = Circle.objects.filter(id__in=self._circles.values(), patient__isnull=False).select_related("patient")
        return {circle.id: names for circle in circles if (names := _patient(circle))}

    # --- from the trail ---

    def habit(self, who: UUID, before: datetime, night: tuple[int, int]) -> Habit:
        circles: defaultdict[date, set[UUID]] = defaultdict(set)
        files: Counter[date] = Counter()
        nights: set[date] = set()
        past = _between(who, before - HABIT, before).filter(out=0)
        for t, act, cir in past.values_list("t", "act", "cir"):
            local = t.astimezone(ZONE)
            if night_hour(local.hour, night):
                nights.add(local.date())
            if act in READINGS and cir is not None:
                circles[local.date()].add(cir)
            files[local.date()] += act == "attachment.read"
        return Habit(
            nights=len(nights),
            circles=max(map(len, circles.values()), default=0),
            files=max(files.values(), default=0),
        )

    def last_act(self, who: UUID, before: datetime) -> datetime | None:
        past = Event.objects.filter(who=who, id__lt=first_id(before)).order_by("-id")
        return past.values_list("t", flat=True).first()

    def departed(self, who: UUID) -> datetime | None:
        return self._departures.get(who)

    @cached_property
    def _departures(self) -> dict[UUID, datetime]:
        """Of whom the organisation has let go, or whose account is closed; the last time."""
        closed = Professional.objects.filter(user__in=self._people.values(), user__is_active=False)
        inactive = set(closed.values_list("user_id", flat=True))
        objects = {f"Person/{who}": who for who in self._people}
        told = Event.objects.filter(act__in=_DEPARTURES, obj__in=list(objects), out=0)
        found: dict[UUID, datetime] = {}
        for obj, act, org, last in told.values_list("obj", "act", "org").annotate(last=Max("t")):
            who = objects[obj]
            if org == self._organization or (act == "account.deactivate" and self._people[who] in inactive):
                found[who] = max(last, found.get(who, last))
        return found

    def count(self, who: UUID, acts: frozenset[str], since: datetime, before: datetime) -> int:
        return _between(who, since, before).filter(act__in=acts, out=0).count()


def _between(who: UUID, start: datetime, end: datetime) -> QuerySet[Event]:
    return Event.objects.filter(who=who, id__gte=first_id(start), id__lt=first_id(end))


def _subjects(kind: str, names: Iterable[UUID]) -> dict[UUID, UUID]:
    rows = Pseudonym.objects.filter(kind=kind, pseudonym__in=set(names))
    return dict(rows.values_list("pseudonym", "subject"))


def _patient(circle: Circle) -> PatientNames | None:
    if circle.patient is None:
        return None
    traits = open_traits(circle.patient)
    families = [name for name in (traits.birth_name, traits.used_name) if name]
    names = [_name(family, traits.given_names) for family in families]
    return PatientNames(frozenset(name.family for name in names), frozenset(name.whole for name in names))


def _name(family: str, given: str) -> Name:
    first = words(given)[:1]
    return Name(_keyed("".join(words(family))), _keyed("".join(words(family)), *first))


def _keyed(*parts: str) -> bytes:
    text = "\0".join(parts).encode()
    return hashlib.blake2b(text, digest_size=16, key=settings.BLIND_INDEX_KEY, person=b"cordee finding").digest()
