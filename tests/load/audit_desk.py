"""Part `desk` of the bench of the trail: the officer's searches, timelines and counts through the whole of Django, on a
year of a region's trail (audit_year.py). An answer that is not as expected ends it with an error.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.unsafe import unsafe_session_cookie
from audit.events import SYSTEM
from circles.models import Professional
from circles.services import appoint
from tests.database import as_superuser
from tests.load import audit_year, many_circles
from tests.load.many_circles import Region

if TYPE_CHECKING:
    from tests.load.bench_audit import Report

EVENTS: Final = int(os.environ.get("EVENTS", "1000000"))
CIRCLES: Final = 2_000
ASKED: Final = 120  # of each question
STRUCTURES: Final = (0, 1, 4, 30)  # from the hospital with a third of the people to a practice

Figures = dict[str, float]
Query = dict[str, Any]


class Officer:
    """The compliance officer of one structure, signed in."""

    def __init__(self, organization: UUID) -> None:
        user = Professional.objects.filter(practitioner_role__organization=organization)[0].user_id
        appoint(actor=SYSTEM, user_id=user, organization_id=organization, role="compliance_officer")
        name, _, value = unsafe_session_cookie(User.objects.get(id=user)).partition("=")
        self.client = Client(headers={"host": settings.ALLOWED_HOSTS[0]})
        self.client.cookies[name] = value
        self.path = f"/api/organisations/{organization}/trail"

    def ask(self, query: Query, path: str = "") -> Any:
        answer = self.client.get(self.path + path, query)
        assert answer.status_code == 200, answer.content
        return answer.json()


def run(report: Report) -> None:
    with report.database():
        with as_superuser(report.services):
            region = many_circles.seed(circles=CIRCLES, invited=0)
            audit_year.skew(region)
            audit_year.seed(region, events=EVENTS)
        report.say(desk_events=EVENTS, **figures(region))


def figures(region: Region) -> Figures:
    """Median and 95th percentile in ms: of a search (any filters), of a timeline (a patient, person, circle, session or
    device), of the counts beside a month and beside the whole year; and the queries of a search.
    """
    chosen = random.Random(7)
    officers = [Officer(region.organisations[number]) for number in STRUCTURES]
    seen = {officer.path: officer.ask({"limit": 200})["events"] for officer in officers}
    month = {"from": "2026-10-01T00:00:00Z", "to": "2026-11-01T00:00:00Z"}
    searches: list[Callable[[], Query]] = [
        dict,
        lambda: month,
        lambda: {"group": chosen.choice(("breakglass", "history", "rights", "message", "file", "member"))},
        lambda: {"out": "refused"},
        lambda: month | {"out": "refused", "group": "reading"},
        lambda: {"err": "not_found", "group": "message"},
        lambda: month | {"act": ["member.invite", "member.join"]},
    ]

    def timeline(officer: Officer) -> Query:
        events = [each for each in seen[officer.path] if each["cir"]]
        key = chosen.choice(("who", "pat", "cir", "ses", "dev"))
        return {key: chosen.choice(events)[key], "limit": 200}

    def search(officer: Officer) -> Query:
        return chosen.choice(searches)()

    assert all(len(events) == 200 for events in seen.values())
    return (
        _measured("desk_search", officers, search)
        | _measured("desk_timeline", officers, timeline)
        | _measured("desk_counts_month", officers, lambda _: month, "/facets")
        | _measured("desk_counts_year", officers, lambda _: {}, "/facets", ASKED // 6)
        | _queries(officers[0])
    )


def _measured(
    name: str, officers: list[Officer], query: Callable[[Officer], Query], path: str = "", times: int = ASKED
) -> Figures:
    taken = []
    for number in range(times):
        officer = officers[number % len(officers)]
        wanted = query(officer)
        started = time.perf_counter()
        officer.ask(wanted, path)
        taken.append((time.perf_counter() - started) * 1000)
    warm = sorted(taken[len(taken) // 10 :])
    return {
        f"{name}_ms": round(statistics.median(warm), 1),
        f"{name}_p95_ms": round(warm[int(len(warm) * 0.95)], 1),
    }


def _queries(officer: Officer) -> Figures:
    with CaptureQueriesContext(connection) as captured:
        officer.ask({})
    asked = [each for each in captured if not each["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))]
    return {"desk_search_queries": len(asked)}
