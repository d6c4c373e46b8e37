"""/api/contacts: who asks whom, who answers, and what somebody who was blocked finds out (nothing)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from audit.models import Event
from circles import services
from circles.contacts import ASK_AGAIN_AFTER, may_exchange
from circles.models import Contact, Notice
from circles.services.contacts import ASKED_A_DAY
from tests import factories
from tests.cast import Browser, Clock
from tests.factories import Colleague

Act = Callable[..., tuple[int, str | None]]


@pytest.fixture
def act(browser: Browser) -> Act:
    """`act(gp, "ask", nurse, message="…")`: the status and the refusal's code."""

    def send(who: Colleague | None, what: str, whom: UUID | Colleague, **body: str) -> tuple[int, str | None]:
        user = whom if isinstance(whom, UUID) else whom.id
        if what == "ask":
            body.setdefault("message", "")
        response = browser(who).post(f"/api/contacts/{user}/{what}", body, content_type="application/json")
        return response.status_code, response.json().get("code")

    return send


def seen(browser: Browser, who: Colleague) -> dict[str, Any]:
    """`{family name: state}` of this person's contacts, and the blocked ones."""
    answer = browser(who).get("/api/contacts").json()
    states = {each["family_name"]: each["state"] for each in answer["contacts"]}
    return states | {each["family_name"]: "blocked" for each in answer["blocked"]}


def test_the_ladder(gp: Colleague, nurse: Colleague, nobody: None, browser: Browser, act: Act) -> None:
    assert browser(nobody).get("/api/contacts").status_code == 401
    for what in ("ask", "accept", "refuse", "end", "block", "unblock"):
        assert act(nobody, what, nurse)[0] == 401
        assert act(gp, what, uuid7()) == (404, "not_found")
        assert act(gp, what, gp) == (404, "not_found")
        unlinked = factories.a_user()
        assert act(gp, what, unlinked.id) == (404, "not_found")


def test_asked_and_accepted(gp: Colleague, nurse: Colleague, browser: Browser, act: Act) -> None:
    assert act(gp, "ask", nurse, message="Nous suivons les mêmes familles.") == (200, None)
    assert seen(browser, gp) == {"Landrieux": "asked_by_me"}
    (asked,) = browser(nurse).get("/api/contacts").json()["contacts"]
    assert (asked["state"], asked["message"]) == ("asked_me", "Nous suivons les mêmes familles.")
    assert (asked["user"], asked["practitioner"]) == (str(gp.id), str(gp.practitioner_id))
    assert not may_exchange(gp.id, nurse.id)

    assert act(gp, "accept", nurse) == (404, "not_found")  # nobody answers for the other
    assert act(nurse, "accept", gp) == (200, None)
    assert seen(browser, gp) == {"Landrieux": "accepted"}
    assert seen(browser, nurse) == {"Rousselot": "accepted"}
    assert may_exchange(gp.id, nurse.id)
    assert may_exchange(nurse.id, gp.id)
    assert Contact.objects.get().message == ""  # what was written is gone once answered
    assert act(gp, "ask", nurse) == (409, "already_contact")
    acts = list(Event.objects.filter(act__startswith="contact.", out=0).order_by("id").values_list("act", flat=True))
    assert acts == ["contact.ask", "contact.answer"]


def told() -> list[tuple[UUID, str]]:
    return list(Notice.objects.order_by("created").values_list("user_id", "what"))


def test_the_two_are_told_and_somebody_who_blocked_is_not(
    gp: Colleague, nurse: Colleague, stranger: Colleague, act: Act
) -> None:
    act(gp, "ask", nurse)
    act(nurse, "accept", gp)
    assert told() == [(nurse.id, "contact_asked"), (gp.id, "contact_accepted")]
    act(nurse, "block", stranger)
    act(stranger, "ask", nurse)
    assert len(told()) == 2


def test_who_was_asked_first_accepts_by_asking(gp: Colleague, nurse: Colleague, act: Act) -> None:
    act(gp, "ask", nurse)
    assert act(gp, "ask", nurse) == (409, "already_asked")
    assert act(nurse, "ask", gp) == (200, None)
    assert may_exchange(gp.id, nurse.id)


def test_a_refusal_stands_for_a_month(
    gp: Colleague, nurse: Colleague, browser: Browser, act: Act, clock: Clock
) -> None:
    act(gp, "ask", nurse)
    assert act(nurse, "refuse", gp) == (200, None)
    assert (seen(browser, gp), seen(browser, nurse)) == ({"Landrieux": "refused"}, {})
    assert act(gp, "ask", nurse) == (409, "ask_later")
    clock(Contact.objects.get().since + ASK_AGAIN_AFTER - timedelta(seconds=1))
    assert act(gp, "ask", nurse) == (409, "ask_later")
    clock(Contact.objects.get().since + ASK_AGAIN_AFTER)
    assert seen(browser, gp) == {}
    assert act(gp, "ask", nurse) == (200, None)
    assert seen(browser, nurse) == {"Rousselot": "asked_me"}


def test_who_refused_may_ask_at_once(gp: Colleague, nurse: Colleague, browser: Browser, act: Act) -> None:
    act(gp, "ask", nurse)
    act(nurse, "refuse", gp)
    assert act(nurse, "ask", gp) == (200, None)
    assert seen(browser, gp) == {"Landrieux": "asked_me"}


def test_a_contact_or_ones_own_question_is_taken_back(
    gp: Colleague, nurse: Colleague, stranger: Colleague, browser: Browser, act: Act
) -> None:
    act(gp, "ask", nurse, message="Bonjour")
    assert act(stranger, "end", nurse) == (404, "not_found")
    assert act(nurse, "end", gp) == (404, "not_found")  # it is for answering
    assert act(gp, "end", nurse) == (200, None)
    assert (seen(browser, gp), seen(browser, nurse)) == ({}, {})
    act(gp, "ask", nurse)
    act(nurse, "accept", gp)
    assert act(nurse, "end", gp) == (200, None)
    assert not may_exchange(gp.id, nurse.id)
    assert (seen(browser, gp), seen(browser, nurse)) == ({}, {})


def test_who_is_blocked_is_not_told(gp: Colleague, nurse: Colleague, browser: Browser, act: Act) -> None:
    """Whatever the blocked person does answers as it would without the block, and reaches nobody."""
    assert act(nurse, "block", gp) == (200, None)
    assert act(nurse, "block", gp) == (200, None)
    assert (seen(browser, nurse), seen(browser, gp)) == ({"Rousselot": "blocked"}, {})
    assert act(gp, "ask", nurse) == (200, None)
    assert seen(browser, gp) == {"Landrieux": "asked_by_me"}
    assert seen(browser, nurse) == {"Rousselot": "blocked"}
    assert act(nurse, "accept", gp) == (404, "not_found")
    assert act(nurse, "ask", gp) == (409, "contact_blocked")
    assert act(gp, "unblock", nurse) == (404, "not_found")

    assert act(nurse, "unblock", gp) == (200, None)
    assert act(nurse, "unblock", gp) == (404, "not_found")
    assert seen(browser, nurse) == {"Rousselot": "asked_me"}


def test_a_block_lies_over_a_contact(gp: Colleague, nurse: Colleague, browser: Browser, act: Act) -> None:
    act(gp, "ask", nurse)
    act(nurse, "accept", gp)
    act(gp, "block", nurse)
    assert (seen(browser, gp), seen(browser, nurse)) == ({"Landrieux": "blocked"}, {"Rousselot": "accepted"})
    assert not may_exchange(gp.id, nurse.id)
    assert not may_exchange(nurse.id, gp.id)
    act(gp, "unblock", nurse)
    assert seen(browser, gp) == {"Landrieux": "accepted"}
    assert may_exchange(nurse.id, gp.id)


@pytest.mark.parametrize("message", ["x" * 201, "deux\nlignes", "cloche\a"])
def test_a_sentence_is_one_line(gp: Colleague, nurse: Colleague, act: Act, message: str) -> None:
    assert act(gp, "ask", nurse, message=message) == (422, "bad_input")
    assert not Contact.objects.exists()
    assert act(gp, "ask", nurse, message="x" * 200) == (200, None)


def test_nobody_asks_a_whole_region(gp: Colleague, nurse: Colleague, act: Act, clock: Clock) -> None:
    now = timezone.now()
    for _ in range(ASKED_A_DAY):
        services.ask_contact(actor=gp.actor, user_id=factories.a_colleague().id, message="")
    assert act(gp, "ask", nurse) == (429, "too_many_asked")
    clock(now + timedelta(days=1, minutes=1))
    assert act(gp, "ask", nurse) == (200, None)


def test_refusals_are_in_the_trail(gp: Colleague, nurse: Colleague, act: Act) -> None:
    act(gp, "accept", nurse)
    refused = Event.objects.get(act="contact.answer")
    assert (refused.out, refused.err) == (8, "not_found")


def test_two_who_ask_each_other_at_once_are_in_contact(committed_db: str, gp: Colleague, nurse: Colleague) -> None:
    together = Barrier(2)

    def ask(who: Colleague, whom: Colleague) -> None:
        together.wait()
        try:
            services.ask_contact(actor=who.actor, user_id=whom.id, message="")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for asked in [pool.submit(ask, gp, nurse), pool.submit(ask, nurse, gp)]:
            asked.result(timeout=20)
    assert may_exchange(gp.id, nurse.id)
    assert Contact.objects.count() == 1


def test_no_contact_without_its_event(committed_db: str, gp: Colleague, nurse: Colleague) -> None:
    services.ask_contact(actor=gp.actor, user_id=nurse.id, message="")
    for statement in ("UPDATE circles_contact SET state = 'accepted'", "DELETE FROM circles_contact"):
        with (
            pytest.raises(DatabaseError, match="without an event"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
