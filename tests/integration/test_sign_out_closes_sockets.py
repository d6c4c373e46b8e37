"""Signing out ends the connections that the session opened, and no others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from accounts import services as accounts
from accounts.signals import session_ended
from audit.events import SYSTEM
from chat.canonical import from_base64
from tests import factories
from tests.chat_people import Person, Scene, a_person
from tests.chat_server import ChatHouse
from tests.chat_socket import Socket
from tests.server import Server


@pytest.fixture
def person(house: ChatHouse) -> Person:
    return a_person()


def elsewhere(person: Person) -> Person:
    """The same device in another session: a second sign-in."""
    return replace(person, browser=factories.signed_in(person.user))


def sign_out(person: Person) -> None:
    response = person.browser.delete("/_allauth/browser/v1/auth/session", content_type="application/json")
    assert response.status_code == 401  # allauth's word for "signed out"


def test_the_sockets_of_the_session_close_and_the_others_stay(person: Person, chat_server: Server) -> None:
    other = elsewhere(person)
    with person.socket(chat_server) as mine, person.socket(chat_server) as again, other.socket(chat_server) as stays:
        sign_out(person)
        assert (mine.close_code(), again.close_code()) == (4401, 4401)
        assert stays.fence() == []
    with Socket(chat_server, person.cookie) as socket:
        assert socket.close_code() == 4401


def test_a_socket_that_listens_closes_too(scene: Scene, chat_server: Server) -> None:
    session = elsewhere(scene.nurse)
    with session.socket(chat_server) as socket, scene.gp.socket(chat_server) as gp:
        socket.listen(scene.circle.id)
        sign_out(session)
        assert socket.close_code() == 4401
        gp.listen(scene.circle.id)
        assert gp.post(scene.gp.device.send(scene.circle.id, scene.circle.epoch))["t"] == "ack"


def test_who_signs_out_between_the_challenge_and_the_hello_does_not_come_in(
    person: Person, chat_server: Server
) -> None:
    with Socket(chat_server, person.cookie) as socket:
        nonce = from_base64(socket.expect("challenge")["nonce"])
        sign_out(person)
        socket.send(person.device.hello(nonce))
        assert socket.close_code() == 4401
        assert socket.seen == []


def test_others_who_sign_out_close_nothing_of_mine(scene: Scene, chat_server: Server) -> None:
    other = elsewhere(scene.stranger)
    with scene.nurse.socket(chat_server) as mine, other.socket(chat_server) as theirs:
        sign_out(other)
        assert theirs.close_code() == 4401
        assert mine.fence() == []


def all_sessions_end(person: Person) -> None:
    session_ended.send(sender=None, user_id=person.id, session=None)


def account_closes(person: Person) -> None:
    accounts.deactivate_user(actor=SYSTEM, user_id=person.id)


@pytest.mark.parametrize("happens", [all_sessions_end, account_closes])
def test_what_ends_all_sessions_closes_all_sockets(
    person: Person, chat_server: Server, happens: Callable[[Person], None]
) -> None:
    other = elsewhere(person)
    with person.socket(chat_server) as one, other.socket(chat_server) as two:
        happens(person)
        assert (one.close_code(), two.close_code()) == (4401, 4401)


def test_a_session_from_before_a_change_of_password_opens_no_socket(person: Person, chat_server: Server) -> None:
    with person.socket(chat_server) as socket:
        assert socket.fence() == []
    person.user.set_password("une autre longue phrase pour entrer")
    person.user.save(update_fields=["password"])
    assert person.get("me")[1]["code"] == "signed_out"
    with Socket(chat_server, person.cookie) as refused, elsewhere(person).socket(chat_server) as signed_in_again:
        assert refused.close_code() == 4401
        assert signed_in_again.fence() == []
