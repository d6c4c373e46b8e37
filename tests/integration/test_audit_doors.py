"""Doors: what succeeds is traced before the first byte leaves, what is refused after the roll-back."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.http import HttpRequest
from django.test import Client
from django.urls import path
from ninja import NinjaAPI, Schema
from pydantic import ConfigDict
from pytest_django import Settings
from uuid_utils.compat import uuid7

from audit.doors import audited, declared_act, not_audited
from audit.events import Actor
from audit.models import Event
from audit.selectors import events_about
from audit.services import actor_of, record
from config import errors
from tests.trail import CIRCLE, NURSE, act


class Refusal(Exception):
    """As the errors of every room."""

    code, status, detail = "stale_epoch", 409, ""


class Body(Schema):
    model_config = ConfigDict(extra="forbid")
    name: str


def asker(request: HttpRequest) -> Actor:
    """What AUDIT_ACTOR names in these tests."""
    return NURSE if "nobody" not in request.headers else Actor(user_id=None)


def write_session(name: str) -> None:
    Session.objects.create(session_key=name, session_data="", expire_date="2026-11-22T09:15:00Z")


api = NinjaAPI(urls_namespace="doors", docs_url=None)
errors.install(api)


@api.get("/circles/{circle_id}/read")
@audited("circle.read")
def read(request: HttpRequest, circle_id: UUID) -> dict[str, bool]:
    return {"in_transaction": connection.in_atomic_block}


@api.get("/circles/{circle_id}/read-in-detail")
@audited("circle.read")
def read_in_detail(request: HttpRequest, circle_id: UUID) -> dict[str, str]:
    record("circle.read", actor=actor_of(request), circle_id=circle_id, cnt=3)
    return {}


@api.post("/circles/{circle_id}/change")
@audited("member.invite")
def change(request: HttpRequest, circle_id: UUID, body: Body) -> dict[str, str]:
    write_session(body.name)
    with transaction.atomic():
        record("member.invite", actor=actor_of(request), circle_id=circle_id)
    return {}


@api.post("/circles/{circle_id}/change-without-trace")
@audited("member.invite")
def change_without_trace(request: HttpRequest, circle_id: UUID) -> dict[str, str]:
    write_session("untraced")
    record("circle.read", actor=actor_of(request), circle_id=circle_id)
    return {}


@api.post("/circles/{circle_id}/refuse")
@audited("member.invite")
def refuse(request: HttpRequest, circle_id: UUID) -> dict[str, str]:
    write_session("refused")
    record("member.invite", actor=actor_of(request), circle_id=circle_id)
    raise Refusal


@api.get("/quiet")
@not_audited("says nothing")
def quiet(request: HttpRequest) -> dict[str, str]:
    return {}


urlpatterns = [path("", api.urls)]


@pytest.fixture
def client(committed_db: str, settings: Settings) -> Client:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["audit.middleware.request_trace"]
    settings.AUDIT_ACTOR = f"{__name__}.asker"
    settings.ALLOWED_HOSTS = ["testserver"]
    act("before")
    return Client(raise_request_exception=False)


def about_circle(act: str, circle_id: UUID = CIRCLE) -> list[tuple[int, str | None]]:
    """Outcome and code of the events that requests left: the fixture's own act has the request id of NURSE."""
    events = events_about(circle_id=circle_id).filter(act=act).exclude(leaf__contains=f'"req":"{NURSE.req}"')
    return list(events.values_list("out", "err"))


def test_a_disclosure_is_recorded_by_its_door(client: Client) -> None:
    answer = client.get(f"/circles/{CIRCLE}/read")

    assert answer.json() == {"in_transaction": True}
    assert about_circle("circle.read") == [(0, None)]


def test_an_operation_that_says_more_is_not_recorded_twice(client: Client) -> None:
    client.get(f"/circles/{CIRCLE}/read-in-detail")

    assert about_circle("circle.read") == [(0, None)]


def test_a_change_is_committed_with_the_event_of_its_service(client: Client) -> None:
    assert client.post(f"/circles/{CIRCLE}/change", {"name": "a"}, "application/json").status_code == 200

    assert Session.objects.filter(session_key="a").exists()
    assert about_circle("member.invite") == [(0, None)]


def test_a_change_that_records_another_act_is_rolled_back(client: Client) -> None:
    assert client.post(f"/circles/{CIRCLE}/change-without-trace").status_code == 500

    assert not Session.objects.filter(session_key="untraced").exists()
    assert about_circle("circle.read") == []
    assert about_circle("member.invite") == [(12, "internal")]


def test_a_refusal_is_recorded_after_the_roll_back(client: Client) -> None:
    answer = client.post(f"/circles/{CIRCLE}/refuse")

    assert (answer.status_code, answer.json()["code"]) == (409, "stale_epoch")
    assert not Session.objects.filter(session_key="refused").exists()
    assert about_circle("member.invite") == [(4, "stale_epoch")]


def test_input_that_never_reached_the_operation_is_recorded(client: Client) -> None:
    for body in ({"name": "a", "more": 1}, {}):
        assert client.post(f"/circles/{CIRCLE}/change", body, "application/json").status_code == 422
    client.post(f"/circles/{CIRCLE}/change", "{", "application/json")

    assert about_circle("member.invite") == [(4, "bad_input")] * 3


def test_a_guessed_circle_is_refused_without_a_name(client: Client) -> None:
    guessed = uuid7()
    client.post(f"/circles/{guessed}/refuse")

    assert about_circle("member.invite", guessed) == []
    assert Event.objects.get(act="member.invite").cir is None


def test_refusing_nobody_leaves_nothing(client: Client) -> None:
    client.post(f"/circles/{CIRCLE}/refuse", headers={"nobody": "1"})

    assert about_circle("member.invite") == []


def test_a_door_that_needs_no_trace_leaves_none(client: Client) -> None:
    before = Event.objects.count()
    assert client.get("/quiet").status_code == 200

    assert Event.objects.count() == before


def test_each_request_has_its_own_id_and_hides_its_address(client: Client) -> None:
    for address in ("192.0.2.17", "192.0.2.99", "198.51.100.1", "2001:db8:0:1::1", "2001:db8:0:2::1", ""):
        client.get(f"/circles/{CIRCLE}/read", REMOTE_ADDR=address)

    said = [json.loads(event.leaf) for event in events_about(circle_id=CIRCLE) if event.act == "circle.read"][1:]
    networks = [each.get("net") for each in said]
    assert len({each["req"] for each in said}) == 6
    assert networks[0] == networks[1] != networks[2] != networks[3] == networks[4]
    assert networks[5] is None
    assert "192.0.2" not in str(said)


# --- socket actions ---


class Consumer:
    def __init__(self, actor: Actor | None) -> None:
        self.actor = actor


class Frame:
    circle = CIRCLE


@audited("message.send")
async def send(consumer: Consumer, frame: Frame, error: Exception | None) -> str:
    if error:
        raise error
    return "ack"


async def test_a_socket_action_answers_as_if_it_were_bare(committed_db: str) -> None:
    assert await send(Consumer(NURSE), Frame(), None) == "ack"


@pytest.mark.parametrize(("error", "traced"), [(Refusal(), (4, "stale_epoch")), (ValueError(), (12, "internal"))])
def test_a_refused_socket_action_is_recorded(error: Exception, traced: tuple[int, str], committed_db: str) -> None:
    act()
    with pytest.raises(type(error)):
        async_to_sync(send)(Consumer(NURSE), Frame(), error)

    events = events_about(circle_id=CIRCLE).filter(act="message.send")
    assert list(events.values_list("out", "err")) == [traced]


def test_nobody_s_socket_leaves_nothing(committed_db: str) -> None:
    with pytest.raises(Refusal):
        async_to_sync(send)(Consumer(None), Frame(), Refusal())

    assert not Event.objects.exists()


# --- declarations ---


def test_a_door_declares_an_act_of_the_vocabulary_or_a_reason() -> None:
    with pytest.raises(KeyError):
        audited("circle.burn")
    with pytest.raises(ValueError, match="why"):
        not_audited("")


def test_what_is_declared_can_be_asked() -> None:
    read_act, quiet_act, bare = declared_act(read), declared_act(quiet), declared_act(asker)

    assert (read_act and read_act.act, quiet_act and quiet_act.reason, bare) == ("circle.read", "says nothing", None)
