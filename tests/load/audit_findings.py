"""Part `findings` of `make bench-audit`: forty cases planted among 100,000 ordinary acts, found or not, and what is
found besides.

Ordinary: two months of 120 people in 600 circles, of which the second is looked at: days, nights in shifts, rounds of a
whole ward every morning, replacements from one day to the next, single refusals, homonyms of common names, weekly
exports. Ends with an error when a case is missed or fewer than four findings in five are planted.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection
from django.utils import timezone
from uuid_utils.compat import uuid7

from audit.events import canonical, mac
from circles.models import Circle, Consent, Member, Professional
from circles.patients import open_traits, replace_traits
from compliance.findings.day import ZONE, beginning
from compliance.findings.looking import look
from compliance.findings.thresholds import RULES
from compliance.models import Finding
from directory.models import Organization, Practitioner, PractitionerRole
from tests.database import as_superuser
from tests.load import many_circles
from tests.load.bench_audit import Report

CIRCLES: Final = 600
DAYS, LOOKED_AT = 60, 30
NORMAL: Final = 100_000  # in the days that are looked at
PRECISION: Final = 0.8
COMMON: Final = ("MARTIN", 60)  # a family name, and how many of the directory's professionals bear it
_COLUMNS: Final = 'id, leaf, mac, w, wn, t, act, "out", err, who, org, pat, cir, obj'

Planted = tuple[str, UUID, UUID | None]  # rule, person, circle


def run(report: Report) -> None:
    with report.database():
        with as_superuser(report.services):
            town = Town()
            town.live()
            planted = Cases(town).plant()
            town.write()
        started = time.perf_counter()
        for day in town.days[-LOOKED_AT:]:
            look(town.organization, day)
        seconds = time.perf_counter() - started
        report.say(findings_events=town.looked_at, findings_seconds_a_day=round(seconds / LOOKED_AT, 2))
        _judge(report, planted)


def _judge(report: Report, planted: list[Planted]) -> None:
    """For each rule: planted, found, missed, and found besides."""
    found = list(Finding.objects.values_list("rule", "who", "cir"))
    hits = {case: [one for one in found if _same(case, one)] for case in planted}
    matched = [one for ones in hits.values() for one in ones]
    beside = [one for one in found if one not in matched]
    for rule in RULES:
        cases = [case for case in planted if case[0] == rule]
        report.say(
            **{
                f"findings_{rule}_planted": len(cases),
                f"findings_{rule}_found": sum(bool(hits[case]) for case in cases),
                f"findings_{rule}_beside": sum(one[0] == rule for one in beside),
            }
        )
    caught = sum(map(bool, hits.values()))
    precision = len(matched) / max(len(found), 1)
    report.say(findings_planted=len(planted), findings_found=caught, findings_precision=round(precision, 3))
    assert caught == len(planted) == 40, [case for case, ones in hits.items() if not ones]
    assert precision >= PRECISION, Counter(one[0] for one in beside)


def _same(case: Planted, found: tuple[str, UUID | None, UUID | None]) -> bool:
    return case[:2] == found[:2] and case[2] in (None, found[2])


class Town:
    """An organisation with its people, circles and acts; the acts are written at the end, in order of time."""

    def __init__(self) -> None:
        region = many_circles.seed(circles=CIRCLES, invited=0)
        self.chosen = random.Random(11)
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")  # nothing here is an act
        self.organization = Organization.objects.get(id=region.organisations[0])
        PractitionerRole.objects.update(organization=self.organization)
        self._rename()
        Member.objects.update(joined=timezone.now() - timedelta(days=DAYS + 60))
        self.users = region.people
        self.who = {user: uuid4() for user in region.people}
        self.cir = {circle: uuid4() for circle in region.circles}
        self.mine: dict[UUID, list[UUID]] = {user: [] for user in region.people}
        for user, circle in Member.objects.order_by("id").values_list("user_id", "circle_id"):
            self.mine[user].append(circle)
        self.kept: set[UUID] = set()  # circles of the cases: nobody else goes there
        today = timezone.now().astimezone(ZONE).date()
        self.days = [today - timedelta(days=back) for back in range(DAYS, 0, -1)]
        self.acts: list[dict[str, Any]] = []

    @property
    def looked_at(self) -> int:
        return sum(act["t"] >= beginning(self.days[-LOOKED_AT]) for act in self.acts)

    def at(self, day: int, hour: float) -> datetime:
        """`day` from the end: 1 is yesterday."""
        return (beginning(self.days[-day]) + timedelta(hours=hour)).astimezone(UTC)

    def act(self, user: UUID, name: str, t: datetime, circle: UUID | None = None, **more: Any) -> None:
        self.acts.append({"act": name, "who": user, "t": t, "circle": circle, "out": 0, **more})

    def session(self, user: UUID, t: datetime, circles: list[UUID], *, writes: float = 0.3, files: float = 0.1) -> None:
        self.act(user, "auth.login", t)
        for circle in circles:
            t += timedelta(seconds=self.chosen.uniform(5, 40))
            self.act(user, "circle.read", t, circle)
            self.act(user, "message.read", t + timedelta(seconds=1), circle)
            if self.chosen.random() < files:
                self.act(user, "attachment.read", t + timedelta(seconds=2), circle)
            if self.chosen.random() < writes:
                self.act(user, "message.send", t + timedelta(seconds=4), circle)

    def some(self, user: UUID, least: int, most: int) -> list[UUID]:
        free = [circle for circle in self.mine[user] if circle not in self.kept]
        return self.chosen.sample(free, min(len(free), self.chosen.randint(least, most)))

    def live(self) -> None:
        """The first twenty people are left to the cases."""
        others = self.users[20:]
        nights, rounds, replacing = others[:15], others[15:30], others[30:36]
        days = others[36:]
        for number in range(DAYS, 0, -1):
            weekend = self.days[-number].weekday() > 4
            for user in days:
                if not weekend or self.chosen.random() < 0.1:
                    for hour in (8, 11, 14, 16.5):
                        self.session(user, self.at(number, hour + self.chosen.random()), self.some(user, 3, 6))
                if self.chosen.random() < 0.02:  # called at night: two circles, and back to sleep
                    self.session(user, self.at(number, self.chosen.uniform(0, 5)), self.some(user, 1, 2))
            for user in nights:
                if self.chosen.random() < 0.5:
                    self.session(user, self.at(number, self.chosen.uniform(22, 23)), self.some(user, 8, 12))
                    self.session(user, self.at(number, self.chosen.uniform(2, 5)), self.some(user, 8, 12))
            for user in rounds:
                if self.chosen.random() < 0.8:
                    self.session(user, self.at(number, 7 + self.chosen.random()), self.some(user, 34, 42), writes=0.1)
            for place, user in enumerate(replacing):
                self._replace(user, place, number)
            self._noise(number, days)
        while self.looked_at < NORMAL:
            user, number = self.chosen.choice(days), self.chosen.randint(1, LOOKED_AT)
            self.session(user, self.at(number, self.chosen.uniform(9, 18)), self.some(user, 2, 4))

    def _replace(self, user: UUID, place: int, number: int) -> None:
        """From one day to the next: a day's list, a night, or, for the last of them, a whole ward at once."""
        if number > 12 - place:
            return
        if place == 4:
            self.session(user, self.at(number, 1.5), self.some(user, 8, 12), writes=0.6)
        elif place == 5:
            self.session(user, self.at(number, 7.5), self.some(user, 36, 40))
        else:
            self.session(user, self.at(number, 8 + self.chosen.random()), self.some(user, 15, 26))

    def _noise(self, number: int, days: list[UUID]) -> None:
        """A mistyped link, a place that is over, an export a week."""
        user, circle = self.chosen.choice(days), self.chosen.choice(list(self.cir))
        self.act(user, "circle.read", self.at(number, 15), circle, out=8)
        if number % 7 == 0:
            self.act(days[0], "export.create", self.at(number, 10), cnt=self.chosen.randint(50, 900))

    def _rename(self) -> None:
        """Names without digits, some of them common, with as many bearers as they have in the country."""
        family, bearers = COMMON
        for number, held in enumerate(Practitioner.objects.order_by("id")):
            held.family_name = family if number % 30 == 29 else f"SOREL{many_circles._letters(number)}"
            held.save(update_fields=["family_name"])
        names = dict(Practitioner.objects.values_list("id", "family_name"))
        for role in PractitionerRole.objects.all():
            role.sort_key = f"{names[role.practitioner_id].lower()} camille"
            role.save(update_fields=["sort_key"])
        for number in range(bearers):
            named = Practitioner.objects.create(
                source="load", fhir_id=f"c{number}", digest=b"", active=True, family_name=family, given_name="Dominique"
            )
            PractitionerRole.objects.create(
                practitioner=named, source="load", fhir_id=f"c{number}", digest=b"", active=True, sector="health",
                profession_system="", profession_code="", profession_label="",
                sort_key=f"{family.lower()} dominique", name_key="", search_key="",
            )  # fmt: skip
        homonyms = Professional.objects.filter(practitioner__family_name=family).values("user")
        for place in Member.objects.filter(user__in=homonyms).select_related("circle__patient")[:8]:
            rename(place.circle, family, "Josette")

    def write(self) -> None:
        with connection.cursor() as cursor:
            names = [("Person", *each) for each in self.who.items()] + [("Circle", *each) for each in self.cir.items()]
            with cursor.copy("COPY audit_pseudonym (pseudonym, kind, subject, salt, event_id) FROM STDIN") as copy:
                for kind, subject, name in names:
                    copy.write_row((name, kind, subject, bytes(32), uuid7()))
            cursor.execute("INSERT INTO audit_writer (n, backend) VALUES (%s, 0) RETURNING id", (len(self.acts) + 1,))
            writer = int(cursor.fetchone()[0])
            with cursor.copy(f"COPY audit_event ({_COLUMNS}) FROM STDIN") as copy:
                for number, act in enumerate(sorted(self.acts, key=lambda each: each["t"]), start=2):
                    copy.write_row(self._row(act, writer, number))
            cursor.execute("RESET session_replication_role")
            cursor.execute("ANALYZE audit_event")

    def _row(self, act: dict[str, Any], writer: int, number: int) -> tuple[Any, ...]:
        t: datetime = act["t"]
        event = UUID(int=int(t.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62 | number)
        who, cir = self.who[act["who"]], self.cir[act["circle"]] if act["circle"] else None
        err = "not_found" if act["out"] else None
        said = {
            "act": act["act"], "auth": "passkey", "cir": cir, "err": err, "id": event, "n": "AAAAAAAAAAAAAAAAAAAAAA==",
            "node": "load/1", "obj": act.get("obj"), "org": self.organization.id, "out": act["out"],
            "t": t.isoformat(timespec="microseconds")[:-6] + "Z", "v": 1, "w": writer, "who": who, "why": "TREAT",
            "wn": number, "cnt": act.get("cnt"),
        }  # fmt: skip
        plain = {
            key: value if isinstance(value, int) else str(value) for key, value in said.items() if value is not None
        }
        leaf = canonical(plain)
        return (
            *(event, leaf.decode(), mac(leaf, settings.AUDIT_MAC_KEY), writer, number, t, act["act"], act["out"], err),
            *(who, self.organization.id, None, cir, act.get("obj")),
        )


class Cases:
    """Forty, by twenty people who do nothing else out of the ordinary."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.planted: list[Planted] = []

    def plant(self) -> list[Planted]:
        town, users = self.town, self.town.users
        for user in users[:16]:  # their ordinary days
            for number in range(DAYS, 0, -1):
                if town.days[-number].weekday() < 5:
                    town.session(user, town.at(number, 9 + town.chosen.random()), town.some(user, 6, 12))
        for number in range(4):
            self._broken_glass(users[number], 20 - number)
            self._let_in(users[4 + number], 15 - number)
            self._named(users[8 + number], "staff_patient", 10 - number)
            self._exports(users[number + 12], number)
            self._away(users[16 + number], number)
        for number in range(5):
            self._outside(users[number + 3], number)
            self._bulk(users[number + 1], number)
            self._at_night(users[number + 6], 6 + number)
            self._named(users[number + 9], "same_name", 14 + number)
        return self.planted

    def _plant(self, rule: str, user: UUID, circle: UUID | None = None) -> None:
        self.planted.append((rule, self.town.who[user], self.town.cir[circle] if circle else None))

    def _strange(self, user: UUID) -> UUID:
        """A circle of others."""
        mine = set(self.town.mine[user])
        return next(
            each for each in self.town.chosen.sample(list(self.town.cir), 200) if each not in mine | self.town.kept
        )

    def _own(self, user: UUID) -> UUID:
        """A circle of this person's that nobody has looked at: what is planted there is not the others' case too."""
        circle = next(each for each in self.town.mine[user] if each not in self.town.kept)
        self.town.acts = [act for act in self.town.acts if act["circle"] != circle]
        self.town.kept.add(circle)
        return circle

    def _broken_glass(self, user: UUID, number: int) -> None:
        circle, glass = self._strange(user), f"BreakGlass/{uuid7()}"
        for minute, name in enumerate(("breakglass.start", "circle.read")):
            self.town.act(user, name, self.town.at(number, 10 + minute / 60), circle, obj=glass)
        self._plant("break_glass", user, circle)

    def _let_in(self, user: UUID, number: int) -> None:
        circle = self._strange(user)
        for minute in (0, 3):
            self.town.act(user, "circle.read", self.town.at(number, 11 + minute / 60), circle, out=8)
        model = Member.objects.filter(user=user)[0]
        model.pk, model.circle_id, model.joined = uuid7(), circle, self.town.at(number, 11.2)
        model.save(force_insert=True)
        self.town.act(user, "member.join", self.town.at(number, 11.2), circle)
        self.town.act(user, "circle.read", self.town.at(number, 11.4), circle)
        self._plant("refused_then_allowed", user, circle)

    def _named(self, user: UUID, rule: str, number: int) -> None:
        circle = self._own(user)
        family = Professional.objects.get(user=user).practitioner.family_name
        colleague = Professional.objects.get(user=self.town.users[50 + number]).practitioner.family_name
        patient = Circle.objects.select_related("patient").get(id=circle)
        rename(patient, *((family, "Josette") if rule == "same_name" else (colleague, "Camille")))
        self.town.act(user, "circle.read", self.town.at(number, 13), circle)
        self._plant(rule, user, circle)

    def _exports(self, user: UUID, number: int) -> None:
        match number:
            case 0:
                self.town.act(user, "export.create", self.town.at(9, 14), cnt=25_000)
            case 1:
                self.town.act(user, "export.create", self.town.at(9, 3), cnt=40)
            case _:
                for hour in range(6):
                    self.town.act(user, "export.read", self.town.at(8 + number, 9 + hour), cnt=40)
        self._plant("exports", user)

    def _away(self, user: UUID, number: int) -> None:
        """Two who have left, two who were away for months."""
        if number < 2:
            self.town.session(user, self.town.at(40, 10), self.town.some(user, 6, 9))
            leaver = f"Person/{self.town.who[user]}"
            self.town.act(self.town.users[60], "person.depart", self.town.at(12, 12), obj=leaver)
        else:
            self.town.act(user, "auth.login", self.town.at(1, 0) - timedelta(days=130))
        self.town.session(user, self.town.at(5 + number, 10), self.town.some(user, 6, 9), writes=0)
        self._plant("dormant", user)

    def _outside(self, user: UUID, number: int) -> None:
        circle = self._strange(user)
        match number:
            case 0:
                self.town.act(user, "circle.read", self.town.at(7, 16), circle)
            case 1:
                circle = self._own(user)
                place = Member.objects.get(user=user, circle=circle)
                withdrawn = self.town.at(8, 9)
                place.consent = Consent.objects.create(
                    circle_id=circle, user_id=user, given_on=withdrawn.date(), how="spoken", recorded_by_id=user,
                    withdrawn=withdrawn, withdrawn_by_id=user,
                )  # fmt: skip
                place.ground = "outside_team"
                place.save(update_fields=["consent", "ground"])
                self.town.act(user, "message.read", self.town.at(7, 16), circle)
            case _:
                for minute in range(4):
                    self.town.act(user, "circle.read", self.town.at(7, 16 + minute / 60), circle, out=8)
        self._plant("outside_team", user, circle)

    def _bulk(self, user: UUID, number: int) -> None:
        t = self.town.at(3 + number, 15)
        if number < 3:
            self.town.session(user, t, [each for each in self.town.mine[user] if each not in self.town.kept], writes=0)
        else:
            circle = self.town.some(user, 1, 1)[0]
            for file in range(45):
                self.town.act(user, "attachment.read", t + timedelta(seconds=40 * file), circle)
        self._plant("bulk", user)

    def _at_night(self, user: UUID, number: int) -> None:
        self.town.session(
            user, self.town.at(number, 2 + self.town.chosen.random()), self.town.some(user, 7, 9), writes=0
        )
        self._plant("out_of_hours", user)


def rename(circle: Circle, family: str, given: str) -> None:
    assert circle.patient
    replace_traits(circle.patient, replace(open_traits(circle.patient), birth_name=family, given_names=given))
