"""An officer says what a finding is, with words that stay sealed; nobody reviews their own acts. Thresholds and monthly
reports are the officers' too.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from audit.details import open_detail
from audit.models import Event, Pseudonym
from audit.selectors import events_about
from circles.models import Notice
from compliance.findings.monthly import make, make_monthly_reports
from compliance.findings.rounds import find_what_stands_out
from compliance.findings.thresholds import THRESHOLDS
from compliance.models import Finding, MonthlyReport, Watch
from directory.models import Organization
from tests import factories
from tests.cast import Browser, Clock
from tests.factories import Colleague
from tests.integration.test_findings import look_now
from tests.trail_scene import Desk, a_desk, looks_at

WORDS = "Vu avec le service : remplacement prévu"


@pytest.fixture
def desk(gp: Colleague) -> Desk:
    return a_desk(gp)


@pytest.fixture
def finding(desk: Desk, stranger: Colleague) -> Finding:
    circle = factories.a_circle(desk.member)
    for _ in range(3):
        looks_at(stranger, circle)
    assert look_now(desk) == 1
    return Finding.objects.get()


def path(desk: Desk, *parts: object) -> str:
    return "/".join(("/api/organisations", str(desk.organization), *map(str, parts)))


def get(browser: Client, address: str) -> tuple[int, Any]:
    response = browser.get(address)
    return response.status_code, response.json()


def annotate(desk: Desk, finding: Finding, browser: Client | None = None, **said: Any) -> tuple[int, Any]:
    body = {"text": WORDS, "status": "explained"} | said
    address = path(desk, "findings", finding.id, "annotations")
    response = (browser or desk.browser).post(address, body, content_type="application/json")
    return response.status_code, response.json()


def test_only_the_organisations_officers(desk: Desk, finding: Finding, browser: Browser, stranger: Colleague) -> None:
    elsewhere = a_desk()
    others = (browser(stranger), browser(desk.member), elsewhere.browser)
    addresses = [path(desk, *each) for each in (("findings",), ("findings", finding.id), ("thresholds",))]
    for address in (*addresses, path(desk, "monthly-reports")):
        assert get(browser(None), address)[1]["code"] == "signed_out"
        assert [get(each, address)[1]["code"] for each in others] == ["not_found"] * 3
        assert get(desk.browser, address)[0] == 200
    assert [annotate(desk, finding, each)[1]["code"] for each in others] == ["not_found"] * 3
    # Under the officer's own organisation the finding of another does not exist either.
    assert get(elsewhere.browser, path(elsewhere, "findings", finding.id))[1]["code"] == "not_found"
    assert annotate(elsewhere, finding)[1]["code"] == "not_found"
    assert get(elsewhere.browser, path(elsewhere, "findings"))[1]["findings"] == []


def test_a_finding_is_shown_with_its_evidence_and_settled_with_words(desk: Desk, finding: Finding) -> None:
    [row] = get(desk.browser, path(desk, "findings"))[1]["findings"]
    assert (row["rule"], row["status"], row["facts"], row["own"]) == (
        "outside_team",
        "open",
        {"tries": 3, "circles": 1},
        False,
    )
    assert annotate(desk, finding) == (200, {})
    assert annotate(desk, finding, status=None, text="Autre précision") == (200, {})
    shown = get(desk.browser, path(desk, "findings", finding.id))[1]
    assert [(each["act"], each["out"]) for each in shown["evidence"]] == [("circle.read", 8)] * 3
    assert [(each["text"], each["status"]) for each in shown["annotations"]] == [
        (WORDS, "explained"),
        ("Autre précision", None),
    ]
    assert shown["status"] == "explained"
    counted = get(desk.browser, path(desk, "findings"))[1]
    assert counted["rules"] == [{"rule": "outside_team", "open": 0, "explained": 1, "confirmed": 0, "dismissed": 0}]
    assert [(each["rule"], each["n"], each["confirmed"]) for each in counted["weeks"]] == [("outside_team", 1, 0)]
    for query, expected in (("status=open", 0), ("status=explained", 1), ("rule=bulk", 0), ("rule=outside_team", 1)):
        assert len(get(desk.browser, path(desk, f"findings?{query}"))[1]["findings"]) == expected


def test_the_words_are_in_the_trail_sealed_and_nowhere_else(desk: Desk, finding: Finding) -> None:
    annotate(desk, finding)
    [event] = events_about(obj=("Finding", finding.id)).filter(act="audit.review")
    assert event.org == desk.organization
    assert json.loads(open_detail(event.details.get(key="rsn"))[0]) == WORDS
    assert WORDS not in event.leaf
    get(desk.browser, path(desk, "findings", finding.id))
    [read] = events_about(obj=("Finding", finding.id)).filter(act="audit.read")
    assert json.loads(read.leaf)["cnt"] == 3


def test_nobody_reviews_what_they_did_themselves(desk: Desk, finding: Finding) -> None:
    get(desk.browser, path(desk, "findings"))
    own = Pseudonym.objects.get(kind="Person", subject=desk.officer.id).pseudonym
    Finding.objects.filter(id=finding.id).update(who=own)
    [row] = get(desk.browser, path(desk, "findings"))[1]["findings"]
    assert row["own"] is True
    for status in ("dismissed", None):
        assert annotate(desk, finding, status=status)[1]["code"] == "own_finding"
    second = a_desk(desk.member)
    assert second.organization == desk.organization
    assert annotate(second, finding) == (200, {})


@pytest.mark.parametrize("said", [{"text": "x" * 501}, {"text": "  "}, {"status": "vanished"}, {"more": 1}])
def test_what_is_no_review_is_refused(desk: Desk, finding: Finding, said: dict[str, Any]) -> None:
    assert annotate(desk, finding, **said)[1]["code"] == "bad_input"
    finding.refresh_from_db()
    assert finding.status == "open"


def test_thresholds_are_chosen_within_their_bounds_and_hold_from_the_next_look_on(
    desk: Desk, stranger: Colleague
) -> None:
    shown = get(desk.browser, path(desk, "thresholds"))[1]["thresholds"]
    assert {each["name"]: each["value"] for each in shown} == {
        name: known.default for name, known in THRESHOLDS.items()
    }
    assert choose(desk, outside_tries=51)[1] == {"code": "bad_threshold", "detail": "outside_tries 1–50"}
    assert choose(desk, anything=1)[1]["code"] == "bad_threshold"
    circle = factories.a_circle(desk.member)
    looks_at(stranger, circle)
    assert look_now(desk) == 0
    assert choose(desk, outside_tries=1) == (200, {})
    assert look_now(desk) == 1
    [event] = Event.objects.filter(act="setting.change", out=0, obj=f"Organization/{desk.organization}")
    assert json.loads(open_detail(event.details.get(key="det"))[0]) == {"thresholds": {"outside_tries": 1}}


def choose(desk: Desk, **chosen: int) -> tuple[int, Any]:
    response = desk.browser.put(path(desk, "thresholds"), {"chosen": chosen}, content_type="application/json")
    return response.status_code, response.json()


def test_the_report_of_a_month_is_made_once_and_told_without_its_content(
    desk: Desk, finding: Finding, clock: Clock
) -> None:
    find_what_stands_out()
    month = finding.began.date().replace(day=1)
    after = datetime(month.year, month.month, 28, tzinfo=UTC) + timedelta(days=8)
    clock(after)
    assert make_monthly_reports() == 0  # the last days were not looked at yet
    Watch.objects.update(through=after.date())
    assert make_monthly_reports() == 1
    assert make_monthly_reports() == 0
    [report] = MonthlyReport.objects.all()
    assert bytes(report.pdf).startswith(b"%PDF-")
    assert report.content["findings"] == report.content["open"] == 1
    assert sum(each["refused"] for each in report.content["days"]) >= 3
    [listed] = report.content["list"]
    assert listed["who"].startswith("P-")
    [notice] = Notice.objects.filter(what="monthly_report")
    assert (notice.user_id, notice.circle_id, notice.by_id) == (desk.officer.id, None, None)


def test_reading_a_report_is_an_act(desk: Desk, finding: Finding, clock: Clock) -> None:
    report = _report(desk, finding.began.date().replace(day=1))
    shown = get(desk.browser, path(desk, "monthly-reports", report.month))[1]
    assert shown == report.content
    printed = desk.browser.get(path(desk, "monthly-reports", report.month, "pdf"))
    assert printed["Content-Type"] == "application/pdf"
    assert printed.content == bytes(report.pdf)
    assert events_about(obj=("Export", report.id)).filter(act="export.read", out=0).count() == 2
    [row] = get(desk.browser, path(desk, "monthly-reports"))[1]["reports"]
    assert (row["month"], row["findings"]) == (report.month.isoformat(), 1)
    assert get(desk.browser, path(desk, "monthly-reports", "1999-01-01"))[1]["code"] == "not_found"
    elsewhere = a_desk()
    for address in ((report.month,), (report.month, "pdf")):
        answer = get(elsewhere.browser, path(desk, "monthly-reports", *address))
        assert answer[1]["code"] == "not_found"


def _report(desk: Desk, month: date) -> MonthlyReport:

    find_what_stands_out()
    assert make(Organization.objects.get(id=desk.organization), month)
    return MonthlyReport.objects.get()
