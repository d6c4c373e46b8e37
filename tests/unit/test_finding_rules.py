"""Each rule over days of invented acts: what it finds, and right beside it what it lets pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from compliance.findings.day import Act, Day, Found, Habit, Health, Name, PatientNames, Standing
from compliance.findings.rules import FINDERS
from compliance.findings.thresholds import RULES, THRESHOLDS, Rule, allowed, in_force

DAY = date(2026, 11, 17)
NOON = datetime(2026, 11, 17, 11, tzinfo=UTC)
NIGHT = datetime(2026, 11, 17, 1, tzinfo=UTC)  # two in the morning in France
_numbers = count(1)


def an_id() -> UUID:
    return UUID(int=next(_numbers))


WHO, OTHER, CIRCLE = an_id(), an_id(), an_id()
NO_HABIT = Habit(nights=0, circles=0, files=0)
IN_PLACE = Standing(in_force=True, never=False, consent=True)


@dataclass
class Knowing:
    """Says the same of everybody."""

    habits: Habit = NO_HABIT
    place: Standing | None = IN_PLACE
    last: datetime | None = NOON - timedelta(days=1)
    left: datetime | None = None
    counted: int = 0
    named: Name | None = None
    of_patient: PatientNames | None = None
    colleagues: frozenset[bytes] = frozenset()
    bearing: float = 1.0
    log: Health | None = None
    asked: list[str] = field(default_factory=list)

    def habit(self, who: UUID, before: datetime, night: tuple[int, int]) -> Habit:
        self.asked.append("habit")
        return self.habits

    def standing(self, who: UUID, cir: UUID, at: datetime) -> Standing | None:
        return self.place

    def last_act(self, who: UUID, before: datetime) -> datetime | None:
        return self.last

    def departed(self, who: UUID) -> datetime | None:
        return self.left

    def count(self, who: UUID, acts: frozenset[str], since: datetime, before: datetime) -> int:
        return self.counted

    def name(self, who: UUID) -> Name | None:
        return self.named

    def patient(self, cir: UUID) -> PatientNames | None:
        return self.of_patient

    def is_colleague(self, whole: bytes) -> bool:
        return whole in self.colleagues

    def bearers(self, who: UUID) -> float:
        return self.bearing

    def health(self) -> Health | None:
        return self.log


def act(name: str = "circle.read", t: datetime = NOON, **more: Any) -> Act:
    said: dict[str, Any] = {"out": 0, "who": WHO, "org": None, "pat": None, "cir": CIRCLE, "obj": None} | more
    return Act(id=an_id(), t=t, act=name, **said)


def readings(number: int, t: datetime = NOON, name: str = "circle.read", step: int = 30, **more: Any) -> list[Act]:
    """One in each of as many circles."""
    return [act(name, t + timedelta(seconds=step * each), cir=an_id(), **more) for each in range(number)]


def find(rule: Rule, acts: Iterable[Act], known: Knowing | None = None, **chosen: Any) -> list[Found]:
    earlier = chosen.pop("earlier", [])
    ordered = sorted(acts, key=lambda each: each.t)
    return list(FINDERS[rule](Day(DAY, ordered, earlier, known or Knowing(), in_force(chosen))))


def test_every_rule_has_its_finder_and_every_threshold_holds_its_default() -> None:
    assert tuple(FINDERS) == RULES
    assert all(allowed(name, known.default) for name, known in THRESHOLDS.items())
    assert not allowed("bulk_circles", 4)
    assert not allowed("unheard_of", 4)


def test_break_glass_is_found_once_for_each_access_with_what_it_showed() -> None:
    glass = f"BreakGlass/{an_id()}"
    acts = [
        act("breakglass.start", obj=glass),
        act("breakglass.start", NOON + timedelta(minutes=1), obj=glass),
        act("circle.read", NOON + timedelta(minutes=2), obj=glass),
        act("breakglass.start", NOON + timedelta(minutes=3), obj=f"BreakGlass/{an_id()}", out=4),
    ]
    [found] = find("break_glass", acts)
    assert (found.who, found.cir, found.facts) == (WHO, CIRCLE, {"readings": 1, "refused": 0, "month": 1})
    assert len(found.evidence) == 3
    often = find("break_glass", acts, Knowing(counted=2))[0]
    refused = find("break_glass", [act("circle.read", NOON - timedelta(minutes=5), out=8), *acts])[0]
    assert found.score < refused.score < often.score


def test_tries_without_a_place_are_found_and_those_of_a_former_member_are_not() -> None:
    tries = [act("circle.read", NOON + timedelta(minutes=each), out=8) for each in range(3)]
    never = Knowing(place=Standing(in_force=False, never=True, consent=True))
    [found] = find("outside_team", tries, never)
    assert found.facts == {"tries": 3, "circles": 1}
    assert find("outside_team", tries[:2], never) == []
    assert find("outside_team", tries, Knowing(place=Standing(in_force=False, never=False, consent=True))) == []
    assert find("outside_team", tries, never, outside_tries=4) == []


def test_reading_without_a_place_is_found_at_once_and_what_a_break_glass_shows_is_not() -> None:
    ended = Knowing(place=Standing(in_force=False, never=False, consent=True))
    [found] = find("outside_team", [act()], ended)
    assert (found.facts, found.score) == ({"without": 1, "circles": 1}, 95)
    assert find("outside_team", [act(obj=f"BreakGlass/{an_id()}")], ended) == []
    assert find("outside_team", [act()], Knowing(place=None)) == []


def test_reading_on_a_withdrawn_consent_is_found() -> None:
    [found] = find("outside_team", [act()], Knowing(place=replace(IN_PLACE, consent=False)))
    assert found.facts == {"withdrawn": 1, "circles": 1}


def test_many_circles_are_found_beside_what_the_person_is_used_to() -> None:
    [found] = find("bulk", readings(45), Knowing(habits=Habit(nights=0, circles=12, files=0)))
    assert (found.facts["circles"], found.facts["usual_circles"]) == (45, 12)
    # A ward round of every morning, and somebody who has no past but no more than a ward either.
    assert find("bulk", readings(45), Knowing(habits=Habit(nights=0, circles=40, files=0))) == []
    newcomer = Knowing()
    assert find("bulk", readings(29), newcomer) == []
    assert newcomer.asked == []  # below the floor nobody's past is looked at


def test_many_files_within_an_hour_are_found_and_spread_over_the_day_they_are_not() -> None:
    [found] = find("bulk", _files(40, 60))
    assert found.facts["files"] == 40
    assert find("bulk", _files(40, 600)) == []


def _files(number: int, step: int) -> list[Act]:
    start = datetime(2026, 11, 17, 7, tzinfo=UTC)
    return [act("attachment.read", start + timedelta(seconds=step * each)) for each in range(number)]


def test_reading_at_night_is_found_unless_nights_are_this_persons() -> None:
    night = readings(10, NIGHT)
    [found] = find("out_of_hours", night)
    assert found.facts == {"readings": 10, "circles": 10, "nights": 0}
    assert find("out_of_hours", night, Knowing(habits=Habit(nights=3, circles=0, files=0))) == []
    assert find("out_of_hours", night[:9]) == []
    assert find("out_of_hours", readings(10, NOON)) == []


def test_who_writes_at_night_is_at_work() -> None:
    assert find("out_of_hours", [*readings(12, NIGHT), act("message.send", NIGHT)]) == []


MINE = Name(family=b"sorel", whole=b"sorel ana")


def patient(family: bytes, whole: bytes) -> PatientNames:
    return PatientNames(families=frozenset({family}), wholes=frozenset({whole}))


def test_a_colleague_who_is_a_patient_is_found_once_for_each_reader() -> None:
    known = Knowing(
        named=MINE, of_patient=patient(b"brun", b"brun luc"), colleagues=frozenset({b"brun luc", b"sorel ana"})
    )
    [found] = find("staff_patient", [act(), act("message.read")], known)
    assert found.facts == {"readings": 2, "own": 0}
    [again] = find("staff_patient", [act(t=NOON + timedelta(hours=1))], known)
    assert again.key == found.key  # on any day: whoever is in charge of a colleague stays so
    [own] = find("staff_patient", [act()], replace(known, of_patient=patient(b"sorel", b"sorel ana")))
    assert own.score > found.score
    assert find("staff_patient", [act()], replace(known, colleagues=frozenset())) == []


def test_the_same_family_name_is_found_unless_many_bear_it() -> None:
    known = Knowing(named=MINE, of_patient=patient(b"sorel", b"sorel jeanne"))
    [found] = find("same_name", [act()], known)
    assert found.facts == {"readings": 1}
    assert find("same_name", [act()], replace(known, bearing=11)) == []
    assert find("same_name", [act()], replace(known, of_patient=patient(b"brun", b"brun luc"))) == []
    # Themselves: the other rule.
    assert find("same_name", [act()], replace(known, of_patient=patient(b"sorel", b"sorel ana"))) == []


def test_who_has_left_or_was_away_for_long_and_reads_is_found() -> None:
    [left] = find("dormant", [act()], Knowing(left=NOON - timedelta(days=2)))
    assert left.facts == {"readings": 1, "departed": 1, "days": 2}
    assert find("dormant", [act()], Knowing(left=NOON + timedelta(hours=1))) == []
    [away] = find("dormant", [act()], Knowing(last=NOON - timedelta(days=90)))
    assert away.facts == {"readings": 1, "departed": 0, "days": 90}
    for known in (Knowing(last=NOON - timedelta(days=89)), Knowing(last=None)):
        assert find("dormant", [act()], known) == []
    assert find("dormant", [act("auth.login", cir=None)], Knowing(last=NOON - timedelta(days=90))) == []


def test_refused_then_allowed_is_found_with_what_opened_the_circle() -> None:
    refused = [act("circle.read", NOON + timedelta(minutes=each), out=8) for each in range(2)]
    invited = act("member.join", NOON + timedelta(minutes=9))
    let_in = act("circle.read", NOON + timedelta(minutes=10))
    [found] = find("refused_then_allowed", [*refused, invited, let_in])
    assert found.facts == {"refused": 2, "minutes": 9, "broken": 0}
    assert found.evidence == (*refused, invited, let_in)
    assert find("refused_then_allowed", [refused[0], let_in]) == []
    assert find("refused_then_allowed", [*refused, replace(let_in, who=OTHER)]) == []
    assert find("refused_then_allowed", [*refused, replace(let_in, cir=an_id())]) == []


def test_a_refusal_of_the_evening_counts_the_next_morning() -> None:
    evening = [replace(act(out=8), t=NOON - timedelta(hours=14 + each)) for each in range(2)]
    assert len(find("refused_then_allowed", [act()], earlier=evening[::-1])) == 1
    assert find("refused_then_allowed", [act()], earlier=evening[::-1], refused_hours=2) == []


def test_exports_are_found_when_many_large_or_at_night() -> None:
    small = act("export.create", cir=None, cnt=10)
    assert find("exports", [small]) == []
    assert find("exports", [replace(small, out=8)], Knowing(counted=9)) == []
    assert find("exports", [small], Knowing(counted=4))[0].facts["week"] == 5
    assert find("exports", [replace(small, cnt=10_000)])[0].facts["largest"] == 10_000
    assert find("exports", [replace(small, t=NIGHT)])[0].facts["night"] == 1


HEALTHY = Health(now=NOON, lag_seconds=1, rejected=0, gaps=0, witnesses_missing=0, outside=NOON)


@pytest.mark.parametrize(
    ("wrong", "facts"),
    [
        ({"lag_seconds": 61.0}, {"lag": 61}),
        ({"rejected": 1}, {"rejected": 1}),
        ({"gaps": 2}, {"gaps": 2}),
        ({"witnesses_missing": 1}, {"witnesses_missing": 1}),
        ({"outside": NOON - timedelta(days=40)}, {"outside_days": 40}),
    ],
)
def test_the_log_is_found_when_something_is_wrong_with_it(wrong: dict[str, Any], facts: dict[str, int]) -> None:
    [found] = find("log_health", [], Knowing(log=replace(HEALTHY, **wrong)))
    assert found.facts == facts
    assert find("log_health", [], Knowing(log=HEALTHY)) == []
    assert find("log_health", [], Knowing(log=None)) == []
