"""POST /api/exchanges: two colleagues in contact talk, both coordinate, nobody else comes in, either may leave."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from uuid_utils.compat import uuid7

from chat.errors import ChatError
from circles.errors import CircleError
from circles.models import Circle, Invitation
from circles.services import accept_contact, ask_contact, block, decline, end_membership, open_exchange
from tests import factories
from tests.chat_commits import Rope
from tests.chat_people import Answer, Person, Scene, a_circle_at, a_person, an_exchange, in_contact
from tests.chat_socket import told
from tests.factories import Colleague


@pytest.fixture
def one(scene: Scene) -> Person:
    return a_person(factories.GP)


@pytest.fixture
def other(scene: Scene) -> Person:
    return a_person(factories.NURSE)


def asked(person: Person, peer: Person, **said: object) -> Answer:
    rope, shown = Rope.begun(person.device, uuid7(), ground="no_patient")
    return person.post("exchanges", {"id": str(rope.circle), "peer": str(peer.id), "group": shown} | said)


def row(person: Person, circle: object) -> dict[str, Any]:
    answer: dict[str, Any] = person.get(f"circles/{circle}")[1]
    return answer


def test_only_with_a_contact(scene: Scene, one: Person, other: Person) -> None:
    assert asked(one, other) == (404, {"code": "not_found", "detail": ""})
    assert asked(one, one)[1]["code"] == "not_found"
    in_contact(one, other)
    status, exchange = asked(one, other)
    assert status == 200
    assert (exchange["kind"], exchange["patient"], exchange["peer"]["user"]) == ("direct", None, str(other.id))


def test_a_blocked_contact_is_none(one: Person, other: Person) -> None:
    in_contact(one, other)
    block(actor=other.actor, user_id=one.id)
    assert asked(one, other)[1]["code"] == "not_found"
    assert asked(other, one)[1]["code"] == "not_found"


def test_each_sees_the_other(scene: Scene, one: Person, other: Person) -> None:
    exchange = an_exchange(one, other)
    assert row(one, exchange.id)["peer"]["user"] == str(other.id)
    seen = row(other, exchange.id)
    assert (seen["peer"]["user"], seen["role"]) == (str(one.id), "coordinator")
    with one.socket(scene.server) as here, other.socket(scene.server) as there:
        for socket in (here, there):
            socket.listen(exchange.id)
        assert told(here.post(one.device.send(exchange.id, exchange.epoch))) == "ack"
        assert there.expect("item", circle=str(exchange.id))["kind"] == "message"


def test_an_invitee_sees_who_asks(one: Person, other: Person) -> None:
    in_contact(one, other)
    exchange = a_circle_at("exchanges", one, peer=str(other.id))
    exchange.invite(other, ground="no_patient", role="coordinator")
    (invitation,) = other.get("invitations")[1]["invitations"]
    assert (invitation["kind"], invitation["peer"]["user"], invitation["patient"]) == ("direct", str(one.id), None)


def test_a_pair_has_one(one: Person, other: Person) -> None:
    exchange = an_exchange(one, other)
    for person, peer in ((one, other), (other, one)):
        status, answer = asked(person, peer)
        assert (status, answer) == (409, {"code": "exchange_exists", "detail": str(exchange.id)})


def test_two_who_open_at_once_open_one(committed_db: str, gp: Colleague, nurse: Colleague) -> None:
    ask_contact(actor=gp.actor, user_id=nurse.id, message="")
    accept_contact(actor=nurse.actor, user_id=gp.id)
    start, answers = Barrier(2), []

    def begin(person: Colleague, peer: Colleague) -> None:
        start.wait()
        try:
            open_exchange(actor=person.actor, circle_id=uuid7(), peer_id=peer.id)
            answers.append("opened")
        except CircleError as error:
            answers.append(error.code)
        connection.close()

    threads = [Thread(target=begin, args=pair) for pair in ((gp, nurse), (nurse, gp))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["exchange_exists", "opened"]
    assert Circle.objects.filter(kind="direct", state="open").count() == 1


def test_nobody_else_comes_in(one: Person, other: Person, scene: Scene) -> None:
    exchange = an_exchange(one, other)
    with pytest.raises(CircleError, match="only_two"):
        exchange.invite(scene.stranger, ground="no_patient", role="coordinator")
    found = one.get(f"circles/{exchange.id}/candidates", q="")[1]["candidates"]
    assert {each["user"] for each in found} == {str(one.id), str(other.id)}


def test_the_other_coordinates_too_and_without_end(one: Person, other: Person) -> None:
    in_contact(one, other)
    exchange = a_circle_at("exchanges", one, peer=str(other.id))
    with pytest.raises(CircleError, match="role_not_allowed"):
        exchange.invite(other, ground="no_patient")
    exchange.with_members(other, ground="no_patient", role="coordinator")
    with pytest.raises(CircleError, match="role_not_allowed"):
        exchange.change(one, exchange.rope.chain.role(other.id, "member"))


def test_neither_puts_the_other_out(one: Person, other: Person) -> None:
    exchange = an_exchange(one, other)
    assert set(row(one, exchange.id)["abilities"]) == {"read", "send", "invite", "grant_history"}
    with pytest.raises(CircleError, match="not_found"):
        exchange.end(other, by=one)


def test_either_leaves_and_with_that_it_is_over(one: Person, other: Person) -> None:
    exchange = an_exchange(one, other)
    assert one.post(f"circles/{exchange.id}/leave", {"reason": "tout est dit"})[0] == 200
    assert one.get(f"circles/{exchange.id}")[0] == 404
    left = row(other, exchange.id)
    assert (left["state"], left["abilities"]) == ("closed", ["read"])
    assert other.post(f"circles/{exchange.id}/leave", {"reason": "de même"})[0] == 200
    assert asked(other, one)[0] == 200


def test_what_is_declined_is_over(one: Person, other: Person) -> None:
    in_contact(one, other)
    exchange = a_circle_at("exchanges", one, peer=str(other.id))
    exchange.invite(other, ground="no_patient", role="coordinator")
    decline(actor=other.actor, invitation_id=Invitation.objects.get(circle=exchange.id).id)
    assert row(one, exchange.id)["state"] == "closed"
    with pytest.raises((CircleError, ChatError)):
        exchange.join(other)


def test_who_leaves_before_the_other_came_takes_the_invitation_along(gp: Colleague, nurse: Colleague) -> None:
    ask_contact(actor=gp.actor, user_id=nurse.id, message="")
    accept_contact(actor=nurse.actor, user_id=gp.id)
    exchange = open_exchange(actor=gp.actor, circle_id=uuid7(), peer_id=nurse.id)
    invitation = factories.an_invitation(exchange, nurse, by=gp, role="coordinator", ground="no_patient")
    end_membership(actor=gp.actor, circle_id=exchange.id, user_id=gp.id, code="left", reason="?")
    invitation.refresh_from_db()
    exchange.refresh_from_db()
    assert (invitation.state, exchange.state) == (Invitation.State.REVOKED, Circle.State.CLOSED)
