"""A table that demands a trace: a change without an event about it does not commit."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from uuid_utils.compat import uuid7

from audit.services import record
from tests.integration.conftest import Sql
from tests.trail import CIRCLE, NURSE

CHANGES = [
    "INSERT INTO sensitive VALUES (%s)",
    "UPDATE sensitive SET circle_id = %s",
    "DELETE FROM sensitive WHERE circle_id = %s",
]


@pytest.fixture(autouse=True)
def sensitive(as_role: Callable[[str], Sql]) -> None:
    as_role("owner")("CREATE TABLE sensitive (circle_id uuid)")
    as_role("owner")(
        "CREATE CONSTRAINT TRIGGER traced AFTER INSERT OR UPDATE OR DELETE ON sensitive DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION audit_required('member.', 'Circle', 'circle_id')"
    )


def change(statement: str, *acts: str, circle: UUID = CIRCLE) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [CIRCLE])
        for each in acts:
            record(each, actor=NURSE, circle_id=circle)


def test_a_change_with_an_event_about_it_commits() -> None:
    for statement in CHANGES:
        change(statement, "member.join")


@pytest.mark.parametrize("statement", CHANGES)
def test_a_change_without_an_event_about_it_does_not(statement: str) -> None:
    change(CHANGES[0], "member.join")  # the event of an earlier transaction does not count

    with pytest.raises(DatabaseError, match="without an event"):
        change(statement)
    with pytest.raises(DatabaseError, match="without an event"):
        change(statement, "circle.read")
    with pytest.raises(DatabaseError, match="without an event"):
        change(statement, "member.join", circle=uuid7())
