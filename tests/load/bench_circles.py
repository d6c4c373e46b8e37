"""`make bench-circles`: what a region's circles cost: 100,000 of ten members each, 20,000 people in fifty each.

Prints `name: value` lines and writes bench/circles.json: median and 95th percentile in milliseconds through the whole
of Django (middleware, gate, audit, answer), and the queries of each, which do not grow with the region. CIRCLES asks
for a smaller one. A figure whose answer is not as expected ends it with an error.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

from config.services import Services

if TYPE_CHECKING:
    from tests.load.many_circles import Region

CIRCLES: Final = int(os.environ.get("CIRCLES", "100000"))
ASKED: Final = 200
INVITED: Final = 300
Figures = dict[str, float]
_OF_TRANSACTIONS: Final = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="cordee-bench-", dir="/tmp"))
    folder.chmod(0o711)
    services = Services(folder, durable=True, given={})
    os.environ.update(
        services.environment() | {"PUBLIC_URL": "http://localhost:8000", "DJANGO_SETTINGS_MODULE": "config.settings"}
    )
    result: Figures = {"circles": CIRCLES}
    try:
        for figures in parts(services):
            for name, value in figures.items():
                print(f"{name}: {value}", flush=True)
            result |= figures
    finally:
        services.stop()
        shutil.rmtree(folder, ignore_errors=True)
    Path("bench").mkdir(exist_ok=True)
    Path("bench/circles.json").write_text(json.dumps(result, indent=2) + "\n")


def parts(services: Services) -> Iterator[Figures]:
    import django

    django.setup()
    from tests.database import Cluster, as_superuser
    from tests.load import many_circles

    Cluster(services).start()
    started = time.perf_counter()
    with as_superuser(services):
        region = many_circles.seed(circles=CIRCLES, invited=INVITED)
    yield {
        "people": len(region.people),
        "members": CIRCLES * many_circles.MEMBERS,
        "seeded_s": round(time.perf_counter() - started),
    }
    yield my_circles(region)
    yield gate(region)
    yield accepting(region)
    yield care_teams(region)


def my_circles(region: Region) -> Figures:
    """`GET /api/circles` of somebody in fifty circles: gate, fifty patients opened, the act recorded."""
    from django.test import Client

    from accounts.models import User
    from accounts.unsafe import unsafe_session_cookie
    from tests.load.many_circles import CIRCLES_A_PERSON

    def ask(user: UUID) -> Callable[[], None]:
        name, _, value = unsafe_session_cookie(User.objects.get(id=user)).partition("=")
        client = Client(headers={"host": "localhost"})
        client.cookies[name] = value

        def get() -> None:
            answer = client.get("/api/circles")
            assert len(answer.json()["circles"]) == CIRCLES_A_PERSON

        return get

    return measured("my_circles", [ask(user) for user in random.sample(region.people, ASKED)])


def gate(region: Region) -> Figures:
    """The question that stands before everything: may this person read this circle."""
    from circles import access
    from circles.errors import NotFound
    from circles.models import Member

    pairs = list(Member.objects.order_by("?").values_list("user_id", "circle_id")[: 5 * ASKED])

    def member(user: UUID, circle: UUID) -> None:
        assert access.circle_for(user, circle, "read").id == circle

    def stranger(user: UUID, circle: UUID) -> None:
        try:
            access.circle_for(user, circle, "read")
        except NotFound:
            return
        raise AssertionError("a stranger may read")

    outside = [(user, random.choice(region.circles)) for user in random.sample(region.people, ASKED)]
    inside = {
        tuple(each)
        for each in Member.objects.filter(user__in=[u for u, _ in outside]).values_list("user_id", "circle_id")
    }
    return measured("gate", [partial(member, *pair) for pair in pairs]) | measured(
        "gate_stranger", [partial(stranger, *pair) for pair in outside if pair not in inside]
    )


def accepting(region: Region) -> Figures:
    """Taking the place that was offered: what the accepted commit does to the tables, in one transaction."""
    from audit.events import Actor
    from circles import services

    def take(user: UUID, circle: UUID) -> None:
        assert services.join(actor=Actor(user_id=user), circle_id=circle).first

    return measured("accept_invitation", [partial(take, *place) for place in region.invited])


def care_teams(region: Region) -> Figures:
    """The search of a structure's program, among the 500 teams of its ten people: a page of twenty with patients and
    participants, and the team of one patient by number.
    """
    from urllib.parse import quote

    from circles.models import Professional
    from tests.careteam import Program, a_program
    from tests.factories import Colleague
    from tests.load.many_circles import place, traits

    def page(program: Program) -> None:
        answer = program.ask("GET", "CareTeam?_count=20&_include=CareTeam:patient&_include=CareTeam:participant")
        found = [each for each in json.loads(answer.content)["entry"] if each["search"]["mode"] == "match"]
        assert len(found) == 20

    def by_number(program: Program, circle: int) -> None:
        patient = traits(circle)
        number = quote(f"urn:oid:{patient.oid}|{patient.matricule}")
        answer = program.ask("GET", f"CareTeam?patient.identifier={number}")
        assert [each["resource"]["id"] for each in json.loads(answer.content)["entry"]] == [str(region.circles[circle])]

    programs = []
    for linked in Professional.objects.select_related("user").filter(user__in=region.people[: ASKED // 4]):
        person = Colleague(linked.user, linked.practitioner_id, linked.practitioner_role_id, "CHARGE")
        programs.append(a_program(person))
    coordinators = ((circle, place(circle, 0, len(region.people))) for circle in range(len(region.circles)))
    theirs = [(programs[person], circle) for circle, person in coordinators if person < len(programs)]
    return measured("careteam_page", [partial(page, each) for each in random.choices(programs, k=ASKED)]) | measured(
        "careteam_by_number", [partial(by_number, *each) for each in random.choices(theirs, k=ASKED)]
    )


def measured(name: str, acts: Sequence[Callable[[], None]]) -> Figures:
    """Median and 95th percentile in ms, without the first tenth; then the most queries that one of the last ten took,
    counted apart because counting costs time.
    """
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    times, queries = [], []
    for act in acts[:-10]:
        started = time.perf_counter()
        act()
        times.append((time.perf_counter() - started) * 1000)
    for act in acts[-10:]:
        with CaptureQueriesContext(connection) as captured:
            act()
        queries.append(
            sum(not each["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")) for each in captured)
        )
    warm = sorted(times[len(times) // 10 :])
    return {
        f"{name}_ms": round(statistics.median(warm), 2),
        f"{name}_p95_ms": round(warm[int(len(warm) * 0.95)], 2),
        f"{name}_queries": max(queries),
    }


if __name__ == "__main__":
    main()
