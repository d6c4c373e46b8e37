"""People with devices, circles with real groups, and the ladder that every test of `chat` climbs.

Made the way the product makes them: accounts and the directory through `tests/factories.py`, devices and circles over
HTTP, commits through the service that the socket calls.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.test import Client
from uuid_utils.compat import uuid7

from accounts.models import User
from accounts.sessions import session_hash
from audit.events import SYSTEM, Actor
from audit.models import Event, Pseudonym
from chat import commits, protocol
from chat.key_events import events_of
from circles.ins import PatientTraits
from circles.services import accept_contact, ask_contact, link_professional
from directory.models import PractitionerRole
from tests import factories
from tests.chat_commits import Rope
from tests.chat_members import ChatDevice, Fields, KeyAct, PersonKeys, text
from tests.chat_socket import Closed, Socket
from tests.factories import Profession
from tests.server import Server

Answer = tuple[int, Any]
_numbers = itertools.count(1)


@dataclass
class Person:
    """Somebody who signs in, with the browser and the device in front of them."""

    user: User
    role_id: UUID
    keys: PersonKeys
    device: ChatDevice
    browser: Client

    @property
    def id(self) -> UUID:
        return self.user.id

    @property
    def session_key(self) -> str:
        return self.browser.cookies[settings.SESSION_COOKIE_NAME].value

    @property
    def cookie(self) -> str:
        return f"{settings.SESSION_COOKIE_NAME}={self.session_key}"

    @property
    def actor(self) -> Actor:
        return Actor(user_id=self.id, session=session_hash(self.session_key), device_id=self.device.id)

    def shows_presence(self, *, ago: float = 0) -> None:
        """The person has shown a second factor again at this browser, `ago` seconds ago."""
        session = self.browser.session
        proof = {"method": "mfa", "type": "totp", "reauthenticated": True, "at": time.time() - ago}
        session["account_authentication_methods"] = [*session["account_authentication_methods"], proof]
        session.save()

    def get(self, path: str, **query: str | int) -> Answer:
        return _answer(self.browser.get(f"/api/{path}", query))

    def post(self, path: str, body: Fields) -> Answer:
        return _answer(self.browser.post(f"/api/{path}", json.dumps(body), content_type="application/json"))

    def put(self, path: str, body: Fields) -> Answer:
        return _answer(self.browser.put(f"/api/{path}", json.dumps(body), content_type="application/json"))

    def patch(self, path: str, body: Fields) -> Answer:
        return _answer(self.browser.patch(f"/api/{path}", json.dumps(body), content_type="application/json"))

    def key_events(self, *done: KeyAct, **changes: object) -> list[str]:
        """The person's next key events, after those that the server has."""
        return self.keys.key_events(events_of(self.id), *done, **changes)

    def revocation(self, device: ChatDevice, reason: str = "retired", **changes: object) -> Fields:
        """The body that ends one of this person's devices."""
        (event,) = self.key_events(("revoke", device.id, None))
        return {"reason": reason, "event": event} | changes

    def socket(self, server: Server, **options: Any) -> Socket:
        """A connection over which the device has said hello."""
        return Socket(server, self.cookie, **options).say_hello(self.device)

    def further_device(self) -> Person:
        """The same person at another browser, registered and signed in."""
        other = Person(self.user, self.role_id, self.keys, ChatDevice(self.keys), factories.signed_in(self.user))
        other.register()
        return other

    @cached_property
    def second(self) -> Person:
        """A further device of somebody whom several tests share: a person has at most eight."""
        return self.further_device()

    def register(self, *, first: Fields | None = None) -> None:
        status, answer = self.post("devices", registration(self.device, first=first))
        assert status == 200, answer

    def traces(self, act: str, **said: object) -> list[Event]:
        """What the trail says this person did, in order."""
        names = Pseudonym.objects.filter(kind="Person", subject=self.id).values("pseudonym")
        return list(Event.objects.filter(who__in=names, act=act, **said).order_by("xid", "id"))


def _answer(response: Any) -> Answer:
    return response.status_code, json.loads(response.content)


def registration(device: ChatDevice, *, first: Fields | None = None, **changes: object) -> Fields:
    done: list[KeyAct] = [("add", device.id, device.signature_key)]
    if first is not None:
        done.insert(0, ("bind", None, None))
    body: Fields = {
        "certificate": text(device.certificate),
        "name": "Chromium",
        "events": device.owner.key_events(events_of(device.user), *done),
    }
    return body | ({} if first is None else {"first": first}) | changes


def a_person(profession: Profession = factories.NURSE, *, given: str = "Camille", registered: bool = True) -> Person:
    """A professional with an account; `registered`: with a first device, its identity and its vault."""
    user, held = factories.a_user(), factories.a_practitioner(profession, given=given)
    link_professional(actor=SYSTEM, user_id=user.id, role_id=held.id)
    keys = PersonKeys(user.id)
    person = Person(user, held.id, keys, ChatDevice(keys), factories.signed_in(user))
    if registered:
        person.register(first=keys.first(f"device:{person.device.id}"))
    return person


# --- circles ---


def shown_patient(patient: PatientTraits) -> Fields:
    """A patient as the bodies of operations have them."""
    return {
        "birth_name": patient.birth_name,
        "used_name": None,
        "given_names": patient.given_names,
        "birth_date": patient.birth_date.isoformat(),
        "sex": patient.sex,
        "birthplace": patient.birthplace,
        "identity_status": patient.identity_status,
        "attributes": [],
        "matricule": patient.matricule,
        "oid": patient.oid,
    }


def opening(rope: Fields, circle: UUID, **changes: object) -> Fields:
    """The body of `POST /api/circles` around a new group."""
    body: Fields = {
        "id": str(circle),
        "kind": "care",
        "patient": shown_patient(factories.a_patient()),
        "informed_on": "2026-01-12",
        "ground": "formal_team",
        "group": rope,
    }
    return body | changes


@dataclass
class CareCircle:
    """A circle and its group as its people know it; `rope` moves with each accepted commit."""

    id: UUID
    rope: Rope
    opened_by: Person

    @property
    def epoch(self) -> int:
        return self.rope.epoch

    def accepts(self, who: Person, made: tuple[Fields, Rope]) -> commits.Accepted:
        """Let the service accept a commit, as the socket would."""
        frame, after = made
        decoded = protocol.decode(json.dumps(frame).encode())
        assert isinstance(decoded, protocol.Commit)
        accepted = commits.commit(actor=who.actor, user_id=who.id, device_id=who.device.id, frame=decoded)
        self.rope = after
        return accepted

    def invite(self, whom: Person, *, by: Person | None = None, **invitation: Any) -> None:
        inviter = by or self.opened_by
        self.accepts(inviter, self.rope.invite(inviter.device, whom.keys, whom.role_id, **invitation))

    def join(self, who: Person) -> None:
        self.accepts(who, self.rope.join(who.device))

    def end(self, whom: Person, *, by: Person | None = None, code: str = "removed") -> None:
        coordinator = by or self.opened_by
        self.accepts(coordinator, self.rope.end(coordinator.device, whom.id, code=code))

    def change(self, who: Person, *ops: Fields, **options: Any) -> None:
        self.accepts(who, self.rope.change(who.device, *ops, **options))

    def with_members(self, *people: Person, **invitation: Any) -> CareCircle:
        for person in people:
            self.invite(person, **invitation)
            self.join(person)
        return self


def a_care_circle(coordinator: Person, *members: Person) -> CareCircle:
    """Opened over HTTP by the coordinator; the others were invited and have joined."""
    rope, shown = Rope.begun(coordinator.device, uuid7())
    status, answer = coordinator.post("circles", opening(shown, rope.circle))
    assert status == 200, answer
    return CareCircle(rope.circle, rope, coordinator).with_members(*members)


def a_circle_at(
    path: str, coordinator: Person, ground: str = "no_patient", circle: UUID | None = None, **said: object
) -> CareCircle:
    """A circle of another kind, opened over HTTP by who coordinates it."""
    rope, shown = Rope.begun(coordinator.device, circle or uuid7(), ground=ground)
    status, answer = coordinator.post(path, {"id": str(rope.circle), "group": shown, **said})
    assert status == 200, answer
    return CareCircle(rope.circle, rope, coordinator)


def a_team(coordinator: Person, *members: Person, name: str = "Plaies et cicatrisation") -> CareCircle:
    """Of the structure in which the coordinator practises."""
    organization = PractitionerRole.objects.get(id=coordinator.role_id).organization_id
    team = a_circle_at(f"organisations/{organization}/teams", coordinator, name=name)
    return team.with_members(*members, ground="no_patient")


def an_exchange(one: Person, other: Person) -> CareCircle:
    """Both are in it, and in contact."""
    in_contact(one, other)
    exchange = a_circle_at("exchanges", one, peer=str(other.id))
    return exchange.with_members(other, ground="no_patient", role="coordinator")


def a_compartment(circle: CareCircle, coordinator: Person, *members: Person, name: str = "Social") -> CareCircle:
    """Of people who are in the circle already."""
    opened = a_circle_at(f"circles/{circle.id}/compartments", coordinator, "formal_team", name=name)
    return opened.with_members(*members)


def in_contact(one: Person, other: Person) -> None:
    ask_contact(actor=one.actor, user_id=other.id, message="")
    accept_contact(actor=other.actor, user_id=one.id)


# --- the ladder ---

SIGNED_OUT: Final = "signed_out"
RUNGS: Final = (
    "nobody",
    "signed out",
    "without MFA",
    "stranger",
    "officer",
    "invitee",
    "guest",
    "member",
    "coordinator",
)


@dataclass
class Scene:
    """One circle with everybody around it. The first three rungs hold a member's cookie that proves nothing."""

    circle: CareCircle
    gp: Person  # coordinator
    nurse: Person  # member
    aide: Person  # guest
    social_worker: Person  # invited, has not answered
    stranger: Person
    officer: Person
    server: Server
    cookies: dict[str, str | None] = field(default_factory=dict)

    @property
    def people(self) -> dict[str, Person]:
        return {
            "stranger": self.stranger,
            "officer": self.officer,
            "invitee": self.social_worker,
            "guest": self.aide,
            "member": self.nurse,
            "coordinator": self.gp,
        }

    def another_circle(self) -> CareCircle:
        """A circle in which everybody stands on the same rung, for a test that changes who is where."""
        circle = a_care_circle(self.gp, self.nurse)
        circle.with_members(self.aide, role="guest", not_after=factories.in_days(7).replace(microsecond=0))
        circle.invite(self.social_worker)
        return circle

    def over_http(self, ask: Callable[[Person], Answer]) -> dict[str, str | int]:
        """What each rung is answered: the code of a refusal, or 200."""
        answers: dict[str, str | int] = {}
        for rung, browser in self._unproved_browsers().items():
            answers[rung] = _told(ask(_at(self.nurse, browser)))
        for rung, person in self.people.items():
            answers[rung] = _told(ask(person))
        return answers

    def over_socket(self, ask: Callable[[Person, Socket], str]) -> dict[str, str]:
        """What each rung is told by `ask`, at a socket on which it has said hello if it could."""
        answers: dict[str, str] = {}
        for rung, cookie in self.cookies.items():
            with Socket(self.server, cookie) as socket:
                answers[rung] = str(socket.close_code())
                assert socket.seen == []
        for rung, person in self.people.items():
            with person.socket(self.server) as socket:
                try:
                    answers[rung] = ask(person, socket)
                except Closed as closed:
                    answers[rung] = str(closed.code)
        return answers

    def _unproved_browsers(self) -> dict[str, Client]:
        browsers = {}
        for rung, cookie in self.cookies.items():
            browsers[rung] = Client(SERVER_NAME="localhost")
            if cookie is not None:
                browsers[rung].cookies[settings.SESSION_COOKIE_NAME] = cookie.partition("=")[2]
        return browsers


def _at(person: Person, browser: Client) -> Person:
    return Person(person.user, person.role_id, person.keys, person.device, browser)


def _told(answer: Answer) -> str | int:
    status, body = answer
    return 200 if status == 200 else str(body["code"])


def unproved_cookies(user: User) -> dict[str, str | None]:
    """Of nobody, of a session that has ended, and of one that never showed a second factor."""
    ended, password_only = factories.signed_in(user), factories.signed_in(user)
    ended_key = ended.cookies[settings.SESSION_COOKIE_NAME].value
    ended.session.flush()
    session = password_only.session
    session["account_authentication_methods"] = [{"method": "password"}]
    session.save()
    key = password_only.cookies[settings.SESSION_COOKIE_NAME].value
    name = settings.SESSION_COOKIE_NAME
    return {"nobody": None, "signed out": f"{name}={ended_key}", "without MFA": f"{name}={key}"}


def everybody_around(server: Server) -> Scene:
    """A circle with somebody on each rung."""
    gp, nurse = a_person(factories.GP), a_person(factories.NURSE)
    scene = Scene(
        circle=a_care_circle(gp),
        gp=gp,
        nurse=nurse,
        aide=a_person(factories.NURSE),
        social_worker=a_person(factories.SOCIAL_WORKER),
        stranger=a_person(factories.NURSE),
        officer=a_person(factories.QUALITY),
        server=server,
        cookies=unproved_cookies(nurse.user),
    )
    scene.circle = scene.another_circle()
    return scene
