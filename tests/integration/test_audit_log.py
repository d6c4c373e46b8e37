"""Recording: the event stands or falls with the act, and a refusal leaves its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction
from pytest_django import Settings
from uuid_utils.compat import uuid7

from audit.errors import LeafRefused, NotInTransaction
from audit.events import Actor, mac
from audit.models import Event, Pseudonym, Writer
from audit.selectors import events_about
from audit.services import record, record_refusal, recorded
from tests.integration.conftest import Sql
from tests.trail import CIRCLE, NURSE, act


class Failed(Exception):
    """Something after the act goes wrong."""


def act_and_fail(session: str, circle: UUID = CIRCLE) -> None:
    with transaction.atomic():
        act(session, circle)
        raise Failed


@pytest.mark.usefixtures("committed_db")
def test_the_act_and_its_event_are_one_transaction() -> None:
    event = Event.objects.get(id=act())

    assert (event.act, event.out, event.ses, event.org) == ("circle.read", 0, NURSE.session, UUID(NURSE.org))
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text::bigint FROM django_session")
        assert cursor.fetchall() == [(event.xid % 2**32,)]


@pytest.mark.usefixtures("committed_db")
def test_a_roll_back_takes_both() -> None:
    act("kept")
    before = list(Event.objects.values_list("id", flat=True))
    with pytest.raises(Failed):
        act_and_fail("lost", circle=uuid7())

    assert [each.session_key for each in Session.objects.all()] == ["kept"]
    assert list(Event.objects.values_list("id", flat=True)) == before


@pytest.mark.usefixtures("committed_db")
def test_a_savepoint_that_is_rolled_back_leaves_no_gap_and_no_name() -> None:
    stranger = uuid7()
    with transaction.atomic():
        act("a")
        with pytest.raises(Failed):
            act_and_fail("b", circle=stranger)
        assert recorded("circle.read")
        act("c", circle=stranger)
    act("d", circle=stranger)

    numbers = list(Event.objects.order_by("wn").values_list("wn", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert events_about(circle_id=stranger).count() == 2
    assert Pseudonym.objects.filter(subject=stranger).count() == 1


@pytest.mark.usefixtures("committed_db")
def test_an_event_that_was_rolled_back_was_not_recorded() -> None:
    with transaction.atomic():
        with pytest.raises(Failed):
            act_and_fail("lost")
        assert not recorded("circle.read")


@pytest.mark.usefixtures("committed_db")
def test_a_writer_whose_beginning_is_rolled_back_begins_again() -> None:
    with pytest.raises(Failed):
        act_and_fail("lost")
    act("kept")

    acts = list(Event.objects.order_by("wn").values_list("act", flat=True))
    assert acts == ["writer.open", "subject.bind", "subject.bind", "subject.bind", "circle.read"]
    assert Writer.objects.get().n == 5


@pytest.mark.usefixtures("committed_db")
def test_outside_a_transaction_nothing_is_recorded() -> None:
    with pytest.raises(NotInTransaction):
        record("circle.read", actor=NURSE)


@pytest.mark.usefixtures("committed_db")
def test_an_event_that_has_no_form_takes_its_act_with_it(settings: Settings) -> None:
    settings.NODE = "a node called Sandrine"
    with pytest.raises(LeafRefused):
        act()

    assert not Session.objects.exists()


@pytest.mark.usefixtures("committed_db")
def test_an_act_outside_the_vocabulary_does_not_happen() -> None:
    with pytest.raises(KeyError):
        _burn()

    assert not Session.objects.exists()


def test_a_log_that_cannot_be_written_stops_every_act(as_role: Callable[[str], Sql]) -> None:
    act("before")
    as_role("owner")("REVOKE EXECUTE ON FUNCTION audit_append(text[], bytea[]) FROM cordee_app")
    with pytest.raises(DatabaseError, match="permission denied"):
        act("during")
    as_role("owner")("GRANT EXECUTE ON FUNCTION audit_append(text[], bytea[]) TO cordee_app")
    act("after")

    assert {each.session_key for each in Session.objects.all()} == {"before", "after"}


@pytest.mark.usefixtures("committed_db")
def test_the_columns_are_those_of_the_leaf() -> None:
    act("a", reason="a reason", detail={"a": 1})
    with transaction.atomic():
        record(
            "member.end", actor=NURSE, circle_id=CIRCLE, obj=("Person", uuid7()), outcome=4, error="last_coordinator"
        )
        record("device.add", actor=NURSE, obj=("Device", uuid7()))

    for row in Event.objects.all():
        said = json.loads(row.leaf)
        for column in ("id", "act", "out", "err", "who", "on", "dev", "ses", "org", "pat", "cir", "obj", "w", "wn"):
            value = getattr(row, column)
            assert (str(value) if isinstance(value, UUID) else value) == said.get(column), column
        assert row.t == datetime.fromisoformat(said["t"])


@pytest.mark.usefixtures("committed_db")
def test_each_event_is_authenticated_with_the_key_outside(settings: Settings) -> None:
    act()

    assert Event.objects.count() == 5
    for row in Event.objects.all():
        assert bytes(row.mac) == mac(row.leaf.encode(), settings.AUDIT_MAC_KEY)


# --- refusals ---


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize(("status", "outcome"), [(400, 4), (409, 4), (422, 4), (401, 8), (403, 8), (404, 8), (500, 12)])
def test_a_refusal_is_recorded_with_its_code(status: int, outcome: int) -> None:
    act()
    record_refusal("member.invite", actor=NURSE, status=status, code="some_code", circle_id=CIRCLE)

    [refusal] = events_about(circle_id=CIRCLE).filter(act="member.invite")
    assert (refusal.out, refusal.err) == (outcome, "some_code")


@pytest.mark.usefixtures("committed_db")
def test_a_stranger_s_guess_makes_no_name() -> None:
    record_refusal("circle.read", actor=NURSE, status=404, code="not_found", circle_id=CIRCLE)

    [refusal] = Event.objects.filter(act="circle.read")
    assert refusal.cir is None
    assert not Pseudonym.objects.filter(kind="Circle").exists()


@pytest.mark.usefixtures("committed_db")
def test_nobody_cannot_fill_the_log() -> None:
    record_refusal("circle.read", actor=Actor(user_id=None), status=401, code="signed_out")

    assert not Event.objects.exists()


def test_a_refusal_that_cannot_be_recorded_stays_a_refusal(
    as_role: Callable[[str], Sql], caplog: pytest.LogCaptureFixture
) -> None:
    as_role("owner")("REVOKE EXECUTE ON FUNCTION audit_append(text[], bytea[]) FROM cordee_app")
    record_refusal("circle.read", actor=NURSE, status=404, code="not_found")

    assert "circle.read" in caplog.text


@transaction.atomic
def _burn() -> None:
    Session.objects.create(session_key="s", session_data="", expire_date=datetime.now(UTC))
    record("circle.burn", actor=NURSE)
