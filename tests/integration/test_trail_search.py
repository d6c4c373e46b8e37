"""An officer searches the trail of an organisation: what is in scope and nothing else, by pages, counted, traced."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from audit.details import open_detail
from audit.events import SYSTEM
from audit.models import Event
from audit.services import record
from chat.models import Device
from circles.models import Circle
from circles.services import appoint, dismiss
from compliance.codes import code_of, device_code
from tests import factories
from tests.cast import Browser
from tests.trail_scene import Desk, a_desk, looks_at, organisation_of, pseudonym


@pytest.fixture
def desk(cast_database: None) -> Desk:
    return a_desk()


@pytest.fixture
def elsewhere(desk: Desk) -> Desk:
    return a_desk()


@pytest.fixture
def shared(desk: Desk, elsewhere: Desk) -> Circle:
    """Opened by one organisation's member, with one of the other."""
    return factories.a_circle(desk.member, elsewhere.member)


@pytest.fixture
def foreign(elsewhere: Desk) -> Circle:
    return factories.a_circle(elsewhere.member)


def test_a_circle_of_two_organisations_is_both_officers_whoever_acts(
    desk: Desk, elsewhere: Desk, shared: Circle, foreign: Circle
) -> None:
    assert (
        looks_at(desk.member, shared)
        == looks_at(elsewhere.member, shared)
        == looks_at(elsewhere.member, foreign)
        == 200
    )
    cir = pseudonym("Circle", shared.id)
    both = {pseudonym("Person", each.member.id) for each in (desk, elsewhere)}
    for officer in (desk, elsewhere):
        assert {each["who"] for each in officer.found(act="circle.read", cir=cir)} == both


def test_of_another_organisation_an_officer_sees_nothing(desk: Desk, elsewhere: Desk, foreign: Circle) -> None:
    looks_at(elsewhere.member, foreign)
    cir = pseudonym("Circle", foreign.id)
    assert desk.found(cir=cir) == desk.found(org=str(elsewhere.organization)) == []
    assert desk.found(who=pseudonym("Person", elsewhere.member.id)) == []
    assert desk.get("/facets", cir=cir)[1]["outcomes"] == {"done": 0, "refused": 0}
    hidden = Event.objects.filter(cir=cir, act="circle.read").get()
    assert desk.get(f"/events/{hidden.id}")[1] == {"code": "not_found", "detail": ""}
    assert elsewhere.get(f"/events/{hidden.id}")[1]["leaf"] == hidden.leaf


def test_what_officers_do_with_a_shared_circle_stays_their_organisations(
    desk: Desk, elsewhere: Desk, shared: Circle
) -> None:
    desk.found(cir=pseudonym("Circle", shared.id))
    assert [each["act"] for each in desk.found(group="trail")][-1] == "audit.search"
    assert elsewhere.found(group="trail", who=pseudonym("Person", desk.officer.id)) == []


def test_only_who_reviews_there_now(
    desk: Desk, elsewhere: Desk, shared: Circle, browser: Browser, stranger: factories.Colleague
) -> None:
    address = f"/api/organisations/{desk.organization}/trail"
    for person in (None, desk.member, stranger, elsewhere.officer):
        for path in ("", "/facets"):
            assert browser(person).get(address + path).json()["code"] in ("signed_out", "not_found")
    dismiss(actor=SYSTEM, user_id=desk.officer.id, organization_id=desk.organization, role="compliance_officer")
    assert desk.get()[1]["code"] == "not_found"
    # The refusal is in the trail, and the next officer sees it.
    appoint(actor=SYSTEM, user_id=elsewhere.officer.id, organization_id=desk.organization, role="compliance_officer")
    desk.browser = elsewhere.browser
    refused = desk.found(act="audit.search", out="refused", who=pseudonym("Person", desk.officer.id))
    assert [(each["err"], each["out"]) for each in refused] == [("not_found", 8)]


def test_pages_follow_each_other_while_others_write(desk: Desk, shared: Circle) -> None:
    for _ in range(7):
        looks_at(desk.member, shared)
    wanted: dict[str, Any] = {"act": "circle.read", "limit": 3}
    _, first = desk.get(**wanted)
    looks_at(desk.member, shared)
    _, second = desk.get(**wanted, after=first["next"])
    _, third = desk.get(**wanted, after=second["next"])
    ids = [each["id"] for answer in (first, second, third) for each in answer["events"]]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 7
    assert third["next"] is None
    assert (first["total"], first["capped"]) == (7, False)


def test_each_filter_narrows(desk: Desk, elsewhere: Desk, shared: Circle) -> None:
    looks_at(desk.member, shared)
    looks_at(elsewhere.member, shared)
    outsider = factories.a_colleague()
    assert looks_at(outsider, shared) == 404
    who, cir = pseudonym("Person", desk.member.id), pseudonym("Circle", shared.id)
    for query, act in (
        ({"who": who, "act": "circle.read"}, "circle.read"),
        ({"cir": cir, "group": "member", "obj": f"Circle/{cir}"}, "circle.create"),
        ({"cir": cir, "out": "refused", "err": "not_found"}, "circle.read"),
        ({"cir": cir, "org": str(organisation_of(outsider))}, "circle.read"),
        ({"code": code_of("Circle", UUID(cir)), "act": "circle.read"}, "circle.read"),
        ({"code": code_of("Person", UUID(who)), "group": "reading"}, "circle.read"),
    ):
        shown = desk.found(**query)
        assert {each["act"] for each in shown} == {act}, query
    [read] = desk.found(who=who, act="circle.read")
    assert read["group"] == "reading"
    assert read["severity"] == "informational"
    assert read["role"] == factories.GP.code
    assert [each["id"] for each in desk.found(ses=read["ses"])] == [read["id"]]
    at = datetime.fromisoformat(read["t"])
    only = {"act": "circle.read", "who": who}
    assert desk.found(**only, **{"from": at.isoformat()})
    assert not desk.found(**only, **{"from": (at + timedelta(microseconds=1)).isoformat()})
    assert not desk.found(**only, to=at.isoformat())
    assert desk.found(**only, to=(at + timedelta(microseconds=1)).isoformat())


@pytest.mark.parametrize(
    "query",
    [
        {"act": "circle.invented"},
        {"group": "everything"},
        {"from": "2026-01-01T00:00:00"},
        {"from": "yesterday"},
        {"who": "P-71KD4"},
        {"code": "P-71KD"},
        {"obj": "Circle/1' OR 1=1"},
        {"ses": "x" * 32},
        {"err": "Not Found\n"},
        {"limit": 201},
        {"after": "x"},
        {"act": ["circle.read"] * 51},
    ],
)
def test_what_is_no_filter_is_refused(desk: Desk, query: dict[str, Any]) -> None:
    status, answer = desk.get(**query)
    assert (status, answer["code"]) == (422, "bad_input")


def test_the_ends_of_time_are_periods_too(desk: Desk, shared: Circle) -> None:
    looks_at(desk.member, shared)
    assert desk.found(**{"from": "0001-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"})
    assert not desk.found(**{"from": "9999-12-31T23:59:59Z"})


def test_facets_count_what_other_boxes_would_show(desk: Desk, elsewhere: Desk, shared: Circle) -> None:
    for person in (desk.member, elsewhere.member, elsewhere.member):
        looks_at(person, shared)
    looks_at(factories.a_colleague(), shared)
    cir = pseudonym("Circle", shared.id)
    _, everything = desk.get("/facets", cir=cir)
    assert everything["groups"]["reading"] == 4
    assert everything["outcomes"]["refused"] == 1
    assert sum(each["n"] for each in everything["organisations"]) == 4
    [day] = everything["days"]
    assert everything["per"] == "day"
    assert (day["done"], day["refused"]) == (everything["outcomes"]["done"], 1)
    _, narrowed = desk.get("/facets", cir=cir, group="reading", out="refused", org=str(desk.organization))
    assert narrowed["groups"] == {}
    assert narrowed["outcomes"] == {"done": 1, "refused": 0}
    _, refused = desk.get("/facets", cir=cir, out="refused")
    assert refused["groups"] == {"reading": 1}
    assert refused["outcomes"] == everything["outcomes"]
    assert [(each["done"], each["refused"]) for each in refused["days"]] == [(0, 1)]


def test_a_search_leaves_what_was_looked_for_sealed_for_another_officer(desk: Desk, shared: Circle) -> None:
    cir = pseudonym("Circle", shared.id)
    desk.get(cir=cir, group="member", limit=2)
    searched = Event.objects.filter(act="audit.search").latest("id")
    assert searched.org == desk.organization
    content, _ = open_detail(searched.details.get(key="det"))
    assert json.loads(content) == {"cir": cir, "group": ["member"], "limit": 2}
    leaf = json.loads(searched.leaf)
    assert (leaf["obj"], leaf["cnt"], leaf["why"]) == (f"Organization/{desk.organization}", 2, "HCOMPL")


def test_what_its_people_do_outside_circles_is_an_organisations(desk: Desk, elsewhere: Desk, foreign: Circle) -> None:
    with transaction.atomic():
        for each in (desk.member, elsewhere.member):
            record("auth.login", actor=each.actor)
        # Somebody of here, in a circle of others, without saying for whom.
        record("message.read", actor=desk.member.actor, circle_id=foreign.id)
        record("perm.change", actor=SYSTEM, obj=("Person", desk.member.id))
    who = pseudonym("Person", desk.member.id)
    assert {each["act"] for each in desk.found(who=who)} == {"auth.login"}
    assert [each["who"] for each in desk.found(group="signin")] == [who]
    assert [each["obj"] for each in desk.found(act="perm.change", obj=f"Person/{who}")] == [f"Person/{who}"]
    assert elsewhere.found(act="perm.change", obj=f"Person/{who}") == []
    assert [each["who"] for each in elsewhere.found(act="message.read")] == [who]


def test_two_devices_that_share_a_code_are_both_found(desk: Desk, shared: Circle) -> None:
    device, twin = UUID("01a20000-0000-7000-8000-00000000abcd"), UUID("01a20000-0000-7000-8000-0000ffffabcd")
    with transaction.atomic():
        for each in (device, twin):
            record("auth.login", actor=replace(desk.member.actor, device_id=each))
    Device.objects.bulk_create(
        Device(id=each, user=desk.member.user, name="", key=each.bytes * 2, certificate=b"") for each in (device, twin)
    )
    assert device_code(device) == device_code(twin)
    assert {each["dev"] for each in desk.found(code=device_code(device).lower())} == {str(device), str(twin)}
